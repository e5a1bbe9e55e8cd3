// Budgets and burn rates beside an oracle that looks at every second of the past.
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { burnOf, gone, standingOf } from '../../../src/core/slo/budget.ts';
import {
  BURN_SPEEDS,
  BURN_WINDOWS,
  BURN_WINDOWS_MS,
  budgetShare,
  burnLimit,
  MIN_LOOKS,
  type SloDefinition,
} from '../../../src/core/slo/objective.ts';
import { createTimeline, type Piece } from '../../../src/core/slo/timeline.ts';
import { STATUSES, type Status } from '../../../src/core/status.ts';
import { statuses } from '../../support/arbitraries.ts';

const DAY_MS = 86_400_000;

const SLO: SloDefinition = {
  objective: 99.9,
  windowMs: 30 * DAY_MS,
  good: ['HEALTHY', 'DEGRADED'],
  excluded: ['MAINTENANCE'],
  isUnknownBad: false,
  lookMs: 10_000,
};

const slos: fc.Arbitrary<SloDefinition> = fc
  .record({
    objective: fc.constantFrom(50, 90, 99, 99.5, 99.9, 99.99),
    windowMs: fc.constantFrom(7, 28, 30, 90).map((days) => days * DAY_MS),
    kinds: fc.tuple(fc.constantFrom('good', 'bad'), fc.constantFrom('good', 'bad', 'excluded')),
    isUnknownBad: fc.boolean(),
    lookMs: fc.constantFrom(1_000, 15_000, 60_000),
  })
  .map(({ kinds: [degraded, maintenance], ...slo }) => ({
    ...slo,
    good: [
      'HEALTHY',
      ...(degraded === 'good' ? (['DEGRADED'] as const) : []),
      ...(maintenance === 'good' ? (['MAINTENANCE'] as const) : []),
    ],
    excluded: maintenance === 'excluded' ? ['MAINTENANCE'] : [],
  }));

/** How long which status lasts, in seconds, the oldest first. */
const pasts = fc.array(
  fc.record({
    status: statuses,
    seconds: fc.oneof(fc.integer({ min: 1, max: 90 }), fc.integer({ min: 1, max: 90_000 })),
  }),
  { minLength: 1, maxLength: 40 },
);
type Past = readonly { readonly status: Status; readonly seconds: number }[];

function everySecond(past: Past): Status[] {
  return past.flatMap(({ status, seconds }) => Array<Status>(seconds).fill(status));
}

/** What the definition says, by counting. What was before the first second is no time of it. */
function countSeconds(slo: SloDefinition, seconds: readonly Status[], windowMs: number) {
  const counted = { good: 0, bad: 0, excluded: 0, unknown: 0 };
  for (const status of seconds.slice(-windowMs / 1000)) {
    if (slo.excluded.includes(status)) counted.excluded += 1;
    else if (slo.good.includes(status)) counted.good += 1;
    else if (status === 'UNKNOWN' && !slo.isUnknownBad) counted.unknown += 1;
    else counted.bad += 1;
  }
  return counted;
}

function watched(past: Past, startMs = 0) {
  const timeline = createTimeline(past[0]!.status, startMs);
  let atMs = startMs;
  for (const { status, seconds } of past) {
    timeline.set(status, atMs);
    atMs += seconds * 1000;
  }
  return { timeline, nowMs: atMs };
}

