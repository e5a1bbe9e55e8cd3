import { describe, expect, it } from '@jest/globals';
import { NOTHING_ASKED } from '../../web/src/model/address.ts';
import { type Filter, isOpen, select, sorted } from '../../web/src/model/selection.ts';
import { treeRows } from '../../web/src/model/tree.ts';
import { componentsOf, type Each } from './world.ts';

const WORLD: Each[] = [
  { id: 'system', status: 'UNHEALTHY' },
  { id: 'shop', status: 'UNHEALTHY', parents: ['system'] },
  { id: 'api', parents: ['shop', 'mail'] },
  { id: 'db', status: 'UNHEALTHY', parents: ['shop'] },
  { id: 'mail', parents: ['system'] },
];
const CIRCLE: Each[] = [{ id: 'top' }, { id: 'a', parents: ['top', 'b'] }, { id: 'b', parents: ['a'] }];

describe('the tree', () => {
  it.each<{ title: string; world?: Each[]; open?: string[]; filter?: Partial<Filter>; rows: string[] }>([
    { title: 'has the group of everything open at first', rows: ['- system 1/1', '  + shop 1/2', '  + mail 2/2'] },
    { title: 'is closed once somebody has closed it', open: [], rows: ['+ system 1/1'] },
    {
      title: 'is closed at first where there is more than one at the top',
      world: [{ id: 'a' }, { id: 'b' }, { id: 'c', parents: ['a'] }],
      rows: ['+ a 1/2', '. b 2/2'],
    },
    {
      title: 'has the worst member first',
      open: ['system', 'system/shop'],
      rows: ['- system 1/1', '  - shop 1/2', '    . db 1/2', '    . api 2/2', '  + mail 2/2'],
    },
    {
      title: 'has shared members below each of their groups',
      open: ['system', 'system/mail', 'system/shop'],
      rows: ['- system 1/1', '  - shop 1/2', '    . db 1/2', '    . api 2/2', '  - mail 2/2', '    . api 1/1'],
    },
    {
      title: 'shows what is filtered, with the groups above it',
      filter: { text: 'db' },
      rows: ['- system 1/1', '  - shop 1/1', '    . db 1/1'],
    },
    { title: 'is empty where nothing is found', filter: { text: 'nothing' }, rows: [] },
    {
      title: 'ends where groups go round in a circle',
      world: CIRCLE,
      open: ['top', 'top/a', 'top/a/b', 'top/a/b/a'],
      rows: ['- top 1/1', '  - a 1/1', '    - b 1/1', '      . a 1/1'],
    },
    {
      title: 'shows a circle that nothing is above',
      world: CIRCLE.slice(1),
      open: ['a'],
      rows: ['- a 1/2', '  + b 1/1', '+ b 2/2'],
    },
  ])('$title', ({ world = WORLD, open, filter = {}, rows }) => {
    const components = componentsOf(...world);
    const asked = { ...NOTHING_ASKED, ...filter };
    const found = treeRows(
      components,
      select(components, asked, sorted(components, 'worst')),
      open && new Set(open),
      !isOpen(asked),
    );
    expect(
      found.map(({ index, depth, hasMembers, isOpen, place, siblings }) => {
        const sign = hasMembers ? (isOpen ? '-' : '+') : '.';
        return `${'  '.repeat(depth)}${sign} ${components.ids[index]} ${place}/${siblings}`;
      }),
    ).toEqual(rows);
    expect(new Set(found.map(({ path }) => path)).size).toBe(found.length);
  });

  it('ends where shared groups make more rows than can be scrolled', () => {
    // Each layer has both groups of the one above it: 2 to the power of 40 paths.
    const layers = Array.from({ length: 40 }, (_, n) =>
      ['x', 'y'].map((side) => ({ id: `${side}${n}`, parents: n === 0 ? [] : [`x${n - 1}`, `y${n - 1}`] })),
    );
    const components = componentsOf(...layers.flat());
    const order = select(components, { ...NOTHING_ASKED, text: '39' }, sorted(components, 'worst'));
    expect(treeRows(components, order, new Set(), true).length).toBe(20_000);
  });
});
