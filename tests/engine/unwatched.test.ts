// A process that was stopped for a while: what nobody saw is UNKNOWN from when it became so, nothing is made up, and there
// is no storm on waking. What the store is given of it is asked of the oracle of history.
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Schedule } from '../../src/core/definition.ts';
import { Cancelled } from '../../src/core/probe.ts';
import { group, heartbeat, probe, system, windows } from '../support/definitions.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { createHistoryOracle } from '../support/history-oracle.ts';
import { createAggregatorWorld, START_MS, saw } from './aggregator-world.ts';
import { createEngineWorld, type EngineWorld } from './engine-world.ts';

const SHORT: Partial<Schedule> = { intervalMs: 1_000, unhealthyIntervalMs: 1_000, timeoutMs: 500, staleAfterMs: 3_500 };
const healthOf = ({ engine }: EngineWorld, id: string) => engine.aggregator.health(id)!;
const timeline = (world: EngineWorld, id: string) =>
  world.statusChanges
    .filter(({ health }) => health.component === id)
    .map(({ from, health: { status, sinceMs, reason } }) => `${sinceMs - START_MS} ${from}>${status} ${reason.code}`);

describe('a process that was stopped', () => {
  it.each([1_000, 1_900, 2_500, 3_000, 75_000, 8 * 3_600_000])(
    'says UNKNOWN from when what it had seen ran out, and HEALTHY again soon: stopped for %d ms',
    async (frozenMs) => {
      const world = await createEngineWorld(
        system(
          group('root', ['a', 'slow']),
          probe('a', { schedule: SHORT }),
          probe('slow', { schedule: { ...SHORT, staleAfterMs: DAY_MS } }),
        ),
      );
      world.engine.start();
      await world.clock.advance(10_000);
      const checkedAtMs = healthOf(world, 'a').checkedAtMs! - START_MS;
      world.statusChanges.length = 0;
      const before = world.probeRuns.length;
      world.clock.freeze(frozenMs);
      await world.clock.advance(0);
      const wokeMs = 10_000 + frozenMs;
      const expiredMs = checkedAtMs + 3_500;
      if (expiredMs > wokeMs) expect(world.statusChanges).toEqual([]);
      else {
        // One of two looks at once, the other half a second later.
        await world.clock.advance(1_000);
        const [stale, again, ...more] = timeline(world, 'a');
        expect(stale).toBe(`${expiredMs} HEALTHY>UNKNOWN STALE`);
        expect(again).toMatch(/UNKNOWN>HEALTHY SEEN$/);
        expect(Number(again!.split(' ')[0])).toBeLessThanOrEqual(wokeMs + 1_000);
        expect(more).toEqual([]);
        expect(timeline(world, 'root')[0]).toMatch(new RegExp(`^${expiredMs} HEALTHY>UNKNOWN`));
        // What is known for longer than that stays known.
        expect(timeline(world, 'slow')).toEqual([]);
      }
      await world.clock.advance(2_000);
      expect(world.probeRuns.slice(before).every(({ observation: { outcome } }) => outcome === 'HEALTHY')).toBe(true);
      expect(healthOf(world, 'root').status).toBe('HEALTHY');
      await world.engine.close();
      expect(world.clock.pendingTimers).toBe(0);
    },
  );

  it.each(['hangs', 'answered meanwhile', 'fails on waking'])(
    'makes nothing of a run that was under way: it %s',
    async (how) => {
      const world = await createEngineWorld(system(group('root', ['a']), probe('a', { schedule: SHORT })));
      world.engine.start();
      await world.clock.advance(5_000);
      world.script('a', 'hold');
      const run = await world.nextRun('a');
      world.script('a', () => saw('HEALTHY'));
      await world.clock.advance(100);
      world.statusChanges.length = 0;
      const told = world.probeRuns.length;
      world.clock.freeze(75_000);
      // The answer waited in a socket, and is read before any timer is looked at.
      if (how === 'answered meanwhile') run.answer(saw('UNHEALTHY', { message: 'of long ago' }));
      if (how === 'fails on waking') run.answer(saw('UNHEALTHY', { code: 'CONNECTION_CLOSED' }));
      await world.clock.advance(0);
      run.fail(run.signal.reason);
      await world.clock.advance(3_000);
      expect(run.signal.reason).toEqual(how === 'hangs' ? expect.any(Cancelled) : undefined);
      expect(world.statusChanges.some(({ health }) => health.status === 'UNHEALTHY')).toBe(false);
      expect(world.probeRuns.slice(told).map(({ observation }) => observation.outcome)).not.toContain('UNHEALTHY');
      expect(healthOf(world, 'a').status).toBe('HEALTHY');
      expect(world.defects).toEqual([]);
      await world.engine.close();
    },
  );

  it('brings no storm of looks on waking', async () => {
    const ids = Array.from({ length: 600 }, (_, n) => `c${n}`);
    const world = await createEngineWorld(system(group('root', ids), ...ids.map((id) => probe(id))));
    world.engine.start();
    await world.clock.advance(30_000);
    world.lags.length = 0;
    world.clock.freeze(600_000);
    await world.clock.advance(0);
    const starts = () => world.probes.flatMap(({ runs }) => runs.map(({ startMs }) => startMs));
    await world.clock.advance(10_000);
    for (let fromMs = 630_000; fromMs < 633_000; fromMs += 100) {
      expect(starts().filter((startMs) => startMs >= fromMs && startMs < fromMs + 100).length).toBeLessThan(80);
    }
    expect(Math.max(...world.lags)).toBe(0);
    expect(healthOf(world, 'root').status).toBe('HEALTHY');
    expect(world.statusChanges.every(({ health }) => health.status !== 'UNHEALTHY')).toBe(true);
    await world.engine.close();
  });

  it('does not mind steps of the wall clock', async () => {
    const world = await createEngineWorld(
      system(group('root', ['a', 'beat']), probe('a', { schedule: SHORT }), heartbeat('beat', { periodMs: 60_000 })),
    );
    world.engine.start();
    await world.engine.aggregator.report('beat', { outcome: 'HEALTHY', message: '' });
    await world.clock.advance(5_000);
    world.statusChanges.length = 0;
    for (const stepMs of [3_600_000, -7_200_000, 86_400_000]) {
      world.clock.stepWall(stepMs);
      await world.clock.advance(5_000);
    }
    expect(world.statusChanges).toEqual([]);
    await world.engine.close();
  });
});

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;

