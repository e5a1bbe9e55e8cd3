// What a store's thread runs, and what it and its owner say to each other: one operation after the other, until it is closed.
import type { MessagePort } from 'node:worker_threads';
import { type LeaseWord, StoreFault, type StoreNotice } from '../../core/store.ts';
import type { Argument, Operation, OperationRunner, Result } from './operations.ts';

export type ToWorker =
  | {
      readonly kind: 'run';
      readonly call: number;
      readonly operation: Operation;
      readonly argument: Argument<Operation>;
    }
  | { readonly kind: 'close' };

export type FromWorker =
  | { readonly kind: 'open' }
  | { readonly kind: 'notice'; readonly notice: StoreNotice }
  | { readonly kind: 'lease'; readonly word: LeaseWord }
  /** It could not be opened; the thread ends. */
  | { readonly kind: 'unusable'; readonly fault: string }
  | { readonly kind: 'done'; readonly call: number; readonly result: Result<Operation> }
  | { readonly kind: 'failed'; readonly call: number; readonly fault: string };

/** @param open May throw: the owner is given the fault, and the thread ends. */
export async function serveOperations(
  port: MessagePort,
  open: (notify: (notice: StoreNotice) => void, onLease: (word: LeaseWord) => void) => Promise<OperationRunner>,
): Promise<void> {
  const post = (message: FromWorker) => port.postMessage(message);
  try {
    const runner = await open(
      (notice) => post({ kind: 'notice', notice }),
      (word) => post({ kind: 'lease', word }),
    );
    port.on('message', async (message: ToWorker) => {
      if (message.kind === 'close') {
        await runner.close();
        port.close();
        return;
      }
      const { call, operation, argument } = message;
      try {
        post({ kind: 'done', call, result: await runner.run(operation, argument) });
      } catch (error) {
        post({ kind: 'failed', call, fault: messageOf(error) });
      }
    });
    post({ kind: 'open' });
  } catch (error) {
    post({ kind: 'unusable', fault: messageOf(error) });
    port.close();
  }
}

function messageOf(error: unknown): string {
  return error instanceof StoreFault ? error.message : String(error);
}
