import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type CountingRule, summarize, sumUsages } from '../../../src/core/history/availability.ts';
import { createUsage, recordObservation, type Usage } from '../../../src/core/history/usage.ts';
import { STATUSES } from '../../../src/core/status.ts';

const EXCLUDED: CountingRule = { unknown: 'excluded', maintenance: 'excluded' };
const times = fc.record({
  HEALTHY: fc.nat(1000),
  DEGRADED: fc.nat(1000),
  UNHEALTHY: fc.nat(1000),
  UNKNOWN: fc.nat(1000),
  MAINTENANCE: fc.nat(1000),
});

function usageOf(timeMs: Partial<Usage['timeMs']>): Usage {
  const usage = createUsage();
  Object.assign(usage.timeMs, timeMs);
  return usage;
}

const ratio = (timeMs: Partial<Usage['timeMs']>, rule: Partial<CountingRule> = {}) =>
  summarize(usageOf(timeMs), 0, 1000, { ...EXCLUDED, ...rule }).uptimeRatio;

describe('uptime', () => {
  it('is the share of HEALTHY and DEGRADED in what counts', () => {
    expect(ratio({ HEALTHY: 500, DEGRADED: 250, UNHEALTHY: 250 })).toBe(0.75);
    expect(ratio({ HEALTHY: 300, UNHEALTHY: 100, UNKNOWN: 200, MAINTENANCE: 400 })).toBe(0.75);
  });

  it('is not there where nothing counts', () => {
    expect(ratio({})).toBeUndefined();
    expect(ratio({ UNKNOWN: 600, MAINTENANCE: 400 })).toBeUndefined();
  });

  it('counts unknown and maintenance as it is asked to, and what nobody accounted for as unknown', () => {
    const timeMs = { HEALTHY: 200, UNHEALTHY: 200, UNKNOWN: 100, MAINTENANCE: 100 };
    expect(ratio(timeMs, { maintenance: 'uptime' })).toBe(300 / 500);
    expect(ratio(timeMs, { maintenance: 'downtime' })).toBe(200 / 500);
    expect(ratio(timeMs, { unknown: 'uptime' })).toBe(700 / 900);
    expect(ratio(timeMs, { unknown: 'downtime', maintenance: 'uptime' })).toBe(300 / 1000);
  });
});

describe('the time', () => {
  it('is as long as the bucket, whatever is accounted for', () => {
    fc.assert(
      fc.property(times, fc.nat(6000), (timeMs, widthMs) => {
        const bucket = summarize(usageOf(timeMs), 1000, 1000 + widthMs, EXCLUDED);
        expect(STATUSES.reduce((sum, status) => sum + bucket.timeMs[status], 0)).toBe(widthMs);
        for (const status of STATUSES) expect(bucket.timeMs[status]).toBeGreaterThanOrEqual(0);
      }),
    );
  });
});

describe('a sum', () => {
  it('is that of the spans together', () => {
    fc.assert(
      fc.property(fc.array(times), (spans) => {
        const sum = sumUsages(spans.map(usageOf));
        for (const status of STATUSES) {
          expect(sum.timeMs[status]).toBe(spans.reduce((total, timeMs) => total + timeMs[status], 0));
        }
      }),
    );
  });

  it('has the percentiles of all observations, not an average of percentiles', () => {
    const [fast, slow] = [createUsage(), createUsage()];
    for (let run = 0; run < 98; run++) recordObservation(fast, 'HEALTHY', 10);
    for (let run = 0; run < 2; run++) recordObservation(slow, 'UNHEALTHY', 5000);
    const { observations, latency } = summarize(sumUsages([fast, slow]), 0, 1000, EXCLUDED);
    expect(observations).toBe(100);
    expect(latency!.p50Ms / 10).toBeCloseTo(1, 1);
    expect(latency!.p95Ms / 10).toBeCloseTo(1, 1);
    expect(latency!.p99Ms / 5000).toBeCloseTo(1, 1);
  });
});
