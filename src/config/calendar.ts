// A cron expression in a time zone, as maintenance windows and heartbeats have it in the file.
import type { Cron } from 'croner';
import { createCron, parseCron } from './cron.ts';
import type { Path } from './fault.ts';

export interface Calendar {
  /** Empty: none. */
  readonly cron: string;
  /** Empty: UTC. */
  readonly timezone: string;
}

/**
 * By zone and expression, the latest ones: a reload reads all of them again, at half a millisecond each, and a second or two in
 * which nothing else runs would be time that nobody lived. They only compute, so who has the same may share one.
 */
const KNOWN = new Map<string, Cron>();
const MAX_KNOWN = 10_000;

/** What the rules of the schema cannot see: whether cron expression and time zone are ones. Paths are from what has them on. */
export function checkCalendar(calendar: Calendar): readonly { readonly path: Path; readonly message: string }[] {
  if (KNOWN.has(keyOf(calendar))) return [];
  const faults: { path: Path; message: string }[] = [];
  const cron = calendar.cron === '' ? undefined : parseCron(calendar.cron);
  if (cron?.ok === false) faults.push({ path: ['cron'], message: cron.message });
  if (!isTimeZone(timeZoneOf(calendar))) {
    const message = 'is no time zone that is known here: write one such as Europe/Berlin or UTC';
    faults.push({ path: ['timezone'], message });
  }
  return faults;
}

/** @throws {Error} when `checkCalendar` has faults */
export function createCalendar(calendar: Calendar): Cron {
  const key = keyOf(calendar);
  const known = KNOWN.get(key);
  if (known !== undefined) return known;
  const parsed = parseCron(calendar.cron);
  if (!parsed.ok) throw new Error(`the cron expression ${parsed.message}`);
  const cron = createCron(parsed.fields, timeZoneOf(calendar));
  if (KNOWN.size >= MAX_KNOWN) KNOWN.delete(KNOWN.keys().next().value!);
  KNOWN.set(key, cron);
  return cron;
}

function keyOf(calendar: Calendar): string {
  return `${timeZoneOf(calendar)} ${calendar.cron}`;
}

export function timeZoneOf({ timezone }: Calendar): string {
  return timezone === '' ? 'UTC' : timezone;
}

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}