describe('a budget', () => {
  it('is what an oracle finds that looks at every second', () => {
    fc.assert(
      fc.property(slos, pasts, (slo, past) => {
        const { timeline, nowMs } = watched(past);
        const seconds = everySecond(past);
        const { budget, rates } = standingOf(slo, timeline, nowMs);
        const expected = countSeconds(slo, seconds, slo.windowMs);
        expect(budget).toMatchObject({
          goodMs: expected.good * 1000,
          badMs: expected.bad * 1000,
          excludedMs: expected.excluded * 1000,
          unknownMs: expected.unknown * 1000,
        });
        const share = (100 - slo.objective) / 100;
        const total = (slo.windowMs / 1000 - expected.excluded - expected.unknown) * share;
        expect(budget.totalMs / 1000).toBeCloseTo(total, 6);
        if (total === 0) expect(budget.leftRatio).toBeUndefined();
        else expect(budget.leftRatio).toBeCloseTo(1 - expected.bad / total, 6);
        for (const window of BURN_WINDOWS) {
          const widthMs = BURN_WINDOWS_MS[window];
          const { bad } = countSeconds(slo, seconds, widthMs);
          const isMeasured = total > 0 && widthMs / slo.lookMs >= MIN_LOOKS;
          if (!isMeasured) expect(rates[window]).toBeUndefined();
          else expect(rates[window]).toBeCloseTo((bad / total) * (slo.windowMs / widthMs), 6);
        }
      }),
      { numRuns: 60 },
    );
  });

  it('is the same where a part of the past comes from history, in pieces of one status', () => {
    fc.assert(
      fc.property(slos, pasts, fc.nat(), (slo, past, cut) => {
        const at = cut % past.length;
        const [before, after] = [past.slice(0, at), past.slice(at)];
        const whole = watched(past);
        const startMs = before.reduce((sum, { seconds }) => sum + seconds * 1000, 0);
        const { timeline, nowMs } = watched(after, startMs);
        timeline.prepend(before.map(pieceOf));
        expect(nowMs).toBe(whole.nowMs);
        expect(timeline.fromMs).toBe(0);
        const [found, expected] = [standingOf(slo, timeline, nowMs), standingOf(slo, whole.timeline, nowMs)];
        expect(found.budget.badMs).toBeCloseTo(expected.budget.badMs, 3);
        for (const window of BURN_WINDOWS)
          expect(found.rates[window] ?? -1).toBeCloseTo(expected.rates[window] ?? -1, 6);
      }),
      { numRuns: 60 },
    );
  });

  it('keeps what a window needs when it forgets', () => {
    fc.assert(
      fc.property(slos, pasts, (slo, past) => {
        const { timeline, nowMs } = watched(past);
        const before = standingOf(slo, timeline, nowMs);
        timeline.forget(nowMs - slo.windowMs);
        expect(standingOf(slo, timeline, nowMs)).toEqual(before);
      }),
      { numRuns: 60 },
    );
  });

  it('forgets up to the change before, and no more', () => {
    const { timeline } = watched([
      { status: 'HEALTHY', seconds: 100 },
      { status: 'UNHEALTHY', seconds: 100 },
      { status: 'HEALTHY', seconds: 100 },
    ]);
    timeline.forget(150_000);
    expect(timeline.fromMs).toBe(100_000);
    expect(timeline.between(150_000, 300_000)).toMatchObject({ UNHEALTHY: 50_000, HEALTHY: 100_000 });
  });

  it('is exact to the second at both ends of a window', () => {
    const { timeline } = watched([
      { status: 'HEALTHY', seconds: 1000 },
      { status: 'UNHEALTHY', seconds: 60 },
      { status: 'HEALTHY', seconds: 3000 },
    ]);
    const bad = (fromMs: number, toMs: number) => timeline.between(fromMs, toMs).UNHEALTHY;
    expect(bad(1_000_000, 1_060_000)).toBe(60_000);
    expect(bad(1_001_000, 1_060_000)).toBe(59_000);
    expect(bad(0, 1_000_000)).toBe(0);
    expect(bad(0, 1_000_001)).toBe(1);
    expect(bad(1_059_999, 4_000_000)).toBe(1);
    expect(bad(1_060_000, 4_000_000)).toBe(0);
  });

  it('stays as it is, however often it flaps: only the edge of a window becomes coarser', () => {
    const past = Array.from({ length: 5_000 }, (_, at) => ({
      status: at % 2 === 0 ? ('HEALTHY' as const) : ('UNHEALTHY' as const),
      seconds: 30,
    }));
    const { timeline, nowMs } = watched(past);
    const { budget, rates } = standingOf(SLO, timeline, nowMs);
    expect(budget.badMs).toBe(75_000_000);
    // The newest are exact.
    expect(timeline.between(nowMs - 3_600_000, nowMs).UNHEALTHY).toBe(1_800_000);
    expect(rates['5m']).toBeCloseTo(500, 6);
    expect(rates['6h']).toBeCloseTo(500, 6);
  });

  it('is whole for what is new: what was before spends nothing, whatever UNKNOWN does', () => {
    const { timeline, nowMs } = watched([
      { status: 'HEALTHY', seconds: 3_600 },
      { status: 'UNHEALTHY', seconds: 26 },
    ]);
    const { budget, rates } = standingOf({ ...SLO, isUnknownBad: true }, timeline, nowMs);
    expect(budget).toMatchObject({ goodMs: 3_600_000, badMs: 26_000, unknownMs: 0, totalMs: 2_592_000 });
    expect(budget.leftRatio).toBeCloseTo(0.98997, 5);
    // Of an hour that is there and of three days that are not: it is the same time that was bad.
    expect(rates['1h']).toBeCloseTo(26 / 3.6, 6);
    expect(rates['3d']).toBeCloseTo(26 / 3.6 / 72, 6);
  });

  it('is smaller by its share of what does not count', () => {
    const day = 86_400;
    const { timeline, nowMs } = watched([
      { status: 'MAINTENANCE', seconds: 10 * day },
      { status: 'UNKNOWN', seconds: 10 * day },
      { status: 'HEALTHY', seconds: 10 * day },
    ]);
    expect(standingOf(SLO, timeline, nowMs).budget.totalMs).toBe(864_000);
    expect(standingOf({ ...SLO, isUnknownBad: true }, timeline, nowMs).budget.totalMs).toBe(1_728_000);
  });

  it('goes below nothing', () => {
    const day = 86_400;
    const { timeline, nowMs } = watched([
      { status: 'HEALTHY', seconds: 30 * day - 5184 },
      { status: 'UNHEALTHY', seconds: 5184 },
    ]);
    const { budget, rates } = standingOf(SLO, timeline, nowMs);
    expect(budget.totalMs).toBe(2_592_000);
    expect(budget.leftRatio).toBeCloseTo(-1, 9);
    expect(gone(budget, rates['1h'])).toBe(0);
  });

  it('says when it will be gone', () => {
    const { timeline, nowMs } = watched([{ status: 'HEALTHY', seconds: 60 }]);
    const { leftRatio: _, ...none } = standingOf(SLO, timeline, nowMs).budget;
    const budget = { ...none, leftRatio: 0.5 };
    expect(gone(budget, 15)).toBe(DAY_MS);
    expect(gone(budget, 0)).toBeUndefined();
    expect(gone(budget, undefined)).toBeUndefined();
    expect(gone(none, 15)).toBeUndefined();
  });
});

