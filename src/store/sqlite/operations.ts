// The operations of a store as they go between threads: one argument, one result, both plain data. Two things run them: the
// worker's thread for a file, and the own thread for memory.
import { setTimeout as pause } from 'node:timers/promises';
import type { Database } from 'better-sqlite3';
import type {
  AvailabilityQuery,
  KnownAt,
  Retention,
  Transition,
  TransitionQuery,
  TransitionsAfter,
} from '../../core/store.ts';
import { openDatabase } from './database.ts';
import { storeFault } from './fault.ts';
import { createHistory, type HistoryOptions, type PackedState } from './history.ts';
import type { PackedBatch } from './packed-batch.ts';
import type { PackedUsages } from './packed-usages.ts';

interface OperationTypes {
  /** The argument is the wall clock. */
  load: { argument: number; result: PackedState };
  append: { argument: PackedBatch; result: undefined };
  transitions: { argument: TransitionQuery; result: Transition[] };
  transitionsAfter: { argument: { readonly revision: number; readonly limit: number }; result: TransitionsAfter };
  availability: { argument: AvailabilityQuery; result: readonly PackedUsages[] };
  knownAt: { argument: { readonly component: string; readonly atMs: number }; result: KnownAt };
  /** In slices; other operations run between them. */
  prune: { argument: number; result: undefined };
}

export type Operation = keyof OperationTypes;
export type Argument<Name extends Operation> = OperationTypes[Name]['argument'];
export type Result<Name extends Operation> = OperationTypes[Name]['result'];
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

export interface OperationRunner {
  /** @throws StoreFault */
  run<Name extends Operation>(operation: Name, argument: Argument<Name>): Promise<Result<Name>>;
  close(): void;
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
        throw storeFault(store, FAILING[operation], error);
      }
    },
    close() {
      closing.abort();
      database.close();
    },
  };
}
