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

/** What the rules of the schema cannot see: whether cron expression and time zone are ones. Paths are from what has them on. */
export function checkCalendar(calendar: Calendar): readonly { readonly path: Path; readonly message: string }[] {
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
  const parsed = parseCron(calendar.cron);
  if (!parsed.ok) throw new Error(`the cron expression ${parsed.message}`);
  return createCron(parsed.fields, timeZoneOf(calendar));
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
