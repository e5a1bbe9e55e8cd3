// When reports of a heartbeat are due by its calendar.
import { formatInZone, nextTimeAfter } from './calendar.ts';
import type { CalendarHeartbeat, ComponentDefinition } from './definition.ts';

type Subject = ComponentDefinition['subject'];

export function isByCalendar(subject: Subject): subject is CalendarHeartbeat {
  return subject.type === 'heartbeat' && 'calendar' in subject;
}

/** Epoch milliseconds of the report that is due next after `atMs`. */
export function nextDueMs({ calendar }: CalendarHeartbeat, atMs: number): number {
  return nextTimeAfter(calendar, atMs);
}

/** At most `count` after `nowMs`, in order; none where there is no calendar. */
export function nextDueTimes(subject: Subject, nowMs: number, count: number): readonly number[] {
  const times: number[] = [];
  let atMs = nowMs;
  while (isByCalendar(subject) && times.length < count) {
    atMs = nextDueMs(subject, atMs);
    if (atMs === Number.POSITIVE_INFINITY) break;
    times.push(atMs);
  }
  return times;
}

/** As the clocks of its place show it: RFC 3339 with the offset there. */
export function formatDue({ calendar }: CalendarHeartbeat, dueMs: number): string {
  return formatInZone(calendar.timezone, dueMs);
}
