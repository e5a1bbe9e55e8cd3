import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  dayLabel,
  dayState,
  known,
  readAvailability,
  type Span,
  sparkline,
  uptime,
} from '../../web/src/model/availability.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const from = Date.parse('2026-08-22T00:00:00Z');

function day(parts: Partial<Span>): Span {
  return { from, to: from + DAY, up: 0, down: 0, unknown: 0, maintenance: 0, ...parts };
}

describe('uptime', () => {
  it.each([
    { up: DAY, down: 0, shown: '100 %' },
    { up: DAY - 1, down: 1, shown: '99.99 %' },
    { up: 90 * DAY, down: 0.000_001, shown: '99.99 %' },
    { up: 99.999, down: 0.001, shown: '99.99 %' },
    { up: 992, down: 8, shown: '99.2 %' },
    { up: 57, down: 43, shown: '57 %' },
    { up: 2, down: 1, shown: '66.66 %' },
    { up: 0, down: 1, shown: '0 %' },
    { up: 0, down: 0, shown: undefined },
  ])('$up up and $down down is $shown', ({ up, down, shown }) => {
    expect(uptime(day({ up, down }))).toBe(shown);
  });

  it('is never shown as more than it was', () => {
    const time = fc.double({ min: 0, max: 90 * DAY, noNaN: true });
    fc.assert(
      fc.property(time, time, (up, down) => {
        fc.pre(up + down > 0);
        const shown = Number.parseFloat(uptime(day({ up, down }))!);
        expect(shown).toBeLessThanOrEqual((100 * up) / (up + down) + 1e-9);
        if (down > 0 && up < up + down) expect(shown).toBeLessThan(100);
      }),
    );
  });

  it('is of the time that is known, and that is shown beside it', () => {
    expect(known(day({ up: 6 * HOUR, down: 6 * HOUR, unknown: 12 * HOUR }))).toBe('50 %');
    expect(known(day({ up: DAY - 1, unknown: 1 }))).toBe('99.99 %');
    expect(known(day({ up: 1_000, unknown: DAY }))).toBe('under 0.01 %');
    expect(known(day({ unknown: DAY }))).toBe('0 %');
    expect(uptime(day({ up: 1_000, unknown: DAY }))).toBeUndefined();
    expect(uptime(day({ up: 9_000, unknown: DAY }))).toBe('100 %');
  });
});

describe('a day of the strip', () => {
  it.each<{ parts: Partial<Span>; label: string; state: string }>([
    { parts: { up: DAY }, label: '100 % up, known 100 %', state: 'up' },
    {
      parts: { up: 22 * HOUR, down: HOUR + 3 * 60_000, unknown: 57 * 60_000 },
      label: '95.44 % up, known 96.04 %, 1 h 3 min down',
      state: 'down',
    },
    {
      parts: { up: DAY - 500, down: 500 },
      label: '99.99 % up, known 100 %, under 1 s down',
      state: 'dip',
    },
    { parts: { unknown: DAY }, label: 'nothing known', state: 'unknown' },
    { parts: { up: 5_000, unknown: DAY - 5_000 }, label: 'next to nothing known', state: 'up' },
    {
      parts: { down: 5_000, unknown: DAY - 5_000 },
      label: 'next to nothing known, 5 s down',
      state: 'down',
    },
    { parts: { maintenance: DAY }, label: 'nothing known, 1 d maintenance', state: 'maintenance' },
    { parts: { up: HOUR, unknown: 23 * HOUR }, label: '100 % up, known 4.16 %', state: 'up' },
  ])('$label', ({ parts, label, state }) => {
    expect(dayLabel(day(parts))).toBe(`22 Aug 2026 (UTC): ${label}`);
    expect(dayState(day(parts))).toBe(state);
  });
});

it('is read from ProtoJSON', () => {
  const bucket = {
    from: '2026-08-22T00:00:00Z',
    to: '2026-08-23T00:00:00Z',
    time: { healthy: '80000s', degraded: '1.5s', unhealthy: '0.250s', unknown: '3600s' },
    latency: { p50: '0.0123s', p95: '1s' },
  };
  const read = readAvailability({ availability: { component: 'a', total: bucket, buckets: [bucket] } });
  const span = { ...day({ up: 80_001_500, down: 250, unknown: HOUR }), p50: 12.3, p95: 1_000 };
  expect(read).toEqual({ total: span, spans: [span] });
});

describe('a sparkline', () => {
  it.each<{ values: (number | undefined)[]; path: string | undefined }>([
    { values: [], path: undefined },
    { values: [5], path: undefined },
    { values: [0, 0], path: undefined },
    { values: [5, 10], path: 'M0 6L10 1' },
    { values: [10, undefined, 10, 10], path: 'M0 1M6.7 1L10 1' },
  ])('of $values is $path', ({ values, path }) => {
    expect(sparkline(values, 10, 12)).toBe(path);
  });
});
