// Decides: observations, reports, expiry and new definitions come in, and each goes through the graph once. What changed by
// it gets its revisions and goes to the journal as a decision, which the view applies once the journal publishes it.
import type { Clock } from '../core/clock.ts';
import type { ComponentDefinition, SystemDefinition } from '../core/definition.ts';
import { unhealthyDependencies } from '../core/explain.ts';
import { compileGraph, type Graph } from '../core/graph.ts';
import type { Health } from '../core/health.ts';
import type { Observation, Reason } from '../core/observation.ts';
import { createRollup, type Rollup } from '../core/rollup.ts';
import { SEVERITY } from '../core/status.ts';
import type { Life, RemovedComponent, SavedComponent, SavedState, StatusRecord } from '../core/store.ts';
import { type Condition, observe, underThresholds } from '../core/thresholds.ts';
import {
  type ComponentState,
  expiresAtMs,
  expiryMs,
  hasExpired,
  healthOf,
  identityOf,
  isChange,
  isChangeBeyondWords,
  type Moment,
  newState,
  ownCondition,
  thresholdsOf,
} from './component-state.ts';
import { createDeadlines } from './deadlines.ts';
import type { Decision, StatusChange, Structure, Trace } from './decision.ts';
import type { Gap } from './gaps.ts';
import type { HealthReader, HealthReporter } from './health-ports.ts';
import type { Journal } from './journal.ts';
import { fromSaved, lastLifeOf, toRecord, toSaved } from './restore.ts';
import type { View } from './view.ts';

/** Reading goes to the view. */
export interface Aggregator extends HealthReader, HealthReporter {
  /** Subscriptions that are open. */
  readonly subscriberCount: number;
  /** What is decided and may not be published yet: for whoever acts on it, never for an answer. */
  decided(id: string): Health | undefined;
  /** Takes in what a probe saw. Ignored for a component that is gone or is no probe. */
  observe(id: string, observation: Observation, trace?: Trace): void;
  /** Monotonic milliseconds up to which the last observation counts; minus infinity where there is none that does. */
  freshUntilMs(id: string): number;
  /**
   * Nobody was there from the first time to the second, which is now: what ran out in between did so then, and whether a
   * report that was due in between came, nobody can say.
   */
  resume(gap: Gap): void;
  /**
   * Goes over to another definition. Whatever is the same in both keeps its state and its revision.
   * @throws Error when the definition has faults; everything then stays as it was
   */
  reload(system: SystemDefinition): void;
  /** Stops the timer. Reading goes on; nothing expires any more. */
  close(): void;
}

export interface AggregatorOptions {
  readonly system: SystemDefinition;
  readonly clock: Clock;
  /** What an earlier life left. */
  readonly saved: SavedState;
  /** The revisions of this life are above it (`startOfLife`). */
  readonly startRevision: number;
  /** Called before anything is taken in: time that nobody lived comes first (`resume`). */
  readonly look?: () => void;
  readonly journal: Pick<Journal, 'observed' | 'refreshed' | 'stage' | 'together' | 'settled'>;
  /** What the journal publishes to. */
  readonly view: View;
}

/** Longest time without a look at the wall clock, which may step either way: how late maintenance may be noticed. */
const MAX_MAINTENANCE_WAIT_MS = 60_000;

/** Least time between two revisions of which only the words of reports differ. */
const WORDS_MS = 1_000;
/** Least time between two records of reports that say the same. */
const RECORD_MS = 1_000;
/** A gap from which on a report that was sent in it is taken for lost: who sends one does not wait for ever. */
const LOST_REPORT_MS = 10_000;

const MISSED_WHILE_NOT_WATCHING: Condition = {
  status: 'UNKNOWN',
  reason: { code: 'MISSED_WHILE_NOT_WATCHING', message: 'a report was due while OpenK was suspended' },
};

/** Code of the reason that a report gives. */
const REPORTED = 'REPORTED';

