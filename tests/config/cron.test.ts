import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { parseCron } from '../../src/config/compile/cron.ts';
import { type Calendar, latestTimeUntil, nextTimeAfter } from '../../src/core/calendar.ts';
import { cronOracle } from '../support/cron-oracle.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

function calendarOf(expression: string, timezone: string): Calendar {
  const parsed = parseCron(expression);
  if (!parsed.ok) throw new Error(parsed.message);
  return { cron: parsed.cron, timezone };
}

function runs(expression: string, zone: string, fromMs: number, untilMs: number): string[] {
  const calendar = calendarOf(expression, zone);
  const times: string[] = [];
  // The time itself counts, which `nextTimeAfter` leaves out.
  for (let atMs = nextTimeAfter(calendar, fromMs - 1); atMs < untilMs; atMs = nextTimeAfter(calendar, atMs)) {
    times.push(new Date(atMs).toISOString());
  }
  return times;
}

describe('faults', () => {
  it.each([
    ['@daily', 'is no cron expression of five fields: write "0 0 * * *"'],
    ['@Weekly', 'is no cron expression of five fields: write "0 0 * * 0"'],
    [
      '@reboot',
      'is no cron expression of five fields: write minute hour day month weekday, for example "0 22 * * SUN"',
    ],
    [
      '0 0 22 * * *',
      'is no cron expression of five fields: write minute hour day month weekday, for example "0 22 * * SUN"',
    ],
    [
      '0 22 * *',
      'is no cron expression of five fields: write minute hour day month weekday, for example "0 22 * * SUN"',
    ],
    [
      '0 0 */1 * 1',
      'is read two ways: */1 beside a weekday is "and" to some and "or" to others; write *, with * for the other where only one is to count',
    ],
    [
      '0 0 */2 * MON',
      'is read two ways: */2 beside a weekday is "and" to some and "or" to others; write 1-31/2, with * for the other where only one is to count',
    ],
    [
      '0 0 13 * */2',
      'is read two ways: */2 beside a day of month is "and" to some and "or" to others; write 0-6/2, with * for the other where only one is to count',
    ],
    ['5/15 * * * *', 'has a step from a number on, which is read two ways: write 5-59/15 in the minute'],
    ['0 22-2 * * *', 'has a range that ends before it starts: write 22-23,0-2 in the hour'],
    ['0 0 * * FRI-MON', 'has a range that ends before it starts: write 5-6,0-1 in the weekday'],
    ['0 0 * NOV-FEB *', 'has a range that ends before it starts: write 11-12,1-2 in the month'],
    ['0 0 ? * 1', 'has a ?, which is no cron but Quartz: write * in the day of month'],
    ['*,5 * * * *', 'has a * in a list: write its values out in the minute'],
    ['0,*/15 * * * *', 'has a * in a list: write its values out in the minute'],
    ['60 * * * *', 'has what is none of 0-59, a range such as 0-2 or a step such as */2 in the minute'],
    ['0 24 * * *', 'has what is none of 0-23, a range such as 0-2 or a step such as */2 in the hour'],
    ['0 0 0 * *', 'has what is none of 1-31, a range such as 1-3 or a step such as */2 in the day of month'],
    ['0 0 * 13 *', 'has what is none of 1-12 or JAN-DEC, a range such as 1-3 or a step such as */2 in the month'],
    ['0 0 * * 8', 'has what is none of 0-7 or SUN-SAT, a range such as 0-2 or a step such as */2 in the weekday'],
    ['0 0 * * MONDAY', 'has what is none of 0-7 or SUN-SAT, a range such as 0-2 or a step such as */2 in the weekday'],
    ['-1 * * * *', 'has what is none of 0-59, a range such as 0-2 or a step such as */2 in the minute'],
    ['1.5 * * * *', 'has what is none of 0-59, a range such as 0-2 or a step such as */2 in the minute'],
    ['*/0 * * * *', 'has a step that is none of 1-59 in the minute'],
    ['*/60 * * * *', 'has a step that is none of 1-59 in the minute'],
    ['0 1-5/0 * * *', 'has a step that is none of 1-23 in the hour'],
    ['0 0 15W * *', 'has a W, the nearest weekday, which there is not in the day of month'],
    ['0 0 LW * *', 'has a W, the nearest weekday, which there is not in the day of month'],
    ['0 0 1 * +1', 'has what is neither a weekday, nor the last (5L) nor the nth (5#2) of a month in the weekday'],
    ['0 0 * * 5#6', 'has what is neither a weekday, nor the last (5L) nor the nth (5#2) of a month in the weekday'],
    ['0 0 30 2 *', 'is a time that never comes'],
    ['0 0 31 2,4,6,9,11 *', 'is a time that never comes'],
  ])('%s', (expression, message) => {
    expect(parseCron(expression)).toEqual({ ok: false, message });
  });
});

