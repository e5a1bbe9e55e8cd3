// Some of what the store has not got yet, with a time of its own: one append.
import type { AlertChanges, Delivery, SavedAlert, Suspension } from '../core/alert.ts';
import {
  type AuditEntry,
  type HistoryBatch,
  MAX_TOMBSTONES,
  type ObservationRecord,
  type RemovedComponent,
  type SavedComponent,
  type StatusRecord,
} from '../core/store.ts';
import type { Decision } from './decision.ts';

/** Of the oldest part, at a time: so that dropping costs next to nothing per entry. */
const DROP_AT_ONCE = 1_000;

export type PartList = unknown[] | Map<string, unknown>;

export interface Part {
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

export function emptyPart(revision: number): Part {
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

export function sizeOf(part: Part): number {
  const { records, observations, audit, changed } = part;
  return records.length + observations.length + audit.length + changed.size + alertingSizeOf(part);
}

function alertingSizeOf({ alerts, ended, deliveries, suspensions }: Part): number {
  return alerts.size + ended.size + deliveries.length + suspensions.size;
}

export function countOf(list: PartList): number {
  return Array.isArray(list) ? list.length : list.size;
}

/** Takes the first ones away. The result is their number. */
export function dropFrom(list: PartList): number {
  if (Array.isArray(list)) return list.splice(0, DROP_AT_ONCE).length;
  const dropped = [...list.keys().take(DROP_AT_ONCE)];
  for (const key of dropped) list.delete(key);
  return dropped.length;
}

export function toBatch(part: Part, revision: number): HistoryBatch {
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

/** Puts what is left of a part in front of the next one. @returns how many alerts are over in both, and now in one */
export function fold(part: Part, into: Part): number {
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
  return ended.length - into.ended.size;
}