describe('heartbeats of a process that was stopped', () => {
  const beat = (periodMs: number) => system(group('root', ['beat']), heartbeat('beat', { periodMs, graceMs: 1_000 }));

  async function world(periodMs: number, { reports = true } = {}) {
    const made = await createEngineWorld(beat(periodMs));
    made.engine.start();
    await made.clock.advance(1_000);
    if (reports) await made.engine.aggregator.report('beat', { outcome: 'HEALTHY', message: '' });
    made.statusChanges.length = 0;
    return made;
  }

  it.each([true, false])(
    'does not blame one whose report was due meanwhile (it reported before: %s)',
    async (reports) => {
      const made = await world(MINUTE_MS, { reports });
      const countsFromMs = reports ? 1_000 : 0;
      await made.clock.advance(30_000);
      made.clock.freeze(75_000);
      await made.clock.advance(0);
      expect(healthOf(made, 'beat')).toMatchObject({
        status: 'UNKNOWN',
        reason: { code: 'MISSED_WHILE_NOT_WATCHING' },
        ...(reports && { sinceMs: START_MS + countsFromMs + MINUTE_MS + 1_000 }),
      });
      // It has a whole period and grace to report.
      await made.clock.advance(MINUTE_MS + 999);
      expect(healthOf(made, 'beat').status).toBe('UNKNOWN');
      await made.clock.advance(1);
      expect(healthOf(made, 'beat')).toMatchObject({ status: 'UNHEALTHY', reason: { code: 'LATE' } });
      await made.engine.aggregator.report('beat', { outcome: 'HEALTHY', message: '' });
      expect(healthOf(made, 'beat').status).toBe('HEALTHY');
      await made.engine.close();
    },
  );

  it('takes the report that comes first of all on waking for one of now', async () => {
    const made = await world(MINUTE_MS);
    await made.clock.advance(30_000);
    made.clock.freeze(75_000);
    await made.engine.aggregator.report('beat', { outcome: 'HEALTHY', message: '' });
    expect(healthOf(made, 'beat')).toMatchObject({ status: 'HEALTHY', checkedAtMs: START_MS + 106_000 });
    expect(timeline(made, 'beat')).toEqual([
      '62000 HEALTHY>UNKNOWN MISSED_WHILE_NOT_WATCHING',
      '106000 UNKNOWN>HEALTHY REPORTED',
    ]);
    await made.engine.close();
  });

  it.each([
    ['a report that may be lost: a whole period', 20_000, 51_000 + MINUTE_MS + 1_000],
    ['a pause that loses no report: as much longer', 5_000, 1_000 + MINUTE_MS + 1_000 + 5_000],
  ])('gives one that was not due yet more time: %s', async (_name, frozenMs, lateMs) => {
    const made = await world(MINUTE_MS);
    await made.clock.advance(30_000);
    made.clock.freeze(frozenMs);
    await made.clock.advance(lateMs - 31_000 - frozenMs - 1);
    expect(healthOf(made, 'beat').status).toBe('HEALTHY');
    await made.clock.advance(1);
    expect(healthOf(made, 'beat')).toMatchObject({ status: 'UNHEALTHY', sinceMs: START_MS + lateMs });
    await made.engine.close();
  });

  it('still calls late what was late before', async () => {
    const made = await world(MINUTE_MS);
    await made.clock.advance(2 * MINUTE_MS);
    const before = healthOf(made, 'beat');
    expect(before).toMatchObject({ status: 'UNHEALTHY', reason: { code: 'LATE' } });
    made.clock.freeze(3_600_000);
    await made.clock.advance(0);
    expect(healthOf(made, 'beat')).toEqual(before);
    await made.engine.close();
  });
});

