// How time and components are cut up: time into buckets of three widths, components into groups of neighbouring keys. What
// is kept of a group in one bucket is kept together.
import type { TierMs } from '../../core/store.ts';

export const GROUP_SIZE = 32;

export interface Tier {
  readonly widthMs: TierMs;
  /** What a bucket of this tier is the sum of; undefined for the finest. */
  readonly below: Tier | undefined;
  /** Buckets of the tier below in one of this. */
  readonly parts: number;
}

export const FIVE_MINUTES: Tier = { widthMs: 300_000, below: undefined, parts: 0 };
export const HOURS: Tier = { widthMs: 3_600_000, below: FIVE_MINUTES, parts: 12 };
export const DAYS: Tier = { widthMs: 86_400_000, below: HOURS, parts: 24 };

/** The finest first. */
export const TIERS: readonly Tier[] = [FIVE_MINUTES, HOURS, DAYS];

/** Number of the bucket that holds a time. Buckets are multiples of their width since the epoch. */
export function bucketAt(atMs: number, { widthMs }: Tier): number {
  return Math.floor(atMs / widthMs);
}

export function groupOf(key: number): number {
  return Math.floor(key / GROUP_SIZE);
}

export function slotOf(key: number): number {
  return key % GROUP_SIZE;
}
