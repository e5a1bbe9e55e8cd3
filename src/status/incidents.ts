// Incidents of all pages: in memory for readers, and in the store before anybody sees them.
import type { Incident } from '../core/status-page.ts';
import type { Store } from '../core/store.ts';
import { createTurns } from '../core/turns.ts';

export interface Incidents {
  find(id: string): Incident | undefined;
  /** By their beginnings, the newest first. */
  list(): readonly Incident[];
  /**
   * Changes one after the other: `change` gets what is there now, and says what is to be there. It counts once it is durable.
   * Rejects with what `change` throws, and with StoreFault; then nothing has changed.
   */
  save(change: () => Incident): Promise<Incident>;
  /** Somebody else has changed these: they are in the store. */
  take(changed: readonly Incident[]): void;
  /** Calls `wake` after each change. The result ends it. Must not throw. */
  subscribe(wake: () => void): () => void;
}

/** @throws StoreFault */
export async function openIncidents(store: Pick<Store, 'incidents' | 'saveIncident'>): Promise<Incidents> {
  const byId = new Map((await store.incidents()).map((incident) => [incident.id, incident]));
  const subscribers = new Set<() => void>();
  let list: readonly Incident[] | undefined;
  const turns = createTurns();

  const save = async (change: () => Incident) => {
    const incident = change();
    await store.saveIncident(incident);
    byId.set(incident.id, incident);
    list = undefined;
    for (const wake of [...subscribers]) wake();
    return incident;
  };
  return {
    find: (id) => byId.get(id),
    list() {
      list ??= [...byId.values()].sort((a, b) => b.startedMs - a.startedMs || (a.id < b.id ? -1 : 1));
      return list;
    },
    save: (change) => turns.take(() => save(change)),
    take(changed) {
      for (const incident of changed) byId.set(incident.id, incident);
      list = undefined;
      for (const wake of [...subscribers]) wake();
    },
    subscribe(wake) {
      subscribers.add(wake);
      return () => void subscribers.delete(wake);
    },
  };
}
