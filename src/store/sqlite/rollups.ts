// Usage by five minutes, hours and days. A bucket of five minutes is written when it closes; an hour is the sum of its five
// minutes and a day that of its hours, written when time leaves them, forwards or backwards. A bucket that is entered again
// is merged (five minutes) or summed up again (hours, days).
import type { Database } from 'better-sqlite3';
import { clearUsage, createUsage, mergeUsage } from '../../core/history/usage.ts';
import type { OpenBucket } from './open-bucket.ts';
import { bucketAt, DAYS, FIVE_MINUTES, GROUP_SIZE, HOURS, rowId, type Tier } from './row-id.ts';
import { addUsageRow, createUsageRowEncoder, type GroupUsages } from './usage-row.ts';

export interface Rollups {
  /** Writes the open bucket, since `next` is the one that is entered now, and what else it leaves thereby. */
  close(open: OpenBucket, next: number): void;
  /** Adds what is known of a bucket, open or closed, to the usages of those slots that `into` has one for. */
  addTo(into: GroupUsages, tier: Tier, bucket: number, group: number, open: OpenBucket): void;
  /** Time before this is summed up in this tier alone: what it was made of is forgotten. */
  setSummedUp(tier: Tier, beforeMs: number): void;
}

/** A tier, its statements, and the tier that it is made of. */
interface TierTable {
  readonly tier: Tier;
  readonly below: TierTable | undefined;
  row(bucket: number, group: number): Uint8Array | undefined;
  write(bucket: number, group: number, usages: GroupUsages): void;
  /** Groups that have a row in one of these buckets. */
  groups(fromBucket: number, toBucket: number): number[];
  remove(fromBucket: number, toBucket: number): void;
  /** Buckets before this have lost what they were made of. */
  summedUpBefore(): number;
}

