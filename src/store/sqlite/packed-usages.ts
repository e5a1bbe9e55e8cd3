// Usages on their way from the thread that collected them: bytes, and which component and step each of them is of.
import { addWrittenUsage, createUsage } from '../../core/history/usage.ts';
import type { ByteReader } from '../../core/history/varint.ts';
import type { Availability } from '../../core/store.ts';

export interface PackedUsages {
  /** Epoch milliseconds: up to here there is something to tell. */
  readonly untilMs: number;
  /** Of each component. */
  readonly steps: number;
  readonly stepMs: number;
  /** In the order of the bytes: position of the component × steps + position of the step. What is not there is empty. */
  readonly cells: Uint32Array;
  readonly usages: Uint8Array;
}

/** @param components In the order in which they were asked for. */
export function unpackUsages(packed: PackedUsages, components: readonly string[]): Availability {
  const { untilMs, steps, stepMs, cells, usages } = packed;
  const unpacked = components.map((component) => ({ component, steps: Array.from({ length: steps }, createUsage) }));
  const reader: ByteReader = { bytes: usages, offset: 0 };
  for (const cell of cells) {
    addWrittenUsage(unpacked[Math.floor(cell / steps)]!.steps[cell % steps]!, reader, stepMs);
  }
  return { untilMs, components: unpacked };
}
