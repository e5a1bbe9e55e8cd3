import { expect, it } from '@jest/globals';
import { counted } from '../../src/core/counted.ts';

it.each([
  [0, '0 members'],
  [1, '1 member'],
  [2, '2 members'],
])('%d is said as %s', (count, text) => {
  expect(counted(count, 'member')).toBe(text);
});
