// A decision as a value: what one input has come to. It goes from the decider to the journal, and once that has it on disk to
// the view and to every subscriber (metrics, log, traces). It holds data only, so it can be kept, compared and sent.
import type { AlertChanges } from '../core/alert.ts';
import type { SystemDefinition } from '../core/definition.ts';
import type { Graph } from '../core/graph.ts';
import type { Health } from '../core/health.ts';
import type { GraphChanges } from '../core/next-graph.ts';
import type { Status } from '../core/status.ts';
import type { RemovedComponent, SavedComponent, StatusRecord } from '../core/store.ts';

export interface Decision {
  /** Revision of the last change in it or before. */
  readonly revision: number;
  /** Wall clock, epoch milliseconds: when it happened, which may be before now. */
  readonly atMs: number;
  /** Records for history, in order of revision. */
  readonly records: readonly StatusRecord[];
  /** Healths that took a revision, in its order. */
  readonly changed: readonly Health[];
  /** Components that are gone. Their revisions are above all before, and below those of `changed`. */
  readonly removed: readonly RemovedComponent[];
  /** Changes of status among `changed`, of components that were there before. */
  readonly statusChanges: readonly StatusChange[];
  /** State that the store replaces or adds. */
  readonly saved: readonly SavedComponent[];
  /** Structure of the components from here on. Undefined: the same as before. */
  readonly structure: Structure | undefined;
  /** Ids whose watchers have to look again, although their health is the same. */
  readonly reread: readonly string[];
  /** What it comes to for alerts. Left out: nothing. */
  readonly alerts?: AlertChanges;
  /** Trace of the probe run that brought it about, where that is traced. */
  readonly trace: Trace | undefined;
}

/** Takes every decision, once it can be read and before watchers wake. Must not throw. */
export type DecisionSubscriber = (decision: Decision) => void;

export interface StatusChange {
  readonly from: Status;
  /** Health that it came to. */
  readonly health: Health;
}

/** Which components there are, and how they belong together. */
export interface Structure {
  readonly graph: Graph;
  readonly rootId: SystemDefinition['rootId'];
  /** What is otherwise than before. Left out: anything may be. */
  readonly changes?: GraphChanges;
}

/** Ids of a span (W3C Trace Context). */
export interface Trace {
  readonly traceId: string;
  readonly spanId: string;
  readonly traceFlags: number;
}
