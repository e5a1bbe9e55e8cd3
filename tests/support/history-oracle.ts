// A store that keeps every batch in arrays, and works out each answer from the beginning: slow and obviously right. It outlives
// incarnations: a second load() is a restart, and takes up what the first one left.
import { createUsage, mergeUsage, recordObservation, type UsageRecorder } from '../../src/core/history/usage.ts';
import type { Status } from '../../src/core/status.ts';
import type {
  Availability,
  HistoryBatch,
  KnownAt,
  ObservationRecord,
  RemovedComponent,
  Retention,
  SavedComponent,
  StatusRecord,
  Store,
  Transition,
  TransitionsAfter,
} from '../../src/core/store.ts';
import { resumableRevisions, startOfIncarnation } from '../../src/store/history/incarnations.ts';

const BUCKET_MS = 300_000;
/** Wall clock and monotonic clock drift apart by this much and are still taken to agree. */
const TOLERANCE_MS = 2_000;
const YEARS_MS = 100 * 365 * 86_400_000;

export interface HistoryOracle extends Store {
  /** Observations of one component as they were placed in time, [fromMs, toMs). */
  observations(component: string, fromMs: number, toMs: number): readonly ObservationRecord[];
}

export interface HistoryOracleOptions {
  /** Epoch milliseconds. */
  readonly nowMs: () => number;
  /** What it says of itself; it forgets nothing. Default: a hundred years of everything. */
  readonly retention?: Retention;
}

/** What a batch says: the time that it accounts for, and what happened in it, each where it is placed in that time. */
interface Segment {
  /** Number of the span that it is of: a new one begins with each incarnation, and where the clock stepped. */
  readonly span: number;
  readonly fromMs: number;
  readonly untilMs: number;
  readonly records: readonly { readonly record: StatusRecord; readonly placedMs: number }[];
  readonly observations: readonly ObservationRecord[];
}

