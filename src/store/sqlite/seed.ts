// What is known of each component and of each alert that is not over, as it was kept last: what a new file begins with, where the
// one before it was lost while OpenK ran. Deliveries are not in it: those that are under way come again with their outcomes.
import type { SavedAlert, Suspension } from '../../core/alert.ts';
import type { SavedComponent } from '../../core/store.ts';
import { createColumns } from '../history/observation-columns.ts';
import { parseKept } from '../thread/kept-json.ts';
import type { PackedState } from '../thread/operations.ts';
import {
  type PackedAlert,
  type PackedAlerting,
  type PackedSuspension,
  packAlertChanges,
} from '../thread/packed-alerts.ts';
import type { PackedBatch } from '../thread/packed-batch.ts';

export interface Seed {
  /** Revision where the present incarnation began. */
  readonly startRevision: number;
  /** The latest revision that was kept. */
  readonly lastRevision: number;
  load(state: PackedState): void;
  loadAlerting(alerting: PackedAlerting): void;
  keep(batch: PackedBatch): void;
  /**
   * Undefined while nothing is known.
   * @param ids How many have numbers: those stay as they are.
   */
  batch(nowMs: number, ids: number): PackedBatch | undefined;
}

export function createSeed(): Seed {
  /** JSON by id. */
  const states = new Map<string, string>();
  const alerts = new Map<string, PackedAlert>();
  const suspensions = new Map<string, PackedSuspension>();
  let revision = 0;
  let startRevision = 0;
  let lastRevision = 0;
  return {
    get startRevision() {
      return startRevision;
    },
    get lastRevision() {
      return lastRevision;
    },
    load(state) {
      const loaded = state.states.map((json) => [parseKept<SavedComponent>(json).id, json] as const);
      ({ revision, startRevision } = state);
      lastRevision = startRevision;
      for (const [id, json] of loaded) states.set(id, json);
    },
    loadAlerting(alerting) {
      const loaded = packAlertChanges({
        alerts: alerting.alerts.map((json) => parseKept<SavedAlert>(json)),
        forgotten: [],
        deliveries: [],
        suspensions: alerting.suspensions.map((json) => parseKept<Suspension>(json)),
      });
      for (const alert of loaded.alerts) alerts.set(alert.id, alert);
      for (const suspension of loaded.suspensions) suspensions.set(suspension.id, suspension);
    },
    keep(batch) {
      revision = Math.max(revision, batch.revision);
      lastRevision = Math.max(lastRevision, batch.revision, batch.records.at(-1)?.revision ?? 0);
      for (const [at, id] of batch.changedIds.entries()) states.set(id, batch.changedStates[at]!);
      for (const { id } of batch.removed) states.delete(id);
      for (const alert of batch.alerts?.alerts ?? []) {
        if (alert.resolvedMs === null) alerts.set(alert.id, alert);
        else alerts.delete(alert.id);
      }
      for (const id of batch.alerts?.forgotten ?? []) alerts.delete(id);
      for (const suspension of batch.alerts?.suspensions ?? []) suspensions.set(suspension.id, suspension);
      for (const { id, untilMs } of suspensions.values()) if (untilMs <= batch.untilMs) suspensions.delete(id);
    },
    batch(nowMs, ids) {
      if (states.size === 0) return undefined;
      return {
        untilMs: Math.round(nowMs),
        elapsedMs: 0,
        revision,
        // Each appears with the status that it has. No revision is given twice.
        records: [...states.values()]
          .map((json) => parseKept<SavedComponent>(json).health)
          .toSorted((a, b) => a.revision - b.revision)
          .filter(({ revision: own }, at, all) => own !== all[at - 1]?.revision)
          .map(({ revision: own, component, sinceMs, status, reason, causedBy }) => {
            return { revision: own, component, atMs: sinceMs, to: status, reason, causedBy };
          }),
        newIds: [],
        firstNumber: ids,
        observations: createColumns(0).buffer,
        changedIds: [...states.keys()],
        changedStates: [...states.values()],
        removed: [],
        audit: [],
        alerts: {
          alerts: [...alerts.values()],
          forgotten: [],
          deliveries: [],
          suspensions: [...suspensions.values()],
        },
      };
    },
  };
}
