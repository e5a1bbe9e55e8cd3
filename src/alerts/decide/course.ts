// How an alert goes on: from when its component turns bad until it has been good for long enough.
//
// UNKNOWN that makes no alert is neutral: it opens nothing and ends nothing, and neither `for` nor `resolve_after` begins again
// because of it; what is due in it waits for the next status that says something.
import type { Alert, AlertSettings, MessageType, Resolution } from '../../core/alert.ts';
import type { Detections } from '../../core/detection.ts';
import type { Burn } from '../../core/slo/budget.ts';
import { createConditions } from './condition.ts';
import type { Entry } from './entry.ts';
import type { EntryList } from './entry-list.ts';
import type { Openings } from './openings.ts';
import type { PendingChanges } from './pending-changes.ts';
import type { Standings } from './standings.ts';

/** What entries are judged by; changes from input to input. */
export interface Situation {
  /** Undefined: the first input has not come yet, or the configuration is being replaced. */
  standings: Standings | undefined;
  settings: AlertSettings | undefined;
  channelIds: ReadonlySet<string>;
  /** Made when they are first asked for. */
  detections: () => Detections;
  /** By the id of a component: how fast its error budget burns, of those that do or may. */
  readonly burns: Map<string, Burn>;
  /** The network of OpenK is gone. */
  isOffline: boolean;
  /** Epoch milliseconds. */
  presentMs: number;
  isSilenced(component: string, labels: Readonly<Record<string, string>>, nowMs: number): boolean;
}

export interface CourseOptions {
  readonly situation: Situation;
  readonly changes: PendingChanges;
  readonly openings: Openings;
  readonly entries: Pick<EntryList, 'schedule' | 'list' | 'drop'>;
}

export interface Course {
  /** Whatever is to be done at this time. */
  step(entry: Entry, nowMs: number): void;
  resolve(entry: Entry, resolution: Resolution, nowMs: number): void;
  /** Readers see it no more: nobody was sent anything of it. */
  hide(entry: Entry): void;
  /** By the same with the same words it is said once. */
  acknowledge(entry: Entry, by: { readonly author: string; readonly note: string }, nowMs: number): void;
}

const NEVER = Number.POSITIVE_INFINITY;

