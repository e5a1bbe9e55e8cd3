// The operations of a store over one database.
import { setTimeout as pause } from 'node:timers/promises';
import type { Database } from 'better-sqlite3';
import { closedFault, type Operation, type OperationRunner, type Operations } from '../thread/operations.ts';
import { openDatabase } from './database.ts';
import { databaseFault } from './fault.ts';
import { createHistory, type HistoryOptions } from './history.ts';

export interface OpenOptions extends Omit<HistoryOptions, 'ids'> {
  /** Absolute path of a file, or `IN_MEMORY`. */
  readonly path: string;
  /** How faults name it. */
  readonly store: string;
}

/** Forgetting takes a fifth of the time at most, so that it takes no processor from those who answer. */
const PAUSE_PER_WORK = 4;

const FAILING: Partial<Record<Operation, string>> = {
  append: 'cannot be written',
  saveIncident: 'cannot be written',
  keep: 'cannot be written',
  saveDeliveries: 'cannot be written',
  prune: 'cannot forget what is old',
};

/** @throws StoreFault when the database cannot be opened */
export function openOperations(options: OpenOptions): OperationRunner {
  return createOperations(openDatabase(options.path, options.store), options);
}

/** Over a database that is open, which it closes in the end. */
export function createOperations(
  database: Database,
  options: Omit<OpenOptions, 'path'> & Pick<HistoryOptions, 'ids'>,
): OperationRunner {
  const { store } = options;
  const { pruneSlices, ...history } = createHistory(database, options);
  const closing = new AbortController();
  let pruning = Promise.resolve();

  const prune = async (nowMs: number) => {
    const slices = pruneSlices(nowMs)[Symbol.iterator]();
    // It may be closed meanwhile: what is left is forgotten another time.
    while (database.open) {
      const startedMs = performance.now();
      const next = slices.next();
      if (next.done) return;
      next.value();
      const pauseMs = PAUSE_PER_WORK * (performance.now() - startedMs);
      await pause(pauseMs, undefined, { signal: closing.signal }).catch(() => {});
    }
  };
  // Each does its work before it gives its promise, so that the order of the calls is the order of the work.
  const operations: Operations = {
    ...history,
    claim: () => true,
    renew: () => undefined,
    follow: notShared,
    announce: notShared,
    async prune(nowMs) {
      const pruned = pruning.then(() => prune(nowMs));
      pruning = pruned.catch(() => {});
      return void (await pruned);
    },
  };
  return {
    run: async (operation, argument) => {
      if (closing.signal.aborted) throw closedFault(store);
      try {
        return await operations[operation](argument);
      } catch (error) {
        throw databaseFault(store, FAILING[operation] ?? 'cannot be read', error);
      }
    },
    close() {
      closing.abort();
      database.close();
    },
  };
}

function notShared(): never {
  throw new Error('nobody else writes it');
}
