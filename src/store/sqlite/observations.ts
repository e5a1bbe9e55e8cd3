// Single observations of closed buckets, a block for each bucket and group; with those of the open bucket, the latest one
// before a time is found.
import type { Database } from 'better-sqlite3';
import type { ObservationRecord } from '../../core/store.ts';
import { OUTCOME_BY_CODE } from './codes.ts';
import { addToBlock, createObservationBlock, readBlock } from './observation-block.ts';
import { NOT_TIMED } from './observation-columns.ts';
import type { OpenBucket } from './open-bucket.ts';
import { bucketAt, bucketOfRow, FIVE_MINUTES, groupOf, rowId, slotOf } from './row-id.ts';

const MICROS_PER_MS = 1000;

export interface Observations {
  /** Keeps what a group observed in a bucket, after what it observed in earlier visits of it. */
  add(bucket: number, group: number, block: Uint8Array): void;
  /** The one with the greatest time up to `atMs`, from what is closed and what is open. */
  latest(component: { key: number; id: string }, atMs: number, open: OpenBucket): ObservationRecord | undefined;
}

export function createObservations(database: Database): Observations {
  const select = database.prepare<[number], Uint8Array>('SELECT block FROM observation WHERE id = ?').pluck();
  const upsert = database.prepare<[number, Uint8Array]>(
    'INSERT INTO observation VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET block = excluded.block',
  );
  const oldest = database.prepare<[], number | null>('SELECT min(id) FROM observation').pluck();

  return {
    add(bucket, group, block) {
      const id = rowId(bucket, group);
      const before = select.get(id);
      upsert.run(id, before === undefined ? block : joined(before, block, bucket * FIVE_MINUTES.widthMs));
    },
    latest({ key, id }, atMs, open) {
      const [group, wanted] = [groupOf(key), slotOf(key)];
      const first = Math.min(bucketOfRow(oldest.get() ?? Number.MAX_SAFE_INTEGER), open.bucket);
      let latest: ObservationRecord | undefined;
      const look = (bytes: Uint8Array | undefined, bucket: number) => {
        if (bytes === undefined) return;
        readBlock(bytes, bucket * FIVE_MINUTES.widthMs, (slot, outcome, foundAtMs, micros) => {
          if (slot !== wanted || foundAtMs > atMs || (latest !== undefined && foundAtMs < latest.atMs)) return;
          latest = {
            component: id,
            atMs: foundAtMs,
            outcome: OUTCOME_BY_CODE[outcome]!,
            ...(micros !== NOT_TIMED && { latencyMs: micros / MICROS_PER_MS }),
          };
        });
      };
      for (let bucket = bucketAt(atMs, FIVE_MINUTES); latest === undefined && bucket >= first; bucket--) {
        look(select.get(rowId(bucket, group)), bucket);
        if (bucket === open.bucket) look(open.observations(group), bucket);
      }
      return latest;
    },
  };
}

function joined(before: Uint8Array, after: Uint8Array, startMs: number): Uint8Array {
  const block = createObservationBlock(startMs);
  for (const bytes of [before, after]) {
    readBlock(bytes, startMs, (slot, outcome, atMs, micros) => addToBlock(block, slot, outcome, atMs, micros));
  }
  return block.writer.bytes.slice(0, block.writer.length);
}
