// A silence and maintenance may not be ended as the other, and a silence holds from its beginning until its end.
import { expect, it } from '@jest/globals';
import { createSuspensionList } from '../../../src/alerts/decide/suspension-list.ts';
import type { Suspension } from '../../../src/core/alert.ts';

const SILENCE: Suspension = {
  id: 's',
  kind: 'SILENCE',
  selector: 'team=a',
  fromMs: 10,
  untilMs: 20,
  author: 'me',
  reason: 'x',
  createdMs: 0,
};

it('is found as what it is', () => {
  const list = createSuspensionList([SILENCE]);
  expect(list.find('SILENCE', 's')).toBe(SILENCE);
  expect(list.find('MAINTENANCE', 's')).toBeUndefined();
});

it('holds from its beginning until its end, for what it takes', () => {
  const list = createSuspensionList([SILENCE]);
  const holdsAt = (atMs: number) => list.isSilenced('api', { team: 'a' }, atMs);
  expect([9, 10, 19, 20].map(holdsAt)).toEqual([false, true, true, false]);
  expect(list.isSilenced('api', { team: 'b' }, 15)).toBe(false);
  expect([0, 10, 20].map((atMs) => list.nextChangeMs(atMs))).toEqual([10, 20, Number.POSITIVE_INFINITY]);
});
