// What happens in the bucket of five minutes that is open: one visit of it, within one span. A transition costs the
// same however many components there are; each component is looked at once, when the bucket closes. Knows no database.
import { recordObservation, type UsageRecorder } from '../../core/history/usage.ts';
import { FIVE_MINUTES, GROUP_SIZE, groupOf, slotOf } from './buckets.ts';
import { OUTCOME_BY_CODE, STATUS_BY_CODE } from './codes.ts';
import { addToBlock, createObservationBlock, type ObservationBlock, readBlock } from './observation-block.ts';
import { fromMicros } from './observation-columns.ts';
import type { GroupUsages } from './usage-row.ts';

const STATUSES = STATUS_BY_CODE.length;
const ABSENT = 255;
const NONE = -1;

export interface OpenBucket {
  /** Its number; negative while none was begun. */
  readonly bucket: number;
  /** Up to here time is accounted. */
  readonly untilMs: number;
  /** Groups that have a component or an observation. */
  groups(): Iterable<number>;
  /** Begins another visit. What the statuses are stays, all else is forgotten. */
  begin(bucket: number, atMs: number): void;
  /** Time passes. */
  advance(untilMs: number): void;
  /** @param status A code; undefined when the component is gone. */
  setStatus(key: number, status: number | undefined, atMs: number): void;
  observe(key: number, outcome: number, atMs: number, latencyMicros: number): void;
  /** The bytes of the observations of a group, see observation-block.ts. */
  observations(group: number): Uint8Array | undefined;
  /** Counts this visit into usages that are empty; slots that have none are left out. */
  countInto(empty: GroupUsages, group: number): void;
}

export function createOpenBucket(): OpenBucket {
  let bucket = NONE;
  let fromMs = 0;
  let untilMs = 0;
  let keys = 0;
  let status = new Uint8Array(0);
  // When the present status began, or the visit did.
  let sinceMs = new Float64Array(0);
  // Time in earlier statuses of this visit, one element per key and status.
  let timeMs = new Float64Array(0);
  const blocks = new Map<number, ObservationBlock>();

  const cover = (key: number) => {
    if (key < keys) return;
    keys = Math.max(GROUP_SIZE * (groupOf(key) + 1), keys * 2);
    const before = { status, sinceMs, timeMs };
    status = new Uint8Array(keys).fill(ABSENT);
    sinceMs = new Float64Array(keys).fill(fromMs);
    timeMs = new Float64Array(keys * STATUSES);
    status.set(before.status);
    sinceMs.set(before.sinceMs);
    timeMs.set(before.timeMs);
  };
  const isTouched = (key: number) => {
    if (status[key] !== ABSENT) return true;
    for (let code = 0; code < STATUSES; code++) if (timeMs[key * STATUSES + code]! > 0) return true;
    return false;
  };
  const countTimes = ({ timeMs: into }: UsageRecorder, key: number) => {
    for (let code = 0; code < STATUSES; code++) into[STATUS_BY_CODE[code]!] = timeMs[key * STATUSES + code]!;
    const present = STATUS_BY_CODE[status[key]!];
    if (present !== undefined) into[present] += untilMs - sinceMs[key]!;
  };
  const bytesOf = (group: number) => {
    const block = blocks.get(group);
    return block?.writer.bytes.subarray(0, block.writer.length);
  };
  const startMs = () => bucket * FIVE_MINUTES.widthMs;

  return {
    get bucket() {
      return bucket;
    },
    get untilMs() {
      return untilMs;
    },
    *groups() {
      const last = Math.max(groupOf(keys), ...blocks.keys());
      for (let group = 0; group <= last; group++) {
        if (blocks.has(group)) yield group;
        else {
          for (let key = group * GROUP_SIZE; key < Math.min(keys, (group + 1) * GROUP_SIZE); key++) {
            if (!isTouched(key)) continue;
            yield group;
            break;
          }
        }
      }
    },
    begin(nextBucket, atMs) {
      bucket = nextBucket;
      fromMs = atMs;
      untilMs = atMs;
      sinceMs.fill(atMs);
      timeMs.fill(0);
      blocks.clear();
    },
    advance(toMs) {
      untilMs = toMs;
    },
    setStatus(key, next, atMs) {
      cover(key);
      const present = status[key]!;
      if (present !== ABSENT) timeMs[key * STATUSES + present]! += atMs - sinceMs[key]!;
      status[key] = next ?? ABSENT;
      sinceMs[key] = atMs;
    },
    observe(key, outcome, atMs, latencyMicros) {
      const group = groupOf(key);
      let block = blocks.get(group);
      if (block === undefined) {
        block = createObservationBlock(startMs());
        blocks.set(group, block);
      }
      addToBlock(block, slotOf(key), outcome, atMs, latencyMicros);
    },
    observations: bytesOf,
    countInto(empty, group) {
      for (let slot = 0; slot < empty.length; slot++) {
        const key = group * GROUP_SIZE + slot;
        const usage = empty[slot];
        if (usage !== undefined && key < keys) countTimes(usage, key);
      }
      const bytes = bytesOf(group);
      if (bytes === undefined) return;
      readBlock(bytes, startMs(), (slot, outcome, _atMs, micros) => {
        const usage = empty[slot];
        if (usage !== undefined) recordObservation(usage, OUTCOME_BY_CODE[outcome]!, fromMicros(micros));
      });
    },
  };
}
