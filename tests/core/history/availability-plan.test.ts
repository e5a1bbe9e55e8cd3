import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type AvailabilityRange, planAvailability } from '../../../src/core/history/availability-plan.ts';
import type { Retention } from '../../../src/core/store.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;
const NOW_MS = Date.UTC(2026, 10, 23, 12, 13, 20);
const RETENTION: Retention = {
  transitionsMs: 1825 * DAY_MS,
  observationsMs: 2 * DAY_MS,
  fiveMinutesMs: 30 * DAY_MS,
  hoursMs: 365 * DAY_MS,
  daysMs: 1825 * DAY_MS,
  auditMs: 1825 * DAY_MS,
  alertsMs: 1825 * DAY_MS,
};

function plan(range: AvailabilityRange, retention = RETENTION) {
  const found = planAvailability(range, retention, NOW_MS);
  if (!found.ok) throw new Error(`the finest step is ${found.finestStepMs} ms`);
  return found;
}

const ago = (ms: number) => NOW_MS - ms;
const hours = (ms: number) => ms / HOUR_MS;
/** `tier hours × hours`, each. */
const shape = (range: AvailabilityRange) =>
  plan(range).parts.map(({ tierMs, fromMs, toMs }) => [hours(tierMs), hours(toMs - fromMs)]);

const ranges: fc.Arbitrary<AvailabilityRange> = fc
  .record(
    {
      toMs: fc.oneof(fc.constant(NOW_MS), fc.integer({ min: ago(2000 * DAY_MS), max: NOW_MS })),
      widthMs: fc.oneof(fc.integer({ min: 1, max: 3 * HOUR_MS }), fc.integer({ min: 1, max: 400 * DAY_MS })),
      stepMs: fc.oneof(
        fc.constantFrom(5 * MINUTE_MS, 15 * MINUTE_MS, HOUR_MS, DAY_MS, 7 * DAY_MS),
        fc.integer({ min: 1, max: 1000 }).map((steps) => steps * 5 * MINUTE_MS),
      ),
    },
    { requiredKeys: ['toMs', 'widthMs'] },
  )
  .map(({ widthMs, ...range }) => ({ ...range, fromMs: range.toMs - widthMs }));
const kept = fc.integer({ min: HOUR_MS, max: 2000 * DAY_MS });
const retentions = fc.record({
  transitionsMs: kept,
  observationsMs: kept,
  fiveMinutesMs: kept,
  hoursMs: kept.map((ms) => Math.max(ms, DAY_MS)),
  daysMs: kept.map((ms) => Math.max(ms, DAY_MS)),
  auditMs: kept.map((ms) => Math.max(ms, DAY_MS)),
  alertsMs: kept.map((ms) => Math.max(ms, DAY_MS)),
});

describe('a plan', () => {
  it('covers what was asked for, part by part, each aligned to its tier', () => {
    fc.assert(
      fc.property(ranges, retentions, (range, retention) => {
        const found = planAvailability(range, retention, NOW_MS);
        if (!found.ok) return;
        const { fromMs, toMs, parts } = found;
        expect(fromMs).toBeLessThanOrEqual(range.fromMs);
        expect(toMs).toBeGreaterThanOrEqual(range.toMs);
        let atMs = fromMs;
        for (const part of parts) {
          expect(part.fromMs).toBe(atMs);
          for (const ms of [part.fromMs, part.toMs, part.stepMs]) expect(ms % part.tierMs).toBe(0);
          expect((part.toMs - part.fromMs) % part.stepMs).toBe(0);
          expect(part.toMs).toBeGreaterThan(part.fromMs);
          atMs = part.toMs;
        }
        expect(atMs).toBe(toMs);
      }),
    );
  });

  it('takes no more than the step, or the resolution, in on either side; what is now may reach to the end of its day', () => {
    fc.assert(
      fc.property(ranges, retentions, (range, retention) => {
        const found = planAvailability(range, retention, NOW_MS);
        if (!found.ok) return;
        const edgeMs = range.stepMs ?? found.resolutionMs;
        expect(range.fromMs - found.fromMs).toBeLessThan(edgeMs);
        expect(found.toMs - range.toMs).toBeLessThan(range.toMs === NOW_MS ? Math.max(edgeMs, DAY_MS) : edgeMs);
      }),
    );
  });

  it('reads nothing that is no longer kept while something is', () => {
    fc.assert(
      fc.property(ranges, (range) => {
        const found = planAvailability(range, RETENTION, NOW_MS);
        if (!found.ok || range.fromMs < ago(1824 * DAY_MS)) return;
        for (const { tierMs, fromMs } of found.parts) {
          if (tierMs === 5 * MINUTE_MS) expect(fromMs).toBeGreaterThanOrEqual(ago(30 * DAY_MS + HOUR_MS));
          if (tierMs === HOUR_MS) expect(fromMs).toBeGreaterThanOrEqual(ago(366 * DAY_MS));
        }
      }),
    );
  });
});

describe('without a step', () => {
  it('the edges are fine and the middle is coarse', () => {
    // 12:13 three days ago to 12:13 now: to 13:00, to midnight, then days; the last is open.
    expect(shape({ fromMs: ago(3 * DAY_MS), toMs: NOW_MS })).toEqual([
      [1 / 12, 50 / 60],
      [1, 11],
      [24, 72],
    ]);
  });

  it('the edges are hours where nothing finer is kept: a quarter of a year is read in days', () => {
    expect(shape({ fromMs: ago(90 * DAY_MS), toMs: NOW_MS })).toEqual([
      [1, 12],
      [24, 90 * 24],
    ]);
  });

  it('a range that ended has fine edges on both sides', () => {
    expect(shape({ fromMs: ago(2 * DAY_MS), toMs: ago(30 * MINUTE_MS) })).toEqual([
      [1 / 12, 50 / 60],
      [1, 11],
      [24, 24],
      [1, 11],
      [1 / 12, 45 / 60],
    ]);
  });

  it('what is older than everything is asked for by days', () => {
    expect(plan({ fromMs: ago(3000 * DAY_MS), toMs: ago(2999 * DAY_MS) }).resolutionMs).toBe(DAY_MS);
  });
});

describe('with a step', () => {
  it('the coarsest roll-up that the step is a multiple of answers', () => {
    const tier = (stepMs: number) => plan({ fromMs: ago(DAY_MS), toMs: NOW_MS, stepMs }).parts[0]?.tierMs;
    expect([5 * MINUTE_MS, 90 * MINUTE_MS, 2 * HOUR_MS, 7 * DAY_MS].map(tier)).toEqual([
      5 * MINUTE_MS,
      5 * MINUTE_MS,
      HOUR_MS,
      DAY_MS,
    ]);
  });

  it('finer than what is kept of that age is refused, with what is', () => {
    const refused = planAvailability(
      { fromMs: ago(31 * DAY_MS), toMs: NOW_MS, stepMs: 5 * MINUTE_MS },
      RETENTION,
      NOW_MS,
    );
    expect(refused).toEqual({ ok: false, finestStepMs: HOUR_MS });
  });
});
