// The one mutable state: the health of every component, and who is told of it. Observations, reports, expiry and new
// definitions come in; each batch goes through the graph once, gives what changed its revisions, and wakes who watches.
import type { Clock } from '../core/clock.ts';
import type { ComponentDefinition, SystemDefinition } from '../core/definition.ts';
import { explain, unhealthyDependencies } from '../core/explain.ts';
import { compileGraph, type Graph } from '../core/graph.ts';
import type { Health } from '../core/health.ts';
import type { Observation } from '../core/observation.ts';
import { createRollup, type Rollup } from '../core/rollup.ts';
import type { SavedState, StateDelta } from '../core/store.ts';
import { observe } from '../core/thresholds.ts';
import { createChangeLog } from './change-log.ts';
import {
  type ComponentState,
  expiresAtMs,
  hasExpired,
  healthOf,
  initialCondition,
  isChange,
  ownCondition,
  thresholdsOf,
} from './component-state.ts';
import { createDeadlines } from './deadlines.ts';
import type { HealthReader, HealthReporter, Transition } from './hub-port.ts';
import { fromSaved, toSaved } from './restore.ts';
import { createSubscribers } from './subscribers.ts';

export interface Hub extends HealthReader, HealthReporter {
  /** Subscriptions that are open. */
  readonly subscriberCount: number;
  /** Takes in what a probe saw. Ignored for a component that is gone or is no probe. */
  observe(id: string, observation: Observation): void;
  /** Goes over to another definition. Whatever is the same in both keeps its state and its revision. */
  reload(system: SystemDefinition): void;
  /** Gives `write` what has changed since the last time that it did not throw. */
  handOver(write: (delta: StateDelta) => void): void;
  /** Stops the timer. Reading goes on; nothing expires any more. */
  close(): void;
}

export interface HubOptions {
  readonly system: SystemDefinition;
  readonly clock: Clock;
  /** What an earlier life left. */
  readonly saved: SavedState;
  /** Told every change of status, after it is visible and before watchers wake. Must not throw. */
  readonly onTransition?: (transition: Transition) => void;
}

/** Longest time without a look at the wall clock, which may step either way: how late maintenance may be noticed. */
const MAX_MAINTENANCE_WAIT_MS = 60_000;

