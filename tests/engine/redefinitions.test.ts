import { expect, it } from '@jest/globals';
import { createRedefinitions } from '../../src/engine/redefinitions.ts';

it('knows all that was added since a list was the one', () => {
  const redefinitions = createRedefinitions();
  const lists = Array.from({ length: 4 }, () => ['a']);
  redefinitions.add(lists[0]!, ['a', 'b']);
  redefinitions.add(lists[1]!, []);
  redefinitions.add(lists[2]!, ['b', 'c']);
  expect(lists.map(redefinitions.since)).toEqual([['a', 'b', 'c'], ['b', 'c'], ['b', 'c'], []]);
});

it('knows nothing of the time before that nobody knows', () => {
  const redefinitions = createRedefinitions();
  const lists = Array.from({ length: 3 }, () => ['a']);
  redefinitions.add(lists[0]!, ['a']);
  redefinitions.add(lists[1]!, undefined);
  redefinitions.add(lists[2]!, ['b']);
  expect(lists.map(redefinitions.since)).toEqual([undefined, undefined, ['b']]);
});

it('remembers so many ids, of the latest', () => {
  const redefinitions = createRedefinitions();
  const many = Array.from({ length: 50_001 }, (_, number) => `id-${number}`);
  const lists = Array.from({ length: 4 }, () => ['a']);
  for (const list of lists) redefinitions.add(list, many);
  expect(lists.map((list) => redefinitions.since(list)?.length)).toEqual([undefined, undefined, undefined, 50_001]);
  redefinitions.add(lists[0]!, [...many, ...many]);
  expect(redefinitions.since(lists[3]!)).toBeUndefined();
});
