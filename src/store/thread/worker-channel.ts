// The owner of a store's thread: starts it, asks it, ends it. However the thread ends, everything that was asked of it is
// answered, and what is asked later is too: with a fault.
import { Worker } from 'node:worker_threads';
import { type LeaseWord, StoreFault, type StoreNotice } from '../../core/store.ts';
import {
  type Argument,
  closedFault,
  type Operation,
  type OperationRunner,
  type Result,
  storeFault,
} from './operations.ts';
import type { FromWorker, ToWorker } from './worker-loop.ts';

/** What callers ask. Of the rest there is one of each at a time, and it goes before them. */
const QUERIES: ReadonlySet<Operation> = new Set<Operation>([
  'transitions',
  'transitionsAfter',
  'availability',
  'knownAt',
  'audit',
  'alerts',
  'deliveries',
]);
const MAX_WAITING_QUERIES = 1000;
/** What it may take to end what was asked for before a close; then the thread is ended whatever it does. */
const CLOSE_TIMEOUT_MS = 5000;

/** What it is handed is large and soon forgotten: a young generation as large as that of the main thread is memory for nothing. */
const YOUNG_MB = 8;

interface Waiting {
  resolve(result: Result<Operation>): void;
  reject(fault: StoreFault): void;
}

export interface ChannelOptions {
  /** Must not throw. */
  readonly onNotice?: ((notice: StoreNotice) => void) | undefined;
  /** Must not throw. */
  readonly onLease?: ((word: LeaseWord) => void) | undefined;
  /** Gives up what is still being opened. */
  readonly stop?: AbortSignal | undefined;
}

/**
 * @param program What the thread runs: it serves its operations, see worker-loop.ts.
 * @param options Its workerData. `store` is how faults name it.
 * @throws StoreFault when it cannot be opened; no thread is left then
 */
export async function openWorkerChannel<Options extends { readonly store: string }>(
  program: URL,
  options: Options,
  { onNotice, onLease, stop }: ChannelOptions = {},
): Promise<OperationRunner> {
  const { store } = options;
  const waiting = new Map<number, Waiting>();
  let calls = 0;
  let ended: StoreFault | undefined;
  const worker = new Worker(program, { workerData: options, resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MB } });
  const exited = new Promise<void>((resolve) => worker.once('exit', () => resolve()));
  const opened = Promise.withResolvers<void>();

  const end = (fault: StoreFault) => {
    ended ??= fault;
    opened.reject(ended);
    for (const { reject } of waiting.values()) reject(ended);
    waiting.clear();
    queries.length = 0;
  };
  const receive = (message: FromWorker) => {
    if (message.kind === 'open') return opened.resolve();
    if (message.kind === 'notice') return onNotice?.(message.notice);
    if (message.kind === 'lease') return onLease?.(message.word);
    if (message.kind === 'unusable') return end(new StoreFault(message.fault));
    const { resolve, reject } = waiting.get(message.call)!;
    waiting.delete(message.call);
    if (message.call === asked) askNext();
    if (message.kind === 'done') resolve(message.result);
    else reject(new StoreFault(message.fault));
  };
  worker.on('message', receive);
  worker.on('error', (error) => end(storeFault(store, 'its thread has died', 'Restart OpenK', error)));
  worker.on('exit', () => end(closedFault(store)));

  const post = (message: ToWorker, transfer: ArrayBuffer[] = []) => worker.postMessage(message, transfer);
  // The thread has one query at a time, so that an append waits for no more than that.
  const queries: { readonly call: number; send(): void }[] = [];
  let asked: number | undefined;
  const askNext = () => {
    const query = queries.shift();
    asked = query?.call;
    query?.send();
  };
  const giveUp = () => void worker.terminate();
  stop?.addEventListener('abort', giveUp, { once: true });
  try {
    if (stop?.aborted) giveUp();
    await opened.promise;
  } catch (error) {
    await exited;
    throw error;
  } finally {
    stop?.removeEventListener('abort', giveUp);
  }
  return {
    run: <Name extends Operation>(operation: Name, argument: Argument<Name>, transfer?: ArrayBuffer[]) => {
      if (ended !== undefined) return Promise.reject(ended);
      const isQuery = QUERIES.has(operation);
      if (isQuery && queries.length >= MAX_WAITING_QUERIES) {
        const what = `more than ${MAX_WAITING_QUERIES} questions wait for it`;
        return Promise.reject(storeFault(store, what, 'Ask less at a time, or for less'));
      }
      const call = calls++;
      const { promise, resolve, reject } = Promise.withResolvers<Result<Name>>();
      waiting.set(call, { resolve: resolve as Waiting['resolve'], reject });
      const send = () => {
        try {
          post({ kind: 'run', call, operation, argument }, transfer);
        } catch (error) {
          waiting.delete(call);
          reject(storeFault(store, 'it was asked what cannot be handed to its thread', 'Please report it', error));
          if (call === asked) askNext();
        }
      };
      if (!isQuery) send();
      else {
        queries.push({ call, send });
        if (asked === undefined) askNext();
      }
      return promise;
    },
    async close() {
      ended ??= closedFault(store);
      for (const { send } of queries.splice(0)) send();
      post({ kind: 'close' });
      const overdue = setTimeout(() => void worker.terminate(), CLOSE_TIMEOUT_MS);
      await exited;
      clearTimeout(overdue);
    },
  };
}
