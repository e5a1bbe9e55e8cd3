// The store that the engine sees, over operations that run somewhere: arguments are packed and results unpacked in the caller's
// thread.

import type { Alert } from '../../core/alert.ts';
import type { Retention, SavedComponent, Store } from '../../core/store.ts';
import { parseKept } from './kept-json.ts';
import type { OperationRunner } from './operations.ts';
import { packDeliveries, unpackAlerting, unpackDelivery } from './packed-alerts.ts';
import { createBatchPacker } from './packed-batch.ts';
import { unpackUsages } from './packed-usages.ts';

export interface PackedStoreOptions {
  /** What it really keeps. */
  readonly retention: Retention;
  /** Wall clock. */
  readonly nowMs: () => number;
  /** As `Store`. */
  readonly beginsAnew?: boolean;
}

export function createPackedStore(
  runner: OperationRunner,
  { retention, nowMs, beginsAnew = false }: PackedStoreOptions,
): Store {
  const createPacker = () => createBatchPacker(!beginsAnew);
  let pack = createPacker();
  return {
    retention,
    beginsAnew,
    async load() {
      const { states, ...state } = await runner.run('load', nowMs());
      const components = states.filter((json) => json !== '').map((json) => parseKept<SavedComponent>(json));
      return { ...state, components };
    },
    async append(batch) {
      const packed = pack(batch);
      try {
        await runner.run('append', packed, [packed.observations]);
      } catch (error) {
        // Whether the other side knows the numbers of this batch is not known: all are given anew.
        pack = createPacker();
        throw error;
      }
    },
    transitions: (query) => runner.run('transitions', query),
    transitionsAfter: (revision, limit) => runner.run('transitionsAfter', { revision, limit }),
    async availability(query) {
      const ids = [...new Set(query.components)];
      const unpacked = await unpackUsages(await runner.run('availability', { ...query, components: ids }), ids);
      if (ids.length === query.components.length) return unpacked;
      const byId = new Map(unpacked.components.map((usage) => [usage.component, usage]));
      return { ...unpacked, components: query.components.map((id) => byId.get(id)!) };
    },
    knownAt: (component, atMs) => runner.run('knownAt', { component, atMs }),
    audit: (query) => runner.run('audit', query),
    incidents: () => runner.run('incidents', undefined),
    async saveIncident(incident) {
      await runner.run('saveIncident', incident);
    },
    kept: (topic) => runner.run('kept', topic),
    async keep(changes) {
      await runner.run('keep', changes);
    },
    alerting: async () => unpackAlerting(await runner.run('alerting', undefined)),
    alerts: async (query) => (await runner.run('alerts', query)).map((json) => parseKept<Alert>(json)),
    deliveries: async (query) => (await runner.run('deliveries', query)).map(unpackDelivery),
    waitingDeliveries: async (query) => (await runner.run('waitingDeliveries', query)).map(unpackDelivery),
    async saveDeliveries(deliveries) {
      await runner.run('saveDeliveries', packDeliveries(deliveries));
    },
    prune: (nowMs) => runner.run('prune', nowMs),
    close: async () => runner.close(),
  };
}