describe('forms', () => {
  const FROM = Date.UTC(2026, 0, 1);
  it.each([
    ['0 0 1 * 1', 'the first of the month, and each Monday', ['2026-01-01', '2026-01-05', '2026-01-12']],
    ['0 0 * * 7', 'Sunday is 7 too', ['2026-01-04', '2026-01-11', '2026-01-18']],
    ['0 0 * * sat-sun', 'a week ends with Sunday', ['2026-01-03', '2026-01-04', '2026-01-10']],
    ['0 0 * feb Mon', 'names in any case', ['2026-02-02', '2026-02-09', '2026-02-16']],
    ['0 0 L * *', 'the last of the month', ['2026-01-31', '2026-02-28', '2026-03-31']],
    ['0 0 * * 5L', 'the last Friday', ['2026-01-30', '2026-02-27', '2026-03-27']],
    ['0 0 * * TUE#2', 'the second Tuesday', ['2026-01-13', '2026-02-10', '2026-03-10']],
    ['0 0 29 2 *', 'leap days', ['2028-02-29', '2032-02-29', '2036-02-29']],
    ['0 0 1-31/15 * *', 'steps in a range', ['2026-01-01', '2026-01-16', '2026-01-31']],
  ])('%s: %s', (expression, _what, days) => {
    expect(runs(expression, 'UTC', FROM, FROM + 4000 * DAY_MS).slice(0, 3)).toEqual(
      days.map((day) => `${day}T00:00:00.000Z`),
    );
  });
});

/** A change of the clocks, and where. */
const CHANGES = [
  ['Europe/Berlin', '2026-03-29T01:00Z'],
  ['Europe/Berlin', '2026-10-25T01:00Z'],
  ['America/New_York', '2026-03-08T07:00Z'],
  ['America/New_York', '2026-11-01T06:00Z'],
  ['Australia/Lord_Howe', '2026-04-04T15:00Z'],
  ['Australia/Lord_Howe', '2026-10-03T15:30Z'],
  ['Africa/Cairo', '2026-04-23T22:00Z'],
  ['Africa/Cairo', '2026-10-29T21:00Z'],
  ['Asia/Tehran', '2022-03-21T20:30Z'],
  ['Asia/Tehran', '2022-09-21T19:30Z'],
  ['America/Sao_Paulo', '2018-11-04T03:00Z'],
  ['America/Sao_Paulo', '2019-02-17T02:00Z'],
  ['America/Asuncion', '2023-10-01T04:00Z'],
  ['America/Asuncion', '2024-03-24T03:00Z'],
  ['Asia/Beirut', '2026-03-28T22:00Z'],
  ['Asia/Beirut', '2026-10-24T21:00Z'],
  ['Asia/Kolkata', '2026-06-01T00:00Z'],
  ['UTC', '2026-06-01T00:00Z'],
] as const;

const SCHEDULES = [
  '15,45 2 * * *',
  '30 2 * * *',
  '0 0 * * *',
  '30 0 * * *',
  '15,45 0,2 * * *',
  '30 1-3 * * *',
  '0 0-23/2 * * *',
  '30 23 * * *',
  '*/15 * * * *',
  '15 * * * *',
  '*/30 2 * * *',
  '0 */2 * * *',
  '30 2 * * SUN',
];

describe.each(CHANGES)('in %s at the change of %s', (zone, change) => {
  const atMs = Date.parse(change.replace('Z', ':00Z'));
  const [fromMs, untilMs] = [atMs - 36 * 60 * MINUTE_MS, atMs + 36 * 60 * MINUTE_MS];
  const oracle = cronOracle(zone, fromMs, untilMs);

  it.each(SCHEDULES)('%s', (expression) => {
    const times = oracle(expression);
    expect(runs(expression, zone, fromMs, untilMs)).toEqual(times);
    // Looking back, which says whether a window goes on, sees the same.
    const calendar = calendarOf(expression, zone);
    const back: string[] = [];
    for (
      let atMs = latestTimeUntil(calendar, untilMs - 1);
      atMs >= fromMs;
      atMs = latestTimeUntil(calendar, atMs - 1)
    ) {
      back.push(new Date(atMs).toISOString());
    }
    expect(back.toReversed()).toEqual(times);
  });
});

describe('docs/configuration.md on the change of clocks', () => {
  const page = readFileSync(join(import.meta.dirname, '../../docs/configuration.md'), 'utf8');
  const rows = [...page.matchAll(/^\| `([^`]+ \* \*)` \| ([^|]+) \| ([^|]+) \|$/gm)];

  it.each(rows.map(([, expression, spring, autumn]) => [expression!, spring!, autumn!]))(
    '%s',
    (expression, spring, autumn) => {
      const on = (day: string) => {
        const fromMs = Date.parse(`${day}T00:00:00Z`);
        const times = runs(expression, 'Europe/Berlin', fromMs, fromMs + 12 * 60 * MINUTE_MS);
        return times.map((time) => `${time.slice(11, 16)}Z`).join(' ') || '–';
      };
      expect([on('2026-03-29'), on('2026-10-25')]).toEqual([spring, autumn]);
    },
  );

  it('has examples', () => {
    expect(rows).toHaveLength(3);
  });
});
