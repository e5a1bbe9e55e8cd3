import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Maintenance } from '../../src/core/definition.ts';
import { currentOrNextPeriod, nextPeriods } from '../../src/core/maintenance.ts';
import { cronOracle } from '../support/cron-oracle.ts';
import { faultsOf, parseValid } from './support.ts';

function plan(maintenance: string): Maintenance {
  const text = `components: [ { id: a, tcp: { target: "a:1" }, maintenance: ${maintenance} } ]`;
  return parseValid(text).system.components.find(({ id }) => id === 'a')!.maintenance!;
}

/** The period at a time, as `FROM/UNTIL`. */
function at(maintenance: Maintenance, time: string): string | undefined {
  const period = currentOrNextPeriod(maintenance, Date.parse(time));
  if (period === undefined) return undefined;
  const iso = (ms: number) => new Date(ms).toISOString().replace(':00.000Z', 'Z');
  return `${iso(period.fromMs)}/${period.untilMs === undefined ? '' : iso(period.untilMs)}`;
}

describe('maintenance by hand', () => {
  it('has begun and does not end', () => {
    const maintenance = plan('{ active: true, reason: moving }');
    expect(maintenance.reason).toBe('moving');
    expect(currentOrNextPeriod(maintenance, Date.now())).toEqual({ fromMs: 0 });
  });

  it('that is over, with no window, never comes', () => {
    expect(currentOrNextPeriod(plan('{ active: false }'), Date.now())).toBeUndefined();
  });
});

describe('a window that comes once', () => {
  const maintenance = plan('{ windows: [ { start: 2026-12-24T22:00:00Z, end: 2026-12-25T06:00:00Z } ] }');

  it.each([
    ['2020-01-01T00:00:00Z', '2026-12-24T22:00Z/2026-12-25T06:00Z'],
    ['2026-12-24T22:00:00Z', '2026-12-24T22:00Z/2026-12-25T06:00Z'],
    ['2026-12-25T05:59:59.999Z', '2026-12-24T22:00Z/2026-12-25T06:00Z'],
    ['2026-12-25T06:00:00Z', undefined],
  ])('seen at %s', (time, period) => {
    expect(at(maintenance, time)).toBe(period);
  });
});

describe('a window that comes again and again', () => {
  const nightly = plan('{ windows: [ { cron: "0 22 * * *", duration: 2h } ] }');

  it.each([
    ['2026-06-01T21:59:59.999Z', '2026-06-01T22:00Z/2026-06-02T00:00Z'],
    ['2026-06-01T22:00:00Z', '2026-06-01T22:00Z/2026-06-02T00:00Z'],
    ['2026-06-01T22:00:00.500Z', '2026-06-01T22:00Z/2026-06-02T00:00Z'],
    ['2026-06-01T23:59:59.999Z', '2026-06-01T22:00Z/2026-06-02T00:00Z'],
    ['2026-06-02T00:00:00Z', '2026-06-02T22:00Z/2026-06-03T00:00Z'],
  ])('seen at %s', (time, period) => {
    expect(at(nightly, time)).toBe(period);
  });

  it('keeps to the clocks of its time zone', () => {
    const berlin = plan('{ windows: [ { cron: "0 22 * * *", duration: 1h, timezone: Europe/Berlin } ] }');
    expect(at(berlin, '2026-01-10T12:00:00Z')).toBe('2026-01-10T21:00Z/2026-01-10T22:00Z');
    expect(at(berlin, '2026-07-10T12:00:00Z')).toBe('2026-07-10T20:00Z/2026-07-10T21:00Z');
  });

  it('goes on when it comes more often than it lasts', () => {
    const always = plan('{ windows: [ { cron: "0 * * * *", duration: 90m } ] }');
    expect(at(always, '2026-06-01T10:15:00Z')).toBe('2026-06-01T10:00Z/2026-06-01T11:30Z');
    expect(at(always, '2026-06-01T10:59:59.700Z')).toBe('2026-06-01T10:00Z/2026-06-01T11:30Z');
  });
});

it('says the same of a time, whatever times it was asked for before', () => {
  const minutes = fc.array(fc.integer({ min: 0, max: 600 }), { minLength: 2, maxLength: 12 });
  const startMs = Date.UTC(2026, 2, 28, 20);
  for (const cron of ['0 22 * * *', '0 */5 * * *', '*/45 * * * *', '30 2 * * *']) {
    const maintenance = plan(`{ windows: [ { cron: "${cron}", duration: 70m, timezone: Europe/Berlin } ] }`);
    const starts = cronOracle(
      'Europe/Berlin',
      startMs - 48 * 3_600_000,
      startMs + 48 * 3_600_000,
    )(cron).map(Date.parse);
    fc.assert(
      fc.property(minutes, (asked) => {
        for (const minute of asked) {
          const nowMs = startMs + minute * 60_000;
          const latestMs = starts.findLast((fromMs) => fromMs <= nowMs)!;
          const fromMs = nowMs < latestMs + 70 * 60_000 ? latestMs : starts.find((nextMs) => nextMs > nowMs)!;
          expect(currentOrNextPeriod(maintenance, nowMs)).toEqual({ fromMs, untilMs: fromMs + 70 * 60_000 });
        }
      }),
      { numRuns: 60 },
    );
  }
});