export function createHistoryOracle({ nowMs, retention = EVERYTHING }: HistoryOracleOptions): HistoryOracle {
  const segments: Segment[] = [];
  const saved = new Map<string, SavedComponent>();
  const removed = new Map<string, RemovedComponent>();
  let revision = 0;
  let span = 0;
  /** The span that goes on; undefined from a load() to the first batch. */
  let running: { untilMs: number } | undefined;
  const incarnations: { readonly startRevision: number; readonly keptRevision: number }[] = [];
  let loadedMs = nowMs();

  const place = (batch: HistoryBatch): Segment => {
    const untilMs = Math.round(batch.untilMs);
    const elapsedMs = Math.round(batch.elapsedMs);
    const goesOn =
      running !== undefined && running.untilMs <= untilMs && untilMs <= running.untilMs + elapsedMs + TOLERANCE_MS;
    const fromMs = goesOn ? running!.untilMs : untilMs - elapsedMs;
    if (!goesOn) span++;
    let earliestMs = fromMs;
    const records = batch.records.map((record) => {
      earliestMs = Math.min(Math.max(Math.round(record.atMs), earliestMs), untilMs);
      return { record, placedMs: earliestMs };
    });
    const observations = batch.observations.map(({ latencyMs, ...observation }): ObservationRecord => {
      const atMs = Math.min(Math.max(Math.round(observation.atMs), fromMs), untilMs);
      return {
        ...observation,
        atMs,
        ...(latencyMs !== undefined && { latencyMs: Math.round(latencyMs * 1000) / 1000 }),
      };
    });
    return { span, fromMs, untilMs, records, observations };
  };

  /** Every stretch of time that a component was in a status, in the order in which it went by. */
  const stretches = (component: string) => {
    const found: { span: number; status: Status; fromMs: number; toMs: number }[] = [];
    let status: Status | undefined;
    for (const segment of segments) {
      let atMs = segment.fromMs;
      const upTo = (toMs: number) => {
        if (status !== undefined) found.push({ span: segment.span, status, fromMs: atMs, toMs });
        atMs = toMs;
      };
      for (const { record, placedMs } of segment.records) {
        if (record.component !== component) continue;
        upTo(placedMs);
        status = record.to;
      }
      upTo(segment.untilMs);
    }
    return found;
  };

  /** By the time at which the bucket begins. Each span's visit of a bucket is merged as a whole, in the order of the spans. */
  const buckets = (component: string): ReadonlyMap<number, UsageRecorder> => {
    const visits = new Map<
      string,
      { readonly startMs: number; readonly span: number; readonly usage: UsageRecorder }
    >();
    const visit = (span: number, atMs: number) => {
      const startMs = Math.floor(atMs / BUCKET_MS) * BUCKET_MS;
      const key = `${span} ${startMs}`;
      if (!visits.has(key)) visits.set(key, { startMs, span, usage: createUsage() });
      return visits.get(key)!.usage;
    };
    for (const { span, status, fromMs, toMs } of stretches(component)) {
      for (let atMs = fromMs; atMs < toMs; ) {
        const endMs = Math.min(toMs, (Math.floor(atMs / BUCKET_MS) + 1) * BUCKET_MS);
        visit(span, atMs).timeMs[status] += endMs - atMs;
        atMs = endMs;
      }
    }
    for (const { span, observations } of segments) {
      for (const { component: of, atMs, outcome, latencyMs } of observations) {
        if (of === component) recordObservation(visit(span, atMs), outcome, latencyMs);
      }
    }
    const found = new Map<number, UsageRecorder>();
    for (const { startMs, usage } of [...visits.values()].sort((a, b) => a.span - b.span)) {
      if (!found.has(startMs)) found.set(startMs, createUsage());
      mergeUsage(found.get(startMs)!, usage, BUCKET_MS);
    }
    return found;
  };

  const recordsInOrder = () =>
    segments.flatMap(({ records }) => records.map(({ record }) => record)).sort((a, b) => a.revision - b.revision);

  return {
    retention,
    // Not of history: the contract suite asks each store itself.
    audit: async () => [],
    // Nor incidents.
    incidents: async () => [],
    saveIncident: async () => {},
    // Nor what others keep.
    kept: async () => [],
    keep: async () => {},
    // Nor alerts.
    alerting: async () => ({ alerts: [], lastDeliveryNumber: 0, suspensions: [] }),
    alerts: async () => [],
    deliveries: async () => [],
    waitingDeliveries: async () => [],
    saveDeliveries: async () => {},

    async load() {
      running = undefined;
      loadedMs = nowMs();
      const byId = (a: SavedComponent, b: SavedComponent) => (a.id < b.id ? -1 : 1);
      const byRevision = (a: RemovedComponent, b: RemovedComponent) => a.revision - b.revision;
      const keptRevision = Math.max(revision, ...recordsInOrder().map((record) => record.revision));
      const starts = incarnations.map((incarnation) => incarnation.startRevision);
      const startRevision = startOfIncarnation(keptRevision, starts, loadedMs);
      const resumable = resumableRevisions(starts, revision);
      incarnations.push({ startRevision, keptRevision });
      const components = [...saved.values()].sort(byId);
      return { revision, startRevision, resumable, components, removed: [...removed.values()].sort(byRevision) };
    },

    async append(batch) {
      const segment = place(batch);
      segments.push(segment);
      running = { untilMs: segment.untilMs };
      revision = Math.max(revision, batch.revision);
      for (const component of batch.changed) {
        saved.set(component.id, component);
        removed.delete(component.id);
      }
      for (const gone of batch.removed) {
        saved.delete(gone.id);
        removed.set(gone.id, gone);
      }
    },

    async transitions({ components, fromMs = 0, toMs = Infinity, beforeRevision = Infinity, limit }) {
      return segments
        .flatMap(({ records }) => records)
        .flatMap(({ record }): Transition[] => {
          const { from, to } = record;
          return from === undefined || to === undefined ? [] : [{ ...record, from, to }];
        })
        .filter(({ component }) => components.includes(component))
        .filter(({ atMs }) => fromMs <= atMs && atMs < toMs)
        .filter((transition) => transition.revision < beforeRevision)
        .sort((a, b) => b.revision - a.revision)
        .slice(0, limit);
    },

    async transitionsAfter(after, limit): Promise<TransitionsAfter> {
      const gap = incarnations.findLast(
        ({ startRevision, keptRevision }) => keptRevision < after && after < startRevision,
      );
      const isStart = incarnations.some(({ startRevision }) => startRevision === after);
      if (gap !== undefined && !isStart) return { kind: 'forgotten', completeAfter: gap.startRevision };
      const above = recordsInOrder().filter((record) => record.revision > after);
      return { kind: 'kept', records: above.slice(0, limit) };
    },

    async availability({ components, parts }): Promise<Availability> {
      return {
        untilMs: running?.untilMs ?? loadedMs,
        components: components.map((component) => {
          const kept = buckets(component);
          const steps: UsageRecorder[] = [];
          for (const { fromMs, toMs, stepMs } of parts) {
            for (let stepStartMs = fromMs; stepStartMs < toMs; stepStartMs += stepMs) {
              const usage = createUsage();
              for (const [startMs, bucket] of kept) {
                if (stepStartMs <= startMs && startMs < stepStartMs + stepMs) mergeUsage(usage, bucket, stepMs);
              }
              steps.push(usage);
            }
          }
          return { component, steps };
        }),
      };
    },

    async knownAt(component, atMs): Promise<KnownAt> {
      const isOpen = (segment: Segment) => running !== undefined && segment === segments.at(-1);
      const holding = segments.filter(
        (segment) => segment.fromMs <= atMs && (atMs < segment.untilMs || isOpen(segment)),
      );
      if (holding.length === 0)
        return { kind: segments.some(({ fromMs }) => fromMs <= atMs) ? 'not-running' : 'no-record' };
      const latest = Math.max(...holding.map((segment) => segment.span));
      const record = segments
        .flatMap(({ span, records }) => records.map(({ record }) => ({ span, record })))
        .filter(({ record }) => record.component === component)
        .filter(({ span, record }) => span < latest || (span === latest && record.atMs <= atMs))
        .map(({ record }) => record)
        .reduce<StatusRecord | undefined>((a, b) => (a && a.revision > b.revision ? a : b), undefined);
      if (record?.to === undefined) return { kind: 'no-record' };
      const lastObservation = segments
        .flatMap(({ observations }) => observations)
        .filter((observation) => observation.component === component && observation.atMs <= atMs)
        .reduce<ObservationRecord | undefined>((a, b) => (a && a.atMs > b.atMs ? a : b), undefined);
      return { kind: 'known', record: { ...record, to: record.to }, ...(lastObservation && { lastObservation }) };
    },

    async prune() {},
    async close() {},

    observations: (component, fromMs, toMs) =>
      segments
        .flatMap(({ observations }) => observations)
        .filter((observation) => observation.component === component)
        .filter(({ atMs }) => fromMs <= atMs && atMs < toMs),
  };
}

const EVERYTHING: Retention = {
  transitionsMs: YEARS_MS,
  observationsMs: YEARS_MS,
  fiveMinutesMs: YEARS_MS,
  hoursMs: YEARS_MS,
  daysMs: YEARS_MS,
  auditMs: YEARS_MS,
  alertsMs: YEARS_MS,
};
