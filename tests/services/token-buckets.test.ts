import { expect, it } from '@jest/globals';
import { createTokenBuckets } from '../../src/services/token-buckets.ts';

function createWorld(perSecond: number, maxKeys = 100) {
  let nowMs = 0;
  const buckets = createTokenBuckets({ perSecond, maxKeys, monotonicMs: () => nowMs });
  return {
    buckets,
    advance: (ms: number) => {
      nowMs += ms;
    },
    /** How many of so many tries are let through. */
    tries(key: string, count: number) {
      let taken = 0;
      for (let n = 0; n < count; n++) {
        if (buckets.waitMs(key) > 0) continue;
        buckets.take(key);
        taken += 1;
      }
      return taken;
    },
  };
}

it.each([
  [10, 100],
  [1, 10],
  [2.5, 25],
  [0.1, 1],
  [0.01, 1],
])('%d a second lets %d through at once', (perSecond, burst) => {
  expect(createWorld(perSecond).tries('a', burst + 50)).toBe(burst);
});

it('fills again by the rate, up to the burst, each key by itself', () => {
  const { tries, advance, buckets } = createWorld(10);
  expect(tries('a', 500)).toBe(100);
  expect(buckets.waitMs('a')).toBeCloseTo(100);
  expect(tries('b', 500)).toBe(100);
  advance(1_000);
  expect(tries('a', 500)).toBe(10);
  advance(1_000_000);
  expect(tries('a', 500)).toBe(100);
});

it('counts what is taken without leave, and never owes more than a whole bucket', () => {
  const { buckets, advance, tries } = createWorld(10);
  for (let n = 0; n < 10_000; n++) buckets.take('a');
  expect(buckets.waitMs('a')).toBeCloseTo(100);
  advance(10_000);
  expect(tries('a', 500)).toBe(100);
});

it('forgets idle keys, and holds so many at the most', () => {
  const { buckets, advance, tries } = createWorld(10, 50);
  for (let n = 0; n < 10_000; n++) tries(`key-${n}`, 1);
  expect(buckets.size).toBe(50);
  advance(10_000);
  for (let n = 0; n < 60; n++) tries(`later-${n % 2}`, 1);
  expect(buckets.size).toBeLessThan(50);
  // One that is in use stays, however many come.
  expect(tries('used', 500)).toBe(100);
  for (let n = 0; n < 49; n++) tries(`other-${n}`, 1);
  expect(tries('used', 1)).toBe(0);
});
