// Decides: (state, input) → decision. No clock, no timer, no store: the time is an argument, and what is to be done with a
// decision is somebody else's business.
import type { ComponentDefinition, SystemDefinition } from '../core/definition.ts';
import { type CompiledGraph, compileGraph } from '../core/graph.ts';
import { imposedAt, imposedOn } from '../core/imposed-maintenance.ts';
import { compileNext, type NextGraph } from '../core/next-graph.ts';
import type { Observation } from '../core/observation.ts';
import { atOnce, type Steps } from '../core/steps.ts';
import { observe, underThresholds } from '../core/thresholds.ts';
import {
  ComponentState,
  expiryMs,
  hasExpired,
  type Moment,
  momentAt,
  ownCondition,
  REPORTED,
  thresholdsOf,
} from './component-state.ts';
import { type Besides, conclude, type Removed } from './conclude.ts';
import { type DecidedSystem, type DeciderState, decidedSystem, stateOf } from './decider-state.ts';
import type { Decision } from './decision.ts';
import type { Report } from './health-ports.ts';
import type {
  DefinitionInput,
  Input,
  ObservationInput,
  PartsInput,
  ReportInput,
  SilenceInput,
  StartInput,
  SuspensionsInput,
  TickInput,
  UnseenInput,
} from './input.ts';
import { endRun, startRun } from './job-run.ts';
import { allowForLostReports, excuse, lookAtClock } from './look-at-clock.ts';
import { newObserver, restoreObserver, throughObserver } from './observer.ts';
import { hasOtherParts, isMissing, PART_MISSING, withParts, withSavedParts, withSeenParts } from './parts.ts';
import { fromSaved } from './restore.ts';

/** Least time between two records of reports that say the same. */
const RECORD_MS = 1_000;

/**
 * What an input comes to. Undefined: nothing takes a revision, and nothing has to be kept before somebody is answered.
 *
 * @param now the present; inputs come in the order of their times, so that ticks that were due before come first
 * @throws Error when a definition has faults; the state is then as it was
 */
export function decide(state: DeciderState, input: Input, now: Moment): Decision | undefined {
  return (DECIDE[input.kind] as Handler<Input>)(state, input, now);
}

type Handler<One extends Input> = (state: DeciderState, input: One, now: Moment) => Decision | undefined;

const DECIDE: { readonly [Kind in Input['kind']]: Handler<Extract<Input, { kind: Kind }>> } = {
  observation: onObservation,
  unseen: onUnseen,
  parts: onParts,
  report: onReport,
  start: onStart,
  tick: onTick,
  silence: onSilence,
  definition: onDefinition,
  suspensions: onSuspensions,
};

/** Ignored for a component that is gone or is no probe. */
function onObservation(state: DeciderState, input: ObservationInput, now: Moment) {
  const { id, observation, trace, seenMs, isElsewhere } = input;
  const { system } = state;
  const index = system?.graph.indexOf.get(id);
  if (system === undefined || index === undefined) return undefined;
  if (system.components[index]!.definition.subject.type !== 'probe') return undefined;
  const counted = isElsewhere === true ? observation : throughObserver(state.observer, id, observation);
  const seen = seenMs === undefined ? now : momentAt(seenMs, now);
  takeIn(state, system, index, counted, now, seen);
  takeInParts(state, system, index, observation, counted, now, seen);
  return conclude(state, system, now, now, { trace });
}

/** Of what an answer does not name any more nobody knows how it is. An answer that says nothing of parts leaves them to become stale. */
function takeInParts(
  state: DeciderState,
  system: DecidedSystem,
  ownerIndex: number,
  { parts }: Observation,
  counted: Observation,
  now: Moment,
  seen: Moment,
) {
  if (parts === undefined) return;
  const known = system.graph.parts.get(ownerIndex);
  if (known !== undefined) {
    const byName = new Map(parts.map((part) => [part.name, part]));
    for (const index of known) {
      const { name } = system.components[index]!.definition.part!;
      takeIn(
        state,
        system,
        index,
        counted.parts === undefined ? counted : (byName.get(name) ?? PART_MISSING),
        now,
        seen,
      );
    }
  }
  if (counted.parts === undefined || (parts.length === 0 && known === undefined)) return;
  if (hasOtherParts(system, ownerIndex, parts, now)) {
    state.outputs.foundParts(system.components[ownerIndex]!.definition.id, parts);
  }
}

