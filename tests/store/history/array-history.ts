// A history in arrays: what store/history/ says is to be read and written, without a database. An append may be rolled back, and
// whatever is in memory may be lost.
import type { Availability, AvailabilityQuery, HistoryBatch, ObservationRecord } from '../../../src/core/store.ts';
import {
  type AccountingWrite,
  type Append,
  createAccounting,
  type StatusStep,
} from '../../../src/store/history/accounting.ts';
import { FIVE_MINUTES, type Tier } from '../../../src/store/history/buckets.ts';
import { STATUS_CODE } from '../../../src/store/history/codes.ts';
import { latestObservation } from '../../../src/store/history/latest-observation.ts';
import { joinBlocks } from '../../../src/store/history/observation-block.ts';
import { columnsIn } from '../../../src/store/history/observation-columns.ts';
import { bucketToSumUp } from '../../../src/store/history/retention.ts';
import { createRollups } from '../../../src/store/history/rollups.ts';
import { createBatchPacker } from '../../../src/store/thread/packed-batch.ts';
import { packUsages, unpackUsages } from '../../../src/store/thread/packed-usages.ts';

interface GroupRow {
  readonly tier: Tier;
  readonly bucket: number;
  readonly group: number;
  readonly bytes: Uint8Array;
}

interface Kept {
  readonly appends: readonly Append[];
  readonly steps: readonly StatusStep[];
  readonly usages: readonly GroupRow[];
  readonly blocks: readonly GroupRow[];
}

/** @param keys By id: neighbours may be in different groups. */
export function createArrayHistory(keys: Readonly<Record<string, number>>) {
  let kept: Kept = { appends: [], steps: [], usages: [], blocks: [] };
  const summedUpMs = new Map<Tier, number>();
  let accounting = createAccounting();
  const isAt = (tier: Tier, bucket: number, group: number) => (row: GroupRow) =>
    row.tier === tier && row.bucket === bucket && row.group === group;
  const isWithin = (tier: Tier, fromBucket: number, toBucket: number) => (row: GroupRow) =>
    row.tier === tier && fromBucket <= row.bucket && row.bucket < toBucket;
  const put = (rows: readonly GroupRow[], row: GroupRow) => [
    ...rows.filter((each) => !isAt(row.tier, row.bucket, row.group)(each)),
    row,
  ];
  const oldest = (rows: readonly GroupRow[], tier: Tier) => {
    const buckets = rows.filter((row) => row.tier === tier).map(({ bucket }) => bucket);
    return buckets.length === 0 ? undefined : Math.min(...buckets);
  };
  const blocks = {
    oldest: () => oldest(kept.blocks, FIVE_MINUTES),
    row: (bucket: number, group: number) => kept.blocks.find(isAt(FIVE_MINUTES, bucket, group))?.bytes,
  };
  const rollups = createRollups({
    row: (tier, bucket, group) => kept.usages.find(isAt(tier, bucket, group))?.bytes,
    groups: (tier, from, to) => [...new Set(kept.usages.filter(isWithin(tier, from, to)).map(({ group }) => group))],
    summedUpBeforeMs: (tier) => summedUpMs.get(tier) ?? 0,
  });
  const write = (what: AccountingWrite) => {
    if (what.kind === 'span') return;
    if (what.kind === 'append') {
      kept = { ...kept, appends: [...kept.appends, what.append] };
      return;
    }
    const { open, next } = what;
    for (const group of open.groups()) {
      const block = open.observations(group)?.slice();
      if (block === undefined) continue;
      const before = blocks.row(open.bucket, group);
      const bytes = before === undefined ? block : joinBlocks(before, block, open.bucket * FIVE_MINUTES.widthMs);
      kept = { ...kept, blocks: put(kept.blocks, { tier: FIVE_MINUTES, bucket: open.bucket, group, bytes }) };
    }
    for (const rollup of rollups.leave(open, next)) {
      const { tier } = rollup;
      const usages =
        rollup.kind === 'put'
          ? put(kept.usages, { tier, bucket: rollup.bucket, group: rollup.group, bytes: rollup.row })
          : kept.usages.filter((row) => !isWithin(tier, rollup.fromBucket, rollup.toBucket)(row));
      kept = { ...kept, usages };
    }
    kept = { ...kept, appends: [] };
  };
  const restore = () => {
    const lastRecord = kept.appends.at(-1)?.untilRecord ?? kept.steps.at(-1)?.revision ?? 0;
    const firstRecord = kept.appends[0]?.afterRecord ?? lastRecord;
    const before = new Map<number, StatusStep>();
    for (const step of kept.steps) if (step.revision <= firstRecord) before.set(step.component, step);
    accounting.restore({
      firstRevision: 0,
      appends: kept.appends,
      lastRecord,
      stepsBefore: [...before.values()].filter(({ toStatus }) => toStatus !== null),
      steps: kept.steps.filter(({ revision }) => firstRecord < revision && revision <= lastRecord),
    });
  };
  const taken = (batch: HistoryBatch) => {
    const packed = createBatchPacker()(batch);
    const columns = columnsIn(packed.observations);
    for (let row = 0; row < columns.count; row++)
      columns.component[row] = keys[packed.newIds[columns.component[row]!]!]!;
    const steps = batch.records.map(({ revision, component, atMs, to }) => {
      return { revision, component: keys[component]!, atMs, toStatus: to === undefined ? null : STATUS_CODE[to] };
    });
    return { ...packed, steps, columns };
  };

  return {
    append(batch: HistoryBatch): void {
      const one = taken(batch);
      kept = { ...kept, steps: [...kept.steps, ...one.steps] };
      for (const each of accounting.take(one)) write(each);
      accounting.kept(one);
    },
    /** As many writes as that are tried, and taken back. */
    rollBack(batch: HistoryBatch, writes: number): void {
      const before = kept;
      let left = writes;
      for (const each of accounting.take(taken(batch))) {
        if (left-- <= 0) break;
        write(each);
      }
      kept = before;
      restore();
    },
    /** What is in memory is lost, and another incarnation begins. */
    restart(): void {
      accounting = createAccounting();
      restore();
    },
    /** Forgets the parts of every bucket of a tier that has ended before a time. */
    sumUp(tier: Tier, beforeMs: number): void {
      for (;;) {
        const below = tier.below!;
        const bucket = bucketToSumUp(tier, oldest(kept.usages, below), beforeMs, accounting.open);
        if (bucket === undefined) return;
        summedUpMs.set(tier, (bucket + 1) * tier.widthMs);
        const isPart = isWithin(below, 0, (bucket + 1) * tier.parts);
        kept = { ...kept, usages: kept.usages.filter((row) => !isPart(row)) };
      }
    },
    async availability({ components, parts }: AvailabilityQuery): Promise<Availability> {
      const wanted = components.map((id) => keys[id]);
      return unpackUsages(
        parts.map((part) => packUsages(part, wanted, { rollups, open: accounting.open })),
        components,
      );
    },
    latest: (id: string, atMs: number): ObservationRecord | undefined =>
      latestObservation({ key: keys[id]!, id }, atMs, blocks, accounting.open),
    revision: () => accounting.revision,
    usageRows: (tier: Tier) => kept.usages.filter((row) => row.tier === tier).length,
  };
}
