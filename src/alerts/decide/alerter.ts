// Decides alerts: which is opened, what is said of it, and when it is over. No clock, no timer, no store: the times come in, and
// what it comes to goes into the transaction of the change that it is about (docs/alerting.md says it for users).
import type { AlertChanges, AlertOpening, SavedAlerting, Suspension } from '../../core/alert.ts';
import { isBadStatus } from '../../core/alert-routes.ts';
import type { Alerter, AlertInput } from '../../core/alerter.ts';
import { Detections } from '../../core/detection.ts';
import { EMPTY_GRAPH, type Graph } from '../../core/graph.ts';
import { onFirstUse } from '../../core/on-first-use.ts';
import type { Burn } from '../../core/slo/budget.ts';
import { BURN_SPEEDS } from '../../core/slo/objective.ts';
import { createCourse, type Situation } from './course.ts';
import { beginBy, fromSaved, newEntry } from './entry.ts';
import { createEntryList } from './entry-list.ts';
import { offlineNotice } from './offline-notice.ts';
import { createOpenings } from './openings.ts';
import { createPendingChanges } from './pending-changes.ts';
import { createRecounting } from './recounting.ts';
import { affectedBy, NO_PLACE, placesIn, type Structure } from './redefinition.ts';
import { createStandings } from './standings.ts';
import { createSuspensionList } from './suspension-list.ts';

export interface AlerterOptions {
  /** What an earlier incarnation left. */
  readonly saved: SavedAlerting;
  /** Of alerts that are over. Left out: none counts. */
  readonly openings?: readonly AlertOpening[];
  /** Higher in each incarnation: of what ids are made, so that none is given again. */
  readonly incarnation: number;
}

const NEVER = Number.POSITIVE_INFINITY;
/** Less than that is no clock that was set: what is due is decided by when it was due. */
const SET_BACK_MS = 1_000;
const NOTHING: AlertChanges = { alerts: [], forgotten: [], deliveries: [], suspensions: [] };

