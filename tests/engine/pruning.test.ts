// By which time the store forgets what is old, whatever is done to the clock.
import { expect, it } from '@jest/globals';
import { createPruning, lastSeenOf } from '../../src/engine/pruning.ts';
import { createFakeClock } from '../support/fake-clock.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const START_MS = 1_800_000_000_000;

function createWorld(lastSeenMs?: number) {
  const clock = createFakeClock(START_MS);
  const prunedAtMs: number[] = [];
  const pruning = createPruning({
    clock,
    store: { prune: async (nowMs) => void prunedAtMs.push(nowMs - START_MS) },
    lastSeenMs,
    onFault: (fault) => {
      throw fault;
    },
  });
  pruning.start();
  return { clock, pruning, latest: () => prunedAtMs.at(-1) };
}

it.each([
  { name: 'nothing was ever seen', lastSeenMs: undefined, first: 0 },
  { name: 'something was seen a minute ago', lastSeenMs: START_MS - 60_000, first: 0 },
  { name: 'OpenK was away for a day, or its clock is ahead', lastSeenMs: START_MS - DAY_MS, first: -DAY_MS },
  { name: 'the clock is behind', lastSeenMs: START_MS + 400 * DAY_MS, first: 0 },
])('at the start, where $name', ({ lastSeenMs, first }) => {
  const { pruning, latest } = createWorld(lastSeenMs);
  expect(latest()).toBe(first);
  pruning.close();
});

it('a clock that is set ahead by a year has nothing forgotten, and is set right', async () => {
  const { clock, pruning, latest } = createWorld();
  await clock.advance(HOUR_MS);
  clock.stepWall(365 * DAY_MS);
  await clock.advance(5 * HOUR_MS);
  expect(latest()).toBe(6 * HOUR_MS);
  clock.stepWall(-365 * DAY_MS);
  await clock.advance(HOUR_MS);
  expect(latest()).toBe(7 * HOUR_MS);
  // The doubt is over: another one lasts a day of its own.
  clock.stepWall(365 * DAY_MS);
  await clock.advance(23 * HOUR_MS);
  expect(latest()).toBe(30 * HOUR_MS);
  pruning.close();
});

it('what a clock gained counts after a day', async () => {
  const { clock, pruning, latest } = createWorld(START_MS - 10 * DAY_MS);
  await clock.advance(23 * HOUR_MS);
  expect(latest()).toBe(23 * HOUR_MS - 10 * DAY_MS);
  await clock.advance(HOUR_MS);
  expect(latest()).toBe(DAY_MS);
  await clock.advance(HOUR_MS);
  expect(latest()).toBe(DAY_MS + HOUR_MS);
  pruning.close();
});

it('another step of the clock is in doubt for a day of its own', async () => {
  const { clock, pruning, latest } = createWorld(START_MS - 10 * DAY_MS);
  await clock.advance(23 * HOUR_MS);
  clock.stepWall(365 * DAY_MS);
  await clock.advance(23 * HOUR_MS);
  expect(latest()).toBe(46 * HOUR_MS - 10 * DAY_MS);
  pruning.close();
});

it('a clock that is set back has less forgotten, at once and for good', async () => {
  const { clock, pruning, latest } = createWorld();
  clock.stepWall(-10 * DAY_MS);
  for (let hours = 1; hours <= 30; hours++) {
    await clock.advance(HOUR_MS);
    expect(latest()).toBe(hours * HOUR_MS - 10 * DAY_MS);
  }
  clock.stepWall(10 * DAY_MS);
  await clock.advance(HOUR_MS);
  expect(latest()).toBe(31 * HOUR_MS - 10 * DAY_MS);
  await clock.advance(DAY_MS);
  expect(latest()).toBe(31 * HOUR_MS + DAY_MS);
  pruning.close();
});

it.each([
  { name: 'none', components: [], latest: undefined },
  {
    name: 'those that were looked at',
    components: [
      { checkedAtMs: 7, sinceMs: 3 },
      { checkedAtMs: 9, sinceMs: 2 },
    ],
    latest: 9,
  },
  { name: 'those that never were', components: [{ sinceMs: 3 }, { sinceMs: 8 }], latest: 8 },
])('the latest of $name', ({ components, latest }) => {
  const saved = { components: components.map((health) => ({ health })) };
  expect(lastSeenOf(saved as unknown as Parameters<typeof lastSeenOf>[0])).toBe(latest);
});
