import { expect, it } from '@jest/globals';
import { createHeldObservations, type HeldObservations } from '../../src/agent/held-observations.ts';

const LIMITS = { count: 5, ageMs: 1_000, batch: 3, batchBytes: 10_000 };

function hold(held: HeldObservations, component: string, atMs: number, message = 'fine') {
  const observation = { outcome: 'HEALTHY' as const, reason: { code: 'TEST', message } };
  held.add({ component, assignment: 'x', observation }, atMs);
}

const taken = (held: HeldObservations, nowMs: number) => held.take(nowMs).map(({ seen }) => seen.component);

it('gives what is oldest first, as much as is sent together', () => {
  const held = createHeldObservations(LIMITS);
  for (const id of ['a', 'b', 'c', 'd']) hold(held, id, 0);
  expect(taken(held, 0)).toEqual(['a', 'b', 'c']);
  expect(taken(held, 0)).toEqual(['d']);
  expect(taken(held, 0)).toEqual([]);
  expect([held.size, held.lost]).toEqual([0, 0]);
});

it('forgets the oldest where there are too many, and what is too old, and counts both', () => {
  const held = createHeldObservations(LIMITS);
  for (let n = 0; n < 7; n++) hold(held, `c${n}`, n * 100);
  expect([held.size, held.lost]).toEqual([5, 2]);
  expect(taken(held, 1_350)).toEqual(['c4', 'c5', 'c6']);
  expect([held.size, held.lost]).toEqual([0, 4]);
  held.giveUp(3);
  expect(held.lost).toBe(7);
});

it('sends what is long by itself', () => {
  const held = createHeldObservations(LIMITS);
  hold(held, 'long', 0, 'x'.repeat(20_000));
  hold(held, 'short', 0);
  expect(taken(held, 0)).toEqual(['long']);
  expect(taken(held, 0)).toEqual(['short']);
});

it('stays small however much goes through it', () => {
  const held = createHeldObservations(LIMITS);
  for (let n = 0; n < 10_000; n++) {
    hold(held, `c${n}`, n);
    if (n % 2 === 1) expect(taken(held, n)).toHaveLength(2);
  }
  expect(held.size).toBe(0);
});
