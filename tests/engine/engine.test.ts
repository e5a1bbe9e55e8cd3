import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import type { Schedule } from '../../src/core/definition.ts';
import { Cancelled, DeadlineExceeded } from '../../src/core/probe.ts';
import { LET_GO_MS } from '../../src/engine/run-probe.ts';
import { group, heartbeat, probe, system } from '../support/definitions.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { saw } from './aggregator-world.ts';
import { createEngineWorld, type EngineWorld, UNMAKEABLE } from './engine-world.ts';

const one = (schedule: Partial<Schedule> = {}, fingerprint = 'the same') =>
  system(group('root', ['a']), probe('a', { schedule, fingerprint }));

/** When the runs of a component started, from the first on. */
const startsOf = ({ probes }: EngineWorld, id: string) =>
  probes.filter((probe) => probe.id === id).flatMap(({ runs }) => runs.map(({ startMs }) => startMs));

const gaps = (times: readonly number[]) => times.slice(1).map((time, at) => time - times[at]!);

describe('engine: watching', () => {
  it('looks at everything that is probed within one interval of the start, and at nothing before it', async () => {
    const ids = Array.from({ length: 50 }, (_, number) => `c${number}`);
    const intervalMs = (at: number) => 1_000 + 200 * at;
    const world = await createEngineWorld(
      system(
        group('root', [...ids, 'beat']),
        heartbeat('beat', { periodMs: 3_600_000 }),
        // The pace of what is not healthy may be slower, the first look is not.
        ...ids.map((id, at) => probe(id, { schedule: { intervalMs: intervalMs(at), unhealthyIntervalMs: 600_000 } })),
      ),
    );
    expect(world.probes.map(({ id }) => id)).toEqual(ids);
    await world.clock.advance(60_000);
    expect(world.probes.flatMap(({ runs }) => runs)).toEqual([]);
    world.engine.start();
    await world.clock.advance(11_000);
    for (const [at, id] of ids.entries()) {
      const [first] = startsOf(world, id);
      expect([id, first! - 60_000 < intervalMs(at)]).toEqual([id, true]);
      expect(world.engine.aggregator.health(id)?.status).toBe('HEALTHY');
    }
    await world.engine.close();
  });

  it('looks at its own pace, and at another while it is not HEALTHY', async () => {
    const world = await createEngineWorld(
      one({ intervalMs: 10_000, unhealthyIntervalMs: 2_000, unhealthyThreshold: 2 }),
    );
    world.engine.start();
    await world.clock.advance(50_000);
    expect(gaps(startsOf(world, 'a')).slice(1)).toEqual([10_000, 10_000, 10_000]);
    world.script('a', () => saw('UNHEALTHY'));
    await world.clock.advance(40_000);
    const failing = gaps(startsOf(world, 'a'));
    expect(world.engine.aggregator.health('a')?.status).toBe('UNHEALTHY');
    expect(failing.slice(-5)).toEqual([2_000, 2_000, 2_000, 2_000, 2_000]);
    world.script('a', () => saw('HEALTHY'));
    await world.clock.advance(32_000);
    expect(gaps(startsOf(world, 'a')).slice(-2)).toEqual([10_000, 10_000]);
    await world.engine.close();
  });

  it('gives each run its timeout, a signal and the headers of its trace, and tells how it ended', async () => {
    const world = await createEngineWorld(one({ timeoutMs: 700 }), {
      traceRun: ({ id, kind, host }) => ({ headers: { traceparent: `${id} ${kind} ${host}` }, end() {} }),
    });
    world.engine.start();
    await world.clock.advance(10_000);
    const [run] = world.probe('a').runs;
    expect(run).toMatchObject({
      timeoutMs: 700,
      traceHeaders: { traceparent: expect.stringMatching(/^a tcp /) },
    });
    expect(run!.signal.aborted).toBe(false);
    expect(world.probeRuns).toMatchObject([{ id: 'a', kind: 'tcp', observation: { outcome: 'HEALTHY' } }]);
    expect(world.statusChanges.map(({ health }) => health.component)).toEqual(['a', 'root']);
    expect(world.lags).toEqual([0]);
    expect(world.engine.stats()).toMatchObject({ components: 2, subscribers: 0, jobs: 1, inFlight: 0, queued: 0 });
    await world.engine.close();
  });

  it('takes no answer in time for UNHEALTHY, and drops the late one', async () => {
    const world = await createEngineWorld(one({ timeoutMs: 700 }));
    world.script('a', 'hold');
    world.engine.start();
    const run = await world.nextRun('a');
    await world.clock.advance(700);
    expect(run.signal.reason).toBeInstanceOf(DeadlineExceeded);
    expect(world.engine.aggregator.health('a')).toMatchObject({ status: 'UNHEALTHY', reason: { code: 'TIMEOUT' } });
    run.answer(saw('HEALTHY'));
    await world.clock.advance(0);
    expect(world.engine.aggregator.health('a')?.status).toBe('UNHEALTHY');
    await world.engine.close();
  });

  it('lets what a stream says flip the status at once', async () => {
    const world = await createEngineWorld(one({ unhealthyThreshold: 3 }));
    world.engine.start();
    await world.clock.advance(10_000);
    expect(world.engine.aggregator.health('a')?.status).toBe('HEALTHY');
    world.probe('a').push(saw('UNHEALTHY', { message: 'NOT_SERVING', decisive: true }));
    await world.clock.advance(0);
    expect(world.engine.aggregator.health('a')).toMatchObject({
      status: 'UNHEALTHY',
      reason: { message: 'NOT_SERVING' },
    });
    expect(world.engine.aggregator.health('root')?.status).toBe('UNHEALTHY');
    await world.engine.close();
  });

  it('reports a defect of a probe, and goes on with it and all others', async () => {
    const world = await createEngineWorld(system(group('root', ['a', 'b']), probe('a'), probe('b')));
    const broken = new TypeError('x is not a function');
    world.script('a', () => {
      throw broken;
    });
    world.engine.start();
    await world.clock.advance(20_000);
    expect(world.defects).toEqual([
      { error: broken, id: 'a' },
      { error: broken, id: 'a' },
    ]);
    expect(world.engine.aggregator.health('a')).toMatchObject({ status: 'UNKNOWN', reason: { code: 'PROBE_DEFECT' } });
    expect(world.engine.aggregator.health('b')?.status).toBe('HEALTHY');
    world.script('a', () => saw('HEALTHY', { decisive: true }));
    await world.clock.advance(10_000);
    expect(world.engine.aggregator.health('a')?.status).toBe('HEALTHY');
    await world.engine.close();
  });
});

