// Single observations of buckets that time has left: a block for each bucket and group.
import type { Database } from 'better-sqlite3';
import { FIVE_MINUTES } from '../history/buckets.ts';
import type { ObservationBlocks } from '../history/latest-observation.ts';
import { joinBlocks } from '../history/observation-block.ts';
import { bucketOfRow, rowId } from './rollup-tables.ts';

export interface ObservationTable extends ObservationBlocks {
  /** Keeps what a group observed in a bucket, after what it observed in earlier visits of it. */
  add(bucket: number, group: number, block: Uint8Array): void;
  /** Removes so many blocks of buckets before one, the oldest first. @returns how many it has removed */
  removeBefore(bucket: number, limit: number): number;
}

export function createObservationTable(database: Database): ObservationTable {
  const select = database.prepare<[number], Uint8Array>('SELECT block FROM observation WHERE id = ?').pluck();
  const upsert = database.prepare<[number, Uint8Array]>(
    'INSERT INTO observation VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET block = excluded.block',
  );
  const oldest = database.prepare<[], number | null>('SELECT min(id) FROM observation').pluck();
  const removeBefore = database.prepare<[number, number]>(
    'DELETE FROM observation WHERE id IN (SELECT id FROM observation WHERE id < ? LIMIT ?)',
  );
  return {
    add(bucket, group, block) {
      const id = rowId(bucket, group);
      const before = select.get(id);
      upsert.run(id, before === undefined ? block : joinBlocks(before, block, bucket * FIVE_MINUTES.widthMs));
    },
    oldest() {
      const id = oldest.get();
      return id === undefined || id === null ? undefined : bucketOfRow(id);
    },
    block: (bucket, group) => select.get(rowId(bucket, group)),
    removeBefore: (bucket, limit) => removeBefore.run(rowId(bucket, 0), limit).changes,
  };
}
