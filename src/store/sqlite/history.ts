// A store's history in one database: what history/ says is to be read and written, in transactions. Synchronous; which thread it
// runs in is the caller's matter.
import type { Database } from 'better-sqlite3';
import type { KeptChanges, Retention } from '../../core/store.ts';
import { type AccountingWrite, type Batch, createAccounting } from '../history/accounting.ts';
import { STATUS_CODE } from '../history/codes.ts';
import { resumableRevisions, startOfIncarnation } from '../history/incarnations.ts';
import { latestObservation } from '../history/latest-observation.ts';
import { columnsIn } from '../history/observation-columns.ts';
import type { Argument, Operation, Result, SharedOperation } from '../thread/operations.ts';
import type { PackedDelivery } from '../thread/packed-alerts.ts';
import type { PackedBatch } from '../thread/packed-batch.ts';
import { packUsages } from '../thread/packed-usages.ts';
import { createAlertTable } from './alert-table.ts';
import { createAuditTable } from './audit-table.ts';
import { createBucketTables } from './bucket-tables.ts';
import { createOwnership } from './claim.ts';
import { createComponentTable } from './component-table.ts';
import { createDeliveryTable } from './delivery-table.ts';
import { createIncarnationTable } from './incarnation-table.ts';
import { createIncidentTable } from './incident-table.ts';
import { createKeptTable } from './kept-table.ts';
import { createPruner } from './prune.ts';
import { createRunningTable } from './running-table.ts';
import { createTransitionTable } from './transition-table.ts';

export interface HistoryOptions {
  readonly retention: Retention;
  /** Names this process, and no other. */
  readonly owner: string;
  /** At most this many transitions; the oldest are forgotten first. Left out: as many as there are. */
  readonly maxTransitions?: number;
  /** At most this many entries of the audit log; the oldest are forgotten first. Default: 200,000. */
  readonly maxAuditEntries?: number;
  /** At most this many alerts that are over, and deliveries that are settled; the oldest are forgotten first. Default: 100,000. */
  readonly maxAlerts?: number;
  /** Ids in the order in which batches gave numbers to them: those who hand in batches go on with these. */
  readonly ids?: string[];
}

export type History = {
  readonly [Name in Exclude<Operation, 'prune' | SharedOperation>]: (argument: Argument<Name>) => Result<Name>;
} & {
  /** Each slice, when it is called, forgets a bounded amount in a transaction of its own. */
  pruneSlices(nowMs: number): Iterable<() => void>;
};

/** Read as a whole in some 50 ms, in which the thread of the store does nothing else. */
const MAX_AUDIT_ENTRIES = 200_000;
const MAX_ALERTS = 100_000;

