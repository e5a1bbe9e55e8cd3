// What is known of one component by one route: while it is bad, and until its alert is over.
import type { Alert, AlertRoute, SavedAlert } from '../../core/alert.ts';
import type { DueItem } from '../../core/due-queue.ts';
import type { BurnSpeed } from '../../core/slo/objective.ts';

export interface Entry extends DueItem {
  readonly component: string;
  /** Index of the component in the graph. */
  index: number;
  route: AlertRoute;
  /** Position of the route. */
  at: number;
  /** What readers see. Undefined: nothing, since another alert stands for it. */
  alert: Alert | undefined;
  /** Epoch milliseconds: since when it has been bad. */
  sinceMs: number;
  /** It was opened: somebody was sent something of it. */
  isOpen: boolean;
  /** Of an open one: since when it has been good. */
  goodSinceMs: number | undefined;
  /** Ids of channels that are sent what follows. */
  channels: readonly string[];
  /** Epoch milliseconds of the next reminder. */
  remindMs: number;
  /** What it is again after its suspension. */
  suspendedFrom: 'OPEN' | 'ACKNOWLEDGED';
  /** Of one that flaps: epoch milliseconds since when its status has been the same. */
  steadySinceMs: number | undefined;
  /** Of an open one by burn rates: how fast it burnt when it was looked at last, undefined when it did not. */
  burn: BurnSpeed | undefined;
  /** Speeds at which it has begun to burn, and that are not over. */
  begun: readonly BurnSpeed[];
  /** Of one that is not opened: what it depends on is bad too. */
  isCaused: boolean;
  /** Epoch milliseconds: until then it may be bad only since nobody has looked again after its cause went. */
  unseenUntilMs: number;
  /** Epoch milliseconds: when its consequences are counted anew. */
  recountMs: number;
}

/** What goes to the store beside the alert. */
interface Progress {
  readonly sinceMs: number;
  readonly isOpen: boolean;
  readonly goodSinceMs?: number;
  readonly channels: readonly string[];
  readonly remindMs?: number;
  readonly suspendedFrom: 'OPEN' | 'ACKNOWLEDGED';
  readonly steadySinceMs?: number;
}

const NEVER = Number.POSITIVE_INFINITY;

export function newEntry(component: string, index: number, route: AlertRoute, at: number, sinceMs: number): Entry {
  return {
    component,
    index,
    route,
    at,
    alert: undefined,
    sinceMs,
    isOpen: false,
    goodSinceMs: undefined,
    channels: [],
    remindMs: NEVER,
    suspendedFrom: 'OPEN',
    steadySinceMs: undefined,
    burn: undefined,
    begun: [],
    isCaused: false,
    unseenUntilMs: Number.NEGATIVE_INFINITY,
    recountMs: NEVER,
    place: -1,
  };
}

/** Of an entry that readers see. */
export function toSaved(entry: Entry): SavedAlert {
  const { sinceMs, isOpen, goodSinceMs, channels, remindMs, suspendedFrom, steadySinceMs } = entry;
  const progress: Progress = {
    sinceMs,
    isOpen,
    channels,
    suspendedFrom,
    ...(goodSinceMs !== undefined && { goodSinceMs }),
    ...(remindMs !== NEVER && { remindMs }),
    ...(steadySinceMs !== undefined && { steadySinceMs }),
  };
  return { alert: entry.alert!, progress };
}

/** @param at position of the route */
export function fromSaved({ alert, progress }: SavedAlert, index: number, route: AlertRoute, at: number): Entry {
  const { remindMs = NEVER, ...saved } = progress as Progress;
  const begun = alert.burn === undefined ? [] : [alert.burn];
  const entry = newEntry(alert.component, index, route, at, saved.sinceMs);
  return { ...entry, ...saved, remindMs, burn: alert.burn, begun, alert };
}

/** After the clock was set back: whatever is in its future is at `nowMs`. @param recoveryMs by the index of a component */
export function beginBy(entry: Entry, nowMs: number, recoveryMs: (index: number) => number): void {
  entry.sinceMs = Math.min(entry.sinceMs, nowMs);
  if (entry.goodSinceMs !== undefined) entry.goodSinceMs = Math.min(entry.goodSinceMs, nowMs);
  if (entry.steadySinceMs !== undefined) entry.steadySinceMs = Math.min(entry.steadySinceMs, nowMs);
  entry.unseenUntilMs = Math.min(entry.unseenUntilMs, nowMs + recoveryMs(entry.index));
  entry.remindMs = Math.min(entry.remindMs, nowMs + (entry.route.remindEveryMs ?? NEVER));
  const { alert } = entry;
  if (alert?.openedMs !== undefined && alert.openedMs > nowMs) entry.alert = { ...alert, openedMs: nowMs };
}
