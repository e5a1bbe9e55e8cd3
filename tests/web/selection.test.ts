import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { STATUSES } from '../../web/src/feed/messages.ts';
import { NOTHING_ASKED } from '../../web/src/model/address.ts';
import type { Components } from '../../web/src/model/components.ts';
import { type Filter, SORTS, type Sort, select, sorted } from '../../web/src/model/selection.ts';
import { anyWorld, componentsOf, type Each, idsOf } from './world.ts';

const WORLD: Each[] = [
  { id: 'api', labels: { team: 'payments', tier: '1' }, parents: ['shop'], since: 3 },
  {
    id: 'db-10',
    displayName: 'Orders',
    status: 'UNHEALTHY',
    message: 'Connection refused',
    parents: ['core'],
    since: 1,
  },
  { id: 'db-9', kind: 'tcp', status: 'DEGRADED', labels: { team: 'data' }, parents: ['core'], since: 2 },
  { id: 'core', kind: 'group', status: 'UNHEALTHY', parents: ['shop'], since: 4 },
  { id: 'shop', kind: 'group', status: 'UNKNOWN', parents: ['core'], since: 5 },
];

describe('what the list shows', () => {
  it.each<{ title: string; filter: Partial<Filter>; ids: string[] }>([
    { title: 'everything', filter: {}, ids: ['core', 'db-10', 'db-9', 'shop', 'api'] },
    { title: 'by a part of the id, whatever its case', filter: { text: 'DB-' }, ids: ['db-10', 'db-9'] },
    { title: 'by the name that people know', filter: { text: 'orders' }, ids: ['db-10'] },
    { title: 'by the message', filter: { text: 'refused' }, ids: ['db-10'] },
    { title: 'by all of several words', filter: { text: ' db  refused ' }, ids: ['db-10'] },
    { title: 'by a label in the search', filter: { text: 'team=payments' }, ids: ['api'] },
    { title: 'by a label', filter: { labels: ['team=data'] }, ids: ['db-9'] },
    { title: 'without a label of that value', filter: { labels: ['team!=data', 'team'] }, ids: ['api'] },
    { title: 'by that there is the label', filter: { labels: ['team'] }, ids: ['db-9', 'api'] },
    { title: 'a property of every object is no label', filter: { labels: ['constructor'] }, ids: [] },
    { title: 'by one of several statuses', filter: { statuses: ['DEGRADED', 'UNKNOWN'] }, ids: ['db-9', 'shop'] },
    { title: 'by kind', filter: { kinds: ['tcp'] }, ids: ['db-9'] },
    { title: 'below a group, in a circle too', filter: { group: 'core' }, ids: ['db-10', 'db-9', 'shop', 'api'] },
    { title: 'below a group that there is not', filter: { group: 'nowhere' }, ids: [] },
  ])('is $title', ({ filter, ids }) => {
    const components = componentsOf(...WORLD);
    expect(idsOf(components, selected(components, { ...NOTHING_ASKED, ...filter }, 'worst'))).toEqual(ids);
  });

  it.each([
    { sort: 'worst' as const, ids: ['core', 'db-10', 'db-9', 'shop', 'api'] },
    { sort: 'name' as const, ids: ['api', 'core', 'db-9', 'db-10', 'shop'] },
    { sort: 'since' as const, ids: ['shop', 'core', 'api', 'db-9', 'db-10'] },
  ])('is in order: $sort', ({ sort, ids }) => {
    const nameless = WORLD.map((each) => ({ ...each, displayName: '' }));
    const components = componentsOf(...nameless);
    expect(idsOf(components, selected(components, NOTHING_ASKED, sort))).toEqual(ids);
  });

  it.each([
    { sort: 'worst' as const, ids: ['b', 'c', 'd', 'a'] },
    { sort: 'name' as const, ids: ['d', 'c', 'b', 'a'] },
    { sort: 'since' as const, ids: ['c', 'b', 'd', 'a'] },
  ])('is in reverse order, equal ones by name: $sort', ({ sort, ids }) => {
    const components = componentsOf(
      { id: 'a', status: 'UNHEALTHY', since: 3 },
      { id: 'b', since: 2 },
      { id: 'c', since: 1 },
      { id: 'd', status: 'DEGRADED', since: 2 },
    );
    expect(idsOf(components, selected(components, NOTHING_ASKED, sort, true))).toEqual(ids);
  });

  it('is what a naive version makes of any world and filter', () => {
    const anyFilter = fc.record({
      text: fc.constantFrom('', 'shop', 'a', 'refused', 'team=x', 'http shop'),
      labels: fc.uniqueArray(fc.constantFrom('team', 'team=x', 'tier!=y'), { maxLength: 2 }),
      statuses: fc.uniqueArray(fc.constantFrom(...STATUSES), { maxLength: 2 }),
      kinds: fc.uniqueArray(fc.constantFrom('http', 'group'), { maxLength: 2 }),
      group: fc.constantFrom('', 'a', 'b'),
    });
    fc.assert(
      fc.property(anyWorld, anyFilter, fc.constantFrom(...SORTS), (world, filter, sort) => {
        const components = componentsOf(...world);
        expect(idsOf(components, selected(components, filter, sort))).toEqual(naive(world, filter, sort));
      }),
      { numRuns: 500 },
    );
  });
});

function selected(components: Components, filter: Filter, sort: Sort, isReversed = false): readonly number[] {
  return select(components, filter, sorted(components, sort, isReversed));
}

function naive(world: readonly Each[], filter: Filter, sort: string): string[] {
  const isBelow = (each: Each, group: string, seen: string[] = []): boolean =>
    each.parents!.some((parent) => {
      const above = world.find(({ id }) => id === parent);
      if (parent === group) return above !== undefined;
      return above !== undefined && !seen.includes(parent) && isBelow(above, group, [...seen, parent]);
    });
  const hasLabel = (each: Each, selector: string) => {
    if (selector.includes('!=')) return each.labels![selector.split('!=')[0]!] !== selector.split('!=')[1];
    const [key, value] = selector.split('=') as [string, string?];
    return value === undefined ? Object.hasOwn(each.labels!, key) : each.labels![key] === value;
  };
  const taken = world.filter(
    (each) =>
      filter.text
        .split(' ')
        .every((word) =>
          word.includes('=')
            ? hasLabel(each, word)
            : [each.id, each.displayName, each.message].some((text) => text!.toLowerCase().includes(word)),
        ) &&
      filter.labels.every((selector) => hasLabel(each, selector)) &&
      (filter.statuses.length === 0 || filter.statuses.includes(each.status!)) &&
      (filter.kinds.length === 0 || filter.kinds.includes(each.kind!)) &&
      (filter.group === '' || (each.id !== filter.group && isBelow(each, filter.group))),
  );
  const collator = new Intl.Collator('en', { numeric: true, sensitivity: 'base' });
  const byName = (a: Each, b: Each) =>
    collator.compare(a.displayName || a.id, b.displayName || b.id) || (a.id < b.id ? -1 : 1);
  const badness = ({ status }: Each) => STATUSES.indexOf(status!);
  taken.sort(
    (a, b) => (sort === 'since' ? b.since! - a.since! : sort === 'worst' ? badness(a) - badness(b) : 0) || byName(a, b),
  );
  return taken.map(({ id }) => id);
}
