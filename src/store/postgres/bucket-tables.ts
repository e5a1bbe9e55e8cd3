// What is kept of buckets. Of the open one each append, in the table `journal`, so that it can be rebuilt after a crash; of those
// that time has left the observations, and the usage by five minutes, hours and days: one row for each bucket and group of
// components. The rules that say what is written (history/) look rows up at once, so those that they may ask for are read before.
import type { AvailabilityPart } from '../../core/store.ts';
import type { Append } from '../history/accounting.ts';
import { bucketAt, DAYS, FIVE_MINUTES, groupOf, HOURS, TIERS, type Tier } from '../history/buckets.ts';
import { joinBlocks } from '../history/observation-block.ts';
import type { OpenBucket } from '../history/open-bucket.ts';
import { createRollups, openIn, type Rollups } from '../history/rollups.ts';
import { type BucketTable, createPartitions, OBSERVATIONS, type Partitions, tableOf } from './partitions.ts';
import type { Query } from './pool.ts';

/** Buckets of tiers before these times have lost what they were made of, in epoch milliseconds. */
export interface SummedUp {
  readonly hoursMs: number;
  readonly daysMs: number;
}

export interface BucketTables {
  readonly partitions: Partitions;
  load(query: Query): Promise<void>;
  addAppend(query: Query, number: number, append: Append): Promise<void>;
  /** Writes the open bucket, since `next` is entered now, and removes its appends. @param lastKey of components */
  leave(query: Query, open: OpenBucket, next: number, lastKey: number): Promise<void>;
  /** What `packUsages` looks up of these parts, as of the transaction. */
  readFor(
    query: Query,
    parts: readonly AvailabilityPart[],
    keys: readonly number[],
    open: Pick<OpenBucket, 'bucket'>,
  ): Promise<Rollups>;
  /** Time before this is summed up in this tier alone: what it was made of is forgotten. */
  setSummedUp(query: Query, tier: Tier, beforeMs: number): Promise<void>;
}

/** Rows of tiers by bucket and group. */
class Rows {
  readonly #rows = new Map(TIERS.map((tier) => [tier, new Map<number, Map<number, Uint8Array>>()]));

  row(tier: Tier, bucket: number, group: number): Uint8Array | undefined {
    return this.#rows.get(tier)!.get(bucket)?.get(group);
  }
  groups(tier: Tier, fromBucket: number, toBucket: number): number[] {
    const found = new Set<number>();
    for (const [bucket, groups] of this.#rows.get(tier)!) {
      if (bucket >= fromBucket && bucket < toBucket) for (const group of groups.keys()) found.add(group);
    }
    return [...found];
  }
  put(tier: Tier, bucket: number, group: number, bytes: Uint8Array): void {
    const buckets = this.#rows.get(tier)!;
    const groups = buckets.get(bucket) ?? new Map<number, Uint8Array>();
    groups.set(group, bytes);
    buckets.set(bucket, groups);
  }
  remove(tier: Tier, fromBucket: number, toBucket: number): void {
    const buckets = this.#rows.get(tier)!;
    for (const bucket of [...buckets.keys()]) if (bucket >= fromBucket && bucket < toBucket) buckets.delete(bucket);
  }
  /** Those that are kept of a range, for these groups. */
  async read(query: Query, tier: Tier, fromBucket: number, toBucket: number, groups: readonly number[]): Promise<void> {
    for (const row of await readRange(query, tableOf(tier), fromBucket, toBucket, groups)) {
      this.put(tier, row.bucket, row.group, row.bytes);
    }
  }
}

