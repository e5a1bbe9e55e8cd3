// What is new or too old is looked at soon, spread so that it is no storm, and from then on on the grid.
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { createWorld, grid, type World } from './scheduler-world.ts';

const DAY_MS = 86_400_000;
const never = () => Number.NEGATIVE_INFINITY;
const startsOf = (world: World, id: string) => world.runsOf(id).map(({ startMs }) => startMs);

describe('scheduler: soon', () => {
  it('looks at what it knows nothing of within a few seconds and one interval, evenly, and then on the grid', async () => {
    const jobs = fc.uniqueArray(
      fc.record({ id: fc.stringMatching(/^[a-z]{1,6}$/), intervalMs: fc.integer({ min: 200, max: 60_000 }) }),
      { selector: ({ id }) => id, minLength: 1, maxLength: 40 },
    );
    await fc.assert(
      fc.asyncProperty(jobs, fc.nat({ max: 2 ** 40 }), fc.nat({ max: 100_000 }), async (settings, wallMs, beforeMs) => {
        const world = createWorld({ wallStartMs: wallMs });
        await world.clock.advance(beforeMs);
        for (const { id, intervalMs } of settings) {
          // What it sees is good for three intervals, as by default.
          const freshUntilMs = () => (startsOf(world, id).at(-1) ?? Number.NEGATIVE_INFINITY) + 3 * intervalMs;
          world.scheduler.add(world.job({ id, intervalMs, freshUntilMs }));
        }
        world.scheduler.start();
        await world.clock.advance(120_000);
        for (const { id, intervalMs } of settings) {
          const [firstMs = -1, ...later] = startsOf(world, id);
          expect(firstMs - beforeMs).toBeLessThan(Math.min(1_000, intervalMs));
          const times = new Set(grid(id, intervalMs, beforeMs + 120_000, wallMs));
          expect(later.filter((startMs) => !times.has(startMs))).toEqual([]);
          for (const [at, startMs] of later.entries()) {
            const gapMs = startMs - (later[at - 1] ?? firstMs);
            // Not right after the first look, and never left out twice.
            if (times.has(firstMs) || at > 0) expect(gapMs).toBe(intervalMs);
            else expect(gapMs).toBeGreaterThanOrEqual(intervalMs / 2);
            expect(gapMs).toBeLessThan(1.5 * intervalMs);
          }
        }
        expect(world.lags.every(({ lagMs }) => lagMs === 0)).toBe(true);
        await world.scheduler.close();
        expect(world.clock.pendingTimers).toBe(0);
      }),
      { numRuns: 60 },
    );
  });

  it.each([
    [1, 0],
    [10, 900],
    [2_000, 4_000],
    [10_000, 20_000],
  ])('spreads %d of them so that there are never more than it bears', async (count, lastMs) => {
    const world = createWorld();
    for (let n = 0; n < count; n++) {
      world.scheduler.add(world.job({ id: `job-${n}`, intervalMs: DAY_MS, freshUntilMs: never }));
    }
    world.scheduler.start();
    // Some have their time on the grid meanwhile, which is as good.
    await world.clock.advance(lastMs + 1);
    expect(new Set(world.runs.map(({ id }) => id)).size).toBe(count);
    const starts = world.runs.map(({ startMs }) => startMs);
    for (let second = 0; second < lastMs; second += 1_000) {
      const inIt = starts.filter((startMs) => startMs >= second && startMs < second + 1_000).length;
      expect(inIt).toBeLessThanOrEqual(Math.max(10, 500 * 1.05));
    }
    await world.scheduler.close();
  });

  it('has an order that is the same every time, and not that of the names', async () => {
    const order = async () => {
      const world = createWorld();
      for (let n = 0; n < 20; n++) {
        world.scheduler.add(world.job({ id: `api-${n}`, intervalMs: DAY_MS, freshUntilMs: never }));
      }
      world.scheduler.start();
      await world.clock.advance(1_000);
      await world.scheduler.close();
      return world.runs.map(({ id }) => id);
    };
    const first = await order();
    expect(await order()).toEqual(first);
    expect(first).not.toEqual(Array.from({ length: 20 }, (_, n) => `api-${n}`));
  });

  it.each([
    ['is fresh for ever', Number.POSITIVE_INFINITY, false],
    ['is fresh until its time on the grid', 'grid', false],
    ['is stale before that', 'before', true],
    ['is stale', 0, true],
  ] as const)('keeps the grid or not of what %s', async (_name, fresh, isSoon) => {
    const [dueMs = 0] = grid('a', DAY_MS, DAY_MS);
    const freshMs = fresh === 'grid' ? dueMs : fresh === 'before' ? dueMs - 1 : fresh;
    const world = createWorld();
    world.scheduler.add(world.job({ id: 'a', intervalMs: DAY_MS, freshUntilMs: () => freshMs }));
    world.scheduler.start();
    await world.clock.advance(1_000);
    expect(startsOf(world, 'a')).toEqual(isSoon ? [0] : []);
    await world.scheduler.close();
  });

  it('takes the time on the grid right after the first look where else it would be stale', async () => {
    const intervalMs = 10_000;
    const [dueMs = 0] = grid('a', intervalMs, intervalMs);
    expect(dueMs).toBeLessThan(intervalMs / 2);
    for (const lastsMs of [intervalMs + 1, 3 * intervalMs]) {
      const world = createWorld();
      const freshUntilMs = () => (startsOf(world, 'a').at(-1) ?? Number.NEGATIVE_INFINITY) + lastsMs;
      world.scheduler.add(world.job({ id: 'a', intervalMs, freshUntilMs }));
      world.scheduler.start();
      await world.clock.advance(2 * intervalMs);
      const next = lastsMs === 3 * intervalMs ? [dueMs + intervalMs] : [dueMs, dueMs + intervalMs];
      expect(startsOf(world, 'a')).toEqual([0, ...next]);
      await world.scheduler.close();
    }
  });

  it('looks soon at what is added later, and leaves alone what has its time', async () => {
    const world = createWorld();
    world.scheduler.add(world.job({ id: 'old', intervalMs: 10_000 }));
    world.scheduler.start();
    await world.clock.advance(25_000);
    for (const id of ['new-1', 'new-2']) {
      world.scheduler.add(world.job({ id, intervalMs: DAY_MS, freshUntilMs: never }));
    }
    world.scheduler.lookSoon();
    world.scheduler.lookSoon();
    world.scheduler.reschedule('new-1');
    await world.clock.advance(5_000);
    expect(startsOf(world, 'old')).toEqual(grid('old', 10_000, 30_000));
    expect([...startsOf(world, 'new-1'), ...startsOf(world, 'new-2')].toSorted()).toEqual([25_000, 25_500]);
    await world.scheduler.close();
  });
});

