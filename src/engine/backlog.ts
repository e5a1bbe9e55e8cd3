// What the store has not got yet, in order, cut into parts of a bounded size that each know their own time: so that an
// append never stalls a call, and what happened while the store failed is kept as it was.
import type { AlertChanges, Delivery, SavedAlert, Suspension } from '../core/alert.ts';
import type { Clock } from '../core/clock.ts';
import {
  type AuditEntry,
  type HistoryBatch,
  MAX_TOMBSTONES,
  type ObservationRecord,
  type RemovedComponent,
  type SavedComponent,
  type StatusRecord,
} from '../core/store.ts';
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
/** Of the oldest part, at a time: so that dropping costs next to nothing per entry. */
const DROP_AT_ONCE = 1_000;

interface Part {
  untilMs: number;
  elapsedMs: number;
  revision: number;
  readonly records: StatusRecord[];
  readonly observations: ObservationRecord[];
  readonly audit: AuditEntry[];
  readonly changed: Map<string, SavedComponent>;
  readonly removed: Map<string, RemovedComponent>;
  /** Alerts that are not over. */
  readonly alerts: Map<string, SavedAlert>;
  /** Alerts that are over; undefined: forgotten. */
  readonly ended: Map<string, SavedAlert | undefined>;
  readonly deliveries: Delivery[];
  readonly suspensions: Map<string, Suspension>;
  /** Decisions in it that are not published yet. */
  readonly unpublished: Decision[];
  /** It begins, or goes on with, a decision that ends in a later part, and which is not published yet. */
  isPortion: boolean;
  /** Callers that wait until they are. */
  readonly waiting: ((isKept: boolean) => void)[];
  /** Something in it is published. */
  isPublished: boolean;
}

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
  let [observations, transitions, droppedObservations, droppedTransitions] = [0, 0, 0, 0];
  let transitionsAtMost = limits.transitions;
  let [auditEntries, droppedAuditEntries] = [0, 0];
  let [deliveries, droppedDeliveries, endedAlerts, droppedAlerts] = [0, 0, 0, 0];

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
      const told = new Set(part.deliveries.map(({ alert }) => alert));
      for (const id of part.alerts.keys()) {
        if (!told.has(id) && (open.alerts.has(id) || open.ended.has(id))) part.alerts.delete(id);
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

  /** Takes the oldest ones away. The result is their number. */
  const drop = (list: (part: Part) => unknown[] | Map<string, unknown>): number => {
    const first = isLocked ? 1 : 0;
    const at = sealed.findIndex((part, index) => index >= first && countOf(list(part)) > 0);
    const part = sealed[at];
    const dropped = dropFrom(list(part ?? open));
    // Or the number of parts of which hardly anything is left would be without bound.
    const before = at > first ? sealed[at - 1] : undefined;
    if (part !== undefined && before !== undefined && sizeOf(before) + sizeOf(part) <= limits.part) {
      fold(before, part);
      sealed.splice(at - 1, 1);
    }
    return dropped;
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
    const end = (id: string, saved: SavedAlert | undefined) => {
      open.alerts.delete(id);
      if (!open.ended.has(id)) endedAlerts += 1;
      open.ended.set(id, saved);
    };
    for (const saved of alerts) {
      if (saved.alert.state === 'RESOLVED') end(saved.alert.id, saved);
      else open.alerts.set(saved.alert.id, saved);
    }
    for (const id of forgotten) end(id, undefined);
    for (const suspension of suspensions) open.suspensions.set(suspension.id, suspension);
    for (const delivery of added) open.deliveries.push(delivery);
    deliveries += added.length;
    while (deliveries > MAX_DELIVERIES) {
      const dropped = drop((part) => part.deliveries);
      if (dropped === 0) break;
      deliveries -= dropped;
      droppedDeliveries += dropped;
    }
    while (endedAlerts > MAX_ENDED_ALERTS) {
      const dropped = drop((part) => part.ended);
      if (dropped === 0) break;
      endedAlerts -= dropped;
      droppedAlerts += dropped;
    }
  };

  return {
    observe(observation) {
      open.observations.push(observation);
      observations += 1;
      if (observations > limits.observations) {
        const dropped = drop((part) => part.observations);
        observations -= dropped;
        droppedObservations += dropped;
      }
      sealWhenFull();
    },
    audit(entry) {
      open.audit.push(entry);
      auditEntries += 1;
      if (auditEntries > MAX_AUDIT_ENTRIES) {
        const dropped = drop((part) => part.audit);
        auditEntries -= dropped;
        droppedAuditEntries += dropped;
      }
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
      transitions += decision.records.length;
      if (decision.structure !== undefined) {
        transitionsAtMost = Math.max(limits.transitions, 2 * decision.structure.graph.definitions.length);
      }
      while (transitions > transitionsAtMost) {
        const dropped = drop((part) => part.records);
        if (dropped === 0) break;
        transitions -= dropped;
        droppedTransitions += dropped;
      }
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
      observations -= part.observations.length;
      transitions -= part.records.length;
      auditEntries -= part.audit.length;
      deliveries -= part.deliveries.length;
      endedAlerts -= part.ended.size;
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
      observations,
      transitions,
      auditEntries,
      states: [...sealed, open].reduce((sum, { changed }) => sum + changed.size, refreshed.size),
      alerts: [...sealed, open].reduce((sum, { alerts, ended }) => sum + alerts.size + ended.size, 0),
      deliveries,
      droppedObservations,
      droppedTransitions,
      droppedAuditEntries,
      droppedDeliveries,
      droppedAlerts,
    }),
  };
}