describe('engine: reload', () => {
  it('keeps the probes of what is unchanged, with their pace', async () => {
    const world = await createEngineWorld(one());
    world.engine.start();
    await world.clock.advance(25_000);
    const [kept] = world.probes;
    for (let round = 0; round < 10; round++) {
      await world.engine.reload(one());
      await world.clock.advance(4_000);
    }
    expect(world.probes).toEqual([kept]);
    expect(kept!.closes).toBe(0);
    expect(new Set(gaps(startsOf(world, 'a')).slice(1))).toEqual(new Set([10_000]));
    expect(kept!.runs.some(({ signal }) => signal.aborted)).toBe(false);
    await world.engine.close();
  });

  it('takes up another pace and timeout without a new probe', async () => {
    const world = await createEngineWorld(one({ intervalMs: 3_600_000, unhealthyIntervalMs: 3_600_000 }));
    world.engine.start();
    await world.clock.advance(3_600_000);
    const { runs } = world.probe('a');
    const before = runs.length;
    await world.engine.reload(one({ intervalMs: 5_000, timeoutMs: 300 }));
    await world.clock.advance(15_000);
    expect(world.probes).toHaveLength(1);
    expect(runs).toHaveLength(before + 3);
    expect(gaps(startsOf(world, 'a')).slice(-1)).toEqual([5_000]);
    expect(runs.at(-1)!.timeoutMs).toBe(300);
    await world.engine.close();
  });

  it('makes a new probe for what is looked at in another way, and drops what the old one still says', async () => {
    const world = await createEngineWorld(one());
    world.engine.start();
    await world.clock.advance(15_000);
    world.script('a', 'hold');
    const hanging = await world.nextRun('a');
    const [old] = world.probes;
    await world.engine.reload(one({}, 'another way'));
    expect(world.engine.aggregator.health('a')).toMatchObject({ status: 'UNKNOWN', reason: { code: 'NEVER_CHECKED' } });
    expect(hanging.signal.reason).toBeInstanceOf(Cancelled);
    expect(world.probes).toHaveLength(2);
    old!.push(saw('UNHEALTHY', { decisive: true }));
    await world.clock.advance(0);
    // Not closed before its run has ended.
    expect(old!.closes).toBe(0);
    const told = world.probeRuns.length;
    hanging.answer(saw('UNHEALTHY'));
    await world.clock.advance(0);
    expect(old!.closes).toBe(1);
    expect(world.engine.aggregator.health('a')?.status).toBe('UNKNOWN');
    expect(world.probeRuns).toHaveLength(told);
    // What is looked at in another way is looked at soon.
    world.probe('a').runs[0]!.answer(saw('DEGRADED'));
    await world.clock.advance(0);
    expect(world.engine.aggregator.health('a')?.status).toBe('DEGRADED');
    old!.push(saw('UNHEALTHY', { decisive: true }));
    expect(world.engine.aggregator.health('a')?.status).toBe('DEGRADED');
    await world.engine.close();
    expect(world.probes.map(({ closes }) => closes)).toEqual([1, 1]);
    expect(world.defects).toEqual([]);
  });

  it('closes the probes of what is gone or is a probe no more, and watches what is new', async () => {
    const world = await createEngineWorld(
      system(group('root', ['a', 'b', 'c']), ...['a', 'b', 'c'].map((id) => probe(id))),
    );
    world.engine.start();
    await world.clock.advance(15_000);
    await world.engine.reload(system(group('root', ['a', 'b', 'd']), probe('a'), heartbeat('b'), probe('d')));
    await world.clock.advance(10_000);
    expect(world.probes.map(({ id, closes }) => `${id} ${closes}`)).toEqual(['a 0', 'b 1', 'c 1', 'd 0']);
    expect(world.engine.aggregator.health('d')?.status).toBe('HEALTHY');
    expect(world.engine.aggregator.health('b')?.status).toBe('UNKNOWN');
    expect(world.engine.stats()).toMatchObject({ components: 4, jobs: 2 });
    await world.engine.close();
    expect(world.probes.map(({ closes }) => closes)).toEqual([1, 1, 1, 1]);
  });

  it('makes new probes in slices, and closes them when it is closed meanwhile', async () => {
    const clock = createFakeClock();
    let [aheadMs, stepMs] = [0, 0];
    const monotonicMs = () => {
      aheadMs += stepMs;
      return clock.monotonicMs() + aheadMs;
    };
    const world = await createEngineWorld(system(group('root', [])), { clock: { ...clock, monotonicMs } });
    stepMs = 1;
    const ids = Array.from({ length: 20 }, (_, n) => `p${n}`);
    const reloading = world.engine.reload(system(group('root', ids), ...ids.map((id) => probe(id))));
    while (world.probes.length === 0) await setImmediate();
    expect(world.probes.length).toBeLessThan(10);
    await Promise.all([world.engine.close(), reloading]);
    await setImmediate();
    expect(world.probes.map(({ closes }) => closes)).toEqual(ids.map(() => 1));
    expect(world.engine.aggregator.ids()).toEqual(['root']);
  });

  it('changes nothing when the new definition has faults', async () => {
    const world = await createEngineWorld(one());
    world.engine.start();
    await world.clock.advance(10_000);
    const wrong = system(group('root', ['missing']), probe('a', { fingerprint: 'other' }));
    await expect(world.engine.reload(wrong)).rejects.toThrow("there is no component 'missing'");
    await world.clock.advance(20_000);
    expect(world.probes).toMatchObject([{ closes: 0, runs: [{}, {}, {}] }]);
    expect(world.engine.aggregator.health('a')?.status).toBe('HEALTHY');
    await world.engine.close();
  });

  it('changes nothing when one of the new probes cannot be made', async () => {
    const world = await createEngineWorld(one());
    world.engine.start();
    await world.clock.advance(10_000);
    const ids = world.engine.aggregator.ids();
    const next = system(
      group('root', ['a', UNMAKEABLE, 'c']),
      probe('a', { fingerprint: 'other' }),
      probe(UNMAKEABLE),
      probe('c'),
    );
    await expect(world.engine.reload(next)).rejects.toThrow('its CA file is gone');
    await world.clock.advance(20_000);
    expect(world.engine.aggregator.ids()).toEqual(ids);
    expect(world.probes).toMatchObject([
      { closes: 0, runs: [{}, {}, {}] },
      { closes: 1, runs: [] },
    ]);
    await world.engine.close();
  });
});

