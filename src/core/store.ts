// The port to what outlives a restart: state, transitions, observations, and what they sum up to. Its implementations are
// in store/, and pass one contract suite.
import type { AlertChanges, AlertLog, Delivery, SavedAlerting, WaitingQuery } from './alert.ts';
import type { Health } from './health.ts';
import type { Usage } from './history/usage.ts';
import type { Observation, Reason } from './observation.ts';
import type { Status } from './status.ts';
import type { Incident } from './status-page.ts';
import type { Condition } from './thresholds.ts';

/** What is known of one component. */
export interface SavedComponent {
  readonly id: string;
  /** What it was when this was seen of it; state of anything else is not taken over. */
  readonly fingerprint: string;
  readonly condition: Condition;
  readonly health: Health;
  /**
   * Epoch milliseconds, of a heartbeat that never reported: since when it could have. Of one that is late by a calendar: since
   * when that report was waited for, where it was not since the one before.
   */
  readonly expectedSinceMs?: number;
  /** Of a heartbeat: the run that has said that it began, and not that it ended. */
  readonly run?: {
    /** Empty: it has none. */
    readonly id: string;
    /** Epoch milliseconds. */
    readonly startedMs: number;
  };
}

/** Revisions from one to another, both included. */
export interface RevisionRange {
  readonly from: number;
  readonly to: number;
}

export interface SavedState {
  /** Revision of the last change that was kept. 0: none ever was. */
  readonly revision: number;
  /** Revisions of incarnations before from which a watcher can go on without a gap. Missing: none. */
  readonly resumable?: readonly RevisionRange[];
  readonly components: readonly SavedComponent[];
  /** Components that are gone, the latest ones, in order of revision. */
  readonly removed: readonly RemovedComponent[];
}

export interface LoadedState extends SavedState {
  readonly resumable: readonly RevisionRange[];
  /** Revision that those of the new incarnation are above, and above every one that was ever given. */
  readonly startRevision: number;
}

/** Components that are gone are remembered up to this many, the latest ones. */
export const MAX_TOMBSTONES = 10_000;

export interface RemovedComponent {
  readonly id: string;
  /** Of its removal. */
  readonly revision: number;
}

/** A change of status. */
export interface Transition {
  readonly revision: number;
  readonly component: string;
  /** Epoch milliseconds. */
  readonly atMs: number;
  readonly from: Status;
  readonly to: Status;
  readonly reason: Reason;
  /** Ids of the components that it depends on and that were UNHEALTHY too. */
  readonly causedBy: readonly string[];
}

/** What is kept of a status: a transition, or that a component appeared (no `from`) or went (no `to`). */
export type StatusRecord = Omit<Transition, 'from' | 'to'> & { readonly from?: Status; readonly to?: Status };

/** One run of a probe, or one report. */
export interface ObservationRecord {
  readonly component: string;
  /** Epoch milliseconds. */
  readonly atMs: number;
  readonly outcome: Observation['outcome'];
  readonly latencyMs?: number;
}

/** What a store has above a revision. */
export type TransitionsAfter =
  /** Everything that was kept, in order of revision, as far as the limit allows. The next page is after its last revision. */
  | { readonly kind: 'kept'; readonly records: readonly StatusRecord[] }
  /**
   * Some of it was forgotten, or the revision was never kept (it was published while the store failed, or the file is an older
   * copy): whoever stands there needs what is known now. Above `completeAfter` everything that was kept is there.
   */
  | { readonly kind: 'forgotten'; readonly completeAfter: number };

/** Who changed what, for those who have to answer for it. */
export interface AuditEntry {
  /** Epoch milliseconds. */
  readonly atMs: number;
  /** Name of the principal. */
  readonly principal: string;
  /** Of the caller; empty: there is none. */
  readonly address: string;
  /** UPPER_SNAKE_CASE. */
  readonly action: string;
  /** Id; empty: it is about none. */
  readonly component: string;
  /** For people; without secrets. */
  readonly detail: string;
}

export interface NumberedAuditEntry extends AuditEntry {
  /** Higher than that of every entry before, and never given again. */
  readonly number: number;
}

export interface AuditQuery {
  /** Epoch milliseconds, inclusive. */
  readonly fromMs?: number;
  /** Epoch milliseconds, exclusive. */
  readonly toMs?: number;
  readonly principal?: string;
  readonly component?: string;
  /** Only such below this number: where the page before ended. */
  readonly beforeNumber?: number;
  readonly limit: number;
}

