// What the API may ask of the store, and what becomes of a store that cannot answer.
import { type Store, StoreFault } from '../core/store.ts';
import type { HealthReader } from '../engine/health-ports.ts';
import { refusal } from '../errors/to-connect.ts';

/** The reading operations of the store. */
export type HistoryReader = Pick<Store, 'transitions' | 'availability' | 'knownAt' | 'retention'>;

/**
 * The same, that fails with HISTORY_UNAVAILABLE where the store fails.
 * @param onFault Receives the reason, since callers do not. Must not throw.
 */
export function withApiErrors(history: HistoryReader, onFault: (fault: StoreFault) => void): HistoryReader {
  const ask = async <T>(answer: Promise<T>): Promise<T> => {
    try {
      return await answer;
    } catch (fault) {
      if (!(fault instanceof StoreFault)) throw fault;
      onFault(fault);
      throw refusal('HISTORY_UNAVAILABLE', {});
    }
  };
  return {
    retention: history.retention,
    transitions: (query) => ask(history.transitions(query)),
    availability: (query) => ask(history.availability(query)),
    knownAt: (component, atMs) => ask(history.knownAt(component, atMs)),
  };
}

/** Whether there is, or was, such a component, as far as is known. */
export async function isRemembered(reader: HealthReader, history: HistoryReader, id: string): Promise<boolean> {
  if (reader.health(id) !== undefined) return true;
  const [latest] = await history.transitions({ components: [id], limit: 1 });
  return latest !== undefined;
}
