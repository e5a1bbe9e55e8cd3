// How much of each day something was up, and how much of the day is known at all. Shares are rounded down, so that 100 % is said
// only of time without any downtime. Days are those of UTC, as they are kept.
import { create } from '@bufbuild/protobuf';
import { HealthStatus } from '../../gen/openk/common/v1/common_pb.ts';
import { type StatusDay, StatusDaySchema } from '../../gen/openk/status/v1/status_pb.ts';
import { type AvailabilityBucket, type CountingRule, summarize, sumUsages } from '../core/history/availability.ts';
import type { Usage } from '../core/history/usage.ts';
import type { Status } from '../core/status.ts';
import type { AvailabilityQuery } from '../core/store.ts';

export interface DayShares {
  /** Left out where nothing is known. */
  readonly uptimeRatio?: number;
  readonly knownRatio: number;
}

export interface DayStrip extends DayShares {
  /** The oldest first; the last is today. Messages, which all pages until the next strip share. */
  readonly days: readonly StatusDay[];
  /** Median of today, or of the latest day that has one. */
  readonly latencyMs?: number;
}

export const DAY_MS = 86_400_000;

/** What nobody knows is no uptime and no downtime; maintenance is neither. */
const COUNTING: CountingRule = { unknown: 'excluded', maintenance: 'excluded' };
const WORST_FIRST: readonly Status[] = ['UNHEALTHY', 'DEGRADED', 'MAINTENANCE', 'HEALTHY'];
/** Shares have six digits. */
const DIGITS = 1_000_000;

/** What to ask the store for. Days that it has forgotten are empty. */
export function stripQuery(components: readonly string[], days: number, nowMs: number): AvailabilityQuery {
  const today = Math.floor(nowMs / DAY_MS) * DAY_MS;
  const part = { fromMs: today - (days - 1) * DAY_MS, toMs: today + DAY_MS, stepMs: DAY_MS, tierMs: DAY_MS } as const;
  return { components: [...components], parts: [part] };
}

/** @param usages Of one component by day, the last of them today's */
export function dayStrip(usages: readonly Usage[], nowMs: number): DayStrip {
  const today = Math.floor(nowMs / DAY_MS) * DAY_MS;
  const buckets = usages.map((usage, at) => {
    const fromMs = today - (usages.length - 1 - at) * DAY_MS;
    return summarize(usage, fromMs, Math.min(fromMs + DAY_MS, nowMs), COUNTING);
  });
  const latencyMs = buckets.findLast(({ latency }) => latency !== undefined)?.latency?.p50Ms;
  const whole = summarize(sumUsages(usages), today - (usages.length - 1) * DAY_MS, nowMs, COUNTING);
  return { ...sharesOf(whole), days: buckets.map(toDay), ...(latencyMs !== undefined && { latencyMs }) };
}

function toDay(bucket: AvailabilityBucket): StatusDay {
  return create(StatusDaySchema, {
    date: new Date(bucket.fromMs).toISOString().slice(0, 10),
    ...sharesOf(bucket),
    worst: HealthStatus[WORST_FIRST.find((status) => bucket.timeMs[status] > 0) ?? 'UNKNOWN'],
  });
}

function sharesOf({ fromMs, toMs, timeMs, uptimeRatio }: AvailabilityBucket): DayShares {
  const widthMs = toMs - fromMs;
  const knownRatio = widthMs > 0 ? roundDown((widthMs - timeMs.UNKNOWN) / widthMs) : 0;
  return { ...(uptimeRatio !== undefined && { uptimeRatio: roundDown(uptimeRatio) }), knownRatio };
}

function roundDown(ratio: number): number {
  return Math.floor(ratio * DIGITS) / DIGITS;
}