export function createBucketTables(): BucketTables {
  const partitions = createPartitions();
  let summedUp: SummedUp = { hoursMs: 0, daysMs: 0 };
  const rollupsOver = (rows: Rows) =>
    createRollups({
      row: (tier, bucket, group) => rows.row(tier, bucket, group),
      groups: (tier, fromBucket, toBucket) => rows.groups(tier, fromBucket, toBucket),
      summedUpBeforeMs: (tier) => (tier === HOURS ? summedUp.hoursMs : tier === DAYS ? summedUp.daysMs : 0),
    });
  const put = async (query: Query, table: BucketTable, bucket: number, rows: ReadonlyMap<number, Uint8Array>) => {
    if (rows.size === 0) return;
    await partitions.ensure(query, table, bucket);
    await query(
      `INSERT INTO openk.${table.name} SELECT component_group, $1, bytes
         FROM unnest($2::int[], $3::bytea[]) AS written (component_group, bytes)
       ON CONFLICT (component_group, bucket) DO UPDATE SET bytes = excluded.bytes`,
      [bucket, [...rows.keys()], [...rows.values()].map(toBuffer)],
    );
  };
  const leaveObservations = async (query: Query, open: OpenBucket) => {
    const blocks = new Map<number, Uint8Array>();
    for (const group of open.groups()) {
      const block = open.observations(group);
      if (block !== undefined) blocks.set(group, block);
    }
    for (const { group, bytes } of await readRange(query, OBSERVATIONS, open.bucket, open.bucket + 1, [
      ...blocks.keys(),
    ])) {
      blocks.set(group, joinBlocks(bytes, blocks.get(group)!, open.bucket * FIVE_MINUTES.widthMs));
    }
    await put(query, OBSERVATIONS, open.bucket, blocks);
  };

  return {
    partitions,
    async load(query) {
      const [row] = await query<SummedUp>('SELECT hours_from AS "hoursMs", days_from AS "daysMs" FROM openk.writer');
      summedUp = row!;
      partitions.forget();
    },
    async addAppend(query, number, append) {
      await query('INSERT INTO openk.journal VALUES ($1, $2, $3, $4, $5, $6, $7)', [
        number,
        append.fromMs,
        append.untilMs,
        append.afterRecord,
        append.untilRecord,
        append.revision,
        toBuffer(append.observations),
      ]);
    },
    async leave(query, open, next, lastKey) {
      await leaveObservations(query, open);
      const rows = new Rows();
      const all = Array.from({ length: groupOf(lastKey) + 1 }, (_, group) => group);
      await rows.read(query, FIVE_MINUTES, open.bucket, open.bucket + 1, all);
      for (const tier of [HOURS, DAYS]) {
        const bucket = openIn(tier, open);
        if (bucket === bucketAt(next * FIVE_MINUTES.widthMs, tier)) continue;
        await rows.read(query, tier.below!, bucket * tier.parts, (bucket + 1) * tier.parts, all);
        await rows.read(query, tier, bucket, bucket + 1, all);
      }
      /** Of one bucket of one tier, since the last one was written. */
      let waiting: { readonly tier: Tier; readonly bucket: number; readonly rows: Map<number, Uint8Array> } | undefined;
      const write = async () => {
        if (waiting !== undefined) await put(query, tableOf(waiting.tier), waiting.bucket, waiting.rows);
        waiting = undefined;
      };
      for (const each of rollupsOver(rows).leave(open, next)) {
        if (each.kind === 'remove') {
          await write();
          rows.remove(each.tier, each.fromBucket, each.toBucket);
          await removeRange(query, tableOf(each.tier), each.fromBucket, each.toBucket, all);
          continue;
        }
        const { tier, bucket, group, row } = each;
        if (waiting?.tier !== tier || waiting.bucket !== bucket) await write();
        waiting ??= { tier, bucket, rows: new Map() };
        waiting.rows.set(group, row);
        rows.put(tier, bucket, group, row);
      }
      await write();
      await query('DELETE FROM openk.journal');
    },
    async readFor(query, parts, keys, open) {
      const rows = new Rows();
      const groups = [...new Set(keys.map(groupOf))];
      for (const { fromMs, toMs, stepMs, tierMs } of parts) {
        const tier = TIERS.find(({ widthMs }) => widthMs === tierMs)!;
        // As packUsages takes them: whole steps, up to the last bucket that begins before the end.
        const end = Math.min(
          Math.ceil(toMs / tierMs),
          (fromMs + Math.ceil((toMs - fromMs) / stepMs) * stepMs) / tierMs,
        );
        await rows.read(query, tier, fromMs / tierMs, end, groups);
      }
      // What is open is added up from what it is made of.
      if (open.bucket >= 0) {
        await rows.read(query, FIVE_MINUTES, ...rangeOf(HOURS, open), groups);
        await rows.read(query, HOURS, ...rangeOf(DAYS, open), groups);
        await rows.read(query, DAYS, openIn(DAYS, open), openIn(DAYS, open) + 1, groups);
      }
      return rollupsOver(rows);
    },
    async setSummedUp(query, tier, beforeMs) {
      if (tier === HOURS) summedUp = { ...summedUp, hoursMs: Math.max(summedUp.hoursMs, beforeMs) };
      if (tier === DAYS) summedUp = { ...summedUp, daysMs: Math.max(summedUp.daysMs, beforeMs) };
      await query('UPDATE openk.writer SET hours_from = $1, days_from = $2', [summedUp.hoursMs, summedUp.daysMs]);
    },
  };
}

/** Since the open bucket was entered, the oldest first. */
export function listAppends(query: Query): Promise<Append[]> {
  return query(`
    SELECT from_ms AS "fromMs", until_ms AS "untilMs", after_record AS "afterRecord", until_record AS "untilRecord",
      revision, observations
    FROM openk.journal ORDER BY number
  `);
}

/** Blocks of observations of a group in buckets up to this one, the latest first. */
export function blocksUntil(
  query: Query,
  group: number,
  bucket: number,
  limit: number,
): Promise<{ readonly bucket: number; readonly bytes: Uint8Array }[]> {
  return query(
    `SELECT bucket, bytes FROM openk.observation WHERE component_group = $1 AND bucket <= $2
     ORDER BY bucket DESC LIMIT $3`,
    [group, bucket, limit],
  );
}

/** Buckets that the open bucket of a tier is made of. */
function rangeOf(tier: Tier, open: Pick<OpenBucket, 'bucket'>): [number, number] {
  const bucket = openIn(tier, open);
  return [bucket * tier.parts, (bucket + 1) * tier.parts];
}

function readRange(
  query: Query,
  { name }: BucketTable,
  fromBucket: number,
  toBucket: number,
  groups: readonly number[],
): Promise<{ readonly bucket: number; readonly group: number; readonly bytes: Uint8Array }[]> {
  if (groups.length === 0 || toBucket <= fromBucket) return Promise.resolve([]);
  return query(
    `SELECT bucket, component_group AS group, bytes FROM openk.${name}
     WHERE component_group = ANY ($1::int[]) AND bucket >= $2 AND bucket < $3`,
    [groups, fromBucket, toBucket],
  );
}

/** Rows that came into a piece again after it was dropped: few. */
async function removeRange(
  query: Query,
  { name }: BucketTable,
  fromBucket: number,
  toBucket: number,
  groups: readonly number[],
): Promise<void> {
  await query(`DELETE FROM openk.${name} WHERE component_group = ANY ($1::int[]) AND bucket >= $2 AND bucket < $3`, [
    groups,
    fromBucket,
    toBucket,
  ]);
}

function toBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
