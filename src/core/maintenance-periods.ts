// The periods of maintenance to come. It stands alone since a plan knows only the period that is, or the next one.
import type { Maintenance, MaintenancePeriod } from './definition.ts';

/** At most `count`, the one that goes on included, in order. The last may be without an end. */
export function nextPeriods(maintenance: Maintenance, nowMs: number, count: number): readonly MaintenancePeriod[] {
  const periods: MaintenancePeriod[] = [];
  let atMs: number | undefined = nowMs;
  while (atMs !== undefined && periods.length < count) {
    const period = maintenance.currentOrNext(atMs);
    if (period === undefined) break;
    periods.push(period);
    atMs = period.untilMs;
  }
  return periods;
}