describe('engine: the end', () => {
  it('leaves nothing: no timer, every probe closed once', async () => {
    const world = await createEngineWorld(system(group('root', ['a', 'b']), probe('a'), probe('b')));
    world.engine.start();
    await world.clock.advance(15_000);
    expect(world.clock.pendingTimers).toBeGreaterThan(0);
    await world.engine.close();
    expect(world.clock.pendingTimers).toBe(0);
    expect(world.probes.map(({ closes }) => closes)).toEqual([1, 1]);
    const runs = startsOf(world, 'a').length;
    await world.clock.advance(100_000);
    expect(startsOf(world, 'a')).toHaveLength(runs);
    expect(world.engine.aggregator.health('a')?.status).toBe('HEALTHY');
  });

  it('may come before the start', async () => {
    const world = await createEngineWorld(one());
    await world.engine.close();
    expect(world.probes.map(({ closes }) => closes)).toEqual([1]);
    expect(world.clock.pendingTimers).toBe(0);
  });

  it('cancels runs in flight, and waits until they have ended and the probes are closed', async () => {
    const closing = Promise.withResolvers<void>();
    const world = await createEngineWorld(one({ timeoutMs: 9_000 }), { onClose: () => closing.promise });
    world.script('a', 'hold');
    world.engine.start();
    const run = await world.nextRun('a');
    let isClosed = false;
    const closed = world.engine.close().then(() => {
      isClosed = true;
    });
    expect(run.signal.reason).toBeInstanceOf(Cancelled);
    await world.clock.advance(0);
    expect(world.probe('a').closes).toBe(0);
    run.fail(run.signal.reason);
    await world.clock.advance(0);
    expect(world.probe('a').closes).toBe(1);
    expect(isClosed).toBe(false);
    closing.resolve();
    await closed;
    expect(world.clock.pendingTimers).toBe(0);
    expect(world.defects).toEqual([]);
    expect(world.engine.aggregator.health('a')?.status).toBe('UNKNOWN');
  });

  it('waits for a probe that ignores its signal so long and no longer', async () => {
    const world = await createEngineWorld(one({ timeoutMs: 9_000 }));
    world.script('a', 'hold');
    world.engine.start();
    await world.nextRun('a');
    const closed = world.engine.close();
    await world.clock.advance(LET_GO_MS);
    await closed;
    expect(world.probe('a').closes).toBe(1);
    expect(world.defects).toHaveLength(1);
    expect(world.clock.pendingTimers).toBe(0);
  });

  it('waits for probes that a reload took away, and reports one that cannot be closed', async () => {
    const world = await createEngineWorld(system(group('root', ['a', 'b']), probe('a'), probe('b')), {
      async onClose({ id }) {
        if (id === 'b') throw new Error('cannot close');
      },
    });
    world.script('a', 'hold');
    world.engine.start();
    const run = await world.nextRun('a');
    await world.engine.reload(system(group('root', [])));
    let isClosed = false;
    const closed = world.engine.close().then(() => {
      isClosed = true;
    });
    await world.clock.advance(0);
    expect(isClosed).toBe(false);
    run.answer(saw('HEALTHY'));
    await closed;
    expect(world.probe('a').closes).toBe(1);
    expect(world.defects).toEqual([{ error: new Error('cannot close'), id: 'b' }]);
  });
});
