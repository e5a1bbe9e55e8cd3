// The observations of a group of components in one bucket, in their order: some five bytes each.

import {
  type ByteReader,
  type ByteWriter,
  createByteWriter,
  readVarint,
  writeVarint,
  writtenBytes,
} from '../../core/history/varint.ts';
import { NOT_TIMED } from './observation-columns.ts';

/** First number: bits 0-4 are the component's slot in the group, 5-6 the outcome. */
const OUTCOME_SHIFT = 5;
const SLOT_MASK = (1 << OUTCOME_SHIFT) - 1;

export interface ObservationBlock {
  readonly writer: ByteWriter;
  /** Of the one written last; the next is written as the difference. */
  lastAtMs: number;
}

export type ObservationVisitor = (slot: number, outcome: number, atMs: number, latencyMicros: number) => void;

/** @param startMs Of the bucket. */
export function createObservationBlock(startMs: number): ObservationBlock {
  return { writer: createByteWriter(256), lastAtMs: startMs };
}

/** @param latencyMicros `NOT_TIMED` where nothing was timed. */
export function addToBlock(
  block: ObservationBlock,
  slot: number,
  outcome: number,
  atMs: number,
  latencyMicros: number,
): void {
  const isTimed = latencyMicros !== NOT_TIMED;
  writeVarint(block.writer, slot | (outcome << OUTCOME_SHIFT));
  // Time may go back within a batch. The sign is the second bit from below, the lowest says that a latency follows.
  const differenceMs = atMs - block.lastAtMs;
  const folded = differenceMs >= 0 ? differenceMs * 4 : -differenceMs * 4 + 2;
  writeVarint(block.writer, isTimed ? folded + 1 : folded);
  if (isTimed) writeVarint(block.writer, latencyMicros);
  block.lastAtMs = atMs;
}

/**
 * Calls back for each observation, in the order in which they were added.
 * @throws RangeError when the bytes are of no block
 */
export function readBlock(bytes: Uint8Array, startMs: number, visit: ObservationVisitor): void {
  const reader: ByteReader = { bytes, offset: 0 };
  let atMs = startMs;
  while (reader.offset < bytes.length) {
    const head = readVarint(reader);
    const folded = readVarint(reader);
    const differenceMs = Math.floor(folded / 4);
    atMs += folded % 4 < 2 ? differenceMs : -differenceMs;
    const latencyMicros = folded % 2 === 0 ? NOT_TIMED : readVarint(reader);
    visit(head & SLOT_MASK, head >> OUTCOME_SHIFT, atMs, latencyMicros);
  }
}

/** One block with what two blocks of the same bucket hold. @param startMs Of the bucket. */
export function joinBlocks(before: Uint8Array, after: Uint8Array, startMs: number): Uint8Array {
  const block = createObservationBlock(startMs);
  for (const bytes of [before, after]) {
    readBlock(bytes, startMs, (slot, outcome, atMs, micros) => addToBlock(block, slot, outcome, atMs, micros));
  }
  return writtenBytes(block.writer);
}