/** What was seen of them until now counts for nothing any more: it may have become otherwise since. */
function onUnseen(state: DeciderState, { ids, reason }: UnseenInput, now: Moment) {
  const { system } = state;
  if (system === undefined) return undefined;
  for (const id of ids) {
    const index = system.graph.indexOf.get(id);
    if (index === undefined) continue;
    for (const each of [index, ...(system.graph.parts.get(index) ?? [])]) {
      const component = system.components[each]!;
      component.condition = { status: 'UNKNOWN', reason };
      component.countsFrom = undefined;
      refresh(state, system, each, now, now);
    }
  }
  return conclude(state, system, now, now);
}

/** What parts come to that were seen of these owners: the graph once they are components. Undefined: the same as before. */
export function* planParts(
  { base, system }: DeciderState,
  seen: PartsInput['seen'],
  now: Moment,
): Steps<NextGraph | undefined> {
  const components = system && (yield* withSeenParts(system, seen, now));
  return components && withoutFaults(yield* compileNext(system.graph, { ...base!, components }));
}

/** What is new begins with what was seen of it, and everything else stays as it is. */
function onParts(state: DeciderState, { seen, next: planned }: PartsInput, now: Moment) {
  const { system: before } = state;
  if (before === undefined) return undefined;
  const compiled = isStill(state, planned) ? planned : atOnce(planParts(state, seen, now));
  if (compiled === undefined) return undefined;
  const { structure, removed } = goOver(state, before, compiled, now);
  const next = state.system!;
  for (const [id, parts] of seen) {
    const byName = new Map(parts.map((part) => [part.name, part]));
    const ownerIndex = next.graph.indexOf.get(id);
    for (const index of (ownerIndex !== undefined && next.graph.parts.get(ownerIndex)) || []) {
      const { definition, checkedAtMs } = next.components[index]!;
      const part = byName.get(definition.part!.name);
      if (part !== undefined && checkedAtMs === undefined) takeIn(state, next, index, part, now);
    }
  }
  return conclude(state, next, now, now, { structure, removed });
}

/** Whether nothing has changed since it was planned: what is to go may have been named again. */
function isStill(state: DeciderState, planned: NextGraph | undefined): planned is NextGraph {
  return (
    planned !== undefined &&
    planned.changes.from === state.system?.graph &&
    planned.changes.gone.every((id) => isMissing(stateOf(state, id)!))
  );
}

/** Ignored for a component that is gone or is no heartbeat. It must be durable also where it says nothing new. */
function onReport(state: DeciderState, { id, report }: ReportInput, now: Moment) {
  const { system } = state;
  const index = system?.graph.indexOf.get(id);
  if (system === undefined || index === undefined) return undefined;
  const keep = system.components[index]!;
  if (keep.definition.subject.type !== 'heartbeat') return undefined;
  takeIn(state, system, index, observationOf(endRun(keep, report, now)), now);
  return conclude(state, system, now, now, { keep });
}

/** It says nothing of how the heartbeat is, and must be durable all the same. Ignored as reports are. */
function onStart(state: DeciderState, { id, runId }: StartInput, now: Moment) {
  const { system } = state;
  const index = system?.graph.indexOf.get(id);
  if (system === undefined || index === undefined) return undefined;
  const keep = system.components[index]!;
  if (keep.definition.subject.type !== 'heartbeat') return undefined;
  startRun(keep, runId, now);
  refresh(state, system, index, now, now);
  return conclude(state, system, now, now, { keep });
}

/** Observations may be too old, and maintenance may begin or end, as of then. */
function onTick(state: DeciderState, { ids, dueMs, gap }: TickInput, now: Moment) {
  const { system } = state;
  if (system === undefined) return undefined;
  const at = momentAt(dueMs, now);
  for (const id of ids) {
    const index = system.graph.indexOf.get(id);
    if (index === undefined) continue;
    if (gap !== undefined) excuse(system.components[index]!, gap, at, now);
    refresh(state, system, index, at, now);
  }
  return conclude(state, system, at, now);
}

