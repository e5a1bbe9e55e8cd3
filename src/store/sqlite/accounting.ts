// Time per status and observations, from batch to bucket: keeps the open bucket in memory, journals what comes in, and
// writes the bucket when time leaves it. What is in memory is a function of what is in the database, and is made anew from
// there at the start and when a transaction was rolled back.
import { segmentOf } from './clock-steps.ts';
import type { Journal } from './journal.ts';
import { columnsFrom, columnsIn, inOrderOfTime, type ObservationColumns } from './observation-columns.ts';
import type { Observations } from './observations.ts';
import { createOpenBucket, type OpenBucket } from './open-bucket.ts';
import type { Rollups } from './rollups.ts';
import { bucketAt, FIVE_MINUTES } from './row-id.ts';
import type { RunningSpans } from './running-spans.ts';
import type { StatusStep, Transitions } from './transitions.ts';

export interface AccountingOptions {
  readonly journal: Journal;
  readonly transitions: Transitions;
  readonly running: RunningSpans;
  readonly observations: Observations;
  readonly rollups: Rollups;
  /** Of the last change that was kept before there was a journal. */
  readonly firstRevision: () => number;
}

export interface Batch {
  readonly untilMs: number;
  readonly elapsedMs: number;
  /** May be lower than before: what was held back is told of in parts. */
  readonly revision: number;
  /** In order of revision, and above those of the batch before. */
  readonly steps: readonly StatusStep[];
  /** Components by key. Times are changed to what is kept. */
  readonly columns: ObservationColumns;
}

export interface Accounting {
  readonly open: OpenBucket;
  /** Of the last change that was kept. */
  readonly revision: number;
  /** Time up to which the latest span is known to have come; for ever while it is the present one. */
  latestUntilMs(): number;
  /** Takes a batch, within a transaction, for which `kept` or `refresh` is to be called when it has ended. */
  take(batch: Batch): void;
  kept(batch: Batch): void;
  /** Makes what is in memory of what is in the database. */
  refresh(): void;
}

export function createAccounting(options: AccountingOptions): Accounting {
  const { journal, transitions, running, observations, rollups } = options;
  let open: OpenBucket = createOpenBucket();
  let revision = 0;
  /** Revision of the last record. */
  let lastRecord = 0;
  /** Whether this incarnation has a batch. */
  let isRunning = false;

  const takeStep = ({ component, toStatus, atMs }: StatusStep, notBeforeMs: number, untilMs: number): number => {
    const takenMs = within(Math.round(atMs), notBeforeMs, untilMs);
    open.setStatus(component, toStatus ?? undefined, takenMs);
    return takenMs;
  };
  const observe = ({ component, outcome, atMs, latencyMicros }: ObservationColumns, row: number) =>
    open.observe(component[row]!, outcome[row]!, atMs[row]!, latencyMicros[row]!);

  const enter = (bucket: number, atMs: number) => {
    if (open.bucket >= 0) {
      for (const group of open.groups()) {
        const block = open.observations(group);
        if (block !== undefined) observations.add(open.bucket, group, block);
      }
      rollups.close(open, bucket);
      journal.clear();
      running.end(open.untilMs);
    }
    open.begin(bucket, atMs);
  };

  return {
    get open() {
      return open;
    },
    get revision() {
      return revision;
    },
    latestUntilMs: () => (isRunning ? Number.MAX_SAFE_INTEGER : open.untilMs),
    take({ untilMs: wallMs, elapsedMs, revision: batchRevision, steps, columns: unordered }) {
      const segment = segmentOf(wallMs, elapsedMs, isRunning ? open.untilMs : undefined);
      const { fromMs, untilMs } = segment;
      if (segment.isNewSpan) {
        enter(bucketAt(fromMs, FIVE_MINUTES), fromMs);
        running.begin(fromMs, untilMs, lastRecord);
      }
      for (let row = 0; row < unordered.count; row++)
        unordered.atMs[row] = within(unordered.atMs[row]!, fromMs, untilMs);
      const lastBucket = bucketAt(untilMs, FIVE_MINUTES);
      const columns = open.bucket === lastBucket ? unordered : inOrderOfTime(unordered);
      let [step, row, takenMs, pieceFromMs, afterRecord] = [0, 0, fromMs, fromMs, lastRecord];
      const takeUntil = (endMs: number) => {
        for (; step < steps.length && within(Math.round(steps[step]!.atMs), takenMs, untilMs) < endMs; step++) {
          takenMs = takeStep(steps[step]!, takenMs, untilMs);
          afterRecord = steps[step]!.revision;
        }
        for (; row < columns.count && columns.atMs[row]! < endMs; row++) observe(columns, row);
      };
      while (open.bucket !== lastBucket) {
        const endMs = (open.bucket + 1) * FIVE_MINUTES.widthMs;
        takeUntil(endMs);
        open.advance(endMs);
        enter(open.bucket + 1, endMs);
        pieceFromMs = endMs;
      }
      journal.add({
        fromMs: pieceFromMs,
        untilMs,
        afterRecord,
        untilRecord: steps.at(-1)?.revision ?? lastRecord,
        revision: Math.max(revision, batchRevision),
        observations: new Uint8Array(columnsFrom(columns, row).buffer),
      });
      takeUntil(Number.POSITIVE_INFINITY);
      open.advance(untilMs);
    },
    kept(batch) {
      revision = Math.max(revision, batch.revision);
      lastRecord = batch.steps.at(-1)?.revision ?? lastRecord;
      isRunning = true;
    },
    refresh() {
      const rows = journal.rows();
      const last = rows.at(-1);
      revision = Math.max(options.firstRevision(), last?.revision ?? 0);
      lastRecord = last?.untilRecord ?? transitions.lastRevision();
      open = createOpenBucket();
      for (const step of transitions.stepsAt(rows[0]?.afterRecord ?? lastRecord)) takeStep(step, 0, 0);
      if (last !== undefined) open.begin(bucketAt(last.untilMs, FIVE_MINUTES), rows[0]!.fromMs);
      for (const { fromMs, untilMs, afterRecord, untilRecord, observations: bytes } of rows) {
        let takenMs = fromMs;
        for (const step of transitions.steps(afterRecord, untilRecord)) takenMs = takeStep(step, takenMs, untilMs);
        const columns = columnsIn(new Uint8Array(bytes).buffer);
        for (let row = 0; row < columns.count; row++) observe(columns, row);
        open.advance(untilMs);
      }
    },
  };
}

function within(value: number, least: number, most: number): number {
  return Math.max(least, Math.min(value, most));
}