export function createRollups(database: Database): Rollups {
  const encode = createUsageRowEncoder();
  // Cleared before each use: closing a bucket makes thousands of usages otherwise.
  const visits = Array.from({ length: GROUP_SIZE }, createUsage);
  const sums = Array.from({ length: GROUP_SIZE }, createUsage);
  const summary = database.prepare<[], { hours: number; days: number }>(
    'SELECT hours_from AS hours, days_from AS days FROM summary',
  );
  const setHours = database.prepare<[number]>('UPDATE summary SET hours_from = max(hours_from, ?)');
  const setDays = database.prepare<[number]>('UPDATE summary SET days_from = max(days_from, ?)');

  const tableOf = (tier: Tier, below: TierTable | undefined, summedUpBefore: () => number): TierTable => {
    const select = database.prepare<[number], Uint8Array>(`SELECT usages FROM ${tier.table} WHERE id = ?`).pluck();
    const upsert = database.prepare<[number, Uint8Array]>(
      `INSERT INTO ${tier.table} VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET usages = excluded.usages`,
    );
    const groups = database
      .prepare<[number, number, number], number>(`SELECT DISTINCT id % ? FROM ${tier.table} WHERE id >= ? AND id < ?`)
      .pluck();
    const remove = database.prepare<[number, number]>(`DELETE FROM ${tier.table} WHERE id >= ? AND id < ?`);
    return {
      tier,
      below,
      row: (bucket, group) => select.get(rowId(bucket, group)),
      write(bucket, group, usages) {
        const bytes = encode(usages, tier.widthMs);
        if (bytes !== undefined) upsert.run(rowId(bucket, group), bytes);
      },
      groups: (from, to) => groups.all(rowId(1, 0), rowId(from, 0), rowId(to, 0)),
      remove: (from, to) => void remove.run(rowId(from, 0), rowId(to, 0)),
      summedUpBefore,
    };
  };
  const fiveMinutes = tableOf(FIVE_MINUTES, undefined, () => 0);
  const hours = tableOf(HOURS, fiveMinutes, () => summary.get()!.hours);
  const days = tableOf(DAYS, hours, () => summary.get()!.days);
  const tables = new Map([fiveMinutes, hours, days].map((table) => [table.tier, table]));

  /** What the buckets below come to, and, where some of them are forgotten, what the bucket itself says of these. */
  const addParts = (into: GroupUsages, table: TierTable, bucket: number, group: number, open?: OpenBucket) => {
    const { tier, below } = table;
    const isForgotten = bucket * tier.widthMs < table.summedUpBefore();
    const row = isForgotten ? table.row(bucket, group) : undefined;
    const parts = row === undefined ? into : into.map((usage) => usage && createUsage());
    for (let part = bucket * tier.parts; part < (bucket + 1) * tier.parts; part++)
      add(parts, below!, part, group, open);
    if (row === undefined) return;
    const whole = into.map((usage) => usage && createUsage());
    addUsageRow(whole, row, tier.widthMs);
    mergeAll(whole, parts, tier.widthMs);
    mergeAll(into, whole, Number.POSITIVE_INFINITY);
  };
  const add = (into: GroupUsages, table: TierTable, bucket: number, group: number, open?: OpenBucket) => {
    const { tier } = table;
    const isOpen = open !== undefined && bucket === openIn(tier, open);
    if (isOpen && table.below !== undefined) return addParts(into, table, bucket, group, open);
    const row = table.row(bucket, group);
    if (!isOpen) {
      if (row !== undefined) addUsageRow(into, row, tier.widthMs);
      return;
    }
    const whole = into.map((usage) => usage && createUsage());
    const visit = into.map((usage) => usage && createUsage());
    if (row !== undefined) addUsageRow(whole, row, tier.widthMs);
    open.countInto(visit, group);
    mergeAll(whole, visit, tier.widthMs);
    mergeAll(into, whole, Number.POSITIVE_INFINITY);
  };
  const sumUp = (table: TierTable, bucket: number) => {
    const { below, tier } = table;
    const [from, to] = [bucket * tier.parts, (bucket + 1) * tier.parts];
    for (const group of below!.groups(from, to)) {
      for (const usage of sums) clearUsage(usage);
      addParts(sums, table, bucket, group);
      table.write(bucket, group, sums);
    }
    // Entered after its parts were forgotten: they would be added once more if it were entered again.
    if (bucket * tier.widthMs < table.summedUpBefore()) below!.remove(from, to);
  };

  return {
    close(open, next) {
      for (const group of open.groups()) {
        for (const usage of visits) clearUsage(usage);
        open.countInto(visits, group);
        const row = fiveMinutes.row(open.bucket, group);
        if (row === undefined) {
          fiveMinutes.write(open.bucket, group, visits);
          continue;
        }
        for (const usage of sums) clearUsage(usage);
        addUsageRow(sums, row, FIVE_MINUTES.widthMs);
        mergeAll(sums, visits, FIVE_MINUTES.widthMs);
        fiveMinutes.write(open.bucket, group, sums);
      }
      for (const table of [hours, days]) {
        const bucket = openIn(table.tier, open);
        if (bucket !== bucketAt(next * FIVE_MINUTES.widthMs, table.tier)) sumUp(table, bucket);
      }
    },
    addTo: (into, tier, bucket, group, open) => add(into, tables.get(tier)!, bucket, group, open),
    setSummedUp(tier, beforeMs) {
      if (tier === HOURS) setHours.run(beforeMs);
      if (tier === DAYS) setDays.run(beforeMs);
    },
  };
}

/** The bucket of a tier that holds the open five minutes. */
export function openIn(tier: Tier, open: OpenBucket): number {
  return bucketAt(open.bucket * FIVE_MINUTES.widthMs, tier);
}

function mergeAll(into: GroupUsages, from: GroupUsages, widthMs: number): void {
  for (let slot = 0; slot < into.length; slot++) {
    const [usage, more] = [into[slot], from[slot]];
    if (usage !== undefined && more !== undefined) mergeUsage(usage, more, widthMs);
  }
}