/** Changes nothing now: it only says later when reports are late. */
function onSilence({ system, outputs }: DeciderState, { gap }: SilenceInput, now: Moment) {
  for (const component of system?.components ?? []) {
    if (allowForLostReports(component, gap, now)) {
      lookAtClock(component, momentAt(gap.untilMs, now), now, outputs.lookAgainAt);
    }
  }
  return undefined;
}

function onSuspensions(state: DeciderState, { suspensions }: SuspensionsInput, now: Moment) {
  state.imposed = imposedAt(suspensions, now.wallMs);
  const { system } = state;
  if (system === undefined) return undefined;
  for (const [index, component] of system.components.entries()) {
    const imposed = imposedOn(state.imposed, component.definition);
    if (imposed.length + component.imposed.length === 0) continue;
    component.imposed = imposed;
    refresh(state, system, index, now, now);
  }
  return conclude(state, system, now, now);
}

function onDefinition(state: DeciderState, { system, next }: DefinitionInput, now: Moment) {
  const { system: before } = state;
  if (before === undefined) return begin(state, system, now);
  const { graph } = before;
  const isReady = next?.changes.from === graph;
  const compiled = isReady ? next : withoutFaults(atOnce(compileNext(graph, atOnce(withParts(system, graph)))));
  state.base = system;
  state.observer = newObserver(system.observer, state.observer);
  const besides = goOver(state, before, compiled, now);
  return conclude(state, state.system!, now, now, besides);
}

/** The first definition: what an earlier incarnation saw of the same components still holds. */
function begin(state: DeciderState, system: SystemDefinition, now: Moment) {
  const { graph } = withoutFaults(compileGraph(atOnce(withSavedParts(system, state.saved.components))));
  const structure = { graph, rootId: system.rootId };
  state.base = system;
  state.observer = newObserver(system.observer, undefined);
  const savedById = new Map(state.saved.components.map((component) => [component.id, component]));
  const components = graph.definitions.map((definition) => {
    const known = savedById.get(definition.id);
    const kept = known && fromSaved(known, definition, now);
    const component = kept ? takeOver(kept, definition) : new ComponentState(definition, known?.health, now);
    component.imposed = imposedOn(state.imposed, definition);
    lookAtClock(component, now, now, state.outputs.lookAgainAt);
    return component;
  });
  state.system = decidedSystem(graph, components);
  for (const index of graph.order) state.touched.add(index);
  if (state.observer !== undefined) restoreObserver(state.observer, (id) => stateOf(state, id)?.condition.status);
  const removed = state.saved.components.filter(({ health }) => !graph.indexOf.has(health.component));
  state.saved = { revision: state.saved.revision, components: [] };
  return conclude(state, state.system, now, now, { structure, removed, beganAtMs: ranOutAtMs });
}

/**
 * From one definition to another. Whatever is the same in both keeps its state and its revision. What readers see as something else takes one:
 * other labels, members or parents, since a reader who sees a part of the components may see another part now, another kind or name.
 */
function goOver(
  state: DeciderState,
  { components: before, rollup }: DecidedSystem,
  next: NextGraph,
  now: Moment,
): Required<Pick<Besides, 'structure' | 'removed' | 'redefined' | 'reread'>> {
  const { graph, changes } = next;
  const { from, indexes, redefined } = changes;
  const { outputs } = state;
  const formerly = (id: string) => {
    const place = from.indexOf.get(id);
    return place === undefined ? undefined : before[place];
  };
  const components = before.slice(0, graph.definitions.length);
  rollup.goOver(next);
  state.system = { graph, components, rollup };
  const reread: string[] = [];
  for (const index of indexes) {
    const definition = graph.definitions[index]!;
    const known = formerly(definition.id);
    if (known?.definition === definition) {
      components[index] = known;
      continue;
    }
    const isKnown = known !== undefined && isSameSubject(known.definition, definition);
    if (known !== undefined && isServedOtherwise(known.definition, definition)) reread.push(definition.id);
    if (known !== undefined && !isKnown) outputs.lookAgainAt(known, Number.POSITIVE_INFINITY);
    const component = isKnown ? takeOver(known, definition) : new ComponentState(definition, known?.health, now);
    component.imposed = imposedOn(state.imposed, definition);
    components[index] = component;
    refresh(state, state.system, index, now, now);
  }
  for (const id of redefined) refresh(state, state.system, graph.indexOf.get(id)!, now, now);
  const removed = changes.gone.map((id) => formerly(id)!);
  for (const component of removed) outputs.lookAgainAt(component, Number.POSITIVE_INFINITY);
  const rootId = graph.definitions[graph.rootIndex]!.id;
  return { structure: { graph, rootId, changes }, removed: removed.map(asRemoved), redefined, reread };
}

