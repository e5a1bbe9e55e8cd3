import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { slowLimits } from '../../src/core/probe-places.ts';
import { createWorld, grid } from './scheduler-world.ts';

describe('scheduler: limits', () => {
  it('holds all limits at all times, and leaves no place free while somebody waits for it', async () => {
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
          const slow = slowLimits({ inFlight, inFlightPerHost });
          const world = createWorld({
            limits: { inFlight, inFlightPerHost },
            onStart({ id, host }) {
              if (world.running() > inFlight) broken.push(`overall, by ${id}`);
              if (world.runsOf(id).filter((run) => run.endMs === undefined).length > 1) broken.push(`overlap of ${id}`);
              if (world.running(host) > inFlightPerHost + slow.inFlightPerHost) broken.push(`per host, by ${id}`);
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
              else {
                void world.scheduler.remove(job.id);
                world.scheduler.add(job);
              }
              await world.clock.advance(0);
            }
            const { inFlight: now, queued } = world.scheduler.stats();
            expect(now).toBe(world.running());
            const isFull = (host: string) => world.running(host) >= Math.min(inFlightPerHost, slow.inFlightPerHost);
            const isFullOfSlow = now >= slow.inFlight;
            if (queued > 0 && now < inFlight && !isFullOfSlow) expect(['h1', 'h2', 'h3'].some(isFull)).toBe(true);
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
    await world.clock.advance(29_999);
    const good = world.lags.filter(({ id }) => id.startsWith('good'));
    expect(good).toHaveLength(50 * 30);
    expect(good.every(({ lagMs }) => lagMs === 0)).toBe(true);
    expect(world.scheduler.stats()).toEqual({ jobs: 100, inFlight: 6, queued: 44 });
    await world.scheduler.close();
    expect(world.scheduler.stats()).toEqual({ jobs: 0, inFlight: 0, queued: 0 });
  });

  it.each([
    ['overall', { inFlight: 1, inFlightPerHost: 10 }, (n: number) => `host-${n % 3}`],
    ['of one host', { inFlight: 10, inFlightPerHost: 1 }, () => 'host'],
  ])('serves those who wait for a slot %s by due time, and reports how late they start', async (_, limits, hostOf) => {
    const world = createWorld({ limits });
    const dueMs = (id: string) => grid(id, 97, 97)[0] ?? 0;
    const some = Array.from({ length: 100 }, (_, n) => `job-${n}`);
    // No two at the same time.
    const jobIds = [...new Map(some.map((id) => [dueMs(id), id])).values()].slice(0, 12);
    jobIds.forEach((id, n) => {
      world.scheduler.add(world.job({ id, host: hostOf(n), intervalMs: 97, takesMs: 'hold' }));
    });
    world.scheduler.start();
    await world.clock.advance(97);
    expect(world.scheduler.stats()).toEqual({ jobs: 12, inFlight: 1, queued: 11 });
    for (let n = 0; n < jobIds.length; n++) {
      world.runs.at(-1)?.end();
      await world.clock.advance(10);
    }
    const byDue = jobIds.toSorted((a, b) => dueMs(a) - dueMs(b));
    expect(world.runs.map((run) => run.id).slice(0, 12)).toEqual(byDue);
    expect(world.lags.slice(0, 12)).toEqual(
      byDue.map((id, n) => ({ id, lagMs: n === 0 ? 0 : 97 + (n - 1) * 10 - dueMs(id) })),
    );
    const closed = world.scheduler.close();
    for (const run of world.runs) run.end();
    await closed;
  });

  it('passes a free place on when the one that it was for is removed', async () => {
    const world = createWorld({ limits: { inFlight: 10, inFlightPerHost: 1 } });
    for (const id of ['a', 'b', 'c']) {
      world.scheduler.add(world.job({ id, host: 'h', intervalMs: 97, takesMs: 'hold' }));
    }
    world.scheduler.start();
    await world.clock.advance(97);
    const order = ['a', 'b', 'c'].toSorted((x, y) => (grid(x, 97, 97)[0] ?? 0) - (grid(y, 97, 97)[0] ?? 0));
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
      world.scheduler.add(world.job({ id, host: 'h', intervalMs: 100, takesMs: 'hold' }));
    }
    world.scheduler.start();
    await world.clock.advance(100);
    const [running] = world.runs;
    const waits = running?.id === 'a' ? 'b' : 'a';
    world.scheduler.reschedule(waits);
    world.scheduler.reschedule(running?.id ?? '');
    expect(world.scheduler.stats()).toEqual({ jobs: 2, inFlight: 1, queued: 1 });
    await world.clock.advance(50);
    expect(world.runs).toHaveLength(1);
    running?.end();
    await world.clock.advance(0);
    const [dueMs = 0] = grid(waits, 100, 100);
    expect(world.lags.at(-1)).toEqual({ id: waits, lagMs: 150 - dueMs });
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
