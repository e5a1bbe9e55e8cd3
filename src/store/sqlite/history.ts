// A store's history in one database: the operations of core's Store, synchronous, with what goes between threads in a packed form.
// Which thread it runs in is the caller's matter.
import type { Database } from 'better-sqlite3';
import type {
  AvailabilityQuery,
  KnownAt,
  RemovedComponent,
  Retention,
  RevisionRange,
  Transition,
  TransitionQuery,
  TransitionsAfter,
} from '../../core/store.ts';
import { resumableRevisions, startOfIncarnation } from '../history/incarnations.ts';
import { type Batch, createAccounting } from './accounting.ts';
import { collectUsages } from './availability.ts';
import { STATUS_CODE } from './codes.ts';
import { createComponents } from './components.ts';
import { createIncarnations } from './incarnations.ts';
import { createJournal } from './journal.ts';
import { columnsIn } from './observation-columns.ts';
import { createObservations } from './observations.ts';
import { createOwnership } from './owner.ts';
import type { PackedBatch } from './packed-batch.ts';
import type { PackedUsages } from './packed-usages.ts';
import { createPruner } from './prune.ts';
import { createRollups } from './rollups.ts';
import { createRunningSpans } from './running-spans.ts';
import { createTransitions } from './transitions.ts';

export interface HistoryOptions {
  readonly retention: Retention;
  /** Names this process, and no other. */
  readonly owner: string;
  /** At most this many transitions; the oldest are forgotten first. Left out: as many as there are. */
  readonly maxTransitions?: number;
  /** Ids in the order in which batches gave numbers to them: those who hand in batches go on with these. */
  readonly ids?: string[];
}

/** LoadedState as it goes between threads. */
export interface PackedState {
  readonly revision: number;
  readonly startRevision: number;
  readonly resumable: readonly RevisionRange[];
  /** SavedComponent as JSON. */
  readonly states: readonly string[];
  readonly removed: readonly RemovedComponent[];
}

export interface History {
  load(nowMs: number): PackedState;
  append(batch: PackedBatch): void;
  transitions(query: TransitionQuery): Transition[];
  transitionsAfter(revision: number, limit: number): TransitionsAfter;
  /** Of each part. */
  availability(query: AvailabilityQuery): readonly PackedUsages[];
  knownAt(component: string, atMs: number): KnownAt;
  /** Each slice, when it is called, forgets a bounded amount in a transaction of its own. */
  pruneSlices(nowMs: number): Iterable<() => void>;
}

export function createHistory(database: Database, options: HistoryOptions): History {
  const claim = createOwnership(database, options.owner);
  const components = createComponents(database);
  const transitions = createTransitions(database);
  const running = createRunningSpans(database);
  const incarnations = createIncarnations(database);
  const journal = createJournal(database);
  const observations = createObservations(database);
  const rollups = createRollups(database);
  const pruner = createPruner(database, { ...options, running, incarnations, rollups });
  const firstRevision = database.prepare<[], number>('SELECT revision FROM summary').pluck();
  const accounting = createAccounting({
    journal,
    transitions,
    running,
    observations,
    rollups,
    firstRevision: () => firstRevision.get()!,
  });
  const ids = options.ids ?? [];
  /** Of `ids`, as far as they were needed. */
  const keys: (number | undefined)[] = [];
  let isStale = true;
  /** Records since transitions were bounded. */
  let unbounded = 0;

  const refresh = () => {
    if (!isStale) return;
    components.forgetKeys();
    keys.length = 0;
    accounting.refresh();
    isStale = false;
  };
  const keyOfNumber = (number: number) => {
    const known = keys[number];
    if (known !== undefined) return known;
    const key = components.keyOf(ids[number]!);
    keys[number] = key;
    return key;
  };
  const write = database.transaction((packed: PackedBatch): Batch => {
    claim();
    components.save(packed.changedIds, packed.changedStates);
    components.remove(packed.removed);
    const steps = packed.records.map((record) => {
      const component = components.keyOf(record.component);
      transitions.add(record, component);
      const toStatus = record.to === undefined ? null : STATUS_CODE[record.to];
      return { revision: record.revision, component, atMs: record.atMs, toStatus };
    });
    const columns = columnsIn(packed.observations);
    for (let row = 0; row < columns.count; row++) columns.component[row] = keyOfNumber(columns.component[row]!);
    const batch = { ...packed, steps, columns };
    accounting.take(batch);
    return batch;
  });
  const inTransaction = (slice: () => void) => database.transaction(slice)();
  /** A bound holds at any time, also between one pruning and the next: more or less. */
  const boundTransitions = ({ records, untilMs }: PackedBatch) => {
    unbounded += records.length;
    if (unbounded <= (options.maxTransitions ?? Number.POSITIVE_INFINITY) / 10) return;
    unbounded = 0;
    for (const slice of pruner.transitionSlices(untilMs)) inTransaction(slice);
  };

  return {
    load(nowMs) {
      refresh();
      const { revision } = accounting;
      const keptRevision = Math.max(revision, transitions.lastRevision());
      const startRevision = startOfIncarnation(keptRevision, nowMs);
      const resumable = resumableRevisions(incarnations.starts(), revision);
      incarnations.begin(startRevision, keptRevision);
      return { revision, startRevision, resumable, states: components.states(), removed: components.removed() };
    },
    append(packed) {
      ids.splice(packed.firstNumber, ids.length, ...packed.newIds);
      keys.splice(packed.firstNumber);
      refresh();
      isStale = true;
      accounting.kept(write(packed));
      isStale = false;
      boundTransitions(packed);
    },
    transitions({ components: wanted, ...query }) {
      refresh();
      const byKey = new Map<number, string>();
      for (const id of wanted) {
        const key = components.findKey(id);
        if (key !== undefined) byKey.set(key, id);
      }
      return transitions.list(query, byKey);
    },
    transitionsAfter(revision, limit) {
      refresh();
      const completeAfter = incarnations.completeAfter(revision);
      if (completeAfter !== undefined) return { kind: 'forgotten', completeAfter };
      return { kind: 'kept', records: transitions.after(revision, limit) };
    },
    availability({ components: ids, parts }) {
      refresh();
      const wanted = ids.map(components.findKey);
      return parts.map((part) => collectUsages(part, wanted, { rollups, open: accounting.open }));
    },
    knownAt(id, atMs): KnownAt {
      refresh();
      const span = running.at(atMs, accounting.latestUntilMs());
      if (span === undefined) return { kind: running.hasBegun(atMs) ? 'not-running' : 'no-record' };
      const key = components.findKey(id);
      const record = key === undefined ? undefined : transitions.latest(key, id, { ...span, atMs });
      const to = record?.to;
      if (key === undefined || record === undefined || to === undefined) return { kind: 'no-record' };
      const lastObservation = observations.latest({ key, id }, atMs, accounting.open);
      return { kind: 'known', record: { ...record, to }, ...(lastObservation && { lastObservation }) };
    },
    *pruneSlices(nowMs) {
      refresh();
      for (const slice of pruner.slices(nowMs, () => accounting.open)) yield () => inTransaction(slice);
    },
  };
}
