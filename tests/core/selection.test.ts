import { expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { parseSelection } from '../../src/core/selection.ts';

const LABELS = { team: 'payments', tier: 'gold', 'acme.com/zone': '' };

it.each<[string[], boolean]>([
  [[], false],
  [['team=payments'], true],
  [['team==payments'], true],
  [['team=shop'], false],
  [['team=shop', 'tier=gold'], true],
  [['team!=shop'], true],
  [['owner!=shop'], true],
  [['team'], true],
  [['owner'], false],
  [['acme.com/zone='], true],
  [['team=payments,tier=gold'], true],
  [['team=payments, tier=gold'], true],
  [['team=payments,tier=silver'], false],
  [['team=payments,tier=silver', 'id=web-1'], true],
  [['id=web-1'], true],
  [['id==web-1'], true],
  [['id=web-2'], false],
  [['id!=web-2'], true],
  [['id!=web-*'], false],
  [['id=web-*'], true],
  [['id=*'], true],
  [['id=*-1'], true],
  [['id=*e*-*1'], true],
  [['id=*web-1*'], true],
  [['id=web-1*1'], false],
  [['id=WEB-1'], false],
  [['id=web*', 'id=nothing'], true],
  [['id=web*,team=shop'], false],
])('%j takes web-1 of payments: %s', (selectors, takes) => {
  expect(parseSelection(selectors)?.takes('web-1', LABELS)).toBe(takes);
});

it.each(['', ',', 'team=payments,', '=payments', 'id', 'id=', 'id!=', 'id=a b', 'id=a,id', 'te am', 'id=-a'])(
  '%j is no selector',
  (selector) => {
    expect(parseSelection([selector])).toBeUndefined();
    expect(parseSelection(['team=payments', selector])).toBeUndefined();
  },
);

it('an id meets a pattern when a regular expression says so', () => {
  const text = fc.string({ unit: fc.constantFrom('a', 'b', '.'), minLength: 1, maxLength: 12 });
  const pattern = fc.string({ unit: fc.constantFrom('a', 'b', '.', '*'), minLength: 1, maxLength: 8 });
  fc.assert(
    fc.property(text, pattern, (id, glob) => {
      fc.pre(/^[a-z*]/.test(glob));
      const asRegExp = new RegExp(`^${glob.replaceAll('.', '\\.').replaceAll('*', '.*')}$`);
      expect(parseSelection([`id=${glob}`])?.takes(id, {})).toBe(asRegExp.test(id));
    }),
    { numRuns: 2_000 },
  );
});

it('has the same key for the same selectors in any order', () => {
  const key = (...selectors: string[]) => parseSelection(selectors)?.key;
  expect(key('a=1', 'b=2')).toBe(key('b=2', 'a=1', 'b=2'));
  expect(key('a=1', 'b=2')).not.toBe(key('a=1,b=2'));
});

it.each<[string[], string, boolean]>([
  [['team=shop'], 'team=shop', true],
  [['team=shop'], 'team=shop,tier=gold', true],
  [['team=shop', 'team=payments'], 'team=payments', true],
  [['team=shop,tier!=test'], 'team=shop', false],
  [['team=shop,tier!=test'], 'tier=gold,team=shop', true],
  [['team=shop,tier!=test'], 'team=shop,tier!=test', true],
  [['team'], 'team=shop', true],
  [['team'], 'team!=shop', false],
  [['team=shop'], 'team', false],
  [['team=shop'], 'id=shop-*', false],
  [['id=shop-*'], 'id=shop-api', true],
  [['id=shop-*'], 'id=shop-a*', true],
  [['id=*-api'], 'id=*-api,team=shop', true],
  [['id=shop-*'], 'id=s*', false],
  [['id=shop-*'], 'id!=web', false],
  [['id!=web-*'], 'id=shop-api', true],
  [['id!=web-*'], 'id=web-1', false],
  [['id!=web-*'], 'id=s*', false],
  [['id!=web-1'], 'id!=web-*', true],
  [['id!=web-*'], 'id!=web-1', false],
  [['team=shop'], 'no selector', false],
  [[], 'team=shop', false],
])('%j contains %j: %s', (selectors, selector, contains) => {
  expect(parseSelection(selectors)?.contains(selector)).toBe(contains);
});

it('what contains a selector takes all that it takes', () => {
  const requirement = fc.constantFrom(
    ...['team=a', 'team=b', 'team!=a', 'team', 'tier=a', 'tier!=b', 'tier'],
    ...['id=a', 'id=ab', 'id=a*', 'id=*b', 'id=a*b', 'id=*', 'id!=a', 'id!=a*', 'id!=*b'],
  );
  const selector = fc.array(requirement, { minLength: 1, maxLength: 3 }).map((parts) => parts.join(','));
  const value = fc.constantFrom('a', 'b', 'c');
  const component = fc.record({
    id: fc.constantFrom('a', 'b', 'ab', 'aab', 'ba', 'c'),
    labels: fc.record({ team: value, tier: value }, { requiredKeys: [] }),
  });
  let contained = 0;
  fc.assert(
    fc.property(fc.array(selector, { maxLength: 2 }), selector, fc.array(component), (selectors, inner, components) => {
      const selection = parseSelection(selectors)!;
      if (!selection.contains(inner)) return;
      contained++;
      for (const { id, labels } of components.filter((each) => parseSelection([inner])!.takes(each.id, each.labels))) {
        expect([id, labels, selection.takes(id, labels)]).toEqual([id, labels, true]);
      }
    }),
    { numRuns: 3_000 },
  );
  expect(contained).toBeGreaterThan(100);
});
