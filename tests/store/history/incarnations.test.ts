import { describe, expect, it } from '@jest/globals';
import { resumableRevisions, startOfIncarnation } from '../../../src/store/history/incarnations.ts';

describe('the start of an incarnation', () => {
  it('is above all that any incarnation before may have given', () => {
    const nowMs = Date.UTC(2026, 0, 1);
    const first = startOfIncarnation(0, [], nowMs);
    expect(first).toBe(nowMs * 1000);
    // Whether anything is kept or not, or an older file was put in its place.
    for (const kept of [0, 5, first, first + 12_345]) {
      expect(startOfIncarnation(kept, [first], nowMs + 60_000)).toBeGreaterThan(first + 12_345);
    }
    // The clock stepped back, and nothing of the incarnation after that was kept.
    const back = [1_000, 2_000].map((atMs) => startOfIncarnation(first + 5, [first], atMs));
    for (const start of back) expect(start).toBeGreaterThan(first + 5);
    expect(back[0]).not.toBe(back[1]);
    // One that kept nothing began by a clock that was ahead.
    expect(startOfIncarnation(5, [first], nowMs - 1)).toBeGreaterThan(first);
    expect(startOfIncarnation(5, [first], nowMs)).toBeGreaterThan(first);
  });
});

describe('a watcher can go on', () => {
  it.each([
    ['nowhere before the first incarnation', [], 0, []],
    ['nowhere where it is not known which incarnation kept what there is', [], 50, []],
    ['at the start of one that has kept nothing', [1000], 0, [[1000, 1000]]],
    [
      'in the last incarnation up to what it kept',
      [1000, 2000],
      2050,
      [
        [2000, 2000],
        [2000, 2050],
      ],
    ],
    [
      'in the one before, where the last kept no change',
      [1000, 2000],
      1050,
      [
        [2000, 2000],
        [1000, 1050],
      ],
    ],
    [
      'in the last that kept one, and at the start of the latest',
      [1000, 2000, 3000],
      1050,
      [
        [3000, 3000],
        [1000, 1050],
      ],
    ],
  ])('%s', (_where, starts, keptRevision, expected) => {
    const ranges = resumableRevisions(starts, keptRevision).map(({ from, to }) => [from, to]);
    expect(ranges).toEqual(expected);
  });
});
