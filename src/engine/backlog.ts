// What the store has not got yet, in order, cut into parts of a bounded size that each know their own time: so that an
// append never stalls a call, and what happened while the store failed is kept as it was.
import type { AlertChanges, SavedAlert } from '../core/alert.ts';
import type { Clock } from '../core/clock.ts';
import type { AuditEntry, HistoryBatch, ObservationRecord, SavedComponent } from '../core/store.ts';
import { countOf, dropFrom, emptyPart, fold, type Part, type PartList, sizeOf, toBatch } from './backlog-part.ts';
import type { Decision, DecisionSubscriber } from './decision.ts';
import { type Portion, portionsOf } from './decision-portions.ts';

export interface Backlog {
  /** Waits for whoever comes by. */
  observe(observation: ObservationRecord): void;
  /** Goes with the decision that comes next, or before it. */
  audit(entry: AuditEntry): void;
  /** State without a change, the latest of each component; waits for `takeRefreshed`. */
  refresh(state: SavedComponent): void;
  decide(decision: Decision): void;
  /** Lets all that was refreshed go with the rest. */
  takeRefreshed(): void;
  /** What is to be appended next; there is always something, if only that time has passed. It stays until `shift`. */
  next(): HistoryBatch;
  /** Takes away what `next` gave last, since it is kept. Its decisions wait for `publishKept`. */
  shift(): void;
  /** Publishes the decisions that are kept. */
  publishKept(): void;
  /** What `next` gave last goes nowhere for now: from here on it may be shortened like the rest. */
  unlock(): void;
  /** Publishes every decision, kept or not. */
  publishAll(): void;
  /** Calls `wake` once everything that is in here now is published, at once when it is; with whether all of it is kept. */
  whenPublished(wake: (isKept: boolean) => void): void;
  /** There is something to publish or that is published already, or more than fits one part. */
  readonly isUrgent: boolean;
  /** Nothing waits to be published. */
  readonly isPublished: boolean;
  /** Something that is in here is published. */
  readonly isAhead: boolean;
  /** Every part that was cut is kept. */
  readonly isDrained: boolean;
  readonly isEmpty: boolean;
  stats(): BacklogStats;
}

export interface BacklogStats {
  /** Observations, changes of status and entries of the audit log that are not kept yet. */
  readonly observations: number;
  readonly transitions: number;
  readonly auditEntries: number;
  /** States of components that are not kept yet. */
  readonly states: number;
  /** Alerts that are not kept yet as they are, and deliveries that are not kept at all. */
  readonly alerts: number;
  readonly deliveries: number;
  /** Since the start: given up, since there was no room to wait. */
  readonly droppedObservations: number;
  readonly droppedTransitions: number;
  readonly droppedAuditEntries: number;
  /** What was sent is sent all the same: only a crash makes a gap of what is missing here. */
  readonly droppedDeliveries: number;
  /** Ends of alerts. After a restart they are not over, and end once more. */
  readonly droppedAlerts: number;
}

export interface BacklogOptions {
  readonly clock: Pick<Clock, 'nowMs' | 'monotonicMs'>;
  /** What the store has. */
  readonly revision: number;
  /** Called once with each decision, in their order. */
  readonly publish: DecisionSubscriber;
  readonly limits?: BacklogLimits;
}

export interface BacklogLimits {
  readonly observations: number;
  /** At the least: there is room for two of each component, which appear at the start and are looked at then. */
  readonly transitions: number;
  /** Entries of one part. */
  readonly part: number;
}

const LIMITS: BacklogLimits = { observations: 200_000, transitions: 100_000, part: 2_000 };
const MAX_AUDIT_ENTRIES = 10_000;
/** Each has a message of about a kilobyte, which those to other channels share. */
const MAX_DELIVERIES = 20_000;
/** Those that are not over are as many as the configuration allows. */
const MAX_ENDED_ALERTS = 20_000;
/** What there is room for a number of: beyond it the oldest go. */
interface Quota {
  readonly listOf: (part: Part) => PartList;
  atMost: number;
  waiting: number;
  /** Since the start. */
  dropped: number;
}

const quota = (atMost: number, listOf: Quota['listOf']): Quota => ({ listOf, atMost, waiting: 0, dropped: 0 });