/** What happened since the batch before. */
export interface HistoryBatch {
  /** Wall clock, epoch milliseconds: up to here, whatever no record says stayed as it was. */
  readonly untilMs: number;
  /** Monotonic time since the batch before (of the first: since the load): shows how far the wall clock stepped. */
  readonly elapsedMs: number;
  /** Of the last change in this batch or before. */
  readonly revision: number;
  /** In order of revision. */
  readonly records: readonly StatusRecord[];
  readonly observations: readonly ObservationRecord[];
  /** To be replaced or added. */
  readonly changed: readonly SavedComponent[];
  readonly removed: readonly RemovedComponent[];
  /** In the order in which it happened. Left out: nothing. */
  readonly audit?: readonly AuditEntry[];
  /** What it comes to for alerts. Left out: nothing. */
  readonly alerts?: AlertChanges;
}

export interface TransitionQuery {
  /** At most 10,000 ids. */
  readonly components: readonly string[];
  /** Epoch milliseconds, inclusive. */
  readonly fromMs?: number;
  /** Epoch milliseconds, exclusive. */
  readonly toMs?: number;
  /** Only such below this revision: where the page before ended. */
  readonly beforeRevision?: number;
  readonly limit: number;
}

/** Width of a bucket in milliseconds, one per tier. */
export type TierMs = 300_000 | 3_600_000 | 86_400_000;

/** Which buckets to sum up. All parts are answered as of the same moment. */
export interface AvailabilityQuery {
  readonly components: readonly string[];
  readonly parts: readonly AvailabilityPart[];
}

/** `fromMs` and `stepMs` are multiples of the tier's width. */
export interface AvailabilityPart {
  readonly fromMs: number;
  /** Exclusive. Buckets that are still open are answered as far as they are. */
  readonly toMs: number;
  readonly stepMs: number;
  readonly tierMs: TierMs;
}

/** Usage of one component by step, in the order of the parts: one for each step that begins before `toMs` of its part; empty usages where nothing is kept. */
export interface ComponentUsage {
  readonly component: string;
  readonly steps: readonly Usage[];
}

export interface Availability {
  /** Epoch milliseconds: up to here the present incarnation is accounted for, at most a second ago while the store works. */
  readonly untilMs: number;
  /** In the order of the ids that were asked for. */
  readonly components: readonly ComponentUsage[];
}

/** What was known of a component at a time. */
export type KnownAt =
  | {
      readonly kind: 'known';
      readonly record: StatusRecord & { readonly to: Status };
      readonly lastObservation?: ObservationRecord;
    }
  /** OpenK did not run. */
  | { readonly kind: 'not-running' }
  /** Nothing is kept of that time, or it was no component then. */
  | { readonly kind: 'no-record' };

/** How long each kind of record is kept, in milliseconds. */
export interface Retention {
  readonly transitionsMs: number;
  readonly observationsMs: number;
  readonly fiveMinutesMs: number;
  readonly hoursMs: number;
  readonly daysMs: number;
  readonly auditMs: number;
  /** Alerts from their ends, and deliveries from when they were settled. */
  readonly alertsMs: number;
}

/** What a part of OpenK keeps for its own next start: a text, whose meaning it alone knows and whose size it bounds. */
export interface KeptText {
  readonly key: string;
  readonly text: string;
}

/** Of one topic, which is one part of OpenK. */
export interface KeptChanges {
  readonly topic: string;
  /** By key; undefined: it is forgotten. */
  readonly texts: ReadonlyMap<string, string | undefined>;
}

/** The topic of those that share in the work, by their ids: each as `SECONDS SHA256`. */
export const SHARERS = 'sharer';

export interface Sharer {
  readonly id: string;
  readonly sha256: string;
}

/** What a store says of itself without being asked. */
export interface StoreNotice {
  /** `waiting`: another process has the file. The others: what happened to the file, and that a new one was begun. */
  readonly kind: 'waiting' | 'damaged' | 'deleted' | 'replaced';
  /** For people; one line, without secrets. */
  readonly message: string;
}

/** What a store that several processes may open says of who may act on what it has: one of them, as long as its lease can be proven. */
export type LeaseWord =
  /** For so long from then on nobody else takes it: monotonic milliseconds of the process (`process.hrtime`), and epoch milliseconds. */
  | { readonly kind: 'held'; readonly sentMs: number; readonly sentWallMs: number; readonly forMs: number }
  /** Somebody else has it, for good. The message is for people, and without secrets. */
  | { readonly kind: 'lost'; readonly message: string };

