// What may happen to the state: one union, so that whoever decides, records or replays it has one thing to handle.
import type { Suspension } from '../core/alert.ts';
import type { SystemDefinition } from '../core/definition.ts';
import type { NextGraph } from '../core/next-graph.ts';
import type { Observation, ObservedPart, Reason } from '../core/observation.ts';
import type { Trace } from './decision.ts';
import type { Gap } from './gaps.ts';
import type { Report } from './health-ports.ts';

export type Input =
  | ObservationInput
  | UnseenInput
  | PartsInput
  | ReportInput
  | StartInput
  | TickInput
  | SilenceInput
  | DefinitionInput
  | SuspensionsInput;

/** A probe has seen something. */
export interface ObservationInput {
  readonly kind: 'observation';
  readonly id: string;
  readonly observation: Observation;
  readonly trace: Trace | undefined;
  /** Monotonic milliseconds: when it was seen. Left out: now. */
  readonly seenMs?: number | undefined;
  /** It was not seen by way of the network that OpenK itself is in. */
  readonly isElsewhere?: boolean;
}

/** Nobody can look at these any more: how they are is not known from now on, until somebody has looked. */
export interface UnseenInput {
  readonly kind: 'unseen';
  readonly ids: readonly string[];
  readonly reason: Reason;
}

/** Probes have seen parts that are no components yet, or none of them for long. */
export interface PartsInput {
  readonly kind: 'parts';
  /** By the id of the component that was looked at: all the parts that were seen of it last. */
  readonly seen: ReadonlyMap<string, readonly ObservedPart[]>;
  /** What they come to, where that was planned before. */
  readonly next?: NextGraph | undefined;
}

/** A heartbeat has reported. */
export interface ReportInput {
  readonly kind: 'report';
  readonly id: string;
  readonly report: Report;
}

/** A heartbeat says that a run of its job began. */
export interface StartInput {
  readonly kind: 'start';
  readonly id: string;
  /** Empty: the run has none. */
  readonly runId: string;
}

/** Deadlines have passed that were set for these components. */
export interface TickInput {
  readonly kind: 'tick';
  readonly ids: readonly string[];
  /** Monotonic milliseconds: when they passed, which may be before now. */
  readonly dueMs: number;
  /** Gap that is being caught up with, where there is one. */
  readonly gap: Gap | undefined;
}

/** Nobody listened: what came in the gap is lost. Comes after the ticks of the gap. */
export interface SilenceInput {
  readonly kind: 'silence';
  readonly gap: Gap;
}

/** People began or ended maintenance. */
export interface SuspensionsInput {
  readonly kind: 'suspensions';
  /** All there are, of either kind. */
  readonly suspensions: readonly Suspension[];
}

/** The configuration says what there is. The first one takes over what an earlier incarnation left. */
export interface DefinitionInput {
  readonly kind: 'definition';
  readonly system: SystemDefinition;
  /** Of the system and the parts that there are, where it was compiled before. */
  readonly next?: NextGraph | undefined;
}