describe('what ran out is dated from then', () => {
  it('also where only our own lag kept it from being noticed, and before what came after it', async () => {
    const { clock, aggregator, statusChanges } = createAggregatorWorld(
      system(group('root', ['a', 'b']), probe('a', { schedule: { staleAfterMs: 10_000 } }), probe('b')),
    );
    aggregator.observe('a', saw('HEALTHY'));
    aggregator.observe('b', saw('HEALTHY'));
    statusChanges.length = 0;
    clock.freeze(12_000);
    aggregator.observe('b', saw('UNHEALTHY'));
    expect(statusChanges.map(({ health }) => [health.component, health.status, health.sinceMs - START_MS])).toEqual([
      ['a', 'UNKNOWN', 10_000],
      ['root', 'UNKNOWN', 10_000],
      ['b', 'UNHEALTHY', 12_000],
      ['root', 'UNHEALTHY', 12_000],
    ]);
    aggregator.close();
  });

  it('with maintenance that began and ended in the time that nobody saw', async () => {
    const plan = windows([START_MS + 20_000, START_MS + 500_000], [START_MS + 700_000, START_MS + 710_000]);
    const { clock, aggregator, statusChanges } = createAggregatorWorld(
      system(group('root', ['a']), probe('a', { maintenance: plan, schedule: { staleAfterMs: 600_000 } })),
    );
    aggregator.observe('a', saw('HEALTHY'));
    statusChanges.length = 0;
    clock.freeze(800_000);
    aggregator.resume({ fromMs: 0, untilMs: 800_000 });
    const own = statusChanges.filter(({ health }) => health.component === 'a');
    expect(own.map(({ health: { status, sinceMs } }) => [status, sinceMs - START_MS])).toEqual([
      ['MAINTENANCE', 20_000],
      ['HEALTHY', 500_000],
      ['UNKNOWN', 600_000],
      ['MAINTENANCE', 700_000],
      ['UNKNOWN', 710_000],
    ]);
    aggregator.close();
  });
});

describe('history over a time that nobody saw', () => {
  it('has it as UNKNOWN from when what was seen ran out, to the millisecond, whatever is stopped for how long', async () => {
    const step = fc.oneof(
      {
        weight: 3,
        arbitrary: fc.record({ kind: fc.constant('wait' as const), ms: fc.integer({ min: 0, max: 8_000 }) }),
      },
      {
        weight: 2,
        arbitrary: fc.record({ kind: fc.constant('freeze' as const), ms: fc.integer({ min: 0, max: 90_000 }) }),
      },
      { weight: 1, arbitrary: fc.record({ kind: fc.constant('report' as const), ms: fc.constant(0) }) },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 2, maxLength: 10 }), async (steps) => {
        const clock = createFakeClock();
        const startMs = clock.nowMs();
        const oracle = createHistoryOracle({ nowMs: clock.nowMs });
        const made = await createEngineWorld(
          system(
            group('root', ['a', 'beat']),
            probe('a', { schedule: SHORT }),
            heartbeat('beat', { periodMs: 20_000 }),
          ),
          { clock, history: oracle },
        );
        made.engine.start();
        for (const { kind, ms } of steps) {
          if (kind === 'wait') await clock.advance(ms);
          else if (kind === 'freeze') {
            clock.freeze(ms);
            await clock.advance(0);
          } else await made.engine.aggregator.report('beat', { outcome: 'HEALTHY', message: '' });
        }
        await clock.advance(3_000);
        await made.engine.close();
        for (const id of ['a', 'beat', 'root']) {
          const records = (await oracle.transitions({ components: [id], limit: 10_000 })).toReversed();
          const times = records.map(({ atMs }) => atMs);
          expect(times).toEqual(times.toSorted((a, b) => a - b));
          // Time per status is what the transitions say, to the millisecond: no batch took the gap for watched.
          const expected: Record<string, number> = {};
          let [fromMs, status] = [startMs, 'UNKNOWN'];
          for (const record of [...records, { atMs: clock.nowMs(), to: 'end' }]) {
            expected[status] = (expected[status] ?? 0) + record.atMs - fromMs;
            [fromMs, status] = [record.atMs, record.to];
          }
          const day = Math.floor(startMs / DAY_MS) * DAY_MS;
          const { components } = await oracle.availability({
            components: [id],
            parts: [{ fromMs: day, toMs: day + DAY_MS, stepMs: DAY_MS, tierMs: 86_400_000 }],
          });
          const { timeMs } = components[0]!.steps[0]!;
          for (const [name, ms] of Object.entries(timeMs))
            expect([id, name, ms]).toEqual([id, name, expected[name] ?? 0]);
        }
        // And `at` of any moment: HEALTHY only within what a look is good for.
        const looks = oracle.observations('a', 0, Number.POSITIVE_INFINITY);
        for (let atMs = startMs + 1_500; atMs < clock.nowMs(); atMs += 777) {
          const known = await oracle.knownAt('a', atMs);
          if (known.kind !== 'known' || known.record.to !== 'HEALTHY') continue;
          expect(looks.some((look) => look.atMs <= atMs && atMs - look.atMs < 3_500)).toBe(true);
        }
      }),
      { numRuns: 60 },
    );
  });
});
