// The operations of a store as they go between threads: one argument, one result, both plain data. A worker runs them for a
// file, the caller's own thread for memory.

import type { AlertQuery, DeliveryQuery, WaitingQuery } from '../../core/alert.ts';
import type { Incident } from '../../core/status-page.ts';
import {
  type AuditQuery,
  type AvailabilityQuery,
  type KeptChanges,
  type KeptText,
  type KnownAt,
  type NumberedAuditEntry,
  type RemovedComponent,
  type RevisionRange,
  type Sharer,
  StoreFault,
  type Transition,
  type TransitionQuery,
  type TransitionsAfter,
} from '../../core/store.ts';
import type { PackedAlerting, PackedDelivery } from './packed-alerts.ts';
import type { PackedBatch } from './packed-batch.ts';
import type { PackedFollowed } from './packed-followed.ts';
import type { PackedUsages } from './packed-usages.ts';

interface OperationTypes {
  /** The argument is the wall clock. */
  load: { argument: number; result: PackedState };
  append: { argument: PackedBatch; result: undefined };
  transitions: { argument: TransitionQuery; result: Transition[] };
  transitionsAfter: { argument: { readonly revision: number; readonly limit: number }; result: TransitionsAfter };
  /** Of each part. */
  availability: { argument: AvailabilityQuery; result: readonly PackedUsages[] };
  knownAt: { argument: { readonly component: string; readonly atMs: number }; result: KnownAt };
  audit: { argument: AuditQuery; result: NumberedAuditEntry[] };
  /** The argument says nothing. */
  incidents: { argument: undefined; result: Incident[] };
  saveIncident: { argument: Incident; result: undefined };
  /** The argument is the topic. */
  kept: { argument: string; result: KeptText[] };
  keep: { argument: KeptChanges; result: undefined };
  /** The argument says nothing. */
  alerting: { argument: undefined; result: PackedAlerting };
  /** The result is JSON, one for each. */
  alerts: { argument: AlertQuery; result: string[] };
  deliveries: { argument: DeliveryQuery; result: PackedDelivery[] };
  waitingDeliveries: { argument: WaitingQuery; result: PackedDelivery[] };
  saveDeliveries: { argument: readonly PackedDelivery[]; result: undefined };
  /** These four are of stores that several processes may open. The argument says nothing. */
  claim: { argument: undefined; result: boolean };
  renew: { argument: undefined; result: undefined };
  announce: { argument: Sharer; result: undefined };
  /** The argument is the number of the last transaction that is known. */
  follow: { argument: number | undefined; result: PackedFollowed };
  /** In slices; other operations run between them. */
  prune: { argument: number; result: undefined };
}

export type Operation = keyof OperationTypes;
export type Argument<Name extends Operation> = OperationTypes[Name]['argument'];
export type Result<Name extends Operation> = OperationTypes[Name]['result'];

/** Of stores that several processes may open. */
export type SharedOperation = 'claim' | 'renew' | 'follow' | 'announce';

export type Operations = {
  readonly [Name in Operation]: (argument: Argument<Name>) => Result<Name> | Promise<Result<Name>>;
};

/** LoadedState as it goes between threads. */
export interface PackedState {
  readonly revision: number;
  readonly startRevision: number;
  readonly resumable: readonly RevisionRange[];
  /** SavedComponent as JSON. */
  readonly states: readonly string[];
  readonly removed: readonly RemovedComponent[];
}

/**
 * Runs operations in the order of the calls.
 * @param transfer What of the argument changes hands instead of being copied.
 * @throws StoreFault
 */
export type RunOperation = <Name extends Operation>(
  operation: Name,
  argument: Argument<Name>,
  transfer?: ArrayBuffer[],
) => Promise<Result<Name>>;

/** Here or in another thread. */
export interface OperationRunner {
  readonly run: RunOperation;
  /** Ends it once all that was asked for is done; what is asked later is refused. */
  close(): void | Promise<void>;
}

/**
 * What went wrong with which store, in words that help.
 * @param store As in the configuration: `memory:` or `sqlite:PATH`.
 */
export function storeFault(store: string, what: string, advice: string, error?: unknown): StoreFault {
  if (error instanceof StoreFault) return error;
  const reason = error === undefined ? '' : `: ${textOf(error)}`;
  return new StoreFault(`storage ${store}: ${what}${reason}. ${advice}`, { cause: error });
}

export function closedFault(store: string): StoreFault {
  return storeFault(store, 'it is closed', 'Nothing can be asked of it any more');
}

/** Looks, since what a thread died of comes out of it as no Error by its class. */
function textOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'message' in error ? String(error.message) : String(error);
}
