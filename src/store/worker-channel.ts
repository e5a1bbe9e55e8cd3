// The owner of a store's thread: starts it, asks it, ends it. However the thread ends, everything that was asked of it is
// answered, and what is asked later is too: with a fault.
import { Worker } from 'node:worker_threads';
import { StoreFault } from '../core/store.ts';
import type { VerbChannel } from './packed-store.ts';
import { closedFault, storeFault } from './sqlite/fault.ts';
import type { Argument, OpenOptions, Result, Verb } from './sqlite/verbs.ts';
import type { FromWorker, ToWorker } from './worker-messages.ts';

/** Calls that may wait for the thread. The engine has one append in flight; the rest are queries. */
const MAX_WAITING = 1000;
/** What it may take to end what was asked for before a close; then the thread is ended whatever it does. */
const CLOSE_TIMEOUT_MS = 5000;

/** From a checkout the sources run as they are, from the package what was built. */
const PROGRAM = new URL(import.meta.url.endsWith('.ts') ? './worker.ts' : './worker.js', import.meta.url);

interface Waiting {
  resolve(result: Result<Verb>): void;
  reject(fault: StoreFault): void;
}

/**
 * @param program What the thread runs; for tests.
 * @throws StoreFault when the database cannot be opened; no thread is left then
 */
export async function openWorkerChannel(options: OpenOptions, program = PROGRAM): Promise<VerbChannel> {
  const { store } = options;
  const waiting = new Map<number, Waiting>();
  let calls = 0;
  let ended: StoreFault | undefined;
  const worker = new Worker(program, { workerData: options });
  const exited = new Promise<void>((resolve) => worker.once('exit', () => resolve()));
  const opened = Promise.withResolvers<void>();

  const end = (fault: StoreFault) => {
    ended ??= fault;
    opened.reject(ended);
    for (const { reject } of waiting.values()) reject(ended);
    waiting.clear();
  };
  const receive = (message: FromWorker) => {
    if (message.kind === 'open') return opened.resolve();
    if (message.kind === 'unusable') return end(new StoreFault(message.fault));
    const { resolve, reject } = waiting.get(message.call)!;
    waiting.delete(message.call);
    if (message.kind === 'done') resolve(message.result);
    else reject(new StoreFault(message.fault));
  };
  worker.on('message', receive);
  worker.on('error', (error) => end(storeFault(store, 'its thread has died', error, 'Restart OpenK')));
  worker.on('exit', () => end(closedFault(store)));

  const post = (message: ToWorker, transfer: ArrayBuffer[] = []) => worker.postMessage(message, transfer);
  try {
    await opened.promise;
  } catch (error) {
    await exited;
    throw error;
  }
  return {
    run<Name extends Verb>(verb: Name, argument: Argument<Name>, transfer?: ArrayBuffer[]): Promise<Result<Name>> {
      if (ended !== undefined) return Promise.reject(ended);
      if (waiting.size >= MAX_WAITING) {
        const what = `more than ${MAX_WAITING} calls wait for it`;
        return Promise.reject(storeFault(store, what, undefined, 'Ask less at a time, or for less'));
      }
      const call = calls++;
      const { promise, resolve, reject } = Promise.withResolvers<Result<Name>>();
      waiting.set(call, { resolve: resolve as Waiting['resolve'], reject });
      try {
        post({ kind: 'run', call, verb, argument }, transfer);
      } catch (error) {
        waiting.delete(call);
        reject(storeFault(store, 'it was asked what cannot be handed to its thread', error, 'Please report it'));
      }
      return promise;
    },
    async close() {
      ended ??= closedFault(store);
      post({ kind: 'close' });
      const overdue = setTimeout(() => void worker.terminate(), CLOSE_TIMEOUT_MS);
      await exited;
      clearTimeout(overdue);
    },
  };
}
