import { execFileSync } from 'node:child_process';
import { describe, expect, it } from '@jest/globals';

const AT = Date.UTC(2026, 8, 3, 23, 4, 5);

/** What the page writes of AT where its reader is: a process of its own, since a zone is known from the start. */
function writtenIn(zone: string): Readonly<Record<'clock' | 'moment' | 'day' | 'hour' | 'date', string>> {
  const script = `
    const { axisTime, clockTime, moment, utcDay } = await import(${JSON.stringify(new URL('../../web/src/model/times.ts', import.meta.url).href)});
    const at = ${AT};
    console.log(JSON.stringify({
      clock: clockTime(at), moment: moment(at), day: utcDay(at), hour: axisTime(at, 3600), date: axisTime(at, 86400),
    }));`;
  const args = ['--input-type=module', '--eval', script];
  return JSON.parse(execFileSync(process.execPath, args, { env: { ...process.env, TZ: zone }, encoding: 'utf8' }));
}

describe('times of the reader', () => {
  it.each([
    ['UTC', '23:04:05', '3 Sep 2026, 23:04:05 UTC', '23:04', '3 Sep'],
    ['Europe/Berlin', '01:04:05', '4 Sep 2026, 01:04:05 UTC+2', '01:04', '4 Sep'],
    ['Asia/Kolkata', '04:34:05', '4 Sep 2026, 04:34:05 UTC+5:30', '04:34', '4 Sep'],
    ['America/St_Johns', '20:34:05', '3 Sep 2026, 20:34:05 UTC-2:30', '20:34', '3 Sep'],
  ])('in %s', (zone, clock, moment, hour, date) => {
    expect(writtenIn(zone)).toEqual({ clock, moment, day: '3 Sep 2026 (UTC)', hour, date });
  });
});
