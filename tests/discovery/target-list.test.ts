// Lists of targets as Prometheus has them: what is one, and what in one can be taken.
import { expect, it } from '@jest/globals';
import { readTargetList } from '../../src/discovery/target-list.ts';

it.each<[string, unknown]>([
  ['is no list', {}],
  ['is no list', 'a:1'],
  ['has a group 1 that is no object', ['a:1']],
  ['has a group 2 without a list of targets', [{ targets: [] }, { labels: {} }]],
  ['has a group 1 whose labels are no object', [{ targets: [], labels: [] }]],
  ['has a group 1 with a key that is neither targets nor labels', [{ targets: [], source: 'x' }]],
])('%s', (fault, value) => {
  expect(readTargetList(value)).toBe(fault);
});

it('is empty where there are none', () => {
  expect(readTargetList([])).toEqual({ targets: [], faults: [] });
});

it('leaves out what cannot be taken alone', () => {
  const list = readTargetList([
    { targets: ['a:1', 5, '', 'with blank', 'b:2'], labels: { team: 'x', __hidden: 'y' } },
    { targets: ['c:3'], labels: { 'no name!': 'x' } },
    { targets: ['d:4'], labels: { number: 5 } },
    { targets: [], labels: {} },
  ]);
  if (typeof list === 'string') throw new Error(list);
  expect(list.targets.map(({ address }) => address)).toEqual(['a:1', 'b:2']);
  expect(list.faults.map(({ target, message }) => `${target} ${message}`)).toEqual([
    'group 1, target 2 is no text',
    'group 1, target 3 is empty',
    'group 1, target 4 has a blank or a control character',
    'c:3 has a label whose name is none',
    'd:4 has a label number that is no text',
    'group 4 has no targets',
  ]);
});
