import { describe, expect, it } from '@jest/globals';
import { checkCalendar, toCalendar } from '../../src/config/compile/calendar.ts';
import { latestTimeUntil, nextTimeAfter } from '../../src/core/calendar.ts';

const calendar = (cron: string, timezone = 'UTC') => ({ cron, timezone });

describe('a calendar of the file', () => {
  it.each([
    ['30 2 * * *', 'Europe/Berlin', '30 2 * * *', 'Europe/Berlin'],
    ['30 2 * * *', '', '30 2 * * *', 'UTC'],
    [' 0  2 * JAN-MAR SUN', '', '0 2 * 1,2,3 0', 'UTC'],
  ])('%s in %s becomes data', (cron, timezone, expected, zone) => {
    expect(toCalendar({ cron, timezone })).toEqual({ cron: expected, timezone: zone });
  });

  it('that has faults keeps them, also where it was read before', () => {
    expect(checkCalendar(calendar('15 4 * * *'))).toEqual([]);
    for (let time = 0; time < 2; time++) {
      expect(checkCalendar(calendar('15 4 * * *', 'nowhere'))).toMatchObject([{ path: ['timezone'] }]);
      expect(checkCalendar(calendar('@daily'))).toMatchObject([{ path: ['cron'] }]);
      expect(() => toCalendar(calendar('@daily'))).toThrow('is no cron expression of five fields');
    }
  });
});

it('says the same of a time, whoever else asked for what', () => {
  const at = (time: string) => Date.parse(`2026-06-${time}Z`);
  const asked = [
    '01T00:00',
    '01T03:00',
    '01T02:59',
    '02T04:00',
    '09T00:00',
    '08T00:00',
    '01T00:00',
    '07T12:00',
    '01T01:00',
  ];
  for (const time of asked) {
    const day = Number(time.slice(0, 2));
    const isBefore = time.slice(3) < '03:00';
    const three = (date: number) => Date.UTC(2026, 5, date, 3);
    expect(nextTimeAfter(calendar('0 3 * * *'), at(time))).toBe(three(isBefore ? day : day + 1));
    expect(latestTimeUntil(calendar('0 3 * * *'), at(time))).toBe(three(isBefore ? day - 1 : day));
  }
});