/** What grpc.health.v1 makes of DEGRADED is no health of its own, but its watchers have to look again. */
function isServedOtherwise(before: ComponentDefinition, after: ComponentDefinition): boolean {
  return before.servingWhenDegraded !== after.servingWhenDegraded;
}

function asRemoved({ health, definition: { source } }: ComponentState): Removed {
  return { health, source };
}

/** What was seen still holds, by what the definition now says of it. */
function takeOver(state: ComponentState, definition: ComponentDefinition): ComponentState {
  state.definition = definition;
  state.condition = underThresholds(state.condition, thresholdsOf(definition));
  return state;
}

function takeIn(
  state: DeciderState,
  system: DecidedSystem,
  index: number,
  observation: Omit<Observation, 'parts'>,
  now: Moment,
  seen: Moment = now,
) {
  const component = system.components[index]!;
  const { outcome, latencyMs, phases } = observation;
  const isSame = outcome === ownCondition(component).status;
  component.expired = hasExpired(component, now);
  component.condition = observe(ownCondition(component), observation, thresholdsOf(component.definition));
  component.countsFrom = seen;
  component.expectedSinceMs = undefined;
  component.checkedAtMs = seen.wallMs;
  component.latencyMs = latencyMs;
  component.phases = phases;
  const sinceRecordMs = now.monotonicMs - (component.recordedAtMs ?? Number.NEGATIVE_INFINITY);
  const isRepeated = isSame && latencyMs === undefined && sinceRecordMs < RECORD_MS;
  if (component.definition.subject.type === 'probe' || !isRepeated) {
    component.recordedAtMs = now.monotonicMs;
    const record = { component: component.definition.id, atMs: seen.wallMs, outcome };
    state.outputs.observed(latencyMs === undefined ? record : { ...record, latencyMs });
  }
  refresh(state, system, index, now, now);
}

function refresh({ outputs }: DeciderState, system: DecidedSystem, index: number, at: Moment, now: Moment) {
  const component = system.components[index]!;
  lookAtClock(component, at, now, outputs.lookAgainAt);
  if (component.definition.subject.type !== 'group') system.rollup.setOwn(index, ownCondition(component).status);
  system.rollup.setMaintenance(index, component.maintenance !== undefined);
}

/** A report decides at once. */
function observationOf({ outcome, message, durationMs, runId }: Report): Observation {
  return {
    outcome,
    reason: {
      code: REPORTED,
      message: message === '' ? `reported ${outcome}` : message,
      ...(runId !== undefined && { evidence: `run ${runId}` }),
    },
    ...(durationMs !== undefined && { latencyMs: durationMs }),
    decisive: true,
  };
}

/** What was seen of one holds for the other. */
function isSameSubject(a: ComponentDefinition, b: ComponentDefinition): boolean {
  const [one, other] = [a.subject, b.subject];
  if (one.type !== 'probe' || other.type !== 'probe') return one.type === other.type;
  return one.kind === other.kind && one.fingerprint === other.fingerprint;
}

/** When what an earlier incarnation saw ran out: not before that said what it was then. */
function ranOutAtMs(state: ComponentState): number | undefined {
  if (!state.expired || state.checkedAtMs === undefined) return undefined;
  return Math.max(state.health.sinceMs, expiryMs(state));
}

/** @throws Error when the definition has faults */
export function withoutFaults<Compiled extends { readonly ok: true }>(
  compiled: Compiled | Extract<CompiledGraph, { readonly ok: false }>,
): Compiled {
  if (compiled.ok) return compiled;
  const { componentId, message } = compiled.faults[0]!;
  throw new Error(`component '${componentId}': ${message}`);
}