export function createHistory(database: Database, options: HistoryOptions): History {
  const claim = createOwnership(database, options.owner);
  const components = createComponentTable(database);
  const transitions = createTransitionTable(database);
  const running = createRunningTable(database);
  const incarnations = createIncarnationTable(database);
  const buckets = createBucketTables(database);
  const audit = createAuditTable(database, options.maxAuditEntries ?? MAX_AUDIT_ENTRIES);
  const incidents = createIncidentTable(database);
  const kept = createKeptTable(database);
  const alerts = createAlertTable(database, options.maxAlerts ?? MAX_ALERTS);
  const deliveries = createDeliveryTable(database, options.maxAlerts ?? MAX_ALERTS);
  const firstRevision = database.prepare<[], number>('SELECT revision FROM summary').pluck();
  const accounting = createAccounting();
  const ids = options.ids ?? [];
  /** Of `ids`, as far as they were needed. */
  const keys: (number | undefined)[] = [];
  const pruner = createPruner(database, {
    ...options,
    running,
    incarnations,
    buckets,
    audit,
    alerts,
    deliveries,
    onForgotten() {
      components.forgetKeys();
      keys.length = 0;
    },
  });
  let isStale = true;
  /** Records since transitions were bounded. */
  let unbounded = 0;

  const refresh = () => {
    if (!isStale) return;
    components.forgetKeys();
    keys.length = 0;
    const appends = buckets.appends();
    const lastRecord = appends.at(-1)?.untilRecord ?? transitions.lastRevision();
    const firstRecord = appends[0]?.afterRecord ?? lastRecord;
    accounting.restore({
      firstRevision: firstRevision.get()!,
      appends,
      lastRecord,
      stepsBefore: transitions.stepsAt(firstRecord),
      steps: transitions.steps(firstRecord, lastRecord),
    });
    isStale = false;
  };
  const keyOfNumber = (number: number) => {
    const known = keys[number];
    if (known !== undefined) return known;
    const key = components.keyOf(ids[number]!);
    keys[number] = key;
    return key;
  };
  const writeAccounting = (write: AccountingWrite) => {
    if (write.kind === 'append') return buckets.addAppend(write.append);
    if (write.kind === 'span') return running.begin(write.fromMs, write.untilMs, write.afterRecord);
    buckets.leave(write.open, write.next);
    running.end(write.open.untilMs);
  };
  const write = database.transaction((packed: PackedBatch): Batch => {
    claim();
    components.save(packed.changedIds, packed.changedStates);
    components.remove(packed.removed);
    audit.add(packed.audit);
    if (packed.alerts !== undefined) {
      alerts.save(packed.alerts, packed.untilMs);
      deliveries.add(packed.alerts.deliveries);
    }
    const steps = packed.records.map((record) => {
      const component = components.keyOf(record.component);
      transitions.add(record, component);
      const toStatus = record.to === undefined ? null : STATUS_CODE[record.to];
      return { revision: record.revision, component, atMs: record.atMs, toStatus };
    });
    const columns = columnsIn(packed.observations);
    for (let row = 0; row < columns.count; row++) columns.component[row] = keyOfNumber(columns.component[row]!);
    const batch = { ...packed, steps, columns };
    for (const each of accounting.take(batch)) writeAccounting(each);
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
      const starts = incarnations.starts();
      const startRevision = startOfIncarnation(keptRevision, starts, nowMs);
      const resumable = resumableRevisions(starts, revision);
      incarnations.begin(startRevision, keptRevision);
      return { revision, startRevision, resumable, states: components.states(), removed: components.removed() };
    },
    append(packed) {
      ids.length = packed.firstNumber;
      for (const id of packed.newIds) ids.push(id);
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
    transitionsAfter({ revision, limit }) {
      refresh();
      const completeAfter = incarnations.completeAfter(revision);
      if (completeAfter !== undefined) return { kind: 'forgotten', completeAfter };
      return { kind: 'kept', records: transitions.after(revision, limit) };
    },
    availability({ components: ids, parts }) {
      refresh();
      const wanted = ids.map(components.findKey);
      return parts.map((part) => packUsages(part, wanted, { rollups: buckets.rollups, open: accounting.open }));
    },
    knownAt({ component: id, atMs }) {
      refresh();
      const span = running.at(atMs, accounting.latestUntilMs());
      if (span === undefined) return { kind: running.hasBegun(atMs) ? 'not-running' : 'no-record' };
      const key = components.findKey(id);
      const record = key === undefined ? undefined : transitions.latest(key, id, { ...span, atMs });
      const to = record?.to;
      if (key === undefined || record === undefined || to === undefined) return { kind: 'no-record' };
      const lastObservation = latestObservation({ key, id }, atMs, buckets.observations, accounting.open);
      return { kind: 'known', record: { ...record, to }, ...(lastObservation && { lastObservation }) };
    },
    audit: audit.list,
    incidents: incidents.list,
    saveIncident(incident) {
      claim();
      incidents.save(incident);
    },
    kept: kept.list,
    keep: database.transaction((changes: KeptChanges) => {
      claim();
      kept.save(changes);
      return undefined;
    }),
    alerting: () => ({ ...alerts.open(), lastDeliveryNumber: deliveries.lastNumber() }),
    alerts: alerts.over,
    deliveries: deliveries.list,
    waitingDeliveries: deliveries.waiting,
    saveDeliveries: database.transaction((changed: readonly PackedDelivery[]) => {
      claim();
      deliveries.save(changed);
      return undefined;
    }),
    *pruneSlices(nowMs) {
      refresh();
      for (const slice of pruner.slices(nowMs, () => accounting.open)) yield () => inTransaction(slice);
    },
  };
}
