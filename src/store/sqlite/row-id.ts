// Where rows by time and component lie. A row holds a group of neighbouring components for one bucket; rows are in order of
// time, then group. So what is written is always at the end of its table, what is forgotten is one piece at its start,
// and one component over a long range is one small row per bucket.
import type { TierMs } from '../../core/store.ts';

export const GROUP_SIZE = 32;

const GROUPS = 2 ** 20;

export interface Tier {
  readonly table: 'five_minutes' | 'hours' | 'days';
  readonly widthMs: TierMs;
  /** Buckets of the tier below in one of this. */
  readonly parts: number;
}

export const FIVE_MINUTES: Tier = { table: 'five_minutes', widthMs: 300_000, parts: 0 };
export const HOURS: Tier = { table: 'hours', widthMs: 3_600_000, parts: 12 };
export const DAYS: Tier = { table: 'days', widthMs: 86_400_000, parts: 24 };

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

export function rowId(bucket: number, group: number): number {
  return bucket * GROUPS + group;
}

/** The bucket of a row. */
export function bucketOfRow(id: number): number {
  return Math.floor(id / GROUPS);
}
