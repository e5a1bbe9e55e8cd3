// When the times of a calendar come: a cron expression in a time zone is plain data, and these are pure functions of it and a
// time. It stands alone as the only file that imports croner (docs/adr/0036-definitions-are-data.md).
import { Cron } from 'croner';

/** A cron expression that has been checked, in a time zone. */
export interface Calendar {
  /** The five fields as `parseCron` of the configuration normalizes them. */
  readonly cron: string;
  /** An IANA name. */
  readonly timezone: string;
}

/** The answer for every time from `fromMs` until before `untilMs`. */
interface Span {
  fromMs: number;
  readonly untilMs: number;
  readonly valueMs: number;
}

interface KnownCalendar {
  readonly cron: Cron;
  readonly next: Span[];
  readonly latest: Span[];
}

/**
 * Calendars by zone and expression, and their latest answers: making one takes half a millisecond and asking it 200 us, and the
 * same is asked at each observation and by all components that have the same calendar. It changes no answer.
 */
const KNOWN = new Map<string, KnownCalendar>();
const MAX_KNOWN = 10_000;
/** Answers that are kept for each calendar: those who ask differ by whether the last report came. */
const MAX_SPANS = 4;

/** The first time after `atMs`, in epoch milliseconds; infinite where none comes. `atMs` itself does not count. */
export function nextTimeAfter(calendar: Calendar, atMs: number): number {
  const { cron, next } = known(calendar);
  return recall(next, atMs, () => {
    const nextMs = cron.nextRun(new Date(Math.floor(atMs)))?.getTime() ?? Number.POSITIVE_INFINITY;
    return { valueMs: nextMs, untilMs: nextMs };
  });
}

/** The latest time until `atMs`, which itself counts; minus infinity where there was none. */
export function latestTimeUntil(calendar: Calendar, atMs: number): number {
  const { cron, latest } = known(calendar);
  return recall(latest, atMs, () => ({
    valueMs: cron.previousRuns(1, new Date(Math.floor(atMs) + 1))[0]?.getTime() ?? Number.NEGATIVE_INFINITY,
    untilMs: nextTimeAfter(calendar, atMs),
  }));
}

function known(calendar: Calendar): KnownCalendar {
  const key = `${calendar.timezone} ${calendar.cron}`;
  const before = KNOWN.get(key);
  if (before !== undefined) return before;
  const made = { cron: createCron(calendar), next: [], latest: [] };
  if (KNOWN.size >= MAX_KNOWN) KNOWN.delete(KNOWN.keys().next().value!);
  KNOWN.set(key, made);
  return made;
}

/**
 * Without a function to call, croner starts no timer. Times of minutes and hours that are all fixed, so without `*`, come once
 * for each day: after the change where the clocks skip them, the first time where the clocks repeat them.
 */
function createCron({ cron, timezone }: Calendar): Cron {
  return new Cron(cron, { timezone, mode: '5-part', fixedTimeRule: 'no-wildcard', paused: true });
}

function recall(spans: Span[], atMs: number, find: () => Omit<Span, 'fromMs'>): number {
  const hit = spans.find(({ fromMs, untilMs }) => fromMs <= atMs && atMs < untilMs);
  if (hit !== undefined) return hit.valueMs;
  const found = find();
  const same = spans.find(({ untilMs, valueMs }) => untilMs === found.untilMs && valueMs === found.valueMs);
  if (same !== undefined) {
    same.fromMs = Math.min(same.fromMs, atMs);
    return same.valueMs;
  }
  spans.unshift({ ...found, fromMs: atMs });
  if (spans.length > MAX_SPANS) spans.pop();
  return found.valueMs;
}

/** By zone, since making one costs as much as a thousand uses. */
const OFFSETS = new Map<string, Intl.DateTimeFormat>();

/** As the clocks of the zone show it: `2026-03-29T03:00:00+02:00`. */
export function formatInZone(timezone: string, atMs: number): string {
  const known = OFFSETS.get(timezone);
  const format = known ?? new Intl.DateTimeFormat('en', { timeZone: timezone, timeZoneName: 'longOffset' });
  if (known === undefined) OFFSETS.set(timezone, format);
  const name = format.formatToParts(atMs).find(({ type }) => type === 'timeZoneName')?.value ?? '';
  // `GMT+02:00`; some say `GMT` alone where there is none.
  const [, sign = '+', hours = '00', minutes = '00'] = /^GMT([+-])(\d\d):(\d\d)/.exec(name) ?? [];
  const offsetMs = (Number(hours) * 60 + Number(minutes)) * (sign === '-' ? -60_000 : 60_000);
  return `${new Date(atMs + offsetMs).toISOString().slice(0, 19)}${sign}${hours}:${minutes}`;
}