describe('scheduler: after a time in which nobody was there', () => {
  it('aborts what ran, and runs that and what was missed soon and spread, not at once', async () => {
    const COUNT = 1_000;
    const world = createWorld();
    const intervalMs = 30_000;
    for (let n = 0; n < COUNT; n++) world.scheduler.add(world.job({ id: `job-${n}`, intervalMs, takesMs: () => 40 }));
    world.scheduler.start();
    await world.clock.advance(60_000);
    const before = world.runs.length;
    const inFlight = world.runs.filter(({ endMs }) => endMs === undefined);
    expect(inFlight.length).toBeGreaterThan(0);
    world.clock.freeze(3_600_000);
    world.scheduler.resume();
    await world.clock.advance(0);
    expect(inFlight.every(({ signal }) => signal.aborted)).toBe(true);
    await world.clock.advance(intervalMs);
    const after = world.runs.slice(before);
    expect(new Set(after.map(({ id }) => id)).size).toBe(COUNT);
    const wokeMs = 3_660_000;
    for (let second = 0; second < 2_000; second += 100) {
      const inIt = after.filter(({ startMs }) => startMs >= wokeMs + second && startMs < wokeMs + second + 100).length;
      expect(inIt).toBeLessThanOrEqual(60);
    }
    expect(Math.max(...world.lags.slice(before).map(({ lagMs }) => lagMs))).toBe(0);
    const onGrid = after.filter(({ startMs }) => startMs >= wokeMs + 3_000);
    for (const { id, startMs } of onGrid.slice(0, 50)) {
      expect(grid(id, intervalMs, startMs).at(-1)).toBe(startMs);
    }
    await world.scheduler.close();
    expect(world.clock.pendingTimers).toBe(0);
  });

  it('keeps the places of hosts right, with jobs that waited for one', async () => {
    const world = createWorld({ limits: { inFlight: 4, inFlightPerHost: 1 } });
    for (let n = 0; n < 6; n++) {
      world.scheduler.add(world.job({ id: `job-${n}`, host: 'h', intervalMs: 1_000, takesMs: () => 5_000 }));
    }
    world.scheduler.start();
    await world.clock.advance(3_000);
    world.clock.freeze(60_000);
    world.scheduler.resume();
    await world.clock.advance(60_000);
    expect(new Set(world.runs.filter(({ startMs }) => startMs > 63_000).map(({ id }) => id)).size).toBe(6);
    await world.scheduler.close();
    expect(world.scheduler.stats()).toEqual({ jobs: 0, inFlight: 0, queued: 0 });
  });
});
