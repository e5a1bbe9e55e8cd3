// The port of the store without a disk: keeps everything in arrays, and keeps, refuses or holds back as the test says.
import type { Alert, SavedAlerting } from '../../src/core/alert.ts';
import { createUsage } from '../../src/core/history/usage.ts';
import {
  type HistoryBatch,
  type RemovedComponent,
  type Retention,
  type SavedComponent,
  type SavedState,
  type Store,
  StoreFault,
} from '../../src/core/store.ts';
import { resumableRevisions, startOfIncarnation } from '../../src/store/history/incarnations.ts';

export interface ScriptedStore
  extends Pick<Store, 'load' | 'append' | 'prune' | 'alerting' | 'alerts' | 'availability' | 'retention'> {
  /** `hold`: until `keep` or `refuse`. */
  mode: 'keep' | 'refuse' | 'hold';
  /** What is kept, in order. */
  readonly batches: readonly HistoryBatch[];
  /** The append that is held back. */
  readonly held: HistoryBatch | undefined;
  /** Settles the one that is held back. */
  keep(): void;
  refuse(): void;
  /** Called with each append when it begins. */
  onAppend: (batch: HistoryBatch) => void;
  /** What a later incarnation finds. */
  saved(): SavedState;
  savedAlerting(): SavedAlerting;
  /** The latest first. */
  alertsThatAreOver(): readonly Alert[];
  /** The times that it was asked to prune at. */
  readonly prunedAtMs: number[];
}

export const DISK_FULL = new StoreFault('the disk is full');

const NOTHING_FORGOTTEN: Retention = {
  transitionsMs: Number.POSITIVE_INFINITY,
  observationsMs: Number.POSITIVE_INFINITY,
  fiveMinutesMs: Number.POSITIVE_INFINITY,
  hoursMs: Number.POSITIVE_INFINITY,
  daysMs: Number.POSITIVE_INFINITY,
  auditMs: Number.POSITIVE_INFINITY,
  alertsMs: Number.POSITIVE_INFINITY,
};

const NO_ALERTING: SavedAlerting = { alerts: [], lastDeliveryNumber: 0, suspensions: [] };

export function createScriptedStore(
  earlier: SavedState = { revision: 0, components: [], removed: [] },
  earlierAlerting: SavedAlerting = NO_ALERTING,
  earlierAlerts: readonly Alert[] = [],
): ScriptedStore {
  const startRevision = startOfIncarnation(earlier.revision, [], 0);
  let isLoaded = false;
  const batches: HistoryBatch[] = [];
  let held: { readonly batch: HistoryBatch; settle(error?: unknown): void } | undefined;
  const settle = (error?: unknown) => {
    const one = held;
    held = undefined;
    one?.settle(error);
  };
  const store: ScriptedStore = {
    mode: 'keep',
    batches,
    get held() {
      return held?.batch;
    },
    keep: () => settle(),
    refuse: () => settle(DISK_FULL),
    onAppend() {},
    saved() {
      const saved: SavedState = JSON.parse(JSON.stringify(batches.reduce(after, earlier)));
      return isLoaded ? { ...saved, resumable: resumableRevisions([startRevision], saved.revision) } : saved;
    },
    prunedAtMs: [],
    retention: { ...NOTHING_FORGOTTEN },
    // It counts no time.
    availability: async ({ components, parts }) => ({
      untilMs: 0,
      components: components.map((component) => ({
        component,
        steps: parts.flatMap(({ fromMs, toMs, stepMs }) =>
          Array.from({ length: Math.ceil((toMs - fromMs) / stepMs) }, createUsage),
        ),
      })),
    }),
    async load() {
      isLoaded = true;
      return { resumable: [], ...earlier, startRevision };
    },
    alerting: async () => earlierAlerting,
    alertsThatAreOver: () => [
      ...batches
        .flatMap(({ alerts }) => alerts?.alerts.map(({ alert }) => alert) ?? [])
        .filter(({ state }) => state === 'RESOLVED')
        .toReversed(),
      ...earlierAlerts,
    ],
    async alerts({ before, limit }) {
      const over = store.alertsThatAreOver();
      const behind = before === undefined ? 0 : over.findIndex(({ id }) => id === before.id) + 1;
      return over.slice(behind, behind + limit);
    },
    savedAlerting: () => JSON.parse(JSON.stringify(batches.reduce(alertingAfter, earlierAlerting))),
    async append(batch) {
      if (held !== undefined) throw new Error('two appends at once');
      // As it was handed over, whatever becomes of it.
      const copy: HistoryBatch = JSON.parse(JSON.stringify(batch));
      store.onAppend(copy);
      if (store.mode === 'hold') {
        const { promise, resolve, reject } = Promise.withResolvers<void>();
        held = { batch: copy, settle: (error) => (error === undefined ? resolve() : reject(error)) };
        await promise;
      } else if (store.mode === 'refuse') {
        throw DISK_FULL;
      }
      batches.push(copy);
    },
    async prune(nowMs) {
      store.prunedAtMs.push(nowMs);
    },
  };
  return store;
}

function alertingAfter(state: SavedAlerting, { alerts: changes }: HistoryBatch): SavedAlerting {
  if (changes === undefined) return state;
  const alerts = new Map(state.alerts.map((one) => [one.alert.id, one]));
  for (const one of changes.alerts) {
    if (one.alert.state === 'RESOLVED') alerts.delete(one.alert.id);
    else alerts.set(one.alert.id, one);
  }
  for (const id of changes.forgotten) alerts.delete(id);
  const suspensions = new Map([...state.suspensions, ...changes.suspensions].map((one) => [one.id, one]));
  return {
    alerts: [...alerts.values()],
    lastDeliveryNumber: Math.max(state.lastDeliveryNumber, ...changes.deliveries.map(({ number }) => number)),
    suspensions: [...suspensions.values()],
  };
}

function after(state: SavedState, batch: HistoryBatch): SavedState {
  const components = new Map<string, SavedComponent>(state.components.map((one) => [one.id, one]));
  const removed = new Map<string, RemovedComponent>(state.removed.map((one) => [one.id, one]));
  for (const one of batch.removed) {
    components.delete(one.id);
    removed.delete(one.id);
    removed.set(one.id, one);
  }
  for (const one of batch.changed) {
    components.set(one.id, one);
    removed.delete(one.id);
  }
  return {
    revision: Math.max(state.revision, batch.revision),
    components: [...components.values()],
    removed: [...removed.values()],
  };
}
