// Days of a component: what counts as up, what is known, and that nothing is rounded up.
import { expect, it } from '@jest/globals';
import { HealthStatus } from '../../gen/openk/common/v1/common_pb.ts';
import { createUsage } from '../../src/core/history/usage.ts';
import type { Status } from '../../src/core/status.ts';
import { DAY_MS, dayStrip, stripQuery } from '../../src/status/day-strip.ts';

const TODAY = Date.UTC(2026, 10, 29);
const NOON = TODAY + DAY_MS / 2;
const usage = (times: Partial<Record<Status, number>>) => {
  const made = createUsage();
  Object.assign(made.timeMs, times);
  return made;
};

it('asks for days of UTC, today among them', () => {
  expect(stripQuery(['a'], 90, NOON)).toEqual({
    components: ['a'],
    parts: [{ fromMs: TODAY - 89 * DAY_MS, toMs: TODAY + DAY_MS, stepMs: DAY_MS, tierMs: DAY_MS }],
  });
});

it('has each day by its worst status, and of today what is over', () => {
  const strip = dayStrip(
    [
      usage({}),
      usage({ HEALTHY: DAY_MS / 2 }),
      usage({ HEALTHY: DAY_MS - 1000, DEGRADED: 1000 }),
      usage({ HEALTHY: DAY_MS - 1, UNHEALTHY: 1 }),
      usage({ MAINTENANCE: DAY_MS }),
      usage({ HEALTHY: DAY_MS / 4, UNHEALTHY: DAY_MS / 4 }),
    ],
    NOON,
  );
  expect(strip.days).toMatchObject([
    { date: '2026-11-24', knownRatio: 0, worst: HealthStatus.UNKNOWN },
    { date: '2026-11-25', uptimeRatio: 1, knownRatio: 0.5, worst: HealthStatus.HEALTHY },
    { date: '2026-11-26', uptimeRatio: 1, knownRatio: 1, worst: HealthStatus.DEGRADED },
    { date: '2026-11-27', uptimeRatio: 0.999999, knownRatio: 1, worst: HealthStatus.UNHEALTHY },
    { date: '2026-11-28', knownRatio: 1, worst: HealthStatus.MAINTENANCE },
    { date: '2026-11-29', uptimeRatio: 0.5, knownRatio: 1, worst: HealthStatus.UNHEALTHY },
  ]);
  // 4 of 5.5 days are known.
  expect(strip.knownRatio).toBe(Math.floor((4 / 5.5) * 1e6) / 1e6);
  expect(strip.uptimeRatio).toBeLessThan(0.917);
});

it('is of nothing where nothing is known', () => {
  expect(dayStrip([usage({}), usage({})], NOON)).toMatchObject({ knownRatio: 0, days: [{}, {}] });
  expect(dayStrip([usage({})], TODAY)).toMatchObject({ knownRatio: 0 });
});
