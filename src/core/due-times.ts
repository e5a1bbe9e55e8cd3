// When reports of a component are due by a calendar. It stands alone since a calendar knows only the next time.
import type { CalendarHeartbeat, ComponentDefinition } from './definition.ts';

type Subject = ComponentDefinition['subject'];

export function isByCalendar(subject: Subject): subject is CalendarHeartbeat {
  return subject.type === 'heartbeat' && 'dueTimes' in subject;
}

/** At most `count` after `nowMs`, in order; none where there is no calendar. */
export function nextDueTimes(subject: Subject, nowMs: number, count: number): readonly number[] {
  const times: number[] = [];
  let atMs = nowMs;
  while (isByCalendar(subject) && times.length < count) {
    atMs = subject.dueTimes.nextAfter(atMs);
    if (atMs === Number.POSITIVE_INFINITY) break;
    times.push(atMs);
  }
  return times;
}