function emptyPart(revision: number): Part {
  return {
    untilMs: 0,
    elapsedMs: 0,
    revision,
    records: [],
    observations: [],
    audit: [],
    changed: new Map(),
    removed: new Map(),
    alerts: new Map(),
    ended: new Map(),
    deliveries: [],
    suspensions: new Map(),
    unpublished: [],
    isPortion: false,
    waiting: [],
    isPublished: false,
  };
}

function sizeOf(part: Part): number {
  const { records, observations, audit, changed } = part;
  return records.length + observations.length + audit.length + changed.size + alertingSizeOf(part);
}

function alertingSizeOf({ alerts, ended, deliveries, suspensions }: Part): number {
  return alerts.size + ended.size + deliveries.length + suspensions.size;
}

function countOf(list: unknown[] | Map<string, unknown>): number {
  return Array.isArray(list) ? list.length : list.size;
}

/** Takes the first ones away. The result is their number. */
function dropFrom(list: unknown[] | Map<string, unknown>): number {
  if (Array.isArray(list)) return list.splice(0, DROP_AT_ONCE).length;
  const dropped = [...list.keys().take(DROP_AT_ONCE)];
  for (const key of dropped) list.delete(key);
  return dropped.length;
}

function toBatch(part: Part, revision: number): HistoryBatch {
  const { untilMs, elapsedMs, records, observations, audit, changed, removed } = part;
  return {
    untilMs,
    elapsedMs,
    revision,
    records,
    observations,
    changed: [...changed.values()],
    removed: [...removed.values()],
    audit,
    ...(alertingSizeOf(part) > 0 && { alerts: alertChangesOf(part) }),
  };
}

function alertChangesOf({ alerts, ended, deliveries, suspensions }: Part): AlertChanges {
  const forgotten: string[] = [];
  const changed = [...alerts.values()];
  for (const [id, saved] of ended) {
    if (saved === undefined) forgotten.push(id);
    else changed.push(saved);
  }
  return { alerts: changed, forgotten, deliveries, suspensions: [...suspensions.values()] };
}

/** Puts what is left of a part in front of the next one. */
function fold(part: Part, into: Part): void {
  into.elapsedMs += part.elapsedMs;
  into.records.unshift(...part.records);
  into.observations.unshift(...part.observations);
  into.audit.unshift(...part.audit);
  into.deliveries.unshift(...part.deliveries);
  for (const [id, saved] of part.alerts) if (!into.alerts.has(id) && !into.ended.has(id)) into.alerts.set(id, saved);
  const ended = [...part.ended, ...into.ended];
  into.ended.clear();
  for (const [id, saved] of ended) into.ended.set(id, saved);
  for (const [id, saved] of part.suspensions) if (!into.suspensions.has(id)) into.suspensions.set(id, saved);
  into.unpublished.unshift(...part.unpublished);
  into.waiting.unshift(...part.waiting);
  into.isPublished ||= part.isPublished;
  const isOld = (id: string) => into.changed.has(id) || into.removed.has(id);
  const removed = [...part.removed].filter(([id]) => !isOld(id));
  for (const [id, state] of part.changed) if (!isOld(id)) into.changed.set(id, state);
  const all = [...removed, ...into.removed].slice(-MAX_TOMBSTONES);
  into.removed.clear();
  for (const [id, one] of all) into.removed.set(id, one);
}
