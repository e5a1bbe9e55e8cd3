// When a heartbeat is due by cron: from any moment on, over every change of clocks, the first time that an enumeration of minutes has.
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type Calendar, formatInZone, nextTimeAfter } from '../../src/core/calendar.ts';
import { nextDueTimes } from '../../src/core/due-times.ts';
import { cronOracle } from '../support/cron-oracle.ts';
import { faultsOf, parseValid } from './support.ts';

const MINUTE_MS = 60_000;
const ask = (calendar: Calendar) => (atMs: number) => nextTimeAfter(calendar, atMs);

describe('a due time is shown with the offset of its place', () => {
  it.each([
    ['Europe/Berlin', '2026-03-29T00:59:59Z', '2026-03-29T01:59:59+01:00'],
    ['Europe/Berlin', '2026-03-29T01:00:00Z', '2026-03-29T03:00:00+02:00'],
    ['Europe/Berlin', '2026-10-25T00:30:00Z', '2026-10-25T02:30:00+02:00'],
    ['Europe/Berlin', '2026-10-25T01:30:00Z', '2026-10-25T02:30:00+01:00'],
    ['America/New_York', '2026-11-01T05:30:00Z', '2026-11-01T01:30:00-04:00'],
    ['America/St_Johns', '2026-01-01T02:00:00Z', '2025-12-31T22:30:00-03:30'],
    ['Asia/Kathmandu', '2026-12-31T20:00:00Z', '2027-01-01T01:45:00+05:45'],
    ['UTC', '2026-06-01T02:30:00Z', '2026-06-01T02:30:00+00:00'],
  ])('%s, %s', (timezone, time, shown) => {
    expect(formatInZone(timezone, Date.parse(time))).toBe(shown);
  });
});

describe('the next one', () => {
  it.each([
    ['2026-06-01T02:29:59.999Z', '2026-06-01T02:30:00.000Z'],
    ['2026-06-01T02:30:00.000Z', '2026-06-02T02:30:00.000Z'],
    ['2026-06-01T02:30:00.001Z', '2026-06-02T02:30:00.000Z'],
  ])('comes after the time that is asked for: %s', (time, next) => {
    const nextAfter = ask({ cron: '30 2 * * *', timezone: 'UTC' });
    expect(new Date(nextAfter(Date.parse(time))).toISOString()).toBe(next);
    // A clock may say parts of a millisecond.
    expect(new Date(nextAfter(Date.parse(time) + 0.5)).toISOString()).toBe(next);
  });

  it.each([
    ['Europe/Berlin', '2026-03-29T01:00:00Z'],
    ['Europe/Berlin', '2026-10-25T01:00:00Z'],
    ['America/New_York', '2026-03-08T07:00:00Z'],
    ['America/New_York', '2026-11-01T06:00:00Z'],
    ['Australia/Lord_Howe', '2026-04-04T15:00:00Z'],
    ['UTC', '2026-06-01T00:00:00Z'],
  ])('is that of an enumeration of minutes, whatever was asked for before: %s, %s', (timezone, change) => {
    const middleMs = Date.parse(change);
    const [fromMs, untilMs] = [middleMs - 1_800 * MINUTE_MS, middleMs + 5_000 * MINUTE_MS];
    const oracle = cronOracle(timezone, fromMs, untilMs);
    const crons = [
      '30 2 * * *',
      '15,45 1-3 * * *',
      '*/30 2 * * *',
      '0 * * * *',
      '*/15 * * * *',
      '30 0 * * *',
      '0 3 * * *',
    ];
    for (const cron of crons) {
      const known = oracle(cron).map((time) => Date.parse(time));
      const nextAfter = ask({ cron, timezone });
      const offsets = fc.array(fc.integer({ min: 0, max: 3_000 * MINUTE_MS }), { minLength: 1, maxLength: 10 });
      const near = fc.array(
        fc.tuple(fc.nat(known.length - 1), fc.constantFrom(-1, 0, 1)).map(([at, ms]) => known[at]! + ms - fromMs),
        { maxLength: 5 },
      );
      fc.assert(
        fc.property(offsets, near, (anywhere, nearby) => {
          for (const offsetMs of [...anywhere, ...nearby]) {
            const atMs = fromMs + offsetMs;
            const expected = known.find((dueMs) => dueMs > atMs);
            if (expected !== undefined) expect([cron, atMs, nextAfter(atMs)]).toEqual([cron, atMs, expected]);
          }
        }),
        { numRuns: 40 },
      );
    }
  });

  it('and those after it are what the file says', () => {
    const text = 'components: [ { id: a, heartbeat: { cron: "30 2 * * *", timezone: Europe/Berlin, grace: 1h } } ]';
    const { subject } = parseValid(text).system.components.find(({ id }) => id === 'a')!;
    const times = nextDueTimes(subject, Date.parse('2026-03-27T12:00:00Z'), 3);
    expect(times.map((atMs) => new Date(atMs).toISOString())).toEqual([
      '2026-03-28T01:30:00.000Z',
      '2026-03-29T01:00:00.000Z',
      '2026-03-30T00:30:00.000Z',
    ]);
  });

  it('is none where there is a period', () => {
    const { components } = parseValid('components: [ { id: a, heartbeat: { period: 24h } } ]').system;
    expect(components.flatMap(({ subject }) => nextDueTimes(subject, 0, 5))).toEqual([]);
  });
});

it('tells every fault of cron and timezone at once, and of a misspelt key that one alone', () => {
  const of = (heartbeat: string) => faultsOf(`components: [ { id: a, heartbeat: ${heartbeat} } ]`);
  expect(of('{ cron: "@daily", timezone: nowhere, grace: 1h }')).toEqual([
    expect.stringContaining('heartbeat.cron: is no cron expression of five fields: write "0 0 * * *"'),
    expect.stringContaining('heartbeat.timezone: is no time zone that is known here'),
  ]);
  expect(of('{ corn: "0 0 * * *", grace: 1h }')).toEqual([expect.stringContaining("unknown key 'corn'")]);
});
