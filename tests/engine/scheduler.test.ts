import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { nextDueMs, phaseMs } from '../../src/engine/phase.ts';
import { createWorld, grid, WALL_MS } from './scheduler-world.ts';

const ids = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._-]{0,12}$/);
const wallStarts = fc.integer({ min: 0, max: 2 ** 42 });

describe('scheduler: when', () => {
  it('runs every job within one interval of the start, and then at its phase, once per interval', async () => {
    const jobs = fc.uniqueArray(fc.record({ id: ids, intervalMs: fc.integer({ min: 1000, max: 20_000 }) }), {
      selector: ({ id }) => id,
      minLength: 1,
      maxLength: 20,
    });
    await fc.assert(
      fc.asyncProperty(jobs, wallStarts, async (settings, wallStartMs) => {
        const world = createWorld({ wallStartMs });
        for (const one of settings) world.scheduler.add(world.job(one));
        expect(world.clock.pendingTimers).toBe(0);
        world.scheduler.start();
        await world.clock.advance(20_000);
        for (const { id, intervalMs } of settings) {
          const starts = world.runsOf(id).map((run) => run.startMs);
          expect(starts[0]).toBeLessThan(intervalMs);
          expect(starts).toEqual(grid(id, intervalMs, 20_000, wallStartMs));
        }
        expect(world.lags.every(({ lagMs }) => lagMs === 0)).toBe(true);
        await world.scheduler.close();
      }),
      { numRuns: 50 },
    );
  });

  it('runs a job that is added later within one interval of that', async () => {
    const world = createWorld();
    world.scheduler.start();
    await world.clock.advance(123_456);
    world.scheduler.add(world.job({ id: 'late', intervalMs: 10_000 }));
    await world.clock.advance(10_000);
    expect(world.runsOf('late').map((run) => run.startMs)).toEqual(
      grid('late', 10_000, 133_456).filter((dueMs) => dueMs >= 123_456),
    );
    await world.scheduler.close();
  });

  it('has the same phases after a restart', async () => {
    const phases = async (wallStartMs: number) => {
      const world = createWorld({ wallStartMs });
      world.scheduler.add(world.job({ id: 'payments-api', intervalMs: 30_000 }));
      world.scheduler.start();
      await world.clock.advance(60_000);
      await world.scheduler.close();
      return world.runs.map((run) => (wallStartMs + run.startMs) % 30_000);
    };
    const phase = phaseMs('payments-api', 30_000);
    expect(await phases(WALL_MS)).toEqual([phase, phase]);
    expect(await phases(WALL_MS + 98_765_432)).toEqual([phase, phase]);
  });

  it('starts no run while the one before is in flight, and stays on the grid', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat({ max: 3500 }), { minLength: 1, maxLength: 8 }), async (durationsMs) => {
        const world = createWorld();
        const takesMs = (run: number) => durationsMs[run % durationsMs.length] ?? 0;
        world.scheduler.add(world.job({ id: 'slow', intervalMs: 1000, takesMs }));
        world.scheduler.start();
        await world.clock.advance(20_000);

        const expected: number[] = [];
        let freeMs = 0;
        for (const dueMs of grid('slow', 1000, 20_000)) {
          if (dueMs < freeMs) continue;
          freeMs = dueMs + takesMs(expected.length);
          expected.push(dueMs);
        }
        expect(world.runs.map((run) => run.startMs)).toEqual(expected);
        await world.scheduler.close();
      }),
    );
  });

  it.each([3_600_000, -3_600_000])('takes no notice when the wall clock steps by %d ms', async (stepMs) => {
    const world = createWorld();
    world.scheduler.add(world.job({ id: 'a', intervalMs: 10_000, takesMs: () => 50 }));
    world.scheduler.start();
    await world.clock.advance(15_000);
    world.clock.stepWall(stepMs);
    await world.clock.advance(45_000);
    expect(world.runs.map((run) => run.startMs)).toEqual(grid('a', 10_000, 60_000));
    await world.scheduler.close();
  });

  it('follows an interval that changes from the last start on, and comes back to its phase', async () => {
    const world = createWorld();
    let intervalMs = 30_000;
    world.scheduler.add(world.job({ id: 'a', intervalMs: () => intervalMs }));
    world.scheduler.start();
    const [firstMs = 0] = grid('a', 30_000, 30_000);
    intervalMs = 5000;
    await world.clock.advance(firstMs + 12_000);
    intervalMs = 30_000;
    await world.clock.advance(50_000);
    const fast = [firstMs, firstMs + 5000, firstMs + 10_000, firstMs + 15_000];
    expect(world.runs.map((run) => run.startMs)).toEqual([...fast, firstMs + 30_000, firstMs + 60_000]);
    await world.scheduler.close();
  });

  it('reschedules at once where the next run is far away, and never onto the run that was just had', async () => {
    const world = createWorld();
    let intervalMs = 60_000;
    world.scheduler.add(world.job({ id: 'a', intervalMs: () => intervalMs }));
    world.scheduler.reschedule('a');
    world.scheduler.reschedule('unknown');
    world.scheduler.start();
    const [firstMs = 0] = grid('a', 60_000, 60_000);
    await world.clock.advance(firstMs);
    intervalMs = 5000;
    world.scheduler.reschedule('a');
    await world.clock.advance(10_000);
    expect(world.runs.map((run) => run.startMs)).toEqual([firstMs, firstMs + 5000, firstMs + 10_000]);
    await world.scheduler.close();
  });

  it('sets its timer anew only when another job becomes the first', async () => {
    const world = createWorld();
    world.scheduler.start();
    const byPhase = Array.from({ length: 50 }, (_, n) => `job-${n}`).sort(
      (a, b) => nextDueMs(a, 1000, WALL_MS) - nextDueMs(b, 1000, WALL_MS),
    );
    for (const id of byPhase) world.scheduler.add(world.job({ id, intervalMs: 1000 }));
    expect(world.timersSet()).toBe(1);
    for (const id of byPhase.slice(1)) void world.scheduler.remove(id);
    expect(world.timersSet()).toBe(1);
    expect(world.clock.pendingTimers).toBe(1);
    await world.scheduler.close();
    expect(world.clock.pendingTimers).toBe(0);
  });

  it('lets the event loop turn between batches when very many are due', async () => {
    const world = createWorld();
    const JOBS = 1000;
    for (let n = 0; n < JOBS; n++) world.scheduler.add(world.job({ id: `job-${n}`, intervalMs: 1, takesMs: 'hold' }));
    world.scheduler.start();
    await world.clock.advance(1);
    expect(world.runs).toHaveLength(JOBS);
    expect(world.timersSet()).toBeGreaterThanOrEqual(JOBS / 64);
    const closed = world.scheduler.close();
    for (const run of world.runs) run.end();
    await closed;
  });
});
