import { expect, it } from '@jest/globals';
import { WordColumn } from '../../src/core/word-column.ts';

it('has the first word wherever none was set, and each where it was', () => {
  const column = new WordColumn(['none', 'some', 'all'], 4);
  column.set(1, 'all');
  column.set(2, 'some');
  column.set(2, 'none');
  column.set(3, 'some');
  expect([0, 1, 2, 3].map((index) => column.get(index))).toEqual(['none', 'all', 'none', 'some']);
});