/** What changed in a store that another process writes. */
export interface Followed {
  /** Number of the last transaction that is in it: the next time goes on from there. */
  readonly batch: number;
  /** Everything up to this one is there. What the writer is still to complete is above it. */
  readonly revision: number;
  /** Where the revisions of the writer begin, and from which of those before a watcher can go on. Left out: as before, or there is none yet. */
  readonly incarnation?: { readonly startRevision: number; readonly resumable: readonly RevisionRange[] } | undefined;
  /** It is all that there is, and what is not in it is gone. Otherwise: what changed, as it is now. */
  readonly isWhole: boolean;
  readonly components: readonly SavedComponent[];
  readonly removed: readonly RemovedComponent[];
  readonly alerts: Omit<AlertChanges, 'deliveries'>;
  readonly incidents: readonly Incident[];
  /** Nobody holds the store: it can be claimed. */
  readonly isFree: boolean;
  /** For people: who holds it, or held it last. */
  readonly heldBy: string;
  /** The same as a token, which no other process has or had. */
  readonly holder: string;
}

/** @throws StoreFault from every method */
export interface Store extends AlertLog {
  /** What is really kept: what was asked for, or less. */
  readonly retention: Retention;
  /** Nobody goes on where this ends, so that it keeps no states of components. Default: somebody may. */
  readonly beginsAnew?: boolean;
  /** What earlier incarnations left; begins a new one. Called once in each, before anything else. */
  load(): Promise<LoadedState>;
  /** Durable and whole when it settles, or not at all. Batches are kept in the order of the calls. */
  append(batch: HistoryBatch): Promise<void>;
  /** Newest first. */
  transitions(query: TransitionQuery): Promise<readonly Transition[]>;
  /** Oldest first, at most `limit`, of every component, also of those that are gone. What is kept later is above all of it. */
  transitionsAfter(revision: number, limit: number): Promise<TransitionsAfter>;
  availability(query: AvailabilityQuery): Promise<Availability>;
  /** The present incarnation has no end yet: of a time after the last batch, what was known at the last batch. */
  knownAt(component: string, atMs: number): Promise<KnownAt>;
  /** Newest first. */
  audit(query: AuditQuery): Promise<readonly NumberedAuditEntry[]>;
  /** In the order of their last updates, the newest first: all that are open, and the newest of the others. */
  incidents(): Promise<readonly Incident[]>;
  /** Adds it, or replaces the one of this id. Durable when it settles. */
  saveIncident(incident: Incident): Promise<void>;
  /** What was kept of a topic, by key. May be asked before `load`. */
  kept(topic: string): Promise<readonly KeptText[]>;
  /** Durable and whole when it settles, or not at all. */
  keep(changes: KeptChanges): Promise<void>;
  /** What earlier incarnations left of alerts. After `load`, before the first batch. */
  alerting(): Promise<SavedAlerting>;
  /** Those that wait, by their numbers, the lowest first. */
  waitingDeliveries(query: WaitingQuery): Promise<readonly Delivery[]>;
  /** Replaces what is kept of each, or adds it: a batch that brings it later changes it no more. Durable when it settles. */
  saveDeliveries(deliveries: readonly Delivery[]): Promise<void>;
  /** Takes a store that several processes may open, or has it already. False: another one has it. Left out: it is one's own. */
  claim?(): Promise<boolean>;
  /** What another process has changed since that number; left out: everything. */
  follow?(afterBatch: number | undefined): Promise<Followed>;
  /** What `Followed.holder` calls this process. Left out: nobody follows. */
  readonly holder?: string;
  /**
   * Says that a process that does not hold the store shares in the work, and by the SHA-256 of which secret (hexadecimal) it is known:
   * `kept(SHARERS)` has it for a day. The one thing that is written by who holds nothing.
   */
  announce?(sharer: Sharer): Promise<void>;
  /** Makes the lease longer, as each write does. Left out: nobody else can take the store. */
  renew?(): Promise<void>;
  /** Forgets what is older than its retention, a bounded amount in each transaction. */
  prune(nowMs: number): Promise<void>;
  close(): Promise<void>;
}

/** Says what went wrong with which store, and what to do. Holds no secret. */
export class StoreFault extends Error {
  override readonly name = 'StoreFault';
}
