// Usages of many components over a range, by step: added up from the rows of one tier in the thread that has them, sent as
// bytes with the component and the step that each of them is of, and unpacked in the thread that asked.
import { setImmediate } from 'node:timers/promises';
import { addWrittenUsage, createUsage, type Usage, type UsageRecorder, writeUsage } from '../../core/history/usage.ts';
import { type ByteReader, createByteWriter, writtenBytes } from '../../core/history/varint.ts';
import type { Availability, AvailabilityPart } from '../../core/store.ts';
import { groupOf, slotOf, TIERS } from '../history/buckets.ts';
import type { OpenBucket } from '../history/open-bucket.ts';
import type { Rollups } from '../history/rollups.ts';

export interface PackedUsages {
  /** Epoch milliseconds: up to here time is accounted for. */
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

/** @param keys Of the components; undefined for one that never was. */
export function packUsages(
  { fromMs, toMs, stepMs, tierMs }: AvailabilityPart,
  keys: readonly (number | undefined)[],
  { rollups, open }: { readonly rollups: Rollups; readonly open: OpenBucket },
): PackedUsages {
  const tier = TIERS.find(({ widthMs }) => widthMs === tierMs)!;
  const steps = Math.max(0, Math.ceil((toMs - fromMs) / stepMs));
  const perStep = stepMs / tierMs;
  const first = fromMs / tierMs;
  // A bucket counts where it begins before the end.
  const end = Math.ceil(toMs / tierMs);
  const writer = createByteWriter(4096);
  const cells: number[] = [];
  for (const [group, members] of byGroup(keys)) {
    for (let step = 0; step < steps; step++) {
      const usages: (UsageRecorder | undefined)[] = [];
      for (const { slot } of members) usages[slot] = createUsage();
      const stepEnd = Math.min(first + (step + 1) * perStep, end);
      for (let bucket = first + step * perStep; bucket < stepEnd; bucket++) {
        rollups.addTo(usages, tier, bucket, group, open);
      }
      for (const { slot, position } of members) {
        cells.push(position * steps + step);
        writeUsage(writer, usages[slot]!, stepMs);
      }
    }
  }
  return { untilMs: open.untilMs, steps, stepMs, cells: Uint32Array.from(cells), usages: writtenBytes(writer) };
}

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

/** Members of each group, with their position among those that are asked for. */
function byGroup(keys: readonly (number | undefined)[]): Map<number, { slot: number; position: number }[]> {
  const groups = new Map<number, { slot: number; position: number }[]>();
  for (const [position, key] of keys.entries()) {
    if (key === undefined) continue;
    const members = groups.get(groupOf(key)) ?? [];
    members.push({ slot: slotOf(key), position });
    groups.set(groupOf(key), members);
  }
  return groups;
}
