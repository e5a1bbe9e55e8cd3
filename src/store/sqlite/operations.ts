// The operations of a store over one database.
import { setTimeout as pause } from 'node:timers/promises';
import type { Database } from 'better-sqlite3';
import type { Retention } from '../../core/store.ts';
import type { Argument, Operation, OperationRunner, Result } from '../thread/operations.ts';
import { openDatabase } from './database.ts';
import { databaseFault } from './fault.ts';
import { createHistory, type HistoryOptions } from './history.ts';

type Operations = { readonly [Name in Operation]: (argument: Argument<Name>) => Promise<Result<Name>> };

export interface OpenOptions {
  /** Absolute path of a file, or `IN_MEMORY`. */
  readonly path: string;
  /** How faults name it. */
  readonly store: string;
  readonly retention: Retention;
  /** Names this process, and no other. */
  readonly owner: string;
  /** At most this many transitions. Left out: as many as there are. */
  readonly maxTransitions?: number;
}

/** Forgetting takes a fifth of the time at most, so that it takes no processor from those who answer. */
const PAUSE_PER_WORK = 4;

const FAILING: Readonly<Record<Operation, string>> = {
  load: 'cannot be read',
  append: 'cannot be written',
  transitions: 'cannot be read',
  transitionsAfter: 'cannot be read',
  availability: 'cannot be read',
  knownAt: 'cannot be read',
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
  const history = createHistory(database, options);
  const closing = new AbortController();
  let pruning = Promise.resolve();

  const prune = async (nowMs: number) => {
    const slices = history.pruneSlices(nowMs)[Symbol.iterator]();
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
    load: async (nowMs) => history.load(nowMs),
    append: async (batch) => void history.append(batch),
    transitions: async (query) => history.transitions(query),
    transitionsAfter: async ({ revision, limit }) => history.transitionsAfter(revision, limit),
    availability: async (query) => history.availability(query),
    knownAt: async ({ component, atMs }) => history.knownAt(component, atMs),
    async prune(nowMs) {
      const pruned = pruning.then(() => prune(nowMs));
      pruning = pruned.catch(() => {});
      return void (await pruned);
    },
  };
  return {
    async run<Name extends Operation>(operation: Name, argument: Argument<Name>): Promise<Result<Name>> {
      try {
        return await operations[operation](argument);
      } catch (error) {
        throw databaseFault(store, FAILING[operation], error);
      }
    },
    close() {
      closing.abort();
      database.close();
    },
  };
}