export function createCourse({ situation, changes, openings, entries }: CourseOptions): Course {
  const { change } = changes;
  const conditions = createConditions(situation);
  const definitionOf = ({ index }: Entry) => situation.standings!.graph.definitions[index]!;
  const healthOf = ({ index }: Entry) => situation.standings!.health(index);
  const isSilenced = (entry: Entry, nowMs: number) =>
    situation.isSilenced(entry.component, definitionOf(entry).labels, nowMs);

  /** Who is to hear of it: of its end, also those that the configuration has no more. */
  const hearersOf = ({ channels }: Entry, type: MessageType) =>
    type === 'alert.resolved' ? channels : channels.filter((channel) => situation.channelIds.has(channel));

  /** @param channels to these; left out: to all that were sent something of it */
  const say = (entry: Entry, type: MessageType, nowMs: number, channels = hearersOf(entry, type)) => {
    if (conditions.hasFigures(entry) && type !== 'alert.resolved') change(entry, conditions.seen(entry), nowMs);
    recount(entry, nowMs);
    changes.say(type, entry.alert!, channels, nowMs);
  };

  /** What has been good keeps those that it had. */
  const recount = (entry: Entry, nowMs: number) => {
    entry.recountMs = NEVER;
    if (situation.standings === undefined || !entry.isOpen || entry.alert === undefined) return;
    const { ids: consequences, count: consequenceCount } = situation.standings.consequences(entry.index);
    const { alert } = entry;
    if (consequenceCount < alert.consequenceCount && !conditions.of(entry).isBad) return;
    if (consequenceCount === alert.consequenceCount && consequences.join() === alert.consequences.join()) return;
    change(entry, { consequences, consequenceCount }, nowMs);
  };

  const newAlert = (entry: Entry, state: Alert['state'], nowMs: number): Alert => {
    const { id, displayName, labels, links = [] } = definitionOf(entry);
    return {
      id: changes.newId(nowMs),
      route: entry.route.id,
      component: id,
      ...(displayName !== undefined && { displayName }),
      state,
      ...conditions.seen(entry),
      sinceMs: entry.sinceMs,
      updatedMs: nowMs,
      cause: [],
      consequences: [],
      consequenceCount: 0,
      labels,
      links,
      isFlapping: false,
    };
  };

  const show = (entry: Entry, state: Alert['state'], nowMs: number) => {
    if (entry.alert === undefined) {
      entry.alert = newAlert(entry, state, nowMs);
      entries.list(entry, true);
      changes.touch(entry);
    } else if (entry.alert.state !== state || entry.alert.status !== healthOf(entry).status) {
      change(entry, { ...conditions.seen(entry), state }, nowMs);
    }
  };
  /** Nobody was sent anything of it. */
  const hide = (entry: Entry) => {
    if (entry.alert === undefined) return;
    entries.list(entry, false);
    changes.forget(entry);
    entry.alert = undefined;
  };
  const followCause = (entry: Entry, nowMs: number) => {
    const isCaused = conditions.isCaused(entry);
    // Its cause is gone, and it is bad by what was seen before: all that the cause made bad would open an alert now.
    if (entry.isCaused && !isCaused) entry.unseenUntilMs = nowMs + conditions.aftermathMs(entry);
    entry.isCaused = isCaused;
  };
  /** Whether another alert stands for it, or nobody is to be sent anything. */
  const isSuppressed = (entry: Entry, nowMs: number): boolean =>
    entry.isCaused || nowMs < entry.unseenUntilMs || conditions.isToldByMember(entry) || isSilenced(entry, nowMs);

  const open = (entry: Entry, nowMs: number) => {
    const { route } = entry;
    const isFlapping = openings.add(route, entry.component, nowMs);
    show(entry, 'OPEN', nowMs);
    entry.isOpen = true;
    const { burn, begun } = conditions.of(entry);
    Object.assign(entry, { burn, begun });
    entry.channels = route.to;
    entry.remindMs = nowMs + (route.remindEveryMs ?? NEVER);
    entry.steadySinceMs = isFlapping ? nowMs : undefined;
    change(entry, { state: 'OPEN', openedMs: nowMs, isFlapping, sinceMs: entry.sinceMs }, nowMs);
    say(entry, 'alert.opened', nowMs);
  };
  const resolve = (entry: Entry, resolution: Resolution, nowMs: number) => {
    change(entry, { state: 'RESOLVED', resolvedMs: nowMs, resolution, isFlapping: false }, nowMs);
    say(entry, 'alert.resolved', nowMs);
    changes.end(entry);
    entries.list(entry, false);
    entries.drop(entry);
  };

  const remindAfter = ({ alert, route, remindMs }: Entry, nowMs: number): number => {
    const everyMs = route.remindEveryMs;
    if (everyMs === undefined) return NEVER;
    if (remindMs !== NEVER && remindMs > nowMs) return Math.min(remindMs, nowMs + everyMs);
    return alert!.openedMs! + (Math.floor((nowMs - alert!.openedMs!) / everyMs) + 1) * everyMs;
  };

  /** What is due of an alert that is open and bad, and that nobody keeps quiet. */
  const nag = (entry: Entry, nowMs: number) => {
    const { route } = entry;
    const { openedMs = nowMs, state } = entry.alert!;
    const heard = hearersOf(entry, 'alert.reminded');
    for (const escalation of escalationsOf(entry)) {
      if (nowMs < openedMs + escalation.afterMs) continue;
      const added = escalation.to.filter((channel) => !entry.channels.includes(channel));
      entry.channels = [...entry.channels, ...added];
      changes.touch(entry);
      say(entry, 'alert.opened', nowMs, added);
    }
    if (state === 'OPEN' && route.remindEveryMs !== undefined && entry.remindMs <= nowMs) {
      say(entry, 'alert.reminded', nowMs, heard);
      // When the next one is due is kept, so that a restart does not say this one again.
      changes.touch(entry);
    }
    entry.remindMs = remindAfter(entry, Math.max(nowMs, situation.presentMs));
  };
  const nextNagMs = (entry: Entry): number => {
    const { state, openedMs = 0 } = entry.alert!;
    const dueMs = escalationsOf(entry).map(({ afterMs }) => openedMs + afterMs);
    return Math.min(state === 'OPEN' ? entry.remindMs : NEVER, ...dueMs);
  };
  /** Those that somebody has not heard of yet and is to. */
  const escalationsOf = ({ route, alert, channels }: Entry) =>
    route.escalations.filter(
      ({ unless, to }) =>
        (unless === 'RESOLVED' || alert!.state !== 'ACKNOWLEDGED') && to.some((channel) => !channels.includes(channel)),
    );

  const stepOpen = (entry: Entry, nowMs: number): void => {
    const health = healthOf(entry);
    const { route } = entry;
    if (situation.isOffline || health.status === 'MAINTENANCE' || situation.standings!.isUnseen(entry.index)) {
      const { state } = entry.alert!;
      if (state === 'OPEN' || state === 'ACKNOWLEDGED') {
        entry.suspendedFrom = state;
        change(entry, { state: 'SUSPENDED' }, nowMs);
      }
      // What was good before is to be good for as long again.
      entry.goodSinceMs = undefined;
      entries.schedule(entry, entry.recountMs);
      return;
    }
    if (entry.alert!.state === 'SUSPENDED') {
      change(entry, { state: entry.suspendedFrom }, nowMs);
      entry.remindMs = remindAfter(entry, nowMs);
    }
    const condition = conditions.of(entry);
    const { isBad, isNeutral } = condition;
    if (isNeutral && (entry.goodSinceMs !== undefined || entry.steadySinceMs !== undefined)) {
      entries.schedule(entry, entry.recountMs);
      return;
    }
    const before = entry.alert!;
    const isOther = conditions.isOther(entry, condition);
    const wasBad = conditions.wasBad(entry);
    entry.begun = condition.begun;
    if (!isNeutral) entry.burn = condition.burn;
    if (isBad) {
      if (entry.goodSinceMs !== undefined) {
        entry.goodSinceMs = undefined;
        entry.remindMs = remindAfter(entry, nowMs);
        changes.touch(entry);
      }
      const isNewCause = before.cause.length === 0 && health.causedBy.length > 0;
      const hasOtherWords = !conditions.hasFigures(entry) && before.reason.message !== health.reason.message;
      if (isOther || isNewCause || hasOtherWords) {
        change(entry, { ...conditions.seen(entry), ...(isNewCause && { cause: health.causedBy }) }, nowMs);
      }
      const isWorse = isOther && entry.steadySinceMs === undefined && wasBad;
      if (entry.steadySinceMs === undefined && (isWorse || isNewCause)) say(entry, 'alert.updated', nowMs);
    } else if (!isNeutral) {
      if (entry.goodSinceMs === undefined) {
        entry.goodSinceMs = nowMs;
        changes.touch(entry);
      }
      const { status, reason, revision } = conditions.seen(entry);
      if (isOther && entry.steadySinceMs !== undefined) change(entry, { status, reason, revision }, nowMs);
    }
    if (entry.steadySinceMs !== undefined) {
      if (isOther) entry.steadySinceMs = nowMs;
      if (nowMs < settleMs(entry)) {
        entries.schedule(entry, Math.min(entry.recountMs, settleMs(entry)));
        return;
      }
      entry.steadySinceMs = undefined;
      openings.forget(route, entry.component);
      change(entry, { isFlapping: false }, nowMs);
      entry.remindMs = remindAfter(entry, nowMs);
      if (isBad) say(entry, 'alert.updated', nowMs);
    }
    if (!isBad && !isNeutral) {
      const overMs = entry.goodSinceMs! + route.resolveAfterMs;
      if (nowMs < overMs) {
        entries.schedule(entry, Math.min(entry.recountMs, overMs));
        return;
      }
      const { status, reason, revision } = conditions.seen(entry);
      change(entry, { status, reason, revision }, nowMs);
      resolve(entry, 'RECOVERED', nowMs);
      return;
    }
    if (!isSilenced(entry, nowMs)) {
      nag(entry, nowMs);
      entries.schedule(entry, Math.min(entry.recountMs, nextNagMs(entry)));
      return;
    }
    // The end of the silence is looked at by itself, and what was due meanwhile is said then.
    entries.schedule(entry, entry.recountMs);
  };
  const settleMs = ({ steadySinceMs = NEVER, route }: Entry) => steadySinceMs + route.flapping.withinMs;

  const stepWaiting = (entry: Entry, nowMs: number): void => {
    const { isBad, isNeutral } = conditions.ofWaiting(entry);
    if (!isBad && !isNeutral) {
      hide(entry);
      entries.drop(entry);
      return;
    }
    if (isBad) followCause(entry, nowMs);
    if (!isBad || situation.isOffline || situation.standings!.isUnseen(entry.index)) {
      entries.schedule(entry, NEVER);
      return;
    }
    if (isSuppressed(entry, nowMs)) {
      hide(entry);
      entries.schedule(entry, entry.unseenUntilMs > nowMs && !entry.isCaused ? entry.unseenUntilMs : NEVER);
      return;
    }
    const ripeMs = entry.sinceMs + conditions.forMs(entry);
    if (nowMs >= ripeMs) {
      open(entry, nowMs);
      stepOpen(entry, nowMs);
      return;
    }
    const heldMs = Math.min(ripeMs, entry.sinceMs + conditions.heldMs(entry));
    show(entry, nowMs < heldMs ? 'HELD' : 'PENDING', nowMs);
    entries.schedule(entry, nowMs < heldMs ? heldMs : ripeMs);
  };

  return {
    step(entry, nowMs) {
      if (entry.recountMs <= nowMs) recount(entry, nowMs);
      if (entry.isOpen) stepOpen(entry, nowMs);
      else stepWaiting(entry, nowMs);
    },
    resolve,
    hide,
    acknowledge(entry, { author, note }, nowMs) {
      const { state, acknowledgement: before } = entry.alert!;
      // The same again is a client that did not hear the answer.
      if (before?.author === author && before.note === note) return changes.touch(entry);
      const isSuspended = state === 'SUSPENDED';
      entry.suspendedFrom = 'ACKNOWLEDGED';
      const acknowledgement = { author, atMs: nowMs, note };
      change(entry, { acknowledgement, ...(!isSuspended && { state: 'ACKNOWLEDGED' }) }, nowMs);
      if (entry.steadySinceMs === undefined) say(entry, 'alert.acknowledged', nowMs);
      stepOpen(entry, nowMs);
    },
  };
}
