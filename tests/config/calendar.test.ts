import { describe, expect, it } from '@jest/globals';
import { checkCalendar, createCalendar } from '../../src/config/calendar.ts';

const calendar = (cron: string, timezone = 'UTC') => ({ cron, timezone });

describe('a calendar that was read before', () => {
  it('is not read again, and is another in another zone', () => {
    const first = createCalendar(calendar('30 2 * * *'));
    expect(createCalendar(calendar('30 2 * * *'))).toBe(first);
    expect(createCalendar(calendar('30 2 * * *', ''))).toBe(first);
    expect(createCalendar(calendar('30 2 * * *', 'Europe/Berlin'))).not.toBe(first);
    expect(createCalendar(calendar('31 2 * * *'))).not.toBe(first);
  });

  it('says the same of a time, whoever else asked it', () => {
    const [one, other] = [createCalendar(calendar('0 3 * * *')), createCalendar(calendar('0 3 * * *'))];
    const next = (time: string) => one.nextRun(new Date(`2026-06-${time}`))?.toISOString();
    const before = next('01T00:00Z');
    other.nextRun(new Date('2031-01-01'));
    other.previousRuns(3, new Date('2001-01-01'));
    expect(next('01T00:00Z')).toBe(before);
    expect(before).toBe('2026-06-01T03:00:00.000Z');
  });

  it('has no faults, and what has some keeps them', () => {
    createCalendar(calendar('15 4 * * *'));
    expect(checkCalendar(calendar('15 4 * * *'))).toEqual([]);
    for (let time = 0; time < 2; time++) {
      expect(checkCalendar(calendar('15 4 * * *', 'nowhere'))).toMatchObject([{ path: ['timezone'] }]);
      expect(checkCalendar(calendar('@daily'))).toMatchObject([{ path: ['cron'] }]);
      expect(() => createCalendar(calendar('@daily'))).toThrow('is no cron expression of five fields');
    }
  });
});
