// Usages on their way from the thread that collected them: bytes, and which component and step each of them is of.
import { setImmediate } from 'node:timers/promises';
import { addWrittenUsage, createUsage, type Usage } from '../../core/history/usage.ts';
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

/** A few milliseconds of work. */
const CELLS_PER_TURN = 1000;

/**
 * In turns of the event loop, since there may be many.
 * @param components In the order in which they were asked for.
 */
export async function unpackUsages(
  parts: readonly PackedUsages[],
  components: readonly string[],
): Promise<Availability> {
  const unpacked: { component: string; steps: Usage[] }[] = [];
  const allSteps = parts.reduce((sum, { steps }) => sum + steps, 0);
  const componentsPerTurn = Math.ceil(CELLS_PER_TURN / Math.max(1, allSteps));
  for (const component of components) {
    if (unpacked.length % componentsPerTurn === componentsPerTurn - 1) await setImmediate();
    unpacked.push({ component, steps: Array.from({ length: allSteps }, createUsage) });
  }
  let firstStep = 0;
  for (const { steps, stepMs, cells, usages } of parts) {
    const reader: ByteReader = { bytes: usages, offset: 0 };
    for (const [position, cell] of cells.entries()) {
      if (position % CELLS_PER_TURN === CELLS_PER_TURN - 1) await setImmediate();
      const { steps: usagesOf } = unpacked[Math.floor(cell / steps)]!;
      addWrittenUsage(usagesOf[firstStep + (cell % steps)]!, reader, stepMs);
    }
    firstStep += steps;
  }
  return { untilMs: parts[0]!.untilMs, components: unpacked };
}
