import { describe, expect, it } from '@jest/globals';
import { Cancelled } from '../../src/core/probe.ts';
import { createWorld, grid } from './scheduler-world.ts';

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

  it('takes another job in the place of one that is removed, at the same phase', async () => {
    const world = createWorld();
    world.scheduler.add(world.job({ id: 'a', intervalMs: 1000, takesMs: () => 300 }));
    world.scheduler.start();
    const [firstMs = 0] = grid('a', 1000, 1000);
    await world.clock.advance(firstMs + 1100);
    const removed = world.scheduler.remove('a');
    world.scheduler.add(world.job({ id: 'a', host: 'elsewhere', intervalMs: 1000 }));
    await removed;
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
