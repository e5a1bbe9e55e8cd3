// The tables of buckets in pieces by time, UTC: what is old is dropped as a whole, which costs nothing, and leaves no holes. A piece is
// made when its first row is written, and is named by the day on which it begins.
import { DAYS, FIVE_MINUTES, HOURS, type Tier } from '../history/buckets.ts';
import type { Query } from './pool.ts';

export interface BucketTable {
  readonly name: 'observation' | 'five_minutes' | 'hours' | 'days';
  readonly widthMs: number;
  /** Of a piece. Observations are large, and kept for days. */
  readonly piece: 'day' | 'month' | 'year';
}

export const OBSERVATIONS: BucketTable = { name: 'observation', widthMs: FIVE_MINUTES.widthMs, piece: 'day' };

const USAGES: ReadonlyMap<Tier, BucketTable> = new Map([
  [FIVE_MINUTES, { name: 'five_minutes', widthMs: FIVE_MINUTES.widthMs, piece: 'month' }],
  [HOURS, { name: 'hours', widthMs: HOURS.widthMs, piece: 'month' }],
  [DAYS, { name: 'days', widthMs: DAYS.widthMs, piece: 'year' }],
]);

export function tableOf(tier: Tier): BucketTable {
  return USAGES.get(tier)!;
}

export interface Partitions {
  /** Makes the piece that holds a bucket, where there is none. */
  ensure(query: Query, table: BucketTable, bucket: number): Promise<void>;
  /** What was made may have been rolled back, or dropped. */
  forget(): void;
}

export interface Piece {
  readonly name: string;
  readonly fromMs: number;
  readonly toMs: number;
}

export function createPartitions(): Partitions {
  const known = new Set<string>();
  return {
    async ensure(query, table, bucket) {
      const { name, fromMs, toMs } = pieceAt(table, bucket * table.widthMs);
      if (known.has(name)) return;
      const [found] = await query<{ piece: string | null }>('SELECT to_regclass($1)::text AS piece', [`openk.${name}`]);
      if (found?.piece === null) {
        const bounds = `FROM (${fromMs / table.widthMs}) TO (${toMs / table.widthMs})`;
        // Attached, since making it a part at once would wait for everybody who reads the table: a pg_dump of an hour.
        await query(`CREATE TABLE openk.${name} (LIKE openk.${table.name} INCLUDING ALL)`);
        await query(`ALTER TABLE openk.${table.name} ATTACH PARTITION openk.${name} FOR VALUES ${bounds}`);
      }
      known.add(name);
    },
    forget: () => known.clear(),
  };
}

/** Those that end at a time or before, the oldest first. */
export async function piecesBefore(query: Query, table: BucketTable, beforeMs: number): Promise<Piece[]> {
  const rows = await query<{ name: string }>(
    `SELECT relname AS name FROM pg_inherits JOIN pg_class ON pg_class.oid = inhrelid
     WHERE inhparent = $1::regclass ORDER BY relname`,
    [`openk.${table.name}`],
  );
  return rows
    .map(({ name }) => pieceAt(table, Date.parse(name.slice(-10).replaceAll('_', '-'))))
    .filter(({ toMs }) => toMs <= beforeMs);
}

/** @throws with SQLSTATE 55P03 where somebody reads the table for longer, who is not to be waited for */
export async function dropPiece(query: Query, { name }: Piece): Promise<void> {
  await query("SET LOCAL lock_timeout = '500ms'");
  await query(`DROP TABLE openk.${name}`);
}

function pieceAt({ name, piece }: BucketTable, atMs: number): Piece {
  const at = new Date(atMs);
  const [year, month, day] = [at.getUTCFullYear(), at.getUTCMonth(), at.getUTCDate()];
  const [fromMs, toMs] =
    piece === 'day'
      ? [Date.UTC(year, month, day), Date.UTC(year, month, day + 1)]
      : piece === 'month'
        ? [Date.UTC(year, month), Date.UTC(year, month + 1)]
        : [Date.UTC(year, 0), Date.UTC(year + 1, 0)];
  return { name: `${name}_${new Date(fromMs).toISOString().slice(0, 10).replaceAll('-', '_')}`, fromMs, toMs };
}
