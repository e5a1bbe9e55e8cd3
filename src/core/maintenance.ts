// When a component is in maintenance: pure functions of its plan, which is data, and a time.
import { latestTimeUntil, nextTimeAfter } from './calendar.ts';
import type { Maintenance, MaintenancePeriod, MaintenanceWindow } from './definition.ts';

/**
 * The period that contains `nowMs`, else the next one, else undefined. Of periods that overlap now it is the one that ends last.
 * A period ends right before its `untilMs`.
 */
export function currentOrNextPeriod({ windows }: Maintenance, nowMs: number): MaintenancePeriod | undefined {
  const periods = windows.flatMap((window) => periodOf(window, nowMs) ?? []);
  const current = periods.filter(({ fromMs }) => fromMs <= nowMs).sort((a, b) => endOf(b) - endOf(a) || 0);
  return current[0] ?? periods.toSorted((a, b) => a.fromMs - b.fromMs)[0];
}

/** When a period begins or ends next: until then it is as `currentOrNextPeriod` says. Infinite: never. */
export function nextBoundaryMs({ windows }: Maintenance, nowMs: number): number {
  let nextMs = Number.POSITIVE_INFINITY;
  for (const window of windows) {
    const period = periodOf(window, nowMs);
    if (period !== undefined) nextMs = Math.min(nextMs, period.fromMs > nowMs ? period.fromMs : endOf(period));
  }
  return nextMs;
}

/** At most `count` periods, the one that goes on included, in order. The last may be without an end. */
export function nextPeriods(maintenance: Maintenance, nowMs: number, count: number): readonly MaintenancePeriod[] {
  const periods: MaintenancePeriod[] = [];
  let atMs: number | undefined = nowMs;
  while (atMs !== undefined && periods.length < count) {
    const period = currentOrNextPeriod(maintenance, atMs);
    if (period === undefined) break;
    periods.push(period);
    atMs = period.untilMs;
  }
  return periods;
}

/** The times at which all of them are in maintenance, each of which has its periods in order. */
export function commonPeriods(
  a: readonly MaintenancePeriod[],
  b: readonly MaintenancePeriod[],
): readonly MaintenancePeriod[] {
  const common: MaintenancePeriod[] = [];
  for (const one of joined(a)) {
    for (const other of joined(b)) {
      const fromMs = Math.max(one.fromMs, other.fromMs);
      const untilMs = Math.min(endOf(one), endOf(other));
      if (fromMs < untilMs) common.push({ fromMs, ...(untilMs < Number.POSITIVE_INFINITY && { untilMs }) });
    }
  }
  return common;
}

/** What overlaps or follows at once is one. */
function joined(periods: readonly MaintenancePeriod[]): readonly MaintenancePeriod[] {
  const whole: MaintenancePeriod[] = [];
  for (const period of periods) {
    const last = whole.at(-1);
    if (last === undefined || endOf(last) < period.fromMs) whole.push(period);
    else if (endOf(last) < endOf(period)) whole[whole.length - 1] = { ...period, fromMs: last.fromMs };
  }
  return whole;
}

function periodOf(window: MaintenanceWindow, nowMs: number): MaintenancePeriod | undefined {
  if (!('calendar' in window)) return nowMs < endOf(window) ? window : undefined;
  const { calendar, durationMs } = window;
  // The latest start decides where windows that come more often than they last run into each other.
  const latestMs = latestTimeUntil(calendar, nowMs);
  const fromMs = nowMs < latestMs + durationMs ? latestMs : nextTimeAfter(calendar, nowMs);
  return fromMs === Number.POSITIVE_INFINITY ? undefined : { fromMs, untilMs: fromMs + durationMs };
}

function endOf({ untilMs = Number.POSITIVE_INFINITY }: MaintenancePeriod): number {
  return untilMs;
}
