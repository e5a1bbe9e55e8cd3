// A batch as it goes to the thread that writes it: observations are columns of one buffer, which changes hands without a
// copy; states are JSON already. So a batch costs the thread that hands it over as little as can be.
import type { AuditEntry, HistoryBatch, ObservationRecord, RemovedComponent, StatusRecord } from '../../core/store.ts';
import { OUTCOME_CODE } from '../history/codes.ts';
import { createColumns, toMicros } from '../history/observation-columns.ts';
import { type PackedAlertChanges, packAlertChanges } from './packed-alerts.ts';

export interface PackedBatch {
  /** Whole milliseconds. */
  readonly untilMs: number;
  /** Whole milliseconds. */
  readonly elapsedMs: number;
  readonly revision: number;
  readonly records: readonly StatusRecord[];
  /** Ids that take numbers, in the columns of this batch and of later ones. */
  readonly newIds: readonly string[];
  /** The number of the first of them; numbers that were given from there on before hold no more. */
  readonly firstNumber: number;
  /** See observation-columns.ts. */
  readonly observations: ArrayBuffer;
  readonly changedIds: readonly string[];
  /** JSON, one for each of `changedIds`; empty where nobody will read it. */
  readonly changedStates: readonly string[];
  readonly removed: readonly RemovedComponent[];
  readonly audit: readonly AuditEntry[];
  readonly alerts?: PackedAlertChanges;
}

/** Ids that went away before it is looked whether most that have numbers did. */
const LEAST_GONE = 1_000;

/**
 * Packs the batches of one store, in the order in which they go there: it remembers which ids have numbers.
 * @param keepsStates False for a store that ends with the process: nobody will begin from there, and of very many components it is a lot.
 */
export function createBatchPacker(keepsStates = true): (batch: HistoryBatch) => PackedBatch {
  const numbers = new Map<string, number>();
  /** Ids that went away since numbers were given anew: they have theirs still, and so do those that never come back. */
  let gone = 0;
  return (batch) => {
    gone += batch.removed.length;
    if (gone >= Math.max(LEAST_GONE, numbers.size / 2)) {
      numbers.clear();
      gone = 0;
    }
    const firstNumber = numbers.size;
    const newIds: string[] = [];
    const numberOf = (id: string) => {
      const known = numbers.get(id);
      if (known !== undefined) return known;
      const number = numbers.size;
      numbers.set(id, number);
      newIds.push(id);
      return number;
    };
    return {
      untilMs: Math.round(batch.untilMs),
      elapsedMs: Math.max(0, Math.round(batch.elapsedMs)),
      revision: batch.revision,
      records: batch.records,
      observations: packObservations(batch.observations, numberOf),
      newIds,
      firstNumber,
      changedIds: batch.changed.map(({ id }) => id),
      changedStates: batch.changed.map((component) => (keepsStates ? JSON.stringify(component) : '')),
      removed: batch.removed,
      audit: batch.audit ?? [],
      ...(batch.alerts && { alerts: packAlertChanges(batch.alerts) }),
    };
  };
}

function packObservations(observations: readonly ObservationRecord[], numberOf: (id: string) => number): ArrayBuffer {
  const { buffer, atMs, latencyMicros, component, outcome } = createColumns(observations.length);
  for (let row = 0; row < observations.length; row++) {
    const observation = observations[row]!;
    atMs[row] = Math.round(observation.atMs);
    latencyMicros[row] = toMicros(observation.latencyMs);
    component[row] = numberOf(observation.component);
    outcome[row] = OUTCOME_CODE[observation.outcome];
  }
  return buffer;
}
