// What was observed last of a component before a time: looked for from that time backwards.
import type { ObservationRecord } from '../../core/store.ts';
import { bucketAt, FIVE_MINUTES, groupOf, slotOf } from './buckets.ts';
import { OUTCOME_BY_CODE } from './codes.ts';
import { readBlock } from './observation-block.ts';
import { fromMicros } from './observation-columns.ts';
import type { OpenBucket } from './open-bucket.ts';

/** Blocks of buckets that time has left. */
export interface ObservationBlocks {
  /** The bucket of the oldest block. */
  oldest(): number | undefined;
  row(bucket: number, group: number): Uint8Array | undefined;
}

/** The observation of a component with the greatest time up to `atMs`, from what is kept and what is open. */
export function latestObservation(
  { key, id }: { readonly key: number; readonly id: string },
  atMs: number,
  kept: ObservationBlocks,
  open: OpenBucket,
): ObservationRecord | undefined {
  const [group, wanted] = [groupOf(key), slotOf(key)];
  const first = Math.min(kept.oldest() ?? Number.MAX_SAFE_INTEGER, open.bucket);
  let latest: ObservationRecord | undefined;
  const look = (bytes: Uint8Array | undefined, bucket: number) => {
    if (bytes === undefined) return;
    readBlock(bytes, bucket * FIVE_MINUTES.widthMs, (slot, outcome, foundAtMs, micros) => {
      if (slot !== wanted || foundAtMs > atMs || (latest !== undefined && foundAtMs < latest.atMs)) return;
      const latencyMs = fromMicros(micros);
      latest = {
        component: id,
        atMs: foundAtMs,
        outcome: OUTCOME_BY_CODE[outcome]!,
        ...(latencyMs !== undefined && { latencyMs }),
      };
    });
  };
  for (let bucket = bucketAt(atMs, FIVE_MINUTES); latest === undefined && bucket >= first; bucket--) {
    look(kept.row(bucket, group), bucket);
    if (bucket === open.bucket) look(open.observations(group), bucket);
  }
  return latest;
}
