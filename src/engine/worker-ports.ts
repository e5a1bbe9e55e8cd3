// The shapes in which who decides, who assigns and who probes meet.
import type { ComponentDefinition } from '../core/definition.ts';
import type { Observation, Reason } from '../core/observation.ts';
import type { ProbedDefinition } from './prober.ts';

export type WorkerKind = 'agent' | 'instance';

/** What a worker says of itself when it comes. */
export interface WorkerHello {
  /** One worker of an id at a time. */
  readonly id: string;
  /** Of its process: another one of the same id is another worker. */
  readonly incarnation: string;
  /** Who vouches for it, for people. */
  readonly principal: string;
  /** Where it is; undefined: where this instance is. */
  readonly place: string | undefined;
  readonly version: string;
  /** An instance on the same database, or an agent. */
  readonly kind: WorkerKind;
  /** What it may and can probe. */
  readonly takes: (definition: ProbedDefinition) => boolean;
}

/** Something that one worker probes. */
export interface Assignment {
  /** Its name. Never given twice, by whatever instance. */
  readonly id: string;
  readonly definition: ProbedDefinition;
  /** Time between two runs, as of now. */
  readonly intervalMs: number;
  /** How long what is known of it is good; 0: nothing is known. */
  readonly freshForMs: number;
}

export type WorkerNews = {
  /** Grows with whatever changes for anybody. */
  readonly revision: number;
} & (
  | { readonly kind: 'snapshot'; readonly assignments: readonly Assignment[] }
  | {
      readonly kind: 'change';
      /** New, or an other definition of one that there was, by the same name or another. */
      readonly assigned: readonly Assignment[];
      /** Ids of components. */
      readonly removed: readonly string[];
      readonly paces: readonly { readonly component: string; readonly intervalMs: number }[];
    }
);

/** The stream of one worker. */
export interface WorkerLink {
  /** What is new since the last call, all of it the first time. @throws WorkerReplaced once another one of its id has come */
  read(): WorkerNews | undefined;
  /** Calls `wake` at news. The result ends it, and the stream with it. */
  subscribe(wake: () => void): () => void;
}

/** Another worker of the same id has come. */
export class WorkerReplaced extends Error {
  override readonly name = 'WorkerReplaced';
}

export interface SeenByWorker {
  readonly component: string;
  /** Name of the assignment. */
  readonly assignment: string;
  readonly observation: Observation;
  /** How long ago it was seen. */
  readonly ageMs: number;
}

export interface WorkerBatch {
  readonly id: string;
  readonly incarnation: string;
  readonly principal: string;
  /** From 1, one higher with each batch. */
  readonly sequence: number;
  readonly seen: readonly SeenByWorker[];
  /** What it had to forget since it began. */
  readonly lost: number;
  /** How far its clock is ahead of ours; undefined: not known yet. */
  readonly skewMs: number | undefined;
  /** It ends, and this is its last word. */
  readonly isLast: boolean;
}

export type TakenBatch =
  /** How many counted, and how many did not, since they are not its own any more. A repeated batch: none of either. */
  | { readonly ok: true; readonly counted: number; readonly refused: number }
  /** It has to come by a stream before. */
  | { readonly ok: false };

export type Joined =
  | { readonly ok: true; readonly link: WorkerLink }
  /** Somebody else has the id, or there are too many. */
  | { readonly ok: false; readonly why: 'id-taken' | 'too-many' };

export interface WorkerStats {
  readonly id: string;
  readonly kind: WorkerKind;
  readonly place: string | undefined;
  readonly version: string;
  readonly components: number;
  readonly counted: number;
  readonly refused: number;
  readonly lost: number;
  /** Of the latest observation, from when it was seen until it was counted. Undefined: there was none. */
  readonly lagMs: number | undefined;
  readonly skewMs: number | undefined;
}

/** Must not throw. */
export interface WorkersListener {
  onJoined?(worker: WorkerStats): void;
  /** `silent`: nothing was heard of it for too long; `left`: it has said so; `replaced`: another one of its id has come. */
  onGone?(worker: WorkerStats, why: 'silent' | 'left' | 'replaced'): void;
  onProbeRun?(run: { readonly id: string; readonly kind: string; readonly observation: Observation }): void;
}

/** What decides, to what assigns. */
export interface WorkersPort {
  /** @param seenMs monotonic milliseconds @param isElsewhere it was not seen by way of the network that this instance is in */
  observe(id: string, observation: Observation, seenMs: number, isElsewhere: boolean): void;
  /** Nobody can look at these any more. */
  unseen(ids: readonly string[], reason: Reason): void;
  /** Time between two runs, as of now. */
  intervalMs(definition: ProbedDefinition): number;
  /** As in `Job`. */
  freshUntilMs(id: string): number;
  /** What this instance itself probes is another. */
  onOwnChanged(): void;
}

export interface Workers {
  /** From now on there is somebody who decides. Once. */
  attach(port: WorkersPort): void;
  /** All components, of which some are probed. @returns whether what is of this place is shared with others, so that not all of it is its own */
  define(definitions: readonly ComponentDefinition[]): boolean;
  /** What this instance itself probes. */
  own(): readonly ProbedDefinition[];
  /** Whether this instance will have to probe it, as far as can be said before it is defined. */
  mayBeOwn(definition: ProbedDefinition): boolean;
  /** Whether it is this instance that probes it, so that what it has seen counts. */
  isOwn(id: string): boolean;
  /** From now on a place without a worker is cut off, once those that there were had time to come back. */
  start(): void;
  join(hello: WorkerHello): Joined;
  take(batch: WorkerBatch): TakenBatch;
  stats(): readonly WorkerStats[];
  /** How many components this instance itself probes. */
  ownCount(): number;
  /** How many components nobody can look at, by their place. */
  cutOff(): ReadonlyMap<string, number>;
  close(): void;
}