/** @throws Error when the definition has faults; the configuration check finds them before. */
export function createHub({ system, clock, saved, onTransition }: HubOptions): Hub {
  const log = createChangeLog(saved.revision);
  const subscribers = createSubscribers();
  const deadlines = createDeadlines({ clock, onDue: (ids) => expire(ids) });

  let graph = compile(system);
  let rootId = system.rootId;
  let sortedIds: readonly string[] = [];
  const sortedMembers = new Map<number, readonly string[]>();
  let states: ComponentState[] = [];
  let rollup: Rollup;
  const touched = new Set<number>();
  const unsaved = new Set<string>();

  /** Gives what changed its revision, and wakes who watches it or one of `alsoWake`. */
  const publish = (alsoWake: readonly string[] = []) => {
    rollup.settle((index) => touched.add(index));
    // Members are touched before their groups; dependents may stand anywhere, and no cause changes another cause.
    for (const index of [...touched]) {
      if (rollup.status(index) === states[index]!.health.status) continue;
      for (const dependent of graph.dependents[index]!) touched.add(dependent);
    }
    const changedIds: string[] = [];
    const transitions: Transition[] = [];
    const nowMs = clock.nowMs();
    for (const index of touched) {
      const state = states[index]!;
      const before = state.health;
      const after = healthOf(state, surroundings(index));
      state.health = after;
      unsaved.add(after.component);
      const isNew = before.revision === 0;
      if (!isNew && !isChange(before, after)) continue;
      const moved = isNew || before.status !== after.status;
      if (moved) after.sinceMs = nowMs;
      after.revision = log.changed(after.component);
      changedIds.push(after.component);
      if (moved && !isNew) transitions.push({ from: before.status, health: after });
    }
    touched.clear();
    for (const transition of transitions) onTransition?.(transition);
    subscribers.wake(alsoWake.length > 0 ? [...changedIds, ...alsoWake] : changedIds);
  };

  const surroundings = (index: number) => ({
    status: rollup.status(index),
    counts: rollup.counts(index),
    causedBy: unhealthyDependencies(graph, rollup, index).map((dependency) => graph.definitions[dependency]!.id),
  });

  const takeIn = (index: number, observation: Observation) => {
    const state = states[index]!;
    const nowMs = clock.monotonicMs();
    state.expired = hasExpired(state, nowMs);
    state.condition = observe(ownCondition(state), observation, thresholdsOf(state.definition));
    state.observedAtMs = nowMs;
    state.checkedAtMs = clock.nowMs();
    state.latencyMs = observation.latencyMs;
    refresh(index);
    publish();
  };

  /** Looks at components whose observation may be too old, or whose maintenance may begin or end. */
  const expire = (ids: readonly string[]) => {
    for (const id of ids) {
      const index = graph.indexOf.get(id);
      if (index !== undefined) refresh(index);
    }
    publish();
  };

  const refresh = (index: number) => {
    const state = states[index]!;
    lookAtClock(state);
    if (state.definition.subject.type !== 'group') rollup.setOwn(index, ownCondition(state).status);
    rollup.setMaintenance(index, state.maintenance !== undefined);
  };

  /** Whether the last observation still counts, and whether it is in maintenance. Sets when to look again. */
  const lookAtClock = (state: ComponentState) => {
    const { id, maintenance } = state.definition;
    const nowMs = clock.monotonicMs();
    state.expired = hasExpired(state, nowMs);
    const expiryMs = state.expired ? Number.POSITIVE_INFINITY : expiresAtMs(state);
    if (maintenance === undefined) {
      state.maintenance = undefined;
      deadlines.set(id, expiryMs);
      return;
    }
    const wallMs = clock.nowMs();
    const period = maintenance.currentOrNext(wallMs);
    state.maintenance = period !== undefined && period.fromMs <= wallMs ? period : undefined;
    const boundaryMs = (state.maintenance === undefined ? period?.fromMs : period?.untilMs) ?? Number.POSITIVE_INFINITY;
    const waitMs = Math.min(Math.max(boundaryMs - wallMs, 0), MAX_MAINTENANCE_WAIT_MS);
    deadlines.set(id, Math.min(expiryMs, nowMs + waitMs));
  };

  /** Takes over a definition; `before` gives the state of what is the same in it. */
  const install = (before: (definition: ComponentDefinition) => ComponentState | undefined) => {
    states = graph.definitions.map((definition) => {
      const known = before(definition);
      const state = known && keepsState(known, definition) ? { ...known, definition } : newState(definition, known);
      lookAtClock(state);
      return state;
    });
    sortedIds = graph.definitions.map(({ id }) => id).sort();
    sortedMembers.clear();
    rollup = createRollup(graph, {
      own: (index) => ownCondition(states[index]!).status,
      inMaintenance: (index) => states[index]!.maintenance !== undefined,
    });
    for (const index of graph.order) touched.add(index);
  };

  const newState = (definition: ComponentDefinition, known: ComponentState | undefined): ComponentState => {
    const condition = initialCondition(definition);
    const health: Health = known?.health ?? {
      component: definition.id,
      status: 'UNKNOWN',
      sinceMs: clock.nowMs(),
      reason: condition.reason,
      causedBy: [],
      revision: 0,
    };
    return {
      definition,
      condition,
      checkedAtMs: undefined,
      latencyMs: undefined,
      observedAtMs: undefined,
      expired: false,
      maintenance: undefined,
      health,
    };
  };

  const stateOf = (id: string) => {
    const index = graph.indexOf.get(id);
    return index === undefined ? undefined : states[index];
  };

  const savedById = new Map(saved.components.map((component) => [component.id, component]));
  install((definition) => {
    const known = savedById.get(definition.id);
    return known && fromSaved(known, definition, clock);
  });
  for (const id of savedById.keys()) if (!graph.indexOf.has(id)) unsaved.add(id);
  publish();

  return {
    get rootId() {
      return rootId;
    },
    get revision() {
      return log.revision;
    },
    get subscriberCount() {
      return subscribers.size;
    },
    ids: () => sortedIds,
    health: (id) => stateOf(id)?.health,
    definition: (id) => stateOf(id)?.definition,
    parents(id) {
      const index = graph.indexOf.get(id);
      return index === undefined ? [] : graph.parents[index]!.map(({ group }) => graph.definitions[group]!.id);
    },
    memberIds(id) {
      const index = graph.indexOf.get(id);
      if (index === undefined) return [];
      let ids = sortedMembers.get(index);
      if (ids === undefined) {
        ids = graph.members[index]!.map(({ member }) => graph.definitions[member]!.id).sort();
        sortedMembers.set(index, ids);
      }
      return ids;
    },
    explain(id) {
      const index = graph.indexOf.get(id);
      return index === undefined ? undefined : explain(graph, rollup, (at) => states[at]!.health.reason, index);
    },
    changesSince(revision, components) {
      const found = log.since(revision, components);
      if (found === undefined) return undefined;
      const changed = found.changed.map((id) => stateOf(id)!.health);
      return { revision: log.revision, changed, removed: found.removed };
    },
    subscribe: (components, wake) => subscribers.add(components, wake),

    observe(id, observation) {
      const index = graph.indexOf.get(id);
      if (index !== undefined && states[index]!.definition.subject.type === 'probe') takeIn(index, observation);
    },
    report(id, report) {
      const index = graph.indexOf.get(id);
      if (index === undefined) return { ok: false, why: 'not-found' };
      const state = states[index]!;
      const { subject } = state.definition;
      if (subject.type !== 'heartbeat') {
        return { ok: false, why: 'not-a-heartbeat', kind: subject.type === 'group' ? 'group' : subject.kind };
      }
      takeIn(index, {
        outcome: report.outcome,
        reason: { code: 'REPORTED', message: reportMessage(report) },
        ...(report.durationMs !== undefined && { latencyMs: report.durationMs }),
        decisive: true,
      });
      return { ok: true, health: states[index]!.health };
    },
    reload(next) {
      const before = new Map(states.map((state) => [state.definition.id, state]));
      graph = compile(next);
      rootId = next.rootId;
      install(({ id }) => before.get(id));
      const removedIds = [...before.keys()].filter((id) => !graph.indexOf.has(id));
      for (const id of removedIds) {
        log.removed(id);
        deadlines.delete(id);
        unsaved.add(id);
      }
      // What grpc.health.v1 makes of DEGRADED is no health of its own, but its watchers have to look again.
      const reread = states.filter(({ definition: { id, servingWhenDegraded } }) => {
        const known = before.get(id)?.definition;
        return known !== undefined && known.servingWhenDegraded !== servingWhenDegraded;
      });
      publish([...removedIds, ...reread.map(({ definition }) => definition.id)]);
    },
    handOver(write) {
      const ids = [...unsaved];
      const changed = ids.flatMap((id) => stateOf(id) ?? []).map(toSaved);
      write({ revision: log.revision, changed, removed: ids.filter((id) => !graph.indexOf.has(id)) });
      unsaved.clear();
    },
    close: () => deadlines.close(),
  };
}

function compile(system: SystemDefinition): Graph {
  const compiled = compileGraph(system);
  if (compiled.ok) return compiled.graph;
  const { componentId, message } = compiled.faults[0]!;
  throw new Error(`component '${componentId}': ${message}`);
}

/** Whether what was seen of the component still holds for its new definition. */
function keepsState({ definition: before }: ComponentState, after: ComponentDefinition): boolean {
  if (before.subject.type === 'probe' && after.subject.type === 'probe') {
    return before.subject.kind === after.subject.kind && before.subject.fingerprint === after.subject.fingerprint;
  }
  return before.subject.type === after.subject.type;
}

function reportMessage({ message, outcome, runId }: { message: string; outcome: string; runId?: string }): string {
  const said = message === '' ? `reported ${outcome}` : message;
  return runId === undefined ? said : `${said} (run ${runId})`;
}
