// A past to ask about, told to a store that keeps everything.

import type { Status } from '../../../src/core/status.ts';
import type { ObservationRecord, StatusRecord } from '../../../src/core/store.ts';
import { createHistoryOracle, type HistoryOracle, type HistoryOracleOptions } from '../../support/history-oracle.ts';

export interface Past {
  readonly store: HistoryOracle;
  /** The component is in this status from then on. A component's first has no `from`. */
  becomes(component: string, status: Status | undefined, atMs: number, why?: string): void;
  observes(component: string, outcome: ObservationRecord['outcome'], atMs: number, latencyMs?: number): void;
  /** OpenK runs on until then; what was told before happened in that time. */
  runs(untilMs: number): Promise<void>;
  /** OpenK ends, and begins anew at that time. */
  restarts(atMs: number): Promise<void>;
}

/** OpenK begins to run at `startMs`. */
export function createPast(startMs: number, options: Partial<HistoryOracleOptions> = {}): Past {
  let nowMs = startMs;
  let revision = 0;
  const statuses = new Map<string, Status>();
  const store = createHistoryOracle({ nowMs: () => nowMs, ...options });
  let records: StatusRecord[] = [];
  let observations: ObservationRecord[] = [];
  return {
    store,
    becomes(component, status, atMs, why = `it is ${status}`) {
      const from = statuses.get(component);
      records.push({
        revision: ++revision,
        component,
        atMs,
        reason: { code: 'TEST', message: why },
        causedBy: status === 'UNHEALTHY' ? ['network'] : [],
        ...(from && { from }),
        ...(status && { to: status }),
      });
      if (status === undefined) statuses.delete(component);
      else statuses.set(component, status);
    },
    observes(component, outcome, atMs, latencyMs) {
      observations.push({ component, outcome, atMs, ...(latencyMs !== undefined && { latencyMs }) });
    },
    async runs(untilMs) {
      const elapsedMs = untilMs - nowMs;
      nowMs = untilMs;
      await store.append({ untilMs, elapsedMs, revision, records, observations, changed: [], removed: [] });
      records = [];
      observations = [];
    },
    async restarts(atMs) {
      nowMs = atMs;
      await store.load();
    },
  };
}
