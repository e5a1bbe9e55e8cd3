// Roll-ups in three tables, one for each tier, and where rows by time and component lie: a row's number is that of its bucket,
// then that of its group. So what is written is always at the end of its table, what is forgotten is one piece at its
// start, and one component over a long range is one small row per bucket.
import type { Database } from 'better-sqlite3';
import type { TierMs } from '../../core/store.ts';
import { DAYS, HOURS, TIERS, type Tier } from '../history/buckets.ts';
import type { RollupRows, RollupWrite } from '../history/rollups.ts';

export interface RollupTables extends RollupRows {
  write(write: RollupWrite): void;
  /** The bucket of the oldest row. */
  oldest(tier: Tier): number | undefined;
  /** Removes so many rows of buckets before one, the oldest first. @returns how many it has removed */
  removeBefore(tier: Tier, bucket: number, limit: number): number;
  /** Time before this is summed up in this tier alone: what it was made of is forgotten. */
  setSummedUp(tier: Tier, beforeMs: number): void;
}

const GROUPS = 2 ** 20;

export const TABLES: Readonly<Record<TierMs, string>> = { 300000: 'five_minutes', 3600000: 'hours', 86400000: 'days' };

export function rowId(bucket: number, group: number): number {
  return bucket * GROUPS + group;
}

/** The bucket of a row. */
export function bucketOfRow(id: number): number {
  return Math.floor(id / GROUPS);
}

export function createRollupTables(database: Database): RollupTables {
  const summary = database.prepare<[], { hours: number; days: number }>(
    'SELECT hours_from AS hours, days_from AS days FROM summary',
  );
  const setHours = database.prepare<[number]>('UPDATE summary SET hours_from = max(hours_from, ?)');
  const setDays = database.prepare<[number]>('UPDATE summary SET days_from = max(days_from, ?)');
  const statements = new Map(TIERS.map((tier) => [tier, prepare(database, TABLES[tier.widthMs])]));
  const of = (tier: Tier) => statements.get(tier)!;
  return {
    row: (tier, bucket, group) => of(tier).select.get(rowId(bucket, group)),
    groups: (tier, from, to) => of(tier).groups.all(GROUPS, rowId(from, 0), rowId(to, 0)),
    summedUpBeforeMs(tier) {
      if (tier === HOURS) return summary.get()!.hours;
      return tier === DAYS ? summary.get()!.days : 0;
    },
    write(write) {
      if (write.kind === 'put') of(write.tier).upsert.run(rowId(write.bucket, write.group), write.row);
      else of(write.tier).remove.run(rowId(write.fromBucket, 0), rowId(write.toBucket, 0));
    },
    oldest(tier) {
      const id = of(tier).oldest.get();
      return id === undefined || id === null ? undefined : bucketOfRow(id);
    },
    removeBefore: (tier, bucket, limit) => of(tier).removeBefore.run(rowId(bucket, 0), limit).changes,
    setSummedUp(tier, beforeMs) {
      if (tier === HOURS) setHours.run(beforeMs);
      if (tier === DAYS) setDays.run(beforeMs);
    },
  };
}

function prepare(database: Database, table: string) {
  return {
    select: database.prepare<[number], Uint8Array>(`SELECT usages FROM ${table} WHERE id = ?`).pluck(),
    upsert: database.prepare<[number, Uint8Array]>(
      `INSERT INTO ${table} VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET usages = excluded.usages`,
    ),
    groups: database
      .prepare<[number, number, number], number>(`SELECT DISTINCT id % ? FROM ${table} WHERE id >= ? AND id < ?`)
      .pluck(),
    remove: database.prepare<[number, number]>(`DELETE FROM ${table} WHERE id >= ? AND id < ?`),
    oldest: database.prepare<[], number | null>(`SELECT min(id) FROM ${table}`).pluck(),
    removeBefore: database.prepare<[number, number]>(
      `DELETE FROM ${table} WHERE id IN (SELECT id FROM ${table} WHERE id < ? LIMIT ?)`,
    ),
  };
}
