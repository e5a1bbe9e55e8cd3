// One host of which most hangs: what still answers is looked at on time, and so is every other host (ADR 27).
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { SLOW_MS, slowLimits } from '../../src/core/probe-places.ts';
import { createPlaces, type Waiting } from '../../src/engine/places.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { createWorld, type World } from './scheduler-world.ts';

const gapsOf = (world: World, id: string, fromMs: number, untilMs: number) => {
  const starts = world.runsOf(id).map(({ startMs }) => startMs);
  const seen = [fromMs, ...starts.filter((startMs) => startMs >= fromMs), untilMs];
  return seen.slice(1).map((startMs, at) => startMs - seen[at]!);
};

describe('places: a host of which most hangs', () => {
  it('does not make its neighbours wait: 300 that hang and 5 that answer, looked at each second', async () => {
    const world = createWorld({ limits: { inFlight: 512, inFlightPerHost: 32 } });
    const add = (id: string, takesMs: number) =>
      world.scheduler.add(world.job({ id, host: 'h', intervalMs: 1_000, takesMs: () => takesMs }));
    for (let n = 0; n < 300; n++) add(`hangs-${n}`, 2_000);
    for (let n = 0; n < 5; n++) add(`good-${n}`, 10);
    world.scheduler.start();
    await world.clock.advance(30_000);
    // Stale would be after 5 s (three intervals and the timeout), also for what hangs; the first round finds out.
    for (let n = 0; n < 5; n++) expect(Math.max(...gapsOf(world, `good-${n}`, 0, 30_000))).toBeLessThan(4_000);
    for (let n = 0; n < 5; n++) expect(Math.max(...gapsOf(world, `good-${n}`, 5_000, 30_000))).toBeLessThan(1_100);
    for (let n = 0; n < 300; n++) expect(Math.max(...gapsOf(world, `hangs-${n}`, 0, 25_000))).toBeLessThan(5_000);
    await world.scheduler.close();
    expect(world.clock.pendingTimers).toBe(0);
  });

  it('holds for any number of them, for what becomes slow later, and for other hosts', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 0, max: 120 }),
        fc.integer({ min: 1, max: 6 }),
        fc.integer({ min: 2, max: 8 }),
        fc.integer({ min: 500, max: 6_000 }),
        fc.integer({ min: 0, max: 20_000 }),
        async (hanging, good, perHost, hangsMs, sinceMs) => {
          const limits = { inFlight: 64, inFlightPerHost: perHost };
          const world = createWorld({ limits });
          const intervalMs = 2_000;
          for (let n = 0; n < hanging; n++) {
            const takesMs = () => (world.clock.monotonicMs() < sinceMs ? 5 : hangsMs);
            world.scheduler.add(world.job({ id: `hangs-${n}`, host: 'h', intervalMs, takesMs }));
          }
          for (let n = 0; n < good; n++) {
            world.scheduler.add(world.job({ id: `good-${n}`, host: 'h', intervalMs, takesMs: () => 5 }));
            world.scheduler.add(world.job({ id: `other-${n}`, host: `other-${n}`, intervalMs, takesMs: () => 5 }));
          }
          world.scheduler.start();
          await world.clock.advance(60_000);
          const slow = slowLimits(limits);
          // While it becomes slow, runs go on to the slow places in the order in which they were due.
          const firstRoundMs =
            Math.ceil(hanging / perHost) * SLOW_MS + Math.ceil(hanging / slow.inFlightPerHost) * hangsMs;
          for (let n = 0; n < good; n++) {
            expect(Math.max(...gapsOf(world, `good-${n}`, 0, 60_000))).toBeLessThanOrEqual(intervalMs + firstRoundMs);
            const calmMs = sinceMs + intervalMs + firstRoundMs;
            if (calmMs < 50_000) {
              expect(Math.max(...gapsOf(world, `good-${n}`, calmMs, 60_000))).toBeLessThanOrEqual(intervalMs + SLOW_MS);
            }
            expect(Math.max(...gapsOf(world, `other-${n}`, 0, 60_000))).toBeLessThanOrEqual(intervalMs);
          }
          await world.scheduler.close();
        },
      ),
      { numRuns: 25 },
    );
  });

  it('takes no place from other hosts, however many hosts hang', async () => {
    const world = createWorld({ limits: { inFlight: 40, inFlightPerHost: 4 } });
    for (let n = 0; n < 200; n++) {
      const settings = { host: `hole-${n % 20}`, intervalMs: 1_000, takesMs: () => 10_000 };
      world.scheduler.add(world.job({ id: `hangs-${n}`, ...settings }));
    }
    world.scheduler.start();
    // All have been found slow.
    await world.clock.advance(120_000);
    world.scheduler.add(world.job({ id: 'good', intervalMs: 1_000, takesMs: () => 5 }));
    await world.clock.advance(30_000);
    expect(world.runsOf('good').length).toBeGreaterThanOrEqual(30);
    // Each host has its turn.
    const late = world.runs.filter(({ startMs }) => startMs >= 50_000);
    expect(new Set(late.map(({ host }) => host)).size).toBe(21);
    await world.scheduler.close();
  });

  it('lets what answers again have the places of its host back', async () => {
    const world = createWorld({ limits: { inFlight: 20, inFlightPerHost: 2 } });
    for (let n = 0; n < 30; n++) {
      const takesMs = () => (world.clock.monotonicMs() < 60_000 ? 5_000 : 5);
      world.scheduler.add(world.job({ id: `job-${n}`, host: 'h', intervalMs: 1_000, takesMs }));
    }
    world.scheduler.start();
    await world.clock.advance(80_000);
    for (let n = 0; n < 30; n++)
      expect(Math.max(...gapsOf(world, `job-${n}`, 80_000 - 3_000, 80_000))).toBeLessThan(1_100);
    await world.scheduler.close();
  });

  it.each([
    [
      { inFlight: 512, inFlightPerHost: 32 },
      { inFlight: 256, inFlightPerHost: 256 },
    ],
    [
      { inFlight: 512, inFlightPerHost: 1 },
      { inFlight: 256, inFlightPerHost: 8 },
    ],
    [
      { inFlight: 1, inFlightPerHost: 1 },
      { inFlight: 1, inFlightPerHost: 1 },
    ],
    [
      { inFlight: 3, inFlightPerHost: 50 },
      { inFlight: 1, inFlightPerHost: 1 },
    ],
  ])('has of %j so many for what is slow: %j', (limits, expected) => {
    expect(slowLimits(limits)).toEqual(expected);
  });
});

it('counts hosts apart, also those that come after one that was waited for ended', () => {
  const clock = createFakeClock();
  const handedOut: string[] = [];
  const limits = { inFlight: 2, inFlightPerHost: 1 };
  const places = createPlaces({ clock, limits, onFree: (item: Waiting) => handedOut.push(item.job.host) });
  const item = (host: string, isSlow = false): Waiting => ({ job: { host }, isSlow, place: -1 });
  const slow = Array.from({ length: slowLimits(limits).inFlightPerHost }, () => places.take(item('h', true), 0));
  expect(places.take(item('h', true), 0)).toBeUndefined();
  for (const place of slow) place?.release();
  expect(handedOut).toEqual(['h']);
  // Each has its one place, whatever was known of hosts that are gone.
  const taken = ['a', 'b', 'c'].map((host) => places.take(item(host), 0));
  expect(taken).not.toContain(undefined);
  expect(places.take(item('a'), 0)).toBeUndefined();
  taken[1]?.release();
  expect(places.take(item('b'), 0)).toBeDefined();
  expect(places.take(item('c'), 0)).toBeUndefined();
});
