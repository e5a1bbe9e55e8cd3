// What is kept of buckets. Of the open one each append, in the table `journal`, so that it can be rebuilt after a crash; of those
// that time has left the observations, and the usage by five minutes, hours and days. A row's number is that of its bucket, then
// that of its group of components: what is written is always at the end of its table, what is forgotten is one piece at its
// start, and one component over a long range is one small row per bucket.
import type { Database } from 'better-sqlite3';
import type { TierMs } from '../../core/store.ts';
import type { Append } from '../history/accounting.ts';
import { DAYS, FIVE_MINUTES, HOURS, TIERS, type Tier } from '../history/buckets.ts';
import { joinBlocks } from '../history/observation-block.ts';
import type { OpenBucket } from '../history/open-bucket.ts';
import { createRollups, type Rollups } from '../history/rollups.ts';

export interface BucketTables {
  readonly observations: GroupTable;
  readonly usages: ReadonlyMap<Tier, GroupTable>;
  readonly rollups: Rollups;
  /** Since the open bucket was entered, the oldest first. */
  appends(): Append[];
  addAppend(append: Append): void;
  /** Writes the open bucket, since `next` is entered now, and removes its appends. */
  leave(open: OpenBucket, next: number): void;
  /** Time before this is summed up in this tier alone: what it was made of is forgotten. */
  setSummedUp(tier: Tier, beforeMs: number): void;
}

/** One row of bytes for each bucket and group. */
export interface GroupTable {
  row(bucket: number, group: number): Uint8Array | undefined;
  put(bucket: number, group: number, bytes: Uint8Array): void;
  /** Groups that have a row in one of these buckets. */
  groups(fromBucket: number, toBucket: number): number[];
  remove(fromBucket: number, toBucket: number): void;
  /** Removes so many rows of buckets before one, the oldest first. @returns how many it has removed */
  removeBefore(bucket: number, limit: number): number;
  /** The bucket of the oldest row. */
  oldest(): number | undefined;
}

const GROUPS = 2 ** 20;

export const TABLES: Readonly<Record<TierMs, string>> = { 300000: 'five_minutes', 3600000: 'hours', 86400000: 'days' };

/** The bucket of a row. */
export function bucketOfRow(id: number): number {
  return Math.floor(id / GROUPS);
}

export function createBucketTables(database: Database): BucketTables {
  const observations = createGroupTable(database, 'observation', 'block');
  const usages = new Map(TIERS.map((tier) => [tier, createGroupTable(database, TABLES[tier.widthMs], 'usages')]));
  const summary = database.prepare<[], { hours: number; days: number }>(
    'SELECT hours_from AS hours, days_from AS days FROM summary',
  );
  const setHours = database.prepare<[number]>('UPDATE summary SET hours_from = max(hours_from, ?)');
  const setDays = database.prepare<[number]>('UPDATE summary SET days_from = max(days_from, ?)');
  const insertAppend = database.prepare<[Append]>(`
    INSERT INTO journal (from_ms, until_ms, after_record, until_record, revision, observations)
    VALUES ($fromMs, $untilMs, $afterRecord, $untilRecord, $revision, $observations)
  `);
  const selectAppends = database.prepare<[], Append>(`
    SELECT from_ms AS fromMs, until_ms AS untilMs, after_record AS afterRecord, until_record AS untilRecord, revision,
      observations
    FROM journal ORDER BY number
  `);
  const clearAppends = database.prepare('DELETE FROM journal');
  const rollups = createRollups({
    row: (tier, bucket, group) => usages.get(tier)!.row(bucket, group),
    groups: (tier, fromBucket, toBucket) => usages.get(tier)!.groups(fromBucket, toBucket),
    summedUpBeforeMs(tier) {
      if (tier === FIVE_MINUTES) return 0;
      const { hours, days } = summary.get()!;
      return tier === HOURS ? hours : days;
    },
  });
  return {
    observations,
    usages,
    rollups,
    appends: () => selectAppends.all(),
    addAppend: (append) => void insertAppend.run(append),
    leave(open, next) {
      for (const group of open.groups()) {
        const block = open.observations(group);
        if (block === undefined) continue;
        const before = observations.row(open.bucket, group);
        const startMs = open.bucket * FIVE_MINUTES.widthMs;
        observations.put(open.bucket, group, before === undefined ? block : joinBlocks(before, block, startMs));
      }
      for (const write of rollups.leave(open, next)) {
        const table = usages.get(write.tier)!;
        if (write.kind === 'put') table.put(write.bucket, write.group, write.row);
        else table.remove(write.fromBucket, write.toBucket);
      }
      clearAppends.run();
    },
    setSummedUp(tier, beforeMs) {
      if (tier === HOURS) setHours.run(beforeMs);
      if (tier === DAYS) setDays.run(beforeMs);
    },
  };
}

function createGroupTable(database: Database, table: string, column: string): GroupTable {
  const select = database.prepare<[number], Uint8Array>(`SELECT ${column} FROM ${table} WHERE id = ?`).pluck();
  const upsert = database.prepare<[number, Uint8Array]>(
    `INSERT INTO ${table} VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET ${column} = excluded.${column}`,
  );
  const groups = database
    .prepare<[number, number, number], number>(`SELECT DISTINCT id % ? FROM ${table} WHERE id >= ? AND id < ?`)
    .pluck();
  const remove = database.prepare<[number, number]>(`DELETE FROM ${table} WHERE id >= ? AND id < ?`);
  const removeBefore = database.prepare<[number, number]>(
    `DELETE FROM ${table} WHERE id IN (SELECT id FROM ${table} WHERE id < ? LIMIT ?)`,
  );
  const oldest = database.prepare<[], number | null>(`SELECT min(id) FROM ${table}`).pluck();
  const rowId = (bucket: number, group: number) => bucket * GROUPS + group;
  return {
    row: (bucket, group) => select.get(rowId(bucket, group)),
    put: (bucket, group, bytes) => void upsert.run(rowId(bucket, group), bytes),
    groups: (from, to) => groups.all(GROUPS, rowId(from, 0), rowId(to, 0)),
    remove: (from, to) => void remove.run(rowId(from, 0), rowId(to, 0)),
    removeBefore: (bucket, limit) => removeBefore.run(rowId(bucket, 0), limit).changes,
    oldest() {
      const id = oldest.get() ?? undefined;
      return id === undefined ? undefined : bucketOfRow(id);
    },
  };
}