describe('several windows', () => {
  const maintenance = plan(`{ windows: [
    { start: 2026-06-01T12:00:00Z, end: 2026-06-01T13:00:00Z },
    { start: 2026-06-01T10:00:00Z, end: 2026-06-01T11:00:00Z },
    { start: 2026-06-01T10:30:00Z, end: 2026-06-01T11:30:00Z } ] }`);

  it.each([
    ['2026-06-01T09:00:00Z', '2026-06-01T10:00Z/2026-06-01T11:00Z'],
    ['2026-06-01T10:45:00Z', '2026-06-01T10:30Z/2026-06-01T11:30Z'],
    ['2026-06-01T11:30:00Z', '2026-06-01T12:00Z/2026-06-01T13:00Z'],
    ['2026-06-01T13:00:00Z', undefined],
  ])('seen at %s', (time, period) => {
    expect(at(maintenance, time)).toBe(period);
  });
});

it('is data that survives a copy', () => {
  const maintenance = plan('{ reason: moving, windows: [ { cron: "0 22 * * SUN", duration: 2h } ] }');
  expect(structuredClone(maintenance)).toEqual({
    reason: 'moving',
    windows: [{ calendar: { cron: '0 22 * * 0', timezone: 'UTC' }, durationMs: 7_200_000 }],
  });
});

describe('the next periods', () => {
  const next = (maintenance: string, time: string) =>
    nextPeriods(plan(maintenance), Date.parse(time), 3).map(({ fromMs, untilMs }) => [
      new Date(fromMs).toISOString().slice(0, 16),
      untilMs && new Date(untilMs).toISOString().slice(0, 16),
    ]);

  it('begin with the one that goes on', () => {
    expect(next('{ windows: [ { cron: "0 22 * * *", duration: 2h } ] }', '2026-06-01T23:00:00Z')).toEqual([
      ['2026-06-01T22:00', '2026-06-02T00:00'],
      ['2026-06-02T22:00', '2026-06-03T00:00'],
      ['2026-06-03T22:00', '2026-06-04T00:00'],
    ]);
  });

  it('go over a change of the clocks, which skip the first', () => {
    const berlin = '{ windows: [ { cron: "15,45 2 * * SUN", duration: 10m, timezone: Europe/Berlin } ] }';
    expect(next(berlin, '2026-03-28T00:00:00Z')).toEqual([
      ['2026-03-29T01:00', '2026-03-29T01:10'],
      ['2026-04-05T00:15', '2026-04-05T00:25'],
      ['2026-04-05T00:45', '2026-04-05T00:55'],
    ]);
  });

  it('end with the windows', () => {
    const once = '{ windows: [ { start: 2026-12-24T22:00:00Z, end: 2026-12-25T06:00:00Z } ] }';
    expect(next(once, '2026-01-01T00:00:00Z')).toEqual([['2026-12-24T22:00', '2026-12-25T06:00']]);
    expect(next(once, '2027-01-01T00:00:00Z')).toEqual([]);
    expect(nextPeriods(plan('{ active: true }'), 0, 5)).toEqual([{ fromMs: 0 }]);
  });
});

it.each([
  ['2026-02-30T22:00:00Z', 'must be a day that there is: that month has 28'],
  ['2026-04-31T22:00:00Z', 'must be a day that there is: that month has 30'],
  ['2024-02-30T22:00:00Z', 'must be a day that there is: that month has 29'],
  ['2026-02-01T24:00:00Z', 'must be an hour that there is: write 00:00 of the next day'],
  ['2026-13-01T22:00:00Z', 'must be a time such as 2026-12-24T22:00:00Z (RFC 3339), or a day such as 2026-12-24'],
  ['2026-02-01T22:60:00Z', 'must be a time such as 2026-12-24T22:00:00Z (RFC 3339), or a day such as 2026-12-24'],
  ['2026-02-00T22:00:00Z', 'must be a time such as 2026-12-24T22:00:00Z (RFC 3339), or a day such as 2026-12-24'],
])('there is no %s', (start, message) => {
  const text = `components: [ { id: a, tcp: { target: "a:1" }, maintenance: { windows: [ { start: ${start}, end: 2027-01-01T00:00:00Z } ] } } ]`;
  expect(faultsOf(text)).toEqual([expect.stringContaining(message)]);
});
