// Heartbeats that are due by cron, under a clock turned by hand: over changes of clocks, restarts, reloads and time that nobody
// watched, and against an enumeration of minutes.
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { ComponentDefinition, SystemDefinition } from '../../src/core/definition.ts';
import type { SavedState } from '../../src/core/store.ts';
import { startOfIncarnation } from '../../src/store/history/incarnations.ts';
import { cronOracle } from '../support/cron-oracle.ts';
import { group, heartbeat, system, windows } from '../support/definitions.ts';
import { createFakeClock, type FakeClock } from '../support/fake-clock.ts';
import { createInstantAggregator } from '../support/instant-aggregator.ts';
import { createEngineWorld } from './engine-world.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const NIGHTLY = '30 2 * * *';

interface Plan {
  readonly cron?: string;
  readonly timezone?: string;
  readonly graceMs?: number;
}

function byCron({ cron = NIGHTLY, timezone = 'UTC', graceMs = HOUR_MS }: Plan = {}): SystemDefinition {
  const subject = { type: 'heartbeat', calendar: { cron, timezone }, graceMs } as const;
  const job: ComponentDefinition = { ...heartbeat('job'), subject };
  return system(group('root', ['job']), job);
}

/** One incarnation of an aggregator, and short words for it. Times are `05-31T02:30` of 2026, UTC. */
function live(clock: FakeClock, definition: SystemDefinition, saved?: SavedState) {
  const { aggregator, journal, statusChanges } = createInstantAggregator({
    system: definition,
    clock,
    ...(saved && { saved }),
    startRevision: startOfIncarnation(saved?.revision ?? 0, [], clock.nowMs()),
  });
  return {
    aggregator,
    report: () => aggregator.report('job', { outcome: 'HEALTHY', message: '' }),
    /** `HEALTHY REPORTED` */
    get now() {
      const { status, reason } = aggregator.health('job')!;
      return `${status} ${reason.code}`;
    },
    /** `06-01T03:30:00.000 UNHEALTHY LATE` */
    timeline: () =>
      statusChanges
        .filter(({ health }) => health.component === 'job')
        .map(({ health: { sinceMs, status, reason } }) => `${short(sinceMs)} ${status} ${reason.code}`),
    end() {
      aggregator.close();
      return journal.saved();
    },
  };
}

const at = (time: string) => Date.parse(`2026-${time}${time.length > 11 ? '' : ':00'}Z`);
const short = (ms: number) => new Date(ms).toISOString().slice(5, 23);
const until = (clock: FakeClock, time: string) => clock.advance(at(time) - clock.nowMs());