describe('burn rates', () => {
  it('have the limits of the SRE workbook for 30 days, and the same shares of the budget for others', () => {
    const limits = (days: number) => BURN_SPEEDS.map((speed) => burnLimit(speed, { windowMs: days * DAY_MS }));
    expect(limits(30)).toEqual([14.4, 6, 1]);
    expect(limits(28)).toEqual([13.44, 5.6, 1]);
    expect(limits(90)).toEqual([43.2, 18, 3]);
    expect(limits(7)).toEqual([3.36, 1.4, 1]);
  });

  it('have budgets without the noise of floating point', () => {
    expect([99.9, 99.99, 99.9999, 95, 50, 0.0001].map((objective) => budgetShare({ objective }))).toEqual([
      0.001, 0.0001, 0.000001, 0.05, 0.5, 0.999999,
    ]);
  });

  /** Bad for so long, in the middle of a good past of 30 days, and good since. */
  const after = (badSeconds: number, goodSeconds: number) => {
    const { timeline, nowMs } = watched([
      { status: 'HEALTHY', seconds: 30 * 86_400 },
      { status: 'UNHEALTHY', seconds: badSeconds },
      { status: 'HEALTHY', seconds: goodSeconds },
    ]);
    const { FAST, MEDIUM, SLOW } = burnOf('a', SLO, timeline, nowMs).verdicts;
    return `${FAST} ${MEDIUM} ${SLOW}`;
  };

  it.each([
    // 14.4 over an hour are 51.84 s, 6 over six hours 129.6 s, 1 over three days 259.2 s.
    [51, 0, 'BETWEEN BETWEEN BETWEEN'],
    [52, 0, 'ABOVE BETWEEN BETWEEN'],
    [130, 0, 'ABOVE ABOVE BETWEEN'],
    [260, 0, 'ABOVE ABOVE ABOVE'],
    // And over when less than 4.32 s are in five minutes, 10.8 s in half an hour, 21.6 s in six hours.
    [260, 295, 'ABOVE ABOVE ABOVE'],
    [260, 296, 'BELOW ABOVE ABOVE'],
    [260, 1789, 'BELOW ABOVE ABOVE'],
    [260, 1790, 'BELOW BELOW ABOVE'],
    [260, 21_578, 'BELOW BELOW ABOVE'],
    [260, 21_579, 'BELOW BELOW BELOW'],
  ])('of %d s that were bad, %d s ago: %s', (bad, good, verdicts) => expect(after(bad, good)).toBe(verdicts));

  it('are not over while less than the least number of looks counts', () => {
    const fast = (status: Status, seconds: number) => {
      const { timeline, nowMs } = watched([
        { status: 'UNHEALTHY', seconds: 3600 },
        { status: 'MAINTENANCE', seconds: 3600 },
        { status, seconds },
      ]);
      return burnOf('a', SLO, timeline, nowMs).verdicts.FAST;
    };
    expect(fast('HEALTHY', 199)).toBe('UNKNOWN');
    expect(fast('HEALTHY', 200)).toBe('BELOW');
    // What is bad is known to be.
    expect(fast('UNHEALTHY', 60)).toBe('ABOVE');
  });
});

const NOTHING = Object.fromEntries(STATUSES.map((status) => [status, 0])) as Record<Status, number>;

function pieceOf({ status, seconds }: Past[number]): Piece {
  return { widthMs: seconds * 1000, times: { ...NOTHING, [status]: seconds * 1000 } };
}
