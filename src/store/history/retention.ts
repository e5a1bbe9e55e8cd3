// What may be forgotten at a time. What something would still be needed for stays: of each component the last record before the
// horizon, since it says what held from there on; and what the open hour and the open day are made of.
import type { Retention } from '../../core/store.ts';
import { bucketAt, DAYS, FIVE_MINUTES, HOURS, type Tier } from './buckets.ts';
import type { OpenBucket } from './open-bucket.ts';
import { openIn } from './rollups.ts';

export interface Horizons {
  /** Observations of buckets of five minutes before this go. */
  readonly observationsBucket: number;
  /** Buckets of these tiers that end before their time stand for their parts, which go. */
  readonly summedUp: readonly { readonly tier: Tier; readonly beforeMs: number }[];
  /** Days before this go. */
  readonly daysBucket: number;
  /** A record before this goes once the next one of its component is before it too. */
  readonly transitionsMs: number;
  /** The last record of a component that went goes when it is before this: nothing is kept any more that it explains. */
  readonly goneMs: number;
  /** Spans of running that ended before this go. */
  readonly spansMs: number;
}

/** @param oldestMs Time of the oldest record that a bound on their number leaves; undefined without a bound. */
export function horizonsAt(nowMs: number, retention: Retention, oldestMs = Number.MIN_SAFE_INTEGER): Horizons {
  const { transitionsMs, observationsMs, fiveMinutesMs, hoursMs, daysMs } = retention;
  const spansMs = nowMs - transitionsMs;
  const recordsMs = Math.max(spansMs, oldestMs);
  return {
    observationsBucket: bucketAt(nowMs - observationsMs, FIVE_MINUTES),
    summedUp: [
      { tier: HOURS, beforeMs: nowMs - fiveMinutesMs },
      { tier: DAYS, beforeMs: nowMs - hoursMs },
    ],
    daysBucket: bucketAt(nowMs - daysMs, DAYS),
    transitionsMs: recordsMs,
    goneMs: Math.min(recordsMs, nowMs - Math.max(daysMs, hoursMs, fiveMinutesMs)),
    spansMs,
  };
}

/**
 * The bucket of a tier that from now on stands for its parts; undefined where none does yet.
 * @param oldestPart The bucket of the oldest row of the tier below.
 */
export function bucketToSumUp(
  tier: Tier,
  oldestPart: number | undefined,
  beforeMs: number,
  open: OpenBucket,
): number | undefined {
  if (oldestPart === undefined) return undefined;
  const bucket = Math.floor(oldestPart / tier.parts);
  const isOver = (bucket + 1) * tier.widthMs <= beforeMs;
  return isOver && bucket !== openIn(tier, open) ? bucket : undefined;
}