describe('a report counts until the next time after it, and grace', () => {
  it.each([
    // What it does, when it begins, when it reports, when that is late, which time it was due.
    ['at night', {}, '06-01T02:45', '06-02T03:30', '2026-06-02T02:30:00+00:00'],
    ['early: it is not the one of that night', {}, '06-01T02:29:59.999', '06-01T03:30', '2026-06-01T02:30:00+00:00'],
    ['exactly when it is due', {}, '06-01T02:30:00.000', '06-02T03:30', '2026-06-02T02:30:00+00:00'],
    ['right before it is late', {}, '06-01T03:29:59.999', '06-02T03:30', '2026-06-02T02:30:00+00:00'],
    ['before a Sunday', { cron: '30 2 * * SUN' }, '06-01T02:45', '06-07T03:30', '2026-06-07T02:30:00+00:00'],
    [
      'each quarter of an hour',
      { cron: '*/15 * * * *', graceMs: MINUTE_MS },
      '06-01T02:44',
      '06-01T02:46',
      '2026-06-01T02:45:00+00:00',
    ],
    [
      'with a grace that is longer than that',
      { cron: '*/15 * * * *', graceMs: HOUR_MS },
      '06-01T02:44',
      '06-01T03:45',
      '2026-06-01T02:45:00+00:00',
    ],
    [
      'before clocks skip its time, in Berlin',
      { timezone: 'Europe/Berlin' },
      '03-28T01:45',
      '03-29T02:00',
      '2026-03-29T03:00:00+02:00',
    ],
    ['the night after that', { timezone: 'Europe/Berlin' }, '03-29T01:00', '03-30T01:30', '2026-03-30T02:30:00+02:00'],
    [
      'before clocks repeat its time, in Berlin',
      { timezone: 'Europe/Berlin' },
      '10-24T00:45',
      '10-25T01:30',
      '2026-10-25T02:30:00+02:00',
    ],
    [
      'between the two, which is one time',
      { timezone: 'Europe/Berlin' },
      '10-25T00:45',
      '10-26T02:30',
      '2026-10-26T02:30:00+01:00',
    ],
    [
      'each half of an hour that is repeated',
      { timezone: 'Europe/Berlin', cron: '*/30 2 * * *', graceMs: MINUTE_MS },
      '10-25T00:45',
      '10-25T01:01',
      '2026-10-25T02:00:00+01:00',
    ],
    [
      'each half of an hour that is skipped',
      { timezone: 'Europe/Berlin', cron: '*/30 2 * * *', graceMs: MINUTE_MS },
      '03-28T01:45',
      '03-30T00:01',
      '2026-03-30T02:00:00+02:00',
    ],
    [
      'before clocks skip its time, in New York',
      { timezone: 'America/New_York' },
      '03-07T07:45',
      '03-08T08:00',
      '2026-03-08T03:00:00-04:00',
    ],
    [
      'before clocks repeat its time, in New York',
      { timezone: 'America/New_York', cron: '30 1 * * *' },
      '10-31T05:45',
      '11-01T06:30',
      '2026-11-01T01:30:00-04:00',
    ],
  ])('%s', async (_what, plan: Plan, reported, late, due) => {
    const clock = createFakeClock(at(reported) - HOUR_MS);
    const incarnation = live(clock, byCron(plan));
    await until(clock, reported);
    await incarnation.report();
    const lateMs = at(late);
    expect(clock.pendingTimers).toBe(1);
    await clock.advance(lateMs - clock.nowMs() - 1);
    expect(incarnation.now).toBe('HEALTHY REPORTED');
    await clock.advance(1);
    expect(incarnation.aggregator.health('job')).toMatchObject({
      status: 'UNHEALTHY',
      sinceMs: lateMs,
      reason: { code: 'LATE', message: expect.stringContaining(`no report, due at ${due}, within `) },
    });
    // Nothing is left to wait for.
    expect(clock.pendingTimers).toBe(0);
    await incarnation.report();
    expect(incarnation.now).toBe('HEALTHY REPORTED');
    incarnation.aggregator.close();
  });

  it('says within which grace', async () => {
    const clock = createFakeClock(at('06-01T00:00'));
    const incarnation = live(clock, byCron({ graceMs: 90 * MINUTE_MS }));
    await until(clock, '06-01T04:00');
    expect(incarnation.aggregator.health('job')?.reason.message).toBe(
      'no report, due at 2026-06-01T02:30:00+00:00, within 1h30m of grace',
    );
    incarnation.aggregator.close();
  });

  it('with no timer but the one of the deadline', async () => {
    const clock = createFakeClock(at('06-01T00:00'));
    const incarnation = live(clock, byCron());
    await incarnation.report();
    let timers = 0;
    const { after } = clock;
    clock.after = (delayMs, callback) => {
      timers += 1;
      return after(delayMs, callback);
    };
    await until(clock, '06-01T03:29');
    expect(timers).toBe(0);
    incarnation.aggregator.close();
  });
});

describe('one that never reported', () => {
  it.each([
    ['06-01T00:00', '06-01T03:30'],
    ['06-01T02:30', '06-02T03:30'],
    ['06-01T02:45', '06-02T03:30'],
  ])('is late by the first time after it was configured: %s', async (from, late) => {
    const clock = createFakeClock(at(from));
    const incarnation = live(clock, byCron());
    await clock.advance(at(late) - clock.nowMs() - 1);
    expect(incarnation.now).toBe('UNKNOWN NEVER_REPORTED');
    await clock.advance(1);
    expect(incarnation.timeline()).toEqual([`${late}:00.000 UNHEALTHY LATE`]);
    incarnation.aggregator.close();
  });

  it('is not waited for any longer by restarts, also in its grace', async () => {
    const clock = createFakeClock(at('05-31T12:00'));
    let saved = live(clock, byCron()).end();
    for (const time of ['05-31T20:00', '06-01T02:29', '06-01T02:31', '06-01T03:29']) {
      await until(clock, time);
      saved = live(clock, byCron(), saved).end();
    }
    const last = live(clock, byCron(), saved);
    expect(last.now).toBe('UNKNOWN NEVER_REPORTED');
    await clock.advance(MINUTE_MS);
    expect(last.now).toBe('UNHEALTHY LATE');
    last.aggregator.close();
  });

  it('is not blamed where it was due while OpenK was down', async () => {
    const clock = createFakeClock(at('06-01T00:00'));
    const saved = live(clock, byCron()).end();
    await until(clock, '06-01T12:00');
    const second = live(clock, byCron(), saved);
    expect(second.now).toBe('UNKNOWN MISSED_WHILE_DOWN');
    await until(clock, '06-02T03:29');
    expect(second.now).toBe('UNKNOWN MISSED_WHILE_DOWN');
    await until(clock, '06-02T03:30');
    expect(second.now).toBe('UNHEALTHY LATE');
    second.aggregator.close();
  });
});