export function createAlerter({ saved, openings: earlier = [], incarnation }: AlerterOptions): Alerter {
  const suspensions = createSuspensionList(saved.suspensions);
  const entries = createEntryList();
  let waiting = saved.alerts;
  const changes = createPendingChanges(incarnation, saved.lastDeliveryNumber);
  const situation: Situation = {
    standings: undefined,
    settings: undefined,
    channelIds: new Set(),
    detections: () => new Detections(EMPTY_GRAPH),
    burns: new Map(),
    isOffline: false,
    presentMs: 0,
    isSilenced: suspensions.isSilenced,
  };
  let offlineSinceMs = 0;
  let lastMs = 0;
  /** What is bad may be so by what an earlier incarnation saw. */
  let isStarting = false;
  let silenceMs = NEVER;

  const openings = createOpenings([...earlier, ...ofThoseThatAreNotOver(saved)]);
  const { step, resolve, hide, acknowledge } = createCourse({ situation, changes, openings, entries });
  const recounting = createRecounting(situation, entries);

  const recoveryMs = (index: number) => situation.detections().recoveryMs(index);
  /** A component has changed: its entries, and those that it gets. */
  const look = (index: number, nowMs: number) => {
    const { component, status, sinceMs } = situation.standings!.health(index);
    for (const entry of entries.of(component)) step(entry, nowMs);
    if (!isBadStatus(status)) return;
    for (const at of situation.settings!.table.takenBy.get(component)?.[status] ?? []) begin(index, at, sinceMs, nowMs);
  };
  /** In the order of the graph. @param ids those that are there no more are left out */
  const lookAt = (ids: Iterable<string>, nowMs: number, others: Iterable<number> = []) => {
    const { indexOf } = situation.standings!.graph;
    const indexes = new Set(others);
    for (const id of ids) {
      const index = indexOf.get(id);
      if (index !== undefined) indexes.add(index);
    }
    for (const index of [...indexes].sort((a, b) => a - b)) look(index, nowMs);
  };
  /** Whatever is bad or has entries: nothing comes of anything else. */
  const lookAtAll = (nowMs: number) => {
    const isRouted = situation.settings!.routes.length > 0;
    lookAt(entries.components(), nowMs, isRouted ? situation.standings!.bad() : []);
  };
  /** Components whose entries are judged by others, too. */
  function* thoseWithCauses(): Generator<string> {
    const { dependencies, members } = situation.standings!.graph;
    for (const component of entries.components()) {
      const all = entries.of(component);
      const { index } = all[0]!;
      const hasCauses = dependencies.count(index) + members.count(index) > 0;
      if (hasCauses || all.some(({ route }) => route.onBurn !== undefined)) yield component;
    }
  }
  /** An entry, unless there is one. */
  const begin = (index: number, at: number, sinceMs: number, nowMs: number) => {
    const route = situation.settings!.routes[at]!;
    const { graph, health, isUnseen } = situation.standings!;
    const { component } = health(index);
    if (entries.of(component).some((entry) => entry.at === at)) return;
    const entry = newEntry(component, index, route, at, sinceMs);
    if (isStarting && graph.dependencies.count(index) > 0 && !isUnseen(index)) {
      entry.unseenUntilMs = nowMs + recoveryMs(index);
    }
    entries.add(entry);
    step(entry, nowMs);
  };

  /** An error budget was looked at: the entries of its component, those that it gets, and those that it may be the cause of. */
  const lookAtBurn = (burn: Burn, before: Burn | undefined, nowMs: number) => {
    const { graph } = situation.standings!;
    const index = graph.indexOf.get(burn.component)!;
    if (before !== undefined && BURN_SPEEDS.every((speed) => before.verdicts[speed] === burn.verdicts[speed])) return;
    for (const entry of entries.of(burn.component)) if (entry.route.onBurn !== undefined) step(entry, nowMs);
    const takenBy = situation.settings!.table.burnsBy.get(burn.component);
    for (const speed of BURN_SPEEDS) {
      if (burn.verdicts[speed] !== 'ABOVE') continue;
      for (const at of takenBy?.[speed] ?? []) begin(index, at, nowMs, nowMs);
    }
    for (const above of whatMayBeCaused(graph, index)) {
      for (const entry of entries.of(graph.definitions[above]!.id)) {
        if (entry.route.onBurn !== undefined && !entry.isOpen) step(entry, nowMs);
      }
    }
  };
  /** All of them before anybody looks, since one may be the cause of another. */
  const takeBurns = (burns: readonly Burn[], nowMs: number) => {
    const before = new Map<Burn, Burn | undefined>();
    for (const burn of burns) {
      if (!situation.settings!.table.burnsBy.has(burn.component)) continue;
      before.set(burn, situation.burns.get(burn.component));
      situation.burns.set(burn.component, burn);
    }
    for (const [burn, known] of before) {
      lookAtBurn(burn, known, nowMs);
      // Mostly budgets burn no more.
      const isQuiet = Object.values(burn.verdicts).every((verdict) => verdict !== 'ABOVE' && verdict !== 'BETWEEN');
      if (isQuiet && entries.of(burn.component).length === 0) situation.burns.delete(burn.component);
    }
  };

  const runDue = (untilMs: number) => {
    if (situation.standings === undefined) return;
    for (;;) {
      const dueMs = Math.min(entries.firstDueMs, silenceMs);
      if (dueMs > untilMs) return;
      const nowMs = dueMs;
      if (silenceMs <= dueMs) {
        silenceMs = suspensions.nextChangeMs(nowMs);
        stepAll(nowMs);
      } else {
        step(entries.takeDue(), nowMs);
      }
    }
  };
  /** What began in what is the future now begins now: else nothing would be said until the clock is there again. */
  const followClock = (nowMs: number) => {
    const isSetBack = nowMs < lastMs - SET_BACK_MS;
    lastMs = nowMs;
    if (!isSetBack || situation.standings === undefined) return;
    for (const entry of entries.all()) beginBy(entry, nowMs, recoveryMs);
    openings.beginBy(nowMs);
    silenceMs = suspensions.nextChangeMs(nowMs);
    stepAll(nowMs);
  };
  const stepAll = (nowMs: number) => {
    for (const entry of [...entries.all()]) step(entry, nowMs);
  };

  /** What an earlier incarnation left. */
  const takeUp = (structure: Structure, nowMs: number) => {
    const placeOf = placesIn(structure);
    for (const one of waiting) {
      const found = placeOf(one.alert.component, one.alert.route) ?? NO_PLACE;
      const entry = fromSaved(one, found.index, found.route, found.at);
      beginBy(entry, nowMs, () => 0);
      entries.list(entry, true);
      entries.add(entry);
    }
    openings.beginBy(nowMs);
    waiting = [];
  };
  const goOver = (structure: Structure, changed: AlertInput['changed'], nowMs: number) => {
    const { graph, changes, settings } = structure;
    const former = situation.standings;
    const before = former && { graph: former.graph, settings: situation.settings! };
    const affected = affectedBy(structure, changed, before);
    situation.settings = settings;
    if (former === undefined) takeUp(structure, nowMs);
    situation.standings = undefined;
    const placeOf = placesIn(structure);
    for (const component of affected ?? [...entries.components()]) {
      for (const entry of entries.of(component)) {
        const found = placeOf(component, entry.alert?.route ?? entry.route.id);
        if (found !== undefined) Object.assign(entry, found);
        else if (entry.isOpen) resolve(entry, 'REMOVED', nowMs);
        else {
          hide(entry);
          entries.drop(entry);
        }
      }
    }
    if (former !== undefined && changes?.from === former.graph) {
      former.goOver(graph, changes, structure.health);
      for (const health of changed) former.set(graph.indexOf.get(health.component)!, health);
      situation.standings = former;
    } else situation.standings = createStandings(graph, structure.health);
    situation.detections = onFirstUse(() => new Detections(graph));
    for (const id of situation.burns.keys()) if (!settings.table.burnsBy.has(id)) situation.burns.delete(id);
    silenceMs = suspensions.nextChangeMs(nowMs);
    situation.channelIds = new Set(settings.channels.map(({ id }) => id));
    isStarting = former === undefined;
    if (affected === undefined) lookAtAll(nowMs);
    else lookAt([...affected, ...thoseWithCauses()], nowMs);
    // A route that is new has to learn of what burns already.
    for (const burn of situation.burns.values()) lookAtBurn(burn, undefined, nowMs);
    isStarting = false;
    recounting.redefined(affected, changed, nowMs);
  };

  const replace = (suspension: Suspension, nowMs: number): AlertChanges => {
    situation.presentMs = nowMs;
    followClock(nowMs);
    runDue(nowMs);
    suspensions.set(suspension, nowMs);
    changes.suspend(suspension);
    if (suspension.kind === 'SILENCE' && situation.standings !== undefined) {
      silenceMs = suspensions.nextChangeMs(nowMs);
      stepAll(nowMs);
    }
    return changes.collect() ?? NOTHING;
  };

  const notice = (nowMs: number) => {
    const channels = new Set(situation.settings?.routes.flatMap(({ to }) => to) ?? []);
    changes.say('openk.notice', offlineNotice(changes.newId(nowMs), offlineSinceMs, nowMs), channels, nowMs);
  };

  return {
    get dueMs() {
      return Math.min(entries.firstDueMs, silenceMs);
    },
    take(input) {
      const { atMs, changed, structure } = input;
      situation.presentMs = input.presentMs;
      followClock(atMs);
      runDue(atMs);
      const wasOffline = situation.isOffline;
      // First, since what is seen to change in the same turn may be what the network made of it.
      situation.isOffline = input.isOffline;
      if (structure !== undefined) goOver(structure, changed, atMs);
      else if (situation.standings !== undefined) {
        const flipped: number[] = [];
        /** What is to be looked at, each once. */
        const touched = new Set<number>();
        for (const health of changed) {
          const index = situation.standings.graph.indexOf.get(health.component);
          if (index === undefined) continue;
          if (situation.standings.health(index).status !== health.status) flipped.push(index);
          touched.add(index);
          // Whether a group may be judged depends on the reasons of its members, which its own health may not show.
          for (const group of situation.standings.set(index, health)) touched.add(group);
        }
        for (const index of touched) look(index, atMs);
        for (const index of flipped) recounting.flipped(index, atMs);
      }
      if (input.burns !== undefined && situation.standings !== undefined) takeBurns(input.burns, atMs);
      if (input.isOffline !== wasOffline && situation.standings !== undefined) {
        if (input.isOffline) offlineSinceMs = atMs;
        else notice(atMs);
        stepAll(atMs);
        if (!input.isOffline) lookAtAll(atMs);
      }
      return changes.collect();
    },
    acknowledge(id, by, atMs) {
      situation.presentMs = atMs;
      followClock(atMs);
      runDue(atMs);
      const entry = entries.ofAlert(id);
      if (entry === undefined || !entry.isOpen) return { ok: false, why: 'not-found' };
      acknowledge(entry, by, atMs);
      return { ok: true, changes: changes.collect() ?? NOTHING };
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

function ofThoseThatAreNotOver({ alerts }: SavedAlerting): readonly AlertOpening[] {
  return alerts.flatMap(({ alert: { route, component, openedMs } }) =>
    openedMs === undefined ? [] : [{ route, component, openedMs }],
  );
}

/** Components that are looked at for what may be bad because of one. */
const MAX_STEPS = 1_000;

/** Whatever depends on it, or has it as a member, however deep. */
function* whatMayBeCaused({ dependents, parents }: Graph, index: number): Iterable<number> {
  const found = new Set([index]);
  for (const one of found) {
    if (one !== index) yield one;
    if (found.size > MAX_STEPS) continue;
    for (const dependent of dependents.of(one)) found.add(dependent);
    for (const group of parents.of(one)) found.add(group);
  }
}
