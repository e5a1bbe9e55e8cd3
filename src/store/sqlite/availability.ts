// Usages of many components over a range, by step, added up from the rows of one tier.
import { createUsage, type UsageRecorder, writeUsage } from '../../core/history/usage.ts';
import { createByteWriter, writtenBytes } from '../../core/history/varint.ts';
import type { AvailabilityPart } from '../../core/store.ts';
import type { OpenBucket } from './open-bucket.ts';
import type { PackedUsages } from './packed-usages.ts';
import type { Rollups } from './rollups.ts';
import { groupOf, slotOf, TIERS } from './row-id.ts';

/** @param keys Of the components; undefined for one that never was. */
export function collectUsages(
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