describe('a restart', () => {
  it.each([
    ['before it was due: that night', '06-01T02:00', 'HEALTHY REPORTED', '06-01T03:30'],
    [
      'in its grace, when its report may have been lost: the next night',
      '06-01T02:45',
      'HEALTHY REPORTED',
      '06-02T03:30',
    ],
    ['after it was late: the next night', '06-01T04:00', 'UNKNOWN MISSED_WHILE_DOWN', '06-02T03:30'],
  ])('%s', async (_what, restart, status, late) => {
    const clock = createFakeClock(at('05-31T02:40'));
    const first = live(clock, byCron());
    await first.report();
    const saved = first.end();
    await until(clock, restart);
    const second = live(clock, byCron(), saved);
    expect(second.now).toBe(status);
    await clock.advance(at(late) - clock.nowMs() - 1);
    expect(second.now).toBe(status);
    await clock.advance(1);
    expect(second.now).toBe('UNHEALTHY LATE');
    second.aggregator.close();
  });

  it('leaves late what was late, in the same words, whatever it was late by', async () => {
    const clock = createFakeClock(at('05-31T02:40'));
    const first = live(clock, byCron());
    await first.report();
    let saved = first.end();
    // What it is late by is no longer the night after its report.
    await until(clock, '06-01T12:00');
    const second = live(clock, byCron(), saved);
    await until(clock, '06-03T00:00');
    const late = second.aggregator.health('job');
    expect(late?.reason.message).toContain('due at 2026-06-02T02:30:00+00:00');
    saved = second.end();
    for (let incarnation = 3; incarnation < 6; incarnation++) {
      await clock.advance(HOUR_MS);
      const next = live(clock, byCron(), saved);
      expect(next.aggregator.health('job')).toEqual(late);
      saved = next.end();
    }
  });
});

describe('a reload', () => {
  it('from a period to a calendar and back keeps what was reported, and when', async () => {
    const clock = createFakeClock(at('06-01T02:00'));
    const hourly = system(group('root', ['job']), heartbeat('job', { periodMs: HOUR_MS }));
    const incarnation = live(clock, hourly);
    await incarnation.report();
    await clock.advance(45 * MINUTE_MS);
    // Its report came before 02:30, so it is that night's that is waited for.
    incarnation.aggregator.reload(byCron({ graceMs: 20 * MINUTE_MS }));
    expect(incarnation.now).toBe('HEALTHY REPORTED');
    await until(clock, '06-01T02:50');
    expect(incarnation.timeline().at(-1)).toBe('06-01T02:50:00.000 UNHEALTHY LATE');
    incarnation.aggregator.reload(hourly);
    expect(incarnation.now).toBe('HEALTHY REPORTED');
    await until(clock, '06-01T03:00');
    expect(incarnation.now).toBe('UNHEALTHY LATE');
    incarnation.aggregator.close();
  });

  it('to another zone or cron takes the time that is next by it', async () => {
    const clock = createFakeClock(at('06-01T00:00'));
    const incarnation = live(clock, byCron());
    await incarnation.report();
    await until(clock, '06-01T01:00');
    incarnation.aggregator.reload(byCron({ timezone: 'Europe/Berlin' }));
    await until(clock, '06-01T01:30');
    expect(incarnation.aggregator.health('job')?.reason.message).toContain('due at 2026-06-01T02:30:00+02:00');
    incarnation.aggregator.reload(byCron({ cron: '0 4 * * *' }));
    expect(incarnation.now).toBe('HEALTHY REPORTED');
    await until(clock, '06-01T05:00');
    expect(incarnation.now).toBe('UNHEALTHY LATE');
    incarnation.aggregator.close();
  });
});

