// Decides alerts: which is opened, what is said of it, and when it is over. No clock, no timer, no store: the times come in, and
// what it comes to goes into the transaction of the change that it is about (docs/alerting.md says it for users).
//
// UNKNOWN that makes no alert is neutral: it opens nothing and ends nothing, and neither `for` nor `resolve_after` begins again
// because of it; what is due in it waits for the next status that says something.
import {
  type Alert,
  type AlertChanges,
  type AlertMessage,
  type AlertRoute,
  BAD_STATUSES,
  type Delivery,
  type MessageType,
  type Resolution,
  type SavedAlerting,
  type Suspension,
} from '../../core/alert.ts';
import { isBadStatus, severityOf } from '../../core/alert-routes.ts';
import type { Alerter, AlertInput } from '../../core/alerter.ts';
import { type Detection, recoveryTimes, slowestDependencies } from '../../core/detection.ts';
import { createDueQueue } from '../../core/due-queue.ts';
import type { Health } from '../../core/health.ts';
import { atOnce } from '../../core/steps.ts';
import { type Entry, fromSaved, newEntry, toSaved } from './entry.ts';
import { createStandings, type Standings } from './standings.ts';
import { createSuspensionList } from './suspension-list.ts';

export interface AlerterOptions {
  /** What an earlier incarnation left. */
  readonly saved: SavedAlerting;
  /** Higher in each incarnation: of what ids are made, so that none is given again. */
  readonly incarnation: number;
}

/** Codes of reasons that say of OpenK why it does not know. */
const UNSEEN: ReadonlySet<string> = new Set(['NEVER_CHECKED', 'OBSERVER_OFFLINE']);
const NEVER = Number.POSITIVE_INFINITY;
/** How late consequences may be in what readers see; messages have those of their time. */
const RECOUNT_MS = 1_000;
/** Openings by route and component that are remembered to find what flaps; old ones are then looked for. */
const MAX_OPENINGS = 20_000;

