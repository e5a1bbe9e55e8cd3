// The port between what decides health and what decides alerts: a decision goes in before it is kept, and what it comes to for
// alerts is kept with it.
import type { AlertChanges, AlertSettings, Suspension } from './alert.ts';
import type { Graph } from './graph.ts';
import type { Health } from './health.ts';
import type { GraphChanges } from './next-graph.ts';
import type { Burn } from './slo/budget.ts';

/** What has happened at one time. */
export interface AlertInput {
  /** Epoch milliseconds. */
  readonly atMs: number;
  /** Epoch milliseconds: later than `atMs` where that is caught up with. What is said again and again is said once of such time. */
  readonly presentMs: number;
  /** Healths that changed. */
  readonly changed: readonly Health[];
  /** How fast budgets burn, as far as it was looked at now. Left out: nothing was. */
  readonly burns?: readonly Burn[];
  /** Set at the first input and at reloads: whatever is not in it is gone. */
  readonly structure?: {
    readonly graph: Graph;
    /** What is otherwise than before. Left out: anything may be. */
    readonly changes?: GraphChanges | undefined;
    readonly settings: AlertSettings;
    /** By index in the graph. */
    health(index: number): Health;
  };
  /** The network of OpenK is gone: nothing is opened, nothing ends, and nothing is said until it is back. */
  readonly isOffline: boolean;
}

/** Decides alerts. It has no clock and no timer: the times come in, and it says when it is to be asked again. */
export interface Alerter {
  /** Epoch milliseconds: when `take` is due although nothing may have changed. Infinite: never. */
  readonly dueMs: number;
  /** What was due before `atMs` comes first. Undefined: it comes to nothing. */
  take(input: AlertInput): AlertChanges | undefined;
  acknowledge(
    id: string,
    by: { readonly author: string; readonly note: string },
    atMs: number,
  ): { readonly ok: true; readonly changes: AlertChanges } | { readonly ok: false; readonly why: 'not-found' };
  suspend(suspension: Suspension, atMs: number): AlertChanges;
  endSuspension(
    kind: Suspension['kind'],
    id: string,
    author: string,
    atMs: number,
  ):
    | { readonly ok: true; readonly suspension: Suspension; readonly changes: AlertChanges }
    | { readonly ok: false; readonly why: 'not-found' };
  /** All that are not over, and the newest of the others. */
  suspensions(): readonly Suspension[];
}
