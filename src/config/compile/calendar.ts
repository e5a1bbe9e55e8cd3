// A cron expression in a time zone, as maintenance windows and heartbeats have it in the file.
import type { Calendar } from '../../core/calendar.ts';
import type { PathFault } from '../fault.ts';
import { parseCron } from './cron.ts';

/** A calendar as it is written in the file. */
export interface WrittenCalendar {
  /** Expression in five fields. Empty: none. */
  readonly cron: string;
  /** Name of the time zone. Empty: UTC. */
  readonly timezone: string;
}

/** What the rules of the schema cannot see: whether cron expression and time zone are ones. Paths are from what has them on. */
export function checkCalendar({ cron, timezone }: WrittenCalendar): readonly PathFault[] {
  const faults: PathFault[] = [];
  const parsed = cron === '' ? undefined : parseCron(cron);
  if (parsed?.ok === false) faults.push({ path: ['cron'], message: parsed.message });
  if (timezone !== '' && !isTimeZone(timezone)) {
    const message = 'is no time zone that is known here: write one such as Europe/Berlin or UTC';
    faults.push({ path: ['timezone'], message });
  }
  return faults;
}

/** @throws {Error} when `checkCalendar` has faults */
export function toCalendar({ cron, timezone }: WrittenCalendar): Calendar {
  const parsed = parseCron(cron);
  if (!parsed.ok) throw new Error(`the cron expression ${parsed.message}`);
  return { cron: parsed.cron, timezone: timezone || 'UTC' };
}

/** Asking Intl costs as much as everything else of a component. */
const KNOWN_ZONES = new Set<string>();
const MAX_KNOWN_ZONES = 1000;

function isTimeZone(name: string): boolean {
  if (KNOWN_ZONES.has(name)) return true;
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
  } catch {
    return false;
  }
  if (KNOWN_ZONES.size < MAX_KNOWN_ZONES) KNOWN_ZONES.add(name);
  return true;
}
