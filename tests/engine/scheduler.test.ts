import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Cancelled } from '../../src/core/probe.ts';
import { nextDueMs, phaseMs } from '../../src/engine/phase.ts';
import { createWorld } from './scheduler-world.ts';

const ids = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._-]{0,12}$/);
const wallStarts = fc.integer({ min: 0, max: 2 ** 42 });
const WALL_MS = Date.UTC(2026, 0, 1);

/** The monotonic times up to `untilMs` at which a job is due, in a world that began at `wallStartMs`. */
function grid(id: string, intervalMs: number, untilMs: number, wallStartMs = WALL_MS): number[] {
  const times: number[] = [];
  for (
    let dueMs = nextDueMs(id, intervalMs, wallStartMs);
    dueMs <= wallStartMs + untilMs;
    dueMs = nextDueMs(id, intervalMs, dueMs + 1)
  ) {
    times.push(dueMs - wallStartMs);
  }
  return times;
}

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

describe('scheduler: limits', () => {
  it('holds both limits at all times, and leaves no place free while somebody waits for it', async () => {
    const setting = fc.record({
      host: fc.constantFrom('h1', 'h2', 'h3'),
      intervalMs: fc.integer({ min: 500, max: 3000 }),
      durationMs: fc.nat({ max: 4000 }),
    });
    const step = fc.oneof(
      { weight: 4, arbitrary: fc.record({ kind: fc.constant('advance' as const), ms: fc.nat({ max: 800 }) }) },
      fc.record({
        kind: fc.constantFrom('remove' as const, 'replace' as const, 'reschedule' as const),
        pick: fc.nat(),
      }),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(setting, { minLength: 1, maxLength: 15, size: 'max' }),
        fc.array(step, { maxLength: 40, size: 'max' }),
        fc.integer({ min: 1, max: 6 }),
        fc.integer({ min: 1, max: 3 }),
        async (settings, steps, inFlight, inFlightPerHost) => {
          const broken: string[] = [];
          const world = createWorld({
            limits: { inFlight, inFlightPerHost },
            onStart({ id, host }) {
              if (world.running() > inFlight) broken.push(`overall, by ${id}`);
              if (world.runsOf(id).filter((run) => run.endMs === undefined).length > 1) broken.push(`overlap of ${id}`);
              if (world.running(host) > inFlightPerHost) broken.push(`per host, by ${id}`);
            },
          });
          const jobs = settings.map(({ host, intervalMs, durationMs }, n) =>
            world.job({ id: `job-${n}`, host, intervalMs, takesMs: () => durationMs }),
          );
          for (const job of jobs) world.scheduler.add(job);
          world.scheduler.start();
          for (const one of steps) {
            if (one.kind === 'advance') await world.clock.advance(one.ms);
            else {
              const job = jobs[one.pick % jobs.length];
              if (job === undefined) continue;
              if (one.kind === 'reschedule') world.scheduler.reschedule(job.id);
              else if (one.kind === 'remove') void world.scheduler.remove(job.id);
              else void world.scheduler.replace(job);
              await world.clock.advance(0);
            }
            const { inFlight: now, queued } = world.scheduler.stats();
            expect(now).toBe(world.running());
            const fullHosts = ['h1', 'h2', 'h3'].filter((host) => world.running(host) === inFlightPerHost);
            if (queued > 0 && now < inFlight) expect(fullHosts).not.toEqual([]);
          }
          // Whoever is still there gets its turn.
          const before = world.runs.length;
          await world.clock.advance(60_000);
          const alive = world.scheduler.stats().jobs;
          expect(new Set(world.runs.slice(before).map((run) => run.id)).size).toBeGreaterThanOrEqual(alive);
          expect(broken).toEqual([]);
          await world.scheduler.close();
          expect(world.running()).toBe(0);
          expect(world.clock.pendingTimers).toBe(0);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('delays nobody else when a host is saturated', async () => {
    const world = createWorld({ limits: { inFlight: 8, inFlightPerHost: 2 } });
    for (let n = 0; n < 50; n++) {
      world.scheduler.add(world.job({ id: `hole-${n}`, host: 'hole', intervalMs: 1000, takesMs: () => 5000 }));
      world.scheduler.add(world.job({ id: `good-${n}`, intervalMs: 1000 }));
    }
    world.scheduler.start();
    await world.clock.advance(30_000);
    const good = world.lags.filter(({ id }) => id.startsWith('good'));
    expect(good).toHaveLength(50 * 30);
    expect(good.every(({ lagMs }) => lagMs === 0)).toBe(true);
    expect(world.scheduler.stats()).toEqual({ jobs: 100, inFlight: 2, queued: 48 });
    await world.scheduler.close();
    expect(world.scheduler.stats()).toEqual({ jobs: 0, inFlight: 0, queued: 0 });
  });

  it.each([
    ['overall', { inFlight: 1, inFlightPerHost: 10 }, (n: number) => `host-${n % 3}`],
    ['of one host', { inFlight: 10, inFlightPerHost: 1 }, () => 'host'],
  ])('serves those who wait for a slot %s by due time, and reports how late they start', async (_, limits, hostOf) => {
    const world = createWorld({ limits });
    const jobIds = Array.from({ length: 12 }, (_, n) => `job-${n}`);
    jobIds.forEach((id, n) => {
      world.scheduler.add(world.job({ id, host: hostOf(n), intervalMs: 100_000, takesMs: 'hold' }));
    });
    world.scheduler.start();
    await world.clock.advance(100_000);
    expect(world.scheduler.stats()).toEqual({ jobs: 12, inFlight: 1, queued: 11 });
    for (let n = 0; n < jobIds.length; n++) {
      world.runs.at(-1)?.end();
      await world.clock.advance(1000);
    }
    const dueMs = (id: string) => grid(id, 100_000, 100_000)[0] ?? 0;
    const byDue = jobIds.toSorted((a, b) => dueMs(a) - dueMs(b));
    expect(world.runs.map((run) => run.id).slice(0, 12)).toEqual(byDue);
    expect(world.lags.slice(0, 12)).toEqual(
      byDue.map((id, n) => ({ id, lagMs: n === 0 ? 0 : 100_000 + (n - 1) * 1000 - dueMs(id) })),
    );
    const closed = world.scheduler.close();
    for (const run of world.runs) run.end();
    await closed;
  });

  it('passes a free place on when the one that it was for is removed', async () => {
    const world = createWorld({ limits: { inFlight: 10, inFlightPerHost: 1 } });
    for (const id of ['a', 'b', 'c']) {
      world.scheduler.add(world.job({ id, host: 'h', intervalMs: 60_000, takesMs: 'hold' }));
    }
    world.scheduler.start();
    await world.clock.advance(60_000);
    const order = ['a', 'b', 'c'].toSorted(
      (x, y) => (grid(x, 60_000, 60_000)[0] ?? 0) - (grid(y, 60_000, 60_000)[0] ?? 0),
    );
    world.runs[0]?.end();
    while (world.scheduler.stats().inFlight > 0) await Promise.resolve();
    await world.scheduler.remove(order[1] ?? '');
    await world.clock.advance(0);
    expect(world.runs.map((run) => run.id)).toEqual([order[0], order[2]]);
    const closed = world.scheduler.close();
    world.runs[1]?.end();
    await closed;
  });

  it('leaves a job in its place in the queue when it is rescheduled while it waits', async () => {
    const world = createWorld({ limits: { inFlight: 10, inFlightPerHost: 1 } });
    for (const id of ['a', 'b']) {
      world.scheduler.add(world.job({ id, host: 'h', intervalMs: 1000, takesMs: 'hold' }));
    }
    world.scheduler.start();
    await world.clock.advance(1000);
    const [running] = world.runs;
    const waits = running?.id === 'a' ? 'b' : 'a';
    world.scheduler.reschedule(waits);
    world.scheduler.reschedule(running?.id ?? '');
    expect(world.scheduler.stats()).toEqual({ jobs: 2, inFlight: 1, queued: 1 });
    await world.clock.advance(5000);
    expect(world.runs).toHaveLength(1);
    running?.end();
    await world.clock.advance(0);
    const [dueMs = 0] = grid(waits, 1000, 1000);
    expect(world.lags.at(-1)).toEqual({ id: waits, lagMs: 6000 - dueMs });
    const closed = world.scheduler.close();
    world.runs[1]?.end();
    await closed;
  });

  it('gives a slot to others when a run releases it, and still does not start that job again', async () => {
    const world = createWorld({ limits: { inFlight: 1, inFlightPerHost: 1 } });
    world.scheduler.add(world.job({ id: 'stuck', host: 'h', intervalMs: 1000, takesMs: 'hold' }));
    world.scheduler.add(world.job({ id: 'other', host: 'h', intervalMs: 1000 }));
    world.scheduler.start();
    await world.clock.advance(3000);
    const [stuck] = world.runsOf('stuck');
    const others = world.runsOf('other').length;
    stuck?.releaseSlot();
    stuck?.releaseSlot();
    expect(world.scheduler.stats().inFlight).toBe(0);
    await world.clock.advance(10_000);
    expect(world.runsOf('other').length).toBeGreaterThanOrEqual(others + 10);
    expect(world.runsOf('stuck')).toHaveLength(1);
    stuck?.end();
    await world.clock.advance(1000);
    expect(world.runsOf('stuck')).toHaveLength(2);
    expect(world.scheduler.stats().inFlight).toBe(1);
    const closed = world.scheduler.close();
    world.runsOf('stuck')[1]?.end();
    await closed;
    expect(world.scheduler.stats().inFlight).toBe(0);
  });
});

describe('scheduler: ends', () => {
  it('aborts the run in flight of a job that is removed, and says when it has ended', async () => {
    const world = createWorld();
    world.scheduler.add(world.job({ id: 'a', intervalMs: 1000, takesMs: 'hold' }));
    world.scheduler.start();
    await world.clock.advance(1000);
    let removed = false;
    const removal = world.scheduler.remove('a').then(() => {
      removed = true;
    });
    const [run] = world.runs;
    expect(run?.signal.reason).toBeInstanceOf(Cancelled);
    await world.clock.advance(5000);
    expect(removed).toBe(false);
    expect(world.scheduler.stats()).toEqual({ jobs: 0, inFlight: 1, queued: 0 });
    run?.end(run.signal.reason);
    await removal;
    await world.clock.advance(5000);
    expect(world.runs).toHaveLength(1);
    expect(world.defects).toEqual([]);
    expect(world.scheduler.stats()).toEqual({ jobs: 0, inFlight: 0, queued: 0 });
    expect(world.clock.pendingTimers).toBe(0);
    await world.scheduler.remove('a');
    await world.scheduler.close();
  });

  it('replaces a job by another of its id, at the same phase', async () => {
    const world = createWorld();
    world.scheduler.add(world.job({ id: 'a', intervalMs: 1000, takesMs: () => 300 }));
    world.scheduler.start();
    const [firstMs = 0] = grid('a', 1000, 1000);
    await world.clock.advance(firstMs + 1100);
    await world.scheduler.replace(world.job({ id: 'a', host: 'elsewhere', intervalMs: 1000 }));
    await world.clock.advance(900);
    expect(world.runs.map((run) => [run.host, run.startMs])).toEqual([
      ['a', firstMs],
      ['a', firstMs + 1000],
      ['elsewhere', firstMs + 2000],
    ]);
    expect(world.runs[1]?.signal.reason).toBeInstanceOf(Cancelled);
    expect(world.runs[0]?.signal.aborted).toBe(false);
    await world.scheduler.close();
  });

  it('closes when the runs in flight have ended, and leaves nothing', async () => {
    const world = createWorld({ limits: { inFlight: 3, inFlightPerHost: 1 } });
    for (let n = 0; n < 20; n++) {
      world.scheduler.add(world.job({ id: `job-${n}`, host: `host-${n % 4}`, intervalMs: 1000, takesMs: 'hold' }));
    }
    world.scheduler.start();
    await world.clock.advance(2000);
    expect(world.runs).toHaveLength(3);
    let closed = false;
    const closing = Promise.all([world.scheduler.close(), world.scheduler.close()]).then(() => {
      closed = true;
    });
    expect(world.clock.pendingTimers).toBe(0);
    for (const run of world.runs) {
      expect(run.signal.reason).toBeInstanceOf(Cancelled);
      await world.clock.advance(1000);
      expect(closed).toBe(false);
      run.end(run.signal.reason);
    }
    await closing;
    await world.clock.advance(10_000);
    expect(world.runs).toHaveLength(3);
    expect(world.defects).toEqual([]);
    expect(world.clock.pendingTimers).toBe(0);
    expect(world.scheduler.stats()).toEqual({ jobs: 0, inFlight: 0, queued: 0 });
    expect(() => world.scheduler.add(world.job({ id: 'a', intervalMs: 1000 }))).toThrow('the scheduler is closed');
  });

  it('closes before it has started', async () => {
    const world = createWorld();
    world.scheduler.add(world.job({ id: 'a', intervalMs: 1000 }));
    await world.scheduler.close();
    expect(() => world.scheduler.start()).toThrow('cannot start the scheduler: it is closed');
  });
});

describe('scheduler: defects', () => {
  it.each([
    ['rejects', () => Promise.reject(new Error('broken'))],
    [
      'throws',
      () => {
        throw new Error('broken');
      },
    ],
  ])('reports a run that %s, and goes on', async (_, run) => {
    const world = createWorld({ limits: { inFlight: 1, inFlightPerHost: 1 } });
    world.scheduler.add({ ...world.job({ id: 'bad', host: 'h', intervalMs: 1000 }), run });
    world.scheduler.add(world.job({ id: 'good', host: 'h', intervalMs: 1000 }));
    world.scheduler.start();
    await world.clock.advance(3000);
    expect(world.defects).toEqual(Array.from({ length: 3 }, () => ({ id: 'bad', error: new Error('broken') })));
    expect(world.runsOf('good')).toHaveLength(3);
    await world.scheduler.close();
  });

  it('reports an interval that is none, and keeps the one before', async () => {
    const world = createWorld();
    let intervalMs = 1000;
    world.scheduler.add(world.job({ id: 'a', intervalMs: () => intervalMs }));
    world.scheduler.start();
    intervalMs = Number.NaN;
    await world.clock.advance(3000);
    expect(world.runs).toHaveLength(3);
    expect(world.defects).toHaveLength(3);
    expect(world.defects[0]?.error).toEqual(new RangeError('the interval of a is NaN ms; it must be at least 1 ms'));
    await world.scheduler.close();
  });

  it.each([0, 0.4, -1, Number.NaN, Number.POSITIVE_INFINITY])('takes no job with an interval of %d', (intervalMs) => {
    const world = createWorld();
    expect(() => world.scheduler.add(world.job({ id: 'a', intervalMs }))).toThrow(RangeError);
    expect(world.scheduler.stats().jobs).toBe(0);
  });

  it('takes no second job of an id', () => {
    const world = createWorld();
    world.scheduler.add(world.job({ id: 'a', intervalMs: 1000 }));
    expect(() => world.scheduler.add(world.job({ id: 'a', intervalMs: 1000 }))).toThrow('there is a job of that id');
  });
});