const REMOVED: Reason = { code: 'REMOVED', message: 'the configuration no longer has it' };

/** What there was of a component before: its state, where that still holds, and its health. */
interface Before {
  readonly state: ComponentState | undefined;
  readonly health: Health;
}

/** What a batch brings besides changes of health. */
interface Besides {
  readonly structure?: Structure;
  /** With their last health. */
  readonly removed?: readonly Health[];
  /** Ids whose watchers have to look again. */
  readonly reread?: readonly string[];
  /** When what a component has become began, where that was before now. */
  readonly beganAtMs?: (state: ComponentState) => number | undefined;
  /** State that must be durable although nothing may have changed. */
  readonly keep?: ComponentState;
  readonly trace?: Trace | undefined;
}

/** @throws Error when the definition has faults; the configuration check finds them before. */
export function createAggregator(options: AggregatorOptions): Aggregator {
  const { clock, saved, startRevision, journal, view } = options;
  const deadlines = createDeadlines({
    clock,
    onDue: (ids, dueMs) => expire(ids, dueMs),
    together: journal.together,
  });

  let revision = startRevision;
  /** Of the last change, which may be of an earlier life. */
  const lastRevision = () => (revision === startRevision ? saved.revision : revision);
  /** What states say of the life that saves them: with the first change it is one that has changed something. */
  let life: Life = { ...lastLifeOf(saved), startRevision };
  const nextRevision = () => {
    life = { startRevision, changedRevision: startRevision };
    revision += 1;
    return revision;
  };
  let graph: Graph;
  let states: ComponentState[] = [];
  let rollup: Rollup;
  const touched = new Set<number>();

  /** The gap whose end is being caught up with. */
  let gap: Gap | undefined;

  const readClock = (): Moment => ({ wallMs: clock.nowMs(), monotonicMs: clock.monotonicMs() });
  /** The present, once all that was due before is decided: what happens has one order, that of its times. */
  const present = (): Moment => {
    options.look?.();
    const now = readClock();
    deadlines.run(now.monotonicMs);
    return now;
  };
  /** A moment that is past. The wall clock is taken to have been right since, as it is now. */
  const momentAt = (monotonicMs: number): Moment => {
    const now = readClock();
    return { monotonicMs, wallMs: Math.round(now.wallMs - Math.max(0, now.monotonicMs - monotonicMs)) };
  };

  /** Gives what changed its revision, and hands the decision to the journal. */
  const decide = (now: Moment, { structure, removed = [], reread = [], beganAtMs, keep, trace }: Besides = {}) => {
    rollup.settle((index) => touched.add(index));
    // Members are touched before their groups; dependents may stand anywhere, and no cause changes another cause.
    for (const index of [...touched]) {
      if (rollup.status(index) === states[index]!.health.status) continue;
      for (const dependent of graph.dependents[index]!) touched.add(dependent);
    }
    const records: StatusRecord[] = [];
    const gone: RemovedComponent[] = [];
    for (const { component, status } of removed) {
      const at = nextRevision();
      gone.push({ id: component, revision: at });
      records.push({ revision: at, component, atMs: now.wallMs, from: status, reason: REMOVED, causedBy: [] });
    }
    const changed: Health[] = [];
    const kept: SavedComponent[] = [];
    const statusChanges: StatusChange[] = [];
    for (const index of touched) {
      const state = states[index]!;
      const before = state.health;
      const after = healthOf(state, surroundings(index));
      state.health = after;
      const isNew = before.revision === 0;
      if (!isNew && !isDue(state, before, after, now)) {
        refreshed(state);
        continue;
      }
      after.revision = nextRevision();
      state.revisedAtMs = now.monotonicMs;
      state.owesWords = false;
      if (isNew || before.status !== after.status) {
        after.sinceMs = Math.min(now.wallMs, beganAtMs?.(state) ?? now.wallMs);
        records.push(toRecord(after, isNew ? undefined : before.status));
        if (!isNew) statusChanges.push({ from: before.status, health: after });
      }
      changed.push(after);
      kept.push(toSaved(state, life));
    }
    touched.clear();
    // Some state has to say which life the change is of.
    const keeper = keep ?? (gone.length > 0 && changed.length === 0 ? rootState() : undefined);
    if (keeper !== undefined) kept.push(toSaved(keeper, life));
    if (changed.length + kept.length === 0 && structure === undefined) return;
    const decision: Decision = {
      revision: lastRevision(),
      atMs: now.wallMs,
      records,
      changed,
      removed: gone,
      statusChanges,
      saved: kept,
      structure,
      reread,
      trace,
    };
    journal.stage(decision);
  };

  /** Whether there is a change that takes a revision now. Words of reports, which may change all the time, take theirs later, the latest of them. */
  const isDue = (state: ComponentState, before: Health, after: Health, now: Moment): boolean => {
    if (after.reason.code !== REPORTED) return isChange(before, after);
    if (isChangeBeyondWords(before, after)) return true;
    state.owesWords ||= before.reason.message !== after.reason.message;
    if (!state.owesWords || now.monotonicMs >= state.revisedAtMs + WORDS_MS) return state.owesWords;
    lookAtClock(state, now);
    return false;
  };

  /** Groups have nothing that changes without a revision. */
  const refreshed = (state: ComponentState) => {
    const { definition, health } = state;
    if (definition.subject.type === 'group') return;
    view.refresh(health);
    journal.refreshed(toSaved(state, life));
  };

  const surroundings = (index: number) => ({
    status: rollup.status(index),
    counts: rollup.counts(index),
    causedBy: unhealthyDependencies(graph, rollup, index).map((dependency) => graph.definitions[dependency]!.id),
  });

  const takeIn = (state: ComponentState, index: number, observation: Observation): Moment => {
    const now = present();
    const { outcome, latencyMs, phases } = observation;
    const isSame = outcome === ownCondition(state).status;
    state.expired = hasExpired(state, now);
    state.condition = observe(ownCondition(state), observation, thresholdsOf(state.definition));
    state.countsFrom = now;
    state.expectedSinceMs = undefined;
    state.checkedAtMs = now.wallMs;
    state.latencyMs = latencyMs;
    state.phases = phases;
    const isRepeated = isSame && latencyMs === undefined && now.monotonicMs < state.recordedAtMs + RECORD_MS;
    if (state.definition.subject.type === 'probe' || !isRepeated) {
      state.recordedAtMs = now.monotonicMs;
      const seen = { component: state.definition.id, atMs: now.wallMs, outcome };
      journal.observed(latencyMs === undefined ? seen : { ...seen, latencyMs });
    }
    refresh(index, now);
    return now;
  };

  /** Looks at components whose observation may be too old, or whose maintenance may begin or end, as of then. */
  const expire = (ids: readonly string[], dueMs: number) => {
    const now = momentAt(dueMs);
    for (const id of ids) {
      const index = graph.indexOf.get(id);
      if (index !== undefined) refresh(index, now);
    }
    decide(now);
  };

  const refresh = (index: number, now: Moment) => {
    const state = states[index]!;
    lookAtClock(state, now);
    if (state.definition.subject.type !== 'group') rollup.setOwn(index, ownCondition(state).status);
    rollup.setMaintenance(index, state.maintenance !== undefined);
  };

  /** Whether the last observation still counts, and whether it is in maintenance. Sets when to look again. */
  const lookAtClock = (state: ComponentState, now: Moment) => {
    const { wallMs, monotonicMs } = now;
    const { id, maintenance } = state.definition;
    if (gap !== undefined && hasExpired(state, now)) excuse(state, gap, now);
    state.expired = hasExpired(state, now);
    const wordsMs = state.owesWords ? state.revisedAtMs + WORDS_MS : Number.POSITIVE_INFINITY;
    const lookAgainMs = Math.min(wordsMs, state.expired ? Number.POSITIVE_INFINITY : expiresAtMs(state, now));
    if (maintenance === undefined) {
      state.maintenance = undefined;
      deadlines.set(id, lookAgainMs);
      return;
    }
    const period = maintenance.currentOrNext(wallMs);
    state.maintenance = period !== undefined && period.fromMs <= wallMs ? period : undefined;
    const boundaryMs = (state.maintenance === undefined ? period?.fromMs : period?.untilMs) ?? Number.POSITIVE_INFINITY;
    const boundaryInMs = Math.max(1, Math.ceil(boundaryMs - wallMs));
    const checkAtMs = clock.monotonicMs() + MAX_MAINTENANCE_WAIT_MS;
    deadlines.set(id, Math.min(lookAgainMs, monotonicMs + boundaryInMs, checkAtMs));
  };

  /** A heartbeat that runs out in the gap has a whole period from its end on, or until the next time of its calendar. */
  const excuse = (state: ComponentState, { fromMs, untilMs }: Gap, now: Moment) => {
    if (state.definition.subject.type !== 'heartbeat' || state.expired || expiresAtMs(state, now) <= fromMs) return;
    state.condition = MISSED_WHILE_NOT_WATCHING;
    state.countsFrom = momentAt(untilMs);
    if (state.expectedSinceMs !== undefined) state.expectedSinceMs = clock.nowMs();
  };

  /** Reports that came to nobody are lost, or late by the time that nobody listened; a calendar does not wait for that. */
  const allowForLostReports = (state: ComponentState, { fromMs, untilMs }: Gap) => {
    const { definition, expired, checkedAtMs, countsFrom } = state;
    const hasRhythm = definition.subject.type === 'heartbeat' && checkedAtMs !== undefined;
    if (!hasRhythm || expired || countsFrom === undefined || countsFrom.monotonicMs >= untilMs) return;
    const gapMs = untilMs - fromMs;
    const now = momentAt(untilMs);
    state.countsFrom = gapMs >= LOST_REPORT_MS ? now : { ...countsFrom, monotonicMs: countsFrom.monotonicMs + gapMs };
    lookAtClock(state, now);
  };

  /** Takes over a definition. */
  const install = (now: Moment, next: Structure, before: (definition: ComponentDefinition) => Before | undefined) => {
    graph = next.graph;
    states = graph.definitions.map((definition) => {
      const known = before(definition);
      const state = known?.state ? takeOver(known.state, definition) : newState(definition, known?.health, now);
      lookAtClock(state, now);
      return state;
    });
    rollup = createRollup(graph, {
      own: (index) => ownCondition(states[index]!).status,
      inMaintenance: (index) => states[index]!.maintenance !== undefined,
    });
    for (const index of graph.order) touched.add(index);
  };

  const stateOf = (id: string) => {
    const index = graph.indexOf.get(id);
    return index === undefined ? undefined : states[index];
  };

  const rootState = () => states[graph.rootIndex]!;

  const start = () => {
    const now = readClock();
    const structure = compile(options.system);
    const savedById = new Map(saved.components.map((component) => [component.id, component]));
    install(now, structure, (definition) => {
      const known = savedById.get(definition.id);
      return known && { state: fromSaved(known, definition, now), health: known.health };
    });
    const isGone = ({ component }: Health) => !graph.indexOf.has(component);
    const removed = saved.components.map(({ health }) => health).filter(isGone);
    // Also where nothing changed the store has to learn that this life is there.
    decide(now, { structure, removed, beganAtMs: ranOutAtMs, keep: rootState() });
  };
  start();

  return {
    get rootId() {
      return view.rootId;
    },
    get revision() {
      return view.revision;
    },
    get subscriberCount() {
      return view.subscriberCount;
    },
    ids: view.ids,
    health: view.health,
    definition: view.definition,
    parents: view.parents,
    memberIds: view.memberIds,
    explain: view.explain,
    changesSince: view.changesSince,
    subscribe: view.subscribe,
    decided: (id) => stateOf(id)?.health,
    freshUntilMs(id) {
      const state = stateOf(id);
      if (state?.countsFrom === undefined || state.expired) return Number.NEGATIVE_INFINITY;
      return expiresAtMs(state, readClock());
    },
    resume(unwatched) {
      gap = unwatched;
      deadlines.run(unwatched.untilMs);
      gap = undefined;
      for (const state of states) allowForLostReports(state, unwatched);
    },

    observe(id, observation, trace) {
      const index = graph.indexOf.get(id);
      const state = index === undefined ? undefined : states[index];
      if (index === undefined || state?.definition.subject.type !== 'probe') return;
      decide(takeIn(state, index, observation), { trace });
    },
    async report(id, report) {
      const index = graph.indexOf.get(id);
      const state = index === undefined ? undefined : states[index];
      if (index === undefined || state === undefined) return { ok: false, why: 'not-found' };
      const { subject } = state.definition;
      if (subject.type !== 'heartbeat') {
        return { ok: false, why: 'not-a-heartbeat', kind: subject.type === 'group' ? 'group' : subject.kind };
      }
      const now = takeIn(state, index, {
        outcome: report.outcome,
        reason: {
          code: REPORTED,
          message: report.message === '' ? `reported ${report.outcome}` : report.message,
          ...(report.runId !== undefined && { evidence: `run ${report.runId}` }),
        },
        ...(report.durationMs !== undefined && { latencyMs: report.durationMs }),
        decisive: true,
      });
      decide(now, { keep: state });
      const { health } = state;
      const isDurable = await journal.settled();
      return { ok: true, health, isDurable };
    },
    worsens(id, outcome) {
      const state = stateOf(id);
      if (state?.definition.subject.type !== 'heartbeat') return false;
      const { status } = ownCondition(state);
      return status === 'UNKNOWN' || SEVERITY[outcome] > SEVERITY[status];
    },
    reload(system) {
      const now = present();
      const structure = compile(system);
      const before = new Map(states.map((state) => [state.definition.id, state]));
      install(now, structure, (definition) => {
        const known = before.get(definition.id);
        return known && { state: known.identity === identityOf(definition) ? known : undefined, health: known.health };
      });
      const removed = [...before.values()].filter(({ definition }) => !graph.indexOf.has(definition.id));
      for (const { definition } of removed) deadlines.delete(definition.id);
      // What grpc.health.v1 makes of DEGRADED is no health of its own, but its watchers have to look again.
      const reread = states.filter(({ definition: { id, servingWhenDegraded } }) => {
        const known = before.get(id)?.definition;
        return known !== undefined && known.servingWhenDegraded !== servingWhenDegraded;
      });
      decide(now, {
        structure,
        removed: removed.map(({ health }) => health),
        reread: reread.map(({ definition }) => definition.id),
      });
    },
    close: () => deadlines.close(),
  };
}

/** When what an earlier life saw ran out: not before that said what it was then. */
function ranOutAtMs(state: ComponentState): number | undefined {
  if (!state.expired || state.checkedAtMs === undefined) return undefined;
  return Math.max(state.health.sinceMs, expiryMs(state));
}

/** What was seen still holds, by what the definition now says of it. */
function takeOver(state: ComponentState, definition: ComponentDefinition): ComponentState {
  return { ...state, definition, condition: underThresholds(state.condition, thresholdsOf(definition)) };
}

function compile(system: SystemDefinition): Structure {
  const compiled = compileGraph(system);
  if (compiled.ok) return { graph: compiled.graph, rootId: system.rootId };
  const { componentId, message } = compiled.faults[0]!;
  throw new Error(`component '${componentId}': ${message}`);
}
