// Usage by five minutes, hours and days. A bucket of five minutes is written when time leaves it, forwards or backwards; an hour
// is the sum of its five minutes and a day that of its hours, written when time leaves them. A bucket that is entered again
// is merged (five minutes) or summed up again (hours, days). Reads through look-ups, and gives what is to be written.
import { clearUsage, createUsage, mergeUsage } from '../../core/history/usage.ts';
import { bucketAt, DAYS, FIVE_MINUTES, GROUP_SIZE, HOURS, type Tier } from './buckets.ts';
import type { OpenBucket } from './open-bucket.ts';
import { addUsageRow, createUsageRowEncoder, type GroupUsages } from './usage-row.ts';

/** What is kept, with every write before. */
export interface RollupRows {
  /** See usage-row.ts. */
  row(tier: Tier, bucket: number, group: number): Uint8Array | undefined;
  /** Groups that have a row in one of these buckets. */
  groups(tier: Tier, fromBucket: number, toBucket: number): readonly number[];
  /** Buckets before this time have lost what they were made of. */
  summedUpBeforeMs(tier: Tier): number;
}

export type RollupWrite =
  | {
      readonly kind: 'put';
      readonly tier: Tier;
      readonly bucket: number;
      readonly group: number;
      readonly row: Uint8Array;
    }
  /** Buckets from one up to another, which is not included. */
  | { readonly kind: 'remove'; readonly tier: Tier; readonly fromBucket: number; readonly toBucket: number };

export interface Rollups {
  /** What is written of the open bucket, since `next` is entered now, and of what else is left thereby. */
  leave(open: OpenBucket, next: number): Iterable<RollupWrite>;
  /** Adds what is known of a bucket, open or not, to the usages of those slots that `into` has one for. */
  addTo(into: GroupUsages, tier: Tier, bucket: number, group: number, open: OpenBucket): void;
}

export function createRollups(rows: RollupRows): Rollups {
  const encode = createUsageRowEncoder();
  // Cleared before each use: leaving a bucket makes thousands of usages otherwise.
  const visits = Array.from({ length: GROUP_SIZE }, createUsage);
  const sums = Array.from({ length: GROUP_SIZE }, createUsage);

  /** What the buckets below come to, and, where some of them are forgotten, what the bucket itself says of these. */
  const addParts = (into: GroupUsages, tier: Tier, bucket: number, group: number, open?: OpenBucket) => {
    const isForgotten = bucket * tier.widthMs < rows.summedUpBeforeMs(tier);
    const row = isForgotten ? rows.row(tier, bucket, group) : undefined;
    const parts = row === undefined ? into : emptyLike(into);
    for (let part = bucket * tier.parts; part < (bucket + 1) * tier.parts; part++) {
      add(parts, tier.below!, part, group, open);
    }
    if (row === undefined) return;
    const whole = emptyLike(into);
    addUsageRow(whole, row, tier.widthMs);
    mergeAll(whole, parts, tier.widthMs);
    mergeAll(into, whole, Number.POSITIVE_INFINITY);
  };
  const add = (into: GroupUsages, tier: Tier, bucket: number, group: number, open?: OpenBucket) => {
    const isOpen = open !== undefined && bucket === openIn(tier, open);
    if (isOpen && tier.below !== undefined) return addParts(into, tier, bucket, group, open);
    const row = rows.row(tier, bucket, group);
    if (!isOpen) {
      if (row !== undefined) addUsageRow(into, row, tier.widthMs);
      return;
    }
    const whole = emptyLike(into);
    const visit = emptyLike(into);
    if (row !== undefined) addUsageRow(whole, row, tier.widthMs);
    open.countInto(visit, group);
    mergeAll(whole, visit, tier.widthMs);
    mergeAll(into, whole, Number.POSITIVE_INFINITY);
  };
  function* put(tier: Tier, bucket: number, group: number, usages: GroupUsages): Iterable<RollupWrite> {
    const row = encode(usages, tier.widthMs);
    if (row !== undefined) yield { kind: 'put', tier, bucket, group, row };
  }
  function* sumUp(tier: Tier, bucket: number): Iterable<RollupWrite> {
    const below = tier.below!;
    const [fromBucket, toBucket] = [bucket * tier.parts, (bucket + 1) * tier.parts];
    for (const group of rows.groups(below, fromBucket, toBucket)) {
      for (const usage of sums) clearUsage(usage);
      addParts(sums, tier, bucket, group);
      yield* put(tier, bucket, group, sums);
    }
    // Entered after its parts were forgotten: they would be added once more if it were entered again.
    if (bucket * tier.widthMs < rows.summedUpBeforeMs(tier)) {
      yield { kind: 'remove', tier: below, fromBucket, toBucket };
    }
  }

  return {
    *leave(open, next) {
      for (const group of open.groups()) {
        for (const usage of visits) clearUsage(usage);
        open.countInto(visits, group);
        const row = rows.row(FIVE_MINUTES, open.bucket, group);
        if (row === undefined) {
          yield* put(FIVE_MINUTES, open.bucket, group, visits);
          continue;
        }
        for (const usage of sums) clearUsage(usage);
        addUsageRow(sums, row, FIVE_MINUTES.widthMs);
        mergeAll(sums, visits, FIVE_MINUTES.widthMs);
        yield* put(FIVE_MINUTES, open.bucket, group, sums);
      }
      for (const tier of [HOURS, DAYS]) {
        const bucket = openIn(tier, open);
        if (bucket !== bucketAt(next * FIVE_MINUTES.widthMs, tier)) yield* sumUp(tier, bucket);
      }
    },
    addTo: add,
  };
}

/** The bucket of a tier that holds the open five minutes. */
export function openIn(tier: Tier, open: Pick<OpenBucket, 'bucket'>): number {
  return bucketAt(open.bucket * FIVE_MINUTES.widthMs, tier);
}

function emptyLike(usages: GroupUsages): GroupUsages {
  return usages.map((usage) => usage && createUsage());
}

function mergeAll(into: GroupUsages, from: GroupUsages, widthMs: number): void {
  for (let slot = 0; slot < into.length; slot++) {
    const [usage, more] = [into[slot], from[slot]];
    if (usage !== undefined && more !== undefined) mergeUsage(usage, more, widthMs);
  }
}