export function createBacklog({ clock, revision, publish, limits = LIMITS }: BacklogOptions): Backlog {
  const sealed: Part[] = [];
  /** Parts that are kept, and whose decisions are not published yet. */
  const kept: Part[] = [];
  const refreshed = new Map<string, SavedComponent>();
  let open = emptyPart(revision);
  /** `next` gave the first part away: it must stay as it is. */
  let isLocked = false;
  let keptRevision = revision;
  let sentRevision = revision;
  let sealedAtMs = clock.monotonicMs();
  const observations = quota(limits.observations, (part) => part.observations);
  const transitions = quota(limits.transitions, (part) => part.records);
  const auditEntries = quota(MAX_AUDIT_ENTRIES, (part) => part.audit);
  const deliveries = quota(MAX_DELIVERIES, (part) => part.deliveries);
  const endedAlerts = quota(MAX_ENDED_ALERTS, (part) => part.ended);

  /** @param lagMs How long ago it was that the last change in it happened, where others of before now are to come. */
  const seal = (lagMs = 0) => {
    const untilMs = Math.max(sealedAtMs, clock.monotonicMs() - lagMs);
    open.untilMs = clock.nowMs() - (clock.monotonicMs() - untilMs);
    open.elapsedMs = untilMs - sealedAtMs;
    sealedAtMs = untilMs;
    // The latest state is enough, but for what is still to be published; a part that is on its way stays as it is.
    for (const part of sealed.slice(isLocked ? 1 : 0)) {
      if (part.unpublished.length > 0 || part.isPortion) continue;
      for (const id of open.changed.keys()) part.changed.delete(id);
      // An alert that there is a delivery of stays with it: a crash between the two parts leaves both.
      const delivered = new Set(part.deliveries.map(({ alert }) => alert));
      for (const id of part.alerts.keys()) {
        if (!delivered.has(id) && (open.alerts.has(id) || open.ended.has(id))) part.alerts.delete(id);
      }
      for (const id of open.suspensions.keys()) part.suspensions.delete(id);
    }
    sealed.push(open);
    open = emptyPart(open.revision);
  };
  const sealWhenFull = (lastAtMs = clock.nowMs()) => {
    if (sizeOf(open) >= limits.part) seal(Math.max(0, clock.nowMs() - lastAtMs));
  };

  const isAhead = () => open.isPublished || sealed.some(({ isPublished }) => isPublished);

  const publishPart = ({ unpublished, waiting }: Part, isKept: boolean) => {
    for (const decision of unpublished.splice(0)) publish(decision);
    for (const wake of waiting.splice(0)) wake(isKept);
  };

  /** Takes the oldest ones away. The result is their number; 0 where all of them are on their way. */
  const drop = (listOf: Quota['listOf']): number => {
    const first = isLocked ? 1 : 0;
    const at = sealed.findIndex((part, index) => index >= first && countOf(listOf(part)) > 0);
    const part = sealed[at];
    const dropped = dropFrom(listOf(part ?? open));
    // Or the number of parts of which hardly anything is left would be without bound.
    const before = at > first ? sealed[at - 1] : undefined;
    if (part !== undefined && before !== undefined && sizeOf(before) + sizeOf(part) <= limits.part) {
      endedAlerts.waiting -= fold(before, part);
      sealed.splice(at - 1, 1);
    }
    return dropped;
  };
  const count = (kind: Quota, added: number) => {
    kind.waiting += added;
    while (kind.waiting > kind.atMost) {
      const dropped = drop(kind.listOf);
      if (dropped === 0) break;
      kind.waiting -= dropped;
      kind.dropped += dropped;
    }
  };

  const take = ({ records, saved, removed }: Portion) => {
    for (const record of records) open.records.push(record);
    for (const state of saved) {
      refreshed.delete(state.id);
      open.removed.delete(state.id);
      open.changed.set(state.id, state);
    }
    for (const one of removed) {
      refreshed.delete(one.id);
      open.changed.delete(one.id);
      open.removed.delete(one.id);
      open.removed.set(one.id, one);
    }
  };
  /** What does not fit one part goes into several: the store has all of it with the last one, which says how far it has come. */
  const takeInPortions = (decision: Decision) => {
    const lagMs = Math.max(0, clock.nowMs() - decision.atMs);
    let isFirst = true;
    for (const portion of portionsOf(decision, limits.part)) {
      if (!isFirst) {
        open.isPortion = true;
        seal(lagMs);
      }
      isFirst = false;
      take(portion);
    }
  };

  const takeAlerts = ({ alerts, forgotten, deliveries: added, suspensions }: AlertChanges) => {
    const endedBefore = open.ended.size;
    const end = (id: string, saved: SavedAlert | undefined) => {
      open.alerts.delete(id);
      open.ended.set(id, saved);
    };
    for (const saved of alerts) {
      if (saved.alert.state === 'RESOLVED') end(saved.alert.id, saved);
      else open.alerts.set(saved.alert.id, saved);
    }
    for (const id of forgotten) end(id, undefined);
    for (const suspension of suspensions) open.suspensions.set(suspension.id, suspension);
    for (const delivery of added) open.deliveries.push(delivery);
    const ended = open.ended.size - endedBefore;
    count(deliveries, added.length);
    count(endedAlerts, ended);
  };

  return {
    observe(observation) {
      open.observations.push(observation);
      count(observations, 1);
      sealWhenFull();
    },
    audit(entry) {
      open.audit.push(entry);
      count(auditEntries, 1);
    },
    refresh(state) {
      if (open.changed.has(state.id)) open.changed.set(state.id, state);
      else refreshed.set(state.id, state);
    },
    decide(decision) {
      takeInPortions(decision);
      open.revision = decision.revision;
      open.unpublished.push(decision);
      if (decision.alerts !== undefined) takeAlerts(decision.alerts);
      if (decision.structure !== undefined) {
        transitions.atMost = Math.max(limits.transitions, 2 * decision.structure.graph.definitions.length);
      }
      count(transitions, decision.records.length);
      sealWhenFull(decision.atMs);
    },
    takeRefreshed() {
      for (const state of refreshed.values()) {
        open.changed.set(state.id, state);
        sealWhenFull();
      }
      refreshed.clear();
    },
    next() {
      if (sealed.length === 0) seal();
      isLocked = true;
      const part = sealed[0]!;
      // The states of earlier changes may come with a later part: only the last one makes the store whole.
      sentRevision = sealed.length > 1 ? keptRevision : part.revision;
      return toBatch(part, sentRevision);
    },
    shift() {
      const part = sealed.shift();
      isLocked = false;
      if (part === undefined) return;
      keptRevision = sentRevision;
      for (const kind of [observations, transitions, auditEntries, deliveries, endedAlerts]) {
        kind.waiting -= countOf(kind.listOf(part));
      }
      kept.push(part);
    },
    publishKept() {
      for (const part of kept.splice(0)) publishPart(part, true);
    },
    unlock() {
      isLocked = false;
    },
    publishAll() {
      for (const part of [...sealed, open]) {
        if (part.unpublished.length > 0 || part.isPortion) part.isPublished = true;
        part.isPortion = false;
        publishPart(part, false);
      }
    },
    whenPublished(wake) {
      const last = [open, ...sealed.toReversed()].find(({ unpublished }) => unpublished.length > 0);
      if (last === undefined) wake(!isAhead());
      else last.waiting.push(wake);
    },
    get isUrgent() {
      return sealed.length > 0 || open.unpublished.length > 0 || open.isPublished;
    },
    get isPublished() {
      return open.unpublished.length === 0 && sealed.every(({ unpublished }) => unpublished.length === 0);
    },
    get isAhead() {
      return isAhead();
    },
    get isDrained() {
      return sealed.length === 0;
    },
    get isEmpty() {
      return sealed.length === 0 && sizeOf(open) + open.removed.size + open.unpublished.length === 0;
    },
    stats: () => ({
      observations: observations.waiting,
      transitions: transitions.waiting,
      auditEntries: auditEntries.waiting,
      states: [...sealed, open].reduce((sum, { changed }) => sum + changed.size, refreshed.size),
      alerts: [...sealed, open].reduce((sum, { alerts, ended }) => sum + alerts.size + ended.size, 0),
      deliveries: deliveries.waiting,
      droppedObservations: observations.dropped,
      droppedTransitions: transitions.dropped,
      droppedAuditEntries: auditEntries.dropped,
      droppedDeliveries: deliveries.dropped,
      droppedAlerts: endedAlerts.dropped,
    }),
  };
}
