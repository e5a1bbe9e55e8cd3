// What a store's thread and its owner say to each other.
import type { StoreNotice } from './notice.ts';
import type { Argument, Operation, Result } from './sqlite/operations.ts';

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
  /** It could not be opened; the thread ends. */
  | { readonly kind: 'unusable'; readonly fault: string }
  | { readonly kind: 'done'; readonly call: number; readonly result: Result<Operation> }
  | { readonly kind: 'failed'; readonly call: number; readonly fault: string };