describe('steps of the wall clock', () => {
  it('back: it is waited for until the clock says so', async () => {
    const clock = createFakeClock(at('06-01T00:00'));
    const incarnation = live(clock, byCron());
    await incarnation.report();
    clock.stepWall(-HOUR_MS);
    await until(clock, '06-01T03:29');
    expect(incarnation.now).toBe('HEALTHY REPORTED');
    await until(clock, '06-01T03:30');
    expect(incarnation.timeline().at(-1)).toBe('06-01T03:30:00.000 UNHEALTHY LATE');
    incarnation.aggregator.close();
  });

  it('back over the time of the report do not bring back a time that it was for', async () => {
    const clock = createFakeClock(at('06-01T02:30'));
    const incarnation = live(clock, byCron());
    await incarnation.report();
    clock.stepWall(-MINUTE_MS);
    await until(clock, '06-02T03:29');
    expect(incarnation.now).toBe('HEALTHY REPORTED');
    incarnation.aggregator.close();
  });
});

it('is in maintenance at its time, and late after it', async () => {
  const clock = createFakeClock(at('06-01T00:00'));
  const plan = windows([at('06-01T02:00'), at('06-01T05:00')]);
  const { rootId, components } = byCron();
  const incarnation = live(clock, { rootId, components: [components[0]!, { ...components[1]!, maintenance: plan }] });
  await incarnation.report();
  await until(clock, '06-01T06:00');
  expect(incarnation.timeline()).toEqual([
    '06-01T00:00:00.000 HEALTHY REPORTED',
    '06-01T02:00:00.000 MAINTENANCE MAINTENANCE',
    '06-01T05:00:00.000 UNHEALTHY LATE',
  ]);
  incarnation.aggregator.close();
});

describe('a process that was stopped', () => {
  const EACH_FIVE_MINUTES = byCron({ cron: '*/5 * * * *', graceMs: 2 * MINUTE_MS });

  /** A report of a minute after twelve, so that the next is due at 12:05, and late at 12:07. */
  async function world({ reports = true } = {}) {
    const clock = createFakeClock(at('06-01T12:00'));
    const made = await createEngineWorld(EACH_FIVE_MINUTES, { clock });
    made.engine.start();
    await clock.advance(MINUTE_MS);
    if (reports) await made.engine.aggregator.report('job', { outcome: 'HEALTHY', message: '' });
    const timeline = () =>
      made.statusChanges
        .filter(({ health }) => health.component === 'job')
        .map(({ health: { sinceMs, status, reason } }) => `${short(sinceMs)} ${status} ${reason.code}`);
    /** Nobody is there between two times. */
    const freeze = async (from: string, to: string) => {
      await until(clock, from);
      made.statusChanges.length = 0;
      clock.freeze(at(to) - at(from));
      await clock.advance(0);
    };
    return { ...made, clock, timeline, freeze };
  }

  it.each([
    ['over its grace: not blamed, from when it was missed', '06-01T12:04', '06-01T12:12', true],
    ['from its grace on', '06-01T12:06', '06-01T12:12', true],
    ['it never reported', '06-01T12:04', '06-01T12:12', false],
  ])('%s', async (_what, from, to, reports) => {
    const { engine, clock, timeline, freeze } = await world({ reports });
    await freeze(from, to);
    expect(timeline()).toEqual(reports ? ['06-01T12:07:00.000 UNKNOWN MISSED_WHILE_NOT_WATCHING'] : []);
    expect(engine.aggregator.health('job')?.reason.code).toBe('MISSED_WHILE_NOT_WATCHING');
    await until(clock, '06-01T12:16:59');
    expect(engine.aggregator.health('job')?.status).toBe('UNKNOWN');
    await until(clock, '06-01T12:17');
    expect(timeline().at(-1)).toBe('06-01T12:17:00.000 UNHEALTHY LATE');
    expect(engine.aggregator.health('job')?.reason.message).toContain('due at 2026-06-01T12:15:00+00:00');
    await engine.close();
  });

  it.each([
    ['before it was due: no more time', '06-01T12:02', '06-01T12:03', '06-01T12:07'],
    ['over its time, when its report may have been lost: until the next', '06-01T12:04', '06-01T12:06', '06-01T12:12'],
    ['for seconds in its grace, when none is lost: no more time', '06-01T12:05:30', '06-01T12:05:35', '06-01T12:07'],
  ])('%s', async (_what, from, to, late) => {
    const { engine, clock, timeline, freeze } = await world();
    await freeze(from, to);
    expect(timeline()).toEqual([]);
    await until(clock, late);
    expect(timeline()).toEqual([`${late}:00.000 UNHEALTHY LATE`]);
    await engine.close();
  });

  it('gives one that never reported no more time', async () => {
    const { engine, clock, timeline, freeze } = await world({ reports: false });
    await freeze('06-01T12:04', '06-01T12:06');
    await until(clock, '06-01T12:07');
    expect(timeline()).toEqual(['06-01T12:07:00.000 UNHEALTHY LATE']);
    await engine.close();
  });

  it('still calls late what was late before', async () => {
    const { engine, clock, timeline, freeze } = await world();
    await until(clock, '06-01T12:08');
    const before = engine.aggregator.health('job');
    await freeze('06-01T12:09', '06-03T06:00');
    expect(timeline()).toEqual([]);
    expect(engine.aggregator.health('job')).toEqual(before);
    await engine.close();
  });
});

