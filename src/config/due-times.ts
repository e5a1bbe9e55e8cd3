// When reports of a heartbeat are due by a calendar. It stands alone since calendars are their own world: core/ and the engine
// ask for times in epoch milliseconds and know neither cron nor zones.
import type { DueTimes } from '../core/definition.ts';
import { type Calendar, createCalendar, timeZoneOf } from './calendar.ts';

/** @throws {Error} when `checkCalendar` has faults for it */
export function createDueTimes(calendar: Calendar): DueTimes {
  const cron = createCalendar(calendar);
  const zone = timeZoneOf(calendar);
  // Asked several times at each report, and 200 us to work out: the answer holds for every time until then.
  let holdsFromMs = Number.POSITIVE_INFINITY;
  let nextMs = Number.NEGATIVE_INFINITY;
  return {
    nextAfter(atMs) {
      if (holdsFromMs <= atMs && atMs < nextMs) return nextMs;
      nextMs = cron.nextRun(new Date(Math.floor(atMs)))?.getTime() ?? Number.POSITIVE_INFINITY;
      holdsFromMs = atMs;
      return nextMs;
    },
    format: (dueMs) => formatIn(zone, dueMs),
  };
}

/** By zone, since making one costs as much as a thousand uses. */
const OFFSETS = new Map<string, Intl.DateTimeFormat>();

/** `2026-03-29T03:00:00+02:00` */
function formatIn(zone: string, atMs: number): string {
  const known = OFFSETS.get(zone);
  const format = known ?? new Intl.DateTimeFormat('en', { timeZone: zone, timeZoneName: 'longOffset' });
  if (known === undefined) OFFSETS.set(zone, format);
  const name = format.formatToParts(atMs).find(({ type }) => type === 'timeZoneName')?.value ?? '';
  // `GMT+02:00`; some say `GMT` alone where there is none.
  const [, sign = '+', hours = '00', minutes = '00'] = /^GMT([+-])(\d\d):(\d\d)/.exec(name) ?? [];
  const offsetMs = (Number(hours) * 60 + Number(minutes)) * (sign === '-' ? -60_000 : 60_000);
  return `${new Date(atMs + offsetMs).toISOString().slice(0, 19)}${sign}${hours}:${minutes}`;
}