export function createAlerter({ saved, incarnation }: AlerterOptions): Alerter {
  const suspensions = createSuspensionList(saved.suspensions);
  const queue = createDueQueue<Entry>();
  /** By the id of a component: its entries, in the order of routes. */
  let entries = new Map<string, Entry[]>();
  /** Those that readers see, by the ids of their alerts. */
  const byAlert = new Map<string, Entry>();
  /** Epoch milliseconds of openings, by route and component. */
  const openings = new Map<string, number[]>();
  let waiting = saved.alerts;
  let standings: Standings | undefined;
  let slowest: readonly (Detection | undefined)[] = [];
  let recoveriesMs: Float64Array = new Float64Array();
  let settings: NonNullable<AlertInput['structure']>['settings'] | undefined;
  let isOffline = false;
  /** What is bad may be so by what an earlier incarnation saw. */
  let isStarting = false;
  let channelIds: ReadonlySet<string> = new Set();
  let silenceMs = NEVER;
  let presentMs = 0;
  let lastNumber = saved.lastDeliveryNumber;
  let ids = 0;

  // What the input that is being taken comes to.
  const dirty = new Set<Entry>();
  let ended: Entry[] = [];
  let forgotten: string[] = [];
  let deliveries: Delivery[] = [];
  let changedSuspensions: Suspension[] = [];

  const newId = (nowMs: number) => `${Math.floor(nowMs).toString(36)}-${(incarnation + ids++).toString(36)}`;
  const definitionOf = ({ index }: Entry) => standings!.graph.definitions[index]!;
  const healthOf = ({ index }: Entry) => standings!.health(index);
  const isSilenced = (entry: Entry, nowMs: number) =>
    suspensions.isSilenced(entry.component, definitionOf(entry).labels, nowMs);
  const change = (entry: Entry, changes: Partial<Alert>, nowMs: number) => {
    entry.alert = { ...entry.alert!, ...changes, updatedMs: nowMs };
    dirty.add(entry);
  };
  const schedule = (entry: Entry, dueMs: number) => {
    if (entry.dueMs === dueMs && (dueMs === NEVER || entry.place >= 0)) return;
    if (entry.place >= 0) queue.remove(entry);
    entry.place = -1;
    entry.dueMs = dueMs;
    if (dueMs !== NEVER) queue.push(entry);
  };

  /** Who is to hear of it: of its end, also those that the configuration has no more. */
  const hearersOf = ({ channels }: Entry, type: MessageType) =>
    type === 'alert.resolved' ? channels : channels.filter((channel) => channelIds.has(channel));

  /** @param channels to these; left out: to all that were sent something of it */
  const say = (entry: Entry, type: MessageType, nowMs: number, channels = hearersOf(entry, type)) => {
    recount(entry, nowMs);
    const alert = entry.alert!;
    const message: AlertMessage = { type, atMs: nowMs, alert };
    const prefix = `${Math.floor(nowMs).toString(36)}-${incarnation.toString(36)}`;
    for (const channel of channels) {
      lastNumber += 1;
      deliveries.push({
        id: `${prefix}-${lastNumber.toString(36)}`,
        number: lastNumber,
        alert: alert.id,
        channel,
        message,
        state: 'WAITING',
        attempts: 0,
        createdMs: nowMs,
        nextAttemptMs: nowMs,
      });
    }
  };

  /** What has been good keeps those that it had. */
  const recount = (entry: Entry, nowMs: number) => {
    entry.recountMs = NEVER;
    if (standings === undefined || !entry.isOpen || entry.alert === undefined) return;
    const { ids: consequences, count: consequenceCount } = standings.consequences(entry.index);
    const { alert } = entry;
    if (consequenceCount < alert.consequenceCount && !isBadFor(entry)) return;
    if (consequenceCount === alert.consequenceCount && consequences.join() === alert.consequences.join()) return;
    change(entry, { consequences, consequenceCount }, nowMs);
  };

  const isBadFor = (entry: Entry) => entry.route.on.includes(healthOf(entry).status);
  const see = (entry: Entry, health: Health): Partial<Alert> => ({
    status: health.status,
    severity: severityOf(entry.route, definitionOf(entry).labels, health.status),
    reason: health.reason,
    revision: health.revision,
  });
  const newAlert = (entry: Entry, state: Alert['state'], nowMs: number): Alert => {
    const { id, displayName, labels, links = [] } = definitionOf(entry);
    const health = healthOf(entry);
    return {
      id: newId(nowMs),
      route: entry.route.id,
      component: id,
      ...(displayName !== undefined && { displayName }),
      state,
      status: health.status,
      severity: severityOf(entry.route, labels, health.status),
      reason: health.reason,
      sinceMs: entry.sinceMs,
      updatedMs: nowMs,
      cause: [],
      consequences: [],
      consequenceCount: 0,
      labels,
      links,
      isFlapping: false,
      revision: health.revision,
    };
  };

  const show = (entry: Entry, state: Alert['state'], nowMs: number) => {
    if (entry.alert === undefined) {
      entry.alert = newAlert(entry, state, nowMs);
      byAlert.set(entry.alert.id, entry);
      dirty.add(entry);
    } else if (entry.alert.state !== state || entry.alert.status !== healthOf(entry).status) {
      change(entry, { ...see(entry, healthOf(entry)), state }, nowMs);
    }
  };
  /** Nobody was sent anything of it. */
  const hide = (entry: Entry) => {
    if (entry.alert === undefined) return;
    byAlert.delete(entry.alert.id);
    forgotten.push(entry.alert.id);
    dirty.delete(entry);
    entry.alert = undefined;
  };
  const drop = (entry: Entry) => {
    schedule(entry, NEVER);
    const all = entries.get(entry.component);
    if (all === undefined) return;
    const left = all.filter((one) => one !== entry);
    if (left.length === 0) entries.delete(entry.component);
    else entries.set(entry.component, left);
  };

  /** Whether another alert stands for it, or nobody is to be sent anything. */
  const isSuppressed = (entry: Entry, nowMs: number): boolean => {
    const isCaused = healthOf(entry).causedBy.length > 0;
    // Its cause is gone, and it is bad by what was seen before: all that the cause made bad would open an alert now.
    if (entry.isCaused && !isCaused) entry.unseenUntilMs = nowMs + recoveriesMs[entry.index]!;
    entry.isCaused = isCaused;
    if (isCaused || nowMs < entry.unseenUntilMs) return true;
    if (entry.route.groupBy === 'CAUSE' && isToldByMember(entry)) return true;
    return isSilenced(entry, nowMs);
  };
  const isTaken = (index: number, at: number) => {
    const { status, component } = standings!.health(index);
    return isBadStatus(status) && settings!.table.takenBy.get(component)?.[status].includes(at) === true;
  };
  const isToldByMember = (entry: Entry): boolean => {
    for (const member of standings!.culprits(entry.index)) {
      if (isTaken(member, entry.at)) return true;
    }
    return false;
  };

  /** UNKNOWN only since OpenK has not looked yet, or could not: that says nothing of it. */
  const isUnseen = (index: number): boolean => {
    const { status, reason } = standings!.health(index);
    if (status !== 'UNKNOWN') return false;
    if (UNSEEN.has(reason.code)) return true;
    for (const member of standings!.culprits(index)) if (isUnseen(member)) return true;
    return false;
  };

  const isQuick = (entry: Entry, nowMs: number): boolean => {
    const { changes, withinMs } = entry.route.flapping;
    const key = `${entry.route.id} ${entry.component}`;
    const recent = (openings.get(key) ?? []).filter((atMs) => atMs > nowMs - withinMs);
    if (changes > 0) openings.set(key, [...recent, nowMs].slice(-changes));
    if (openings.size > MAX_OPENINGS) forgetOpenings(nowMs);
    return changes > 0 && recent.length >= changes;
  };
  const forgetOpenings = (nowMs: number) => {
    const longestMs = Math.max(...settings!.routes.map(({ flapping }) => flapping.withinMs));
    for (const [key, times] of openings) if (times.at(-1)! <= nowMs - longestMs) openings.delete(key);
  };

  const open = (entry: Entry, nowMs: number) => {
    const { route } = entry;
    const isFlapping = isQuick(entry, nowMs);
    show(entry, 'OPEN', nowMs);
    entry.isOpen = true;
    entry.channels = route.to;
    entry.remindMs = nowMs + (route.remindEveryMs ?? NEVER);
    entry.steadySinceMs = isFlapping ? nowMs : undefined;
    change(entry, { state: 'OPEN', openedMs: nowMs, isFlapping, sinceMs: entry.sinceMs }, nowMs);
    say(entry, 'alert.opened', nowMs);
  };
  const resolve = (entry: Entry, resolution: Resolution, nowMs: number) => {
    change(entry, { state: 'RESOLVED', resolvedMs: nowMs, resolution, isFlapping: false }, nowMs);
    say(entry, 'alert.resolved', nowMs);
    dirty.delete(entry);
    ended.push(entry);
    byAlert.delete(entry.alert!.id);
    drop(entry);
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
    for (const [position, { afterMs, unless, to }] of route.escalations.entries()) {
      if (entry.escalated.includes(position) || nowMs < openedMs + afterMs) continue;
      entry.escalated = [...entry.escalated, position];
      dirty.add(entry);
      if (unless === 'ACKNOWLEDGED' && state === 'ACKNOWLEDGED') continue;
      const added = to.filter((channel) => !entry.channels.includes(channel));
      entry.channels = [...entry.channels, ...added];
      say(entry, 'alert.opened', nowMs, added);
    }
    if (state === 'OPEN' && entry.remindMs <= nowMs) say(entry, 'alert.reminded', nowMs);
    entry.remindMs = remindAfter(entry, Math.max(nowMs, presentMs));
  };
  const nextNagMs = ({ route, alert, escalated, remindMs }: Entry): number => {
    let nextMs = alert!.state === 'OPEN' ? remindMs : NEVER;
    for (const [position, { afterMs }] of route.escalations.entries()) {
      if (!escalated.includes(position)) nextMs = Math.min(nextMs, alert!.openedMs! + afterMs);
    }
    return nextMs;
  };

  const stepOpen = (entry: Entry, nowMs: number): void => {
    const health = healthOf(entry);
    const { route } = entry;
    if (isOffline || health.status === 'MAINTENANCE' || isUnseen(entry.index)) {
      const { state } = entry.alert!;
      if (state === 'OPEN' || state === 'ACKNOWLEDGED') {
        entry.suspendedFrom = state;
        change(entry, { state: 'SUSPENDED' }, nowMs);
      }
      // What was good before is to be good for as long again.
      entry.goodSinceMs = undefined;
      schedule(entry, entry.recountMs);
      return;
    }
    if (entry.alert!.state === 'SUSPENDED') {
      change(entry, { state: entry.suspendedFrom }, nowMs);
      entry.remindMs = remindAfter(entry, nowMs);
    }
    const isBad = route.on.includes(health.status);
    const isNeutral = !isBad && health.status === 'UNKNOWN';
    if (isNeutral && (entry.goodSinceMs !== undefined || entry.steadySinceMs !== undefined)) {
      schedule(entry, entry.recountMs);
      return;
    }
    const before = entry.alert!;
    const isOther = before.status !== health.status;
    if (isBad) {
      if (entry.goodSinceMs !== undefined) {
        entry.goodSinceMs = undefined;
        entry.remindMs = remindAfter(entry, nowMs);
        dirty.add(entry);
      }
      const isNewCause = before.cause.length === 0 && health.causedBy.length > 0;
      if (isOther || isNewCause || before.reason.message !== health.reason.message) {
        change(entry, { ...see(entry, health), ...(isNewCause && { cause: health.causedBy }) }, nowMs);
      }
      const isWorse = isOther && entry.steadySinceMs === undefined && route.on.includes(before.status);
      if (entry.steadySinceMs === undefined && (isWorse || isNewCause)) say(entry, 'alert.updated', nowMs);
    } else if (!isNeutral) {
      if (entry.goodSinceMs === undefined) {
        entry.goodSinceMs = nowMs;
        dirty.add(entry);
      }
      const { status, reason, revision } = health;
      if (isOther && entry.steadySinceMs !== undefined) change(entry, { status, reason, revision }, nowMs);
    }
    if (entry.steadySinceMs !== undefined) {
      if (isOther) entry.steadySinceMs = nowMs;
      if (nowMs < settleMs(entry)) {
        schedule(entry, Math.min(entry.recountMs, settleMs(entry)));
        return;
      }
      entry.steadySinceMs = undefined;
      openings.delete(`${route.id} ${entry.component}`);
      change(entry, { isFlapping: false }, nowMs);
      entry.remindMs = remindAfter(entry, nowMs);
      if (isBad) say(entry, 'alert.updated', nowMs);
    }
    if (!isBad && !isNeutral) {
      const overMs = entry.goodSinceMs! + route.resolveAfterMs;
      if (nowMs < overMs) {
        schedule(entry, Math.min(entry.recountMs, overMs));
        return;
      }
      const { status, reason, revision } = health;
      change(entry, { status, reason, revision }, nowMs);
      resolve(entry, 'RECOVERED', nowMs);
      return;
    }
    if (!isSilenced(entry, nowMs)) {
      nag(entry, nowMs);
      schedule(entry, Math.min(entry.recountMs, nextNagMs(entry)));
      return;
    }
    // The end of the silence is looked at by itself.
    entry.remindMs = remindAfter(entry, nowMs);
    schedule(entry, entry.recountMs);
  };
  const settleMs = ({ steadySinceMs = NEVER, route }: Entry) => steadySinceMs + route.flapping.withinMs;

  const stepWaiting = (entry: Entry, nowMs: number): void => {
    const { status } = healthOf(entry);
    if (isOffline || isUnseen(entry.index)) {
      schedule(entry, NEVER);
      return;
    }
    if (!entry.route.on.includes(status)) {
      if (status === 'UNKNOWN') {
        schedule(entry, NEVER);
        return;
      }
      hide(entry);
      drop(entry);
      return;
    }
    if (isSuppressed(entry, nowMs)) {
      hide(entry);
      schedule(entry, entry.unseenUntilMs > nowMs && !entry.isCaused ? entry.unseenUntilMs : NEVER);
      return;
    }
    const ripeMs = entry.sinceMs + entry.route.forMs;
    if (nowMs >= ripeMs) {
      open(entry, nowMs);
      stepOpen(entry, nowMs);
      return;
    }
    const heldMs = Math.min(ripeMs, entry.sinceMs + (slowest[entry.index]?.withinMs ?? 0));
    show(entry, nowMs < heldMs ? 'HELD' : 'PENDING', nowMs);
    schedule(entry, nowMs < heldMs ? heldMs : ripeMs);
  };

  const step = (entry: Entry, nowMs: number) => {
    if (entry.recountMs <= nowMs) recount(entry, nowMs);
    if (entry.isOpen) stepOpen(entry, nowMs);
    else stepWaiting(entry, nowMs);
  };

  /** A component has changed: its entries, and those that it gets. */
  const look = (index: number, nowMs: number) => {
    const { component, status, sinceMs } = standings!.health(index);
    const known = entries.get(component);
    if (known !== undefined) for (const entry of known) step(entry, nowMs);
    if (!isBadStatus(status)) return;
    for (const at of settings!.table.takenBy.get(component)?.[status] ?? []) {
      const route = settings!.routes[at]!;
      const present = entries.get(component);
      if (present?.some((entry) => entry.at === at)) continue;
      const entry = newEntry(component, index, route, at, sinceMs);
      if (isStarting && standings!.graph.dependencies[index]!.length > 0) {
        entry.unseenUntilMs = nowMs + recoveriesMs[index]!;
      }
      entries.set(component, present === undefined ? [entry] : [...present, entry]);
      step(entry, nowMs);
    }
  };

  const markCauses = (index: number, nowMs: number) => {
    standings!.causesAbove(index, (above) => {
      for (const entry of entries.get(standings!.graph.definitions[above]!.id) ?? []) {
        if (!entry.isOpen || entry.recountMs !== NEVER) continue;
        entry.recountMs = nowMs + RECOUNT_MS;
        if (entry.recountMs < entry.dueMs) schedule(entry, entry.recountMs);
      }
    });
  };

  const runDue = (untilMs: number) => {
    if (standings === undefined) return;
    for (;;) {
      const first = queue.peek();
      const dueMs = Math.min(first?.dueMs ?? NEVER, silenceMs);
      if (dueMs > untilMs) return;
      const nowMs = dueMs;
      if (silenceMs <= dueMs) {
        silenceMs = suspensions.nextChangeMs(nowMs);
        stepAll(nowMs);
      } else {
        queue.pop();
        first!.place = -1;
        first!.dueMs = NEVER;
        step(first!, nowMs);
      }
    }
  };
  const stepAll = (nowMs: number) => {
    for (const all of [...entries.values()]) for (const entry of all) step(entry, nowMs);
  };

  const goOver = (structure: NonNullable<AlertInput['structure']>, nowMs: number) => {
    const { graph } = structure;
    const gone: Entry[] = [];
    const before = [...entries.values()].flat();
    const isFirst = standings === undefined;
    settings = structure.settings;
    const { routes, table } = settings;
    const positions = new Map(routes.map(({ id }, at) => [id, at]));
    const find = (component: string, routeId: string): [number, AlertRoute, number] | undefined => {
      const index = graph.indexOf.get(component);
      const at = positions.get(routeId);
      if (index === undefined || at === undefined) return undefined;
      const takenBy = table.takenBy.get(component);
      const isItsOwn = takenBy !== undefined && BAD_STATUSES.some((status) => takenBy[status].includes(at));
      return isItsOwn ? [index, routes[at]!, at] : undefined;
    };
    if (isFirst) {
      for (const one of waiting) {
        const found = find(one.alert.component, one.alert.route);
        const entry = fromSaved(one, found?.[0] ?? -1, found?.[1] ?? ROUTE_THAT_IS_GONE, found?.[2] ?? -1);
        byAlert.set(one.alert.id, entry);
        before.push(entry);
      }
      waiting = [];
    }
    const next = new Map<string, Entry[]>();
    for (const entry of before) {
      const found = find(entry.component, entry.alert?.route ?? entry.route.id);
      if (found === undefined) {
        gone.push(entry);
        continue;
      }
      [entry.index, entry.route, entry.at] = found;
      const all = next.get(entry.component);
      if (all === undefined) next.set(entry.component, [entry]);
      else all.push(entry);
    }
    standings = undefined;
    for (const entry of gone) {
      if (entry.isOpen) resolve(entry, 'REMOVED', nowMs);
      else {
        schedule(entry, NEVER);
        hide(entry);
      }
    }
    standings = createStandings(graph, structure.health);
    slowest = routes.length === 0 ? [] : atOnce(slowestDependencies(graph));
    recoveriesMs = routes.length === 0 ? recoveriesMs : recoveryTimes(graph);
    entries = next;
    silenceMs = suspensions.nextChangeMs(nowMs);
    channelIds = new Set(settings.channels.map(({ id }) => id));
    isStarting = isFirst;
    for (const index of graph.definitions.keys()) look(index, nowMs);
    isStarting = false;
  };

  /** All that has come together since the last call. */
  const collect = (): AlertChanges | undefined => {
    const count = dirty.size + ended.length + forgotten.length + deliveries.length + changedSuspensions.length;
    if (count === 0) return undefined;
    const changes: AlertChanges = {
      alerts: [...Array.from(dirty, toSaved), ...ended.map(toSaved)],
      forgotten,
      deliveries,
      suspensions: changedSuspensions,
    };
    dirty.clear();
    [ended, forgotten, deliveries, changedSuspensions] = [[], [], [], []];
    return changes;
  };
  const NOTHING: AlertChanges = { alerts: [], forgotten: [], deliveries: [], suspensions: [] };

  const replace = (suspension: Suspension, nowMs: number): AlertChanges => {
    presentMs = nowMs;
    runDue(nowMs);
    suspensions.set(suspension, nowMs);
    changedSuspensions.push(suspension);
    if (suspension.kind === 'SILENCE' && standings !== undefined) {
      silenceMs = suspensions.nextChangeMs(nowMs);
      stepAll(nowMs);
    }
    return collect() ?? NOTHING;
  };

  const notice = (nowMs: number) => {
    const channels = new Set(settings?.routes.flatMap(({ to }) => to) ?? []);
    const id = newId(nowMs);
    const alert: Alert = {
      id,
      route: 'openk',
      component: 'openk',
      displayName: 'OpenK',
      state: 'RESOLVED',
      status: 'HEALTHY',
      severity: 'WARNING',
      reason: {
        code: 'OBSERVER_ONLINE',
        message:
          'The network of OpenK was gone and is back: what was watched meanwhile was UNKNOWN, and no alert was opened',
      },
      sinceMs: offlineSinceMs,
      openedMs: offlineSinceMs,
      updatedMs: nowMs,
      resolvedMs: nowMs,
      cause: [],
      consequences: [],
      consequenceCount: 0,
      labels: {},
      links: [],
      isFlapping: false,
      revision: 0,
    };
    const message: AlertMessage = { type: 'openk.notice', atMs: nowMs, alert };
    for (const channel of channels) {
      lastNumber += 1;
      deliveries.push({
        id: `${id}-${lastNumber.toString(36)}`,
        number: lastNumber,
        alert: id,
        channel,
        message,
        state: 'WAITING',
        attempts: 0,
        createdMs: nowMs,
        nextAttemptMs: nowMs,
      });
    }
  };
  let offlineSinceMs = 0;

  return {
    get dueMs() {
      return Math.min(queue.peek()?.dueMs ?? NEVER, silenceMs);
    },
    take(input) {
      const { atMs, changed, structure } = input;
      presentMs = input.presentMs;
      runDue(atMs);
      if (structure !== undefined) goOver(structure, atMs);
      else if (standings !== undefined) {
        const flipped: number[] = [];
        for (const health of changed) {
          const index = standings.graph.indexOf.get(health.component);
          if (index === undefined) continue;
          if (standings.health(index).status !== health.status) flipped.push(index);
          standings.set(index, health);
        }
        for (const health of changed) {
          const index = standings.graph.indexOf.get(health.component);
          if (index !== undefined) look(index, atMs);
        }
        for (const index of flipped) markCauses(index, atMs);
      }
      if (input.isOffline !== isOffline && standings !== undefined) {
        isOffline = input.isOffline;
        if (isOffline) offlineSinceMs = atMs;
        else notice(atMs);
        stepAll(atMs);
        if (!isOffline) for (const index of standings.graph.definitions.keys()) look(index, atMs);
      }
      return collect();
    },
    acknowledge(id, { author, note }, atMs) {
      presentMs = atMs;
      runDue(atMs);
      const entry = byAlert.get(id);
      if (entry === undefined || !entry.isOpen) return { ok: false, why: 'not-found' };
      const isSuspended = entry.alert!.state === 'SUSPENDED';
      entry.suspendedFrom = 'ACKNOWLEDGED';
      const acknowledgement = { author, atMs, note };
      change(entry, { acknowledgement, ...(!isSuspended && { state: 'ACKNOWLEDGED' }) }, atMs);
      if (entry.steadySinceMs === undefined) say(entry, 'alert.acknowledged', atMs);
      step(entry, atMs);
      return { ok: true, changes: collect() ?? NOTHING };
    },
    suspend: replace,
    endSuspension(kind, id, author, atMs) {
      const found = suspensions.find(kind, id);
      if (found === undefined || found.untilMs <= atMs) return { ok: false, why: 'not-found' };
      const suspension: Suspension = { ...found, untilMs: Math.max(atMs, found.fromMs), endedBy: author };
      return { ok: true, suspension, changes: replace(suspension, atMs) };
    },
    suspensions: suspensions.all,
  };
}

/** What an alert is taken by whose own is in the configuration no more: only until it has ended. */
const ROUTE_THAT_IS_GONE: AlertRoute = {
  id: '',
  match: { groups: [], severities: [] },
  on: [],
  forMs: 0,
  resolveAfterMs: 0,
  groupBy: 'COMPONENT',
  to: [],
  escalations: [],
  isContinued: false,
  flapping: { changes: 0, withinMs: 0 },
};