describe('whatever comes when, it is late exactly from the due time after its last report, and grace', () => {
  const CHANGES = [
    ['Europe/Berlin', '03-29T01:00'],
    ['Europe/Berlin', '10-25T01:00'],
    ['America/New_York', '03-08T07:00'],
    ['America/New_York', '11-01T06:00'],
    ['UTC', '06-01T00:00'],
  ] as const;
  const CRONS = [NIGHTLY, '30 1 * * *', '15,45 1-3 * * *', '*/30 2 * * *', '0 * * * *', '0 */6 * * *'];
  const STEPS = fc.array(
    fc.record({
      // Whole minutes often meet a due time.
      waitMs: fc.oneof(
        fc.integer({ min: 0, max: 600 }).map((minutes) => minutes * MINUTE_MS),
        fc.integer({ min: 0, max: 600 * MINUTE_MS }),
      ),
      reports: fc.boolean(),
    }),
    { minLength: 1, maxLength: 12 },
  );

  it.each(CHANGES)('%s, %s', async (timezone, change) => {
    const fromMs = at(change) - 36 * HOUR_MS;
    const oracle = cronOracle(timezone, fromMs, fromMs + 9 * 24 * HOUR_MS);
    for (const cron of CRONS) {
      const due = oracle(cron).map((time) => Date.parse(time));
      await fc.assert(
        fc.asyncProperty(STEPS, fc.constantFrom(1, 5 * MINUTE_MS, HOUR_MS, 7 * HOUR_MS), async (steps, graceMs) => {
          const clock = createFakeClock(fromMs);
          const incarnation = live(clock, byCron({ cron, timezone, graceMs }));
          const expected: string[] = [];
          let [sinceMs, status] = [fromMs, 'UNKNOWN'];
          /** What there is to be seen until now. */
          const check = () => {
            const lateMs = due.find((dueMs) => dueMs > sinceMs)! + graceMs;
            if (status !== 'UNHEALTHY' && lateMs <= clock.nowMs()) {
              status = 'UNHEALTHY';
              expected.push(`${short(lateMs)} UNHEALTHY LATE`);
            }
            expect(incarnation.aggregator.health('job')?.status).toBe(status);
          };
          for (const { waitMs, reports } of steps) {
            await clock.advance(waitMs);
            check();
            if (!reports) continue;
            await incarnation.report();
            if (status !== 'HEALTHY') expected.push(`${short(clock.nowMs())} HEALTHY REPORTED`);
            [sinceMs, status] = [clock.nowMs(), 'HEALTHY'];
            check();
          }
          await clock.advance(48 * HOUR_MS);
          check();
          expect(incarnation.timeline()).toEqual(expected);
          incarnation.aggregator.close();
        }),
        { numRuns: 15 },
      );
    }
  });
});
