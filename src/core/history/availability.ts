// From what a component did in a span of time to what people ask: how long it was in which status, how much of the time it
// was up, how long its observations took.
import type { Status } from '../status.ts';
import { latencyQuantileMs } from './latency-histogram.ts';
import { accountedMs, createUsage, cutTimes, mergeUsage, observationCount, type Usage } from './usage.ts';

/** How a time counts in a ratio of uptime. */
export type Counting = 'excluded' | 'uptime' | 'downtime';

export interface CountingRule {
  readonly unknown: Counting;
  readonly maintenance: Counting;
}

export interface AvailabilityBucket {
  /** Epoch milliseconds. */
  readonly fromMs: number;
  /** Epoch milliseconds, exclusive. */
  readonly toMs: number;
  /** As long as the bucket together: what is not accounted for is in UNKNOWN. */
  readonly timeMs: Readonly<Record<Status, number>>;
  /** From 0 to 1; left out where no time counts. */
  readonly uptimeRatio?: number;
  readonly observations: number;
  /** In milliseconds; left out where nothing was timed. */
  readonly latency?: { readonly p50Ms: number; readonly p95Ms: number; readonly p99Ms: number };
}

/** @param toMs Up to where the bucket is over: `usage` has nothing later. */
export function summarize(usage: Usage, fromMs: number, toMs: number, rule: CountingRule): AvailabilityBucket {
  const widthMs = Math.max(0, toMs - fromMs);
  // After the clock stepped back there may be more than the time that is over by now: it was over once before.
  const cut = cutTimes(usage.timeMs, widthMs);
  const timeMs = { ...cut, UNKNOWN: cut.UNKNOWN + Math.max(0, widthMs - accountedMs(usage)) };
  const uptimeRatio = ratioOf(timeMs, rule);
  const p50Ms = latencyQuantileMs(usage.latencies, 0.5);
  const p95Ms = latencyQuantileMs(usage.latencies, 0.95);
  const p99Ms = latencyQuantileMs(usage.latencies, 0.99);
  return {
    fromMs,
    toMs,
    timeMs,
    ...(uptimeRatio !== undefined && { uptimeRatio }),
    observations: observationCount(usage),
    ...(p50Ms !== undefined && p95Ms !== undefined && p99Ms !== undefined && { latency: { p50Ms, p95Ms, p99Ms } }),
  };
}

/** Of disjoint spans together. */
export function sumUsages(usages: readonly Usage[]): Usage {
  const sum = createUsage();
  for (const usage of usages) mergeUsage(sum, usage, Number.MAX_SAFE_INTEGER);
  return sum;
}

function ratioOf(timeMs: Readonly<Record<Status, number>>, { unknown, maintenance }: CountingRule): number | undefined {
  const counted = (counting: Counting) =>
    (unknown === counting ? timeMs.UNKNOWN : 0) + (maintenance === counting ? timeMs.MAINTENANCE : 0);
  const upMs = timeMs.HEALTHY + timeMs.DEGRADED + counted('uptime');
  const downMs = timeMs.UNHEALTHY + counted('downtime');
  return upMs + downMs > 0 ? upMs / (upMs + downMs) : undefined;
}
