// Time per status and observations, from batch to bucket: keeps the open bucket in memory, and gives what is to be written. What
// is in memory is a function of what is kept, and is made anew from that at the start and when a transaction was rolled back.
import { bucketAt, FIVE_MINUTES } from './buckets.ts';
import { segmentOf } from './clock-steps.ts';
import { columnsFrom, columnsIn, inOrderOfTime, type ObservationColumns } from './observation-columns.ts';
import { createOpenBucket, type OpenBucket } from './open-bucket.ts';

/** A status record as far as time per status goes. */
export interface StatusStep {
  readonly revision: number;
  /** By key. */
  readonly component: number;
  readonly atMs: number;
  /** A code; null when the component went. */
  readonly toStatus: number | null;
}

export interface Batch {
  readonly untilMs: number;
  readonly elapsedMs: number;
  /** May be lower than before: a backlog is handed over in parts. */
  readonly revision: number;
  /** In order of revision, and above those of the batch before. */
  readonly steps: readonly StatusStep[];
  /** Components by key. Times are changed to what is kept. */
  readonly columns: ObservationColumns;
}

/** What is kept of one append until time leaves the open bucket. */
export interface Append {
  readonly fromMs: number;
  readonly untilMs: number;
  /** Revisions of the records that belong to it: above this, up to that. */
  readonly afterRecord: number;
  readonly untilRecord: number;
  /** Of the last change, whether it had a record or not. */
  readonly revision: number;
  /** See observation-columns.ts; components by key. */
  readonly observations: Uint8Array;
}

/** In the order in which it is to be written, each before the next is asked for. */
export type AccountingWrite =
  /**
   * Time leaves the open bucket and enters `next`: what is open is kept from now on as blocks and roll-ups, and the appends
   * that it was made of go. Together that neither loses anything nor counts it twice, wherever a crash comes.
   */
  | { readonly kind: 'leave'; readonly open: OpenBucket; readonly next: number }
  /** OpenK has run since `fromMs`: the process began, or the clock stepped. @param afterRecord Of the last record before. */
  | { readonly kind: 'span'; readonly fromMs: number; readonly untilMs: number; readonly afterRecord: number }
  | { readonly kind: 'append'; readonly append: Append };

/** What is kept, as far as the open bucket follows from it. */
export interface KeptState {
  /** Of the last change that was kept before there were appends. */
  readonly firstRevision: number;
  /** The oldest first. */
  readonly appends: readonly Append[];
  /** Of the last record. */
  readonly lastRecord: number;
  /** The last step of each component that was there before the first append, or is there where there is none. */
  readonly stepsBefore: readonly StatusStep[];
  /** Of the appends, in order of revision. */
  readonly steps: readonly StatusStep[];
}

export interface Accounting {
  readonly open: OpenBucket;
  /** Of the last change that was kept. */
  readonly revision: number;
  /** Time up to which the latest span is known to have come; for ever while it is the present one. */
  latestUntilMs(): number;
  /** Takes a batch; `kept` or `restore` is called when what it gives is written, or is not. */
  take(batch: Batch): Iterable<AccountingWrite>;
  kept(batch: Batch): void;
  restore(state: KeptState): void;
}

export function createAccounting(): Accounting {
  let open: OpenBucket = createOpenBucket();
  let revision = 0;
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
  function* enter(next: number, atMs: number): Iterable<AccountingWrite> {
    if (open.bucket >= 0) yield { kind: 'leave', open, next };
    open.begin(next, atMs);
  }

  return {
    get open() {
      return open;
    },
    get revision() {
      return revision;
    },
    latestUntilMs: () => (isRunning ? Number.MAX_SAFE_INTEGER : open.untilMs),
    *take({ untilMs: wallMs, elapsedMs, revision: batchRevision, steps, columns: unordered }) {
      const segment = segmentOf(wallMs, elapsedMs, isRunning ? open.untilMs : undefined);
      const { fromMs, untilMs } = segment;
      if (segment.isNewSpan) {
        yield* enter(bucketAt(fromMs, FIVE_MINUTES), fromMs);
        yield { kind: 'span', fromMs, untilMs, afterRecord: lastRecord };
      }
      keepWithin(unordered.atMs, fromMs, untilMs);
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
        yield* enter(open.bucket + 1, endMs);
        pieceFromMs = endMs;
      }
      const append: Append = {
        fromMs: pieceFromMs,
        untilMs,
        afterRecord,
        untilRecord: steps.at(-1)?.revision ?? lastRecord,
        revision: Math.max(revision, batchRevision),
        observations: new Uint8Array(columnsFrom(columns, row).buffer),
      };
      yield { kind: 'append', append };
      takeUntil(Number.POSITIVE_INFINITY);
      open.advance(untilMs);
    },
    kept(batch) {
      revision = Math.max(revision, batch.revision);
      lastRecord = batch.steps.at(-1)?.revision ?? lastRecord;
      isRunning = true;
    },
    restore({ firstRevision, appends, stepsBefore, steps, lastRecord: last }) {
      const latest = appends.at(-1);
      revision = Math.max(firstRevision, latest?.revision ?? 0);
      lastRecord = last;
      open = createOpenBucket();
      for (const step of stepsBefore) takeStep(step, 0, 0);
      if (latest !== undefined) open.begin(bucketAt(latest.untilMs, FIVE_MINUTES), appends[0]!.fromMs);
      let next = 0;
      for (const { fromMs, untilMs, untilRecord, observations } of appends) {
        let takenMs = fromMs;
        for (; next < steps.length && steps[next]!.revision <= untilRecord; next++) {
          takenMs = takeStep(steps[next]!, takenMs, untilMs);
        }
        const columns = columnsIn(new Uint8Array(observations).buffer);
        for (let row = 0; row < columns.count; row++) observe(columns, row);
        open.advance(untilMs);
      }
    },
  };
}

/** A function of its own: engines are slower at loops in generators. */
function keepWithin(times: Float64Array, least: number, most: number): void {
  for (let at = 0; at < times.length; at++) times[at] = within(times[at]!, least, most);
}

function within(value: number, least: number, most: number): number {
  return Math.max(least, Math.min(value, most));
}
