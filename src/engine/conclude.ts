// Brings what was touched through the graph once, and makes one decision of it: who changed gets a revision.
import { unhealthyDependencies } from '../core/explain.ts';
import type { Health } from '../core/health.ts';
import type { Reason } from '../core/observation.ts';
import type { RemovedComponent, SavedComponent, StatusRecord } from '../core/store.ts';
import {
  type ComponentState,
  hasOtherWords,
  healthOf,
  isChange,
  isChangeBeyondWords,
  type Moment,
  REPORTED,
  type Surroundings,
} from './component-state.ts';
import type { DecidedSystem, DeciderState } from './decider-state.ts';
import type { Decision, StatusChange, Structure, Trace } from './decision.ts';
import { lookAtClock, wordsDueMs } from './look-at-clock.ts';
import { toRecord, toSaved } from './restore.ts';

/** A component that is there no more. */
export interface Removed {
  /** Its last one. */
  readonly health: Health;
  /** As in its definition. */
  readonly source?: string | undefined;
}

/** What an input brings besides changes of health. */
export interface Besides {
  readonly structure?: Structure;
  readonly removed?: readonly Removed[];
  /** Ids whose watchers have to look again. */
  readonly reread?: readonly string[];
  /** Ids that take a revision although their health may be the same. */
  readonly redefined?: ReadonlySet<string>;
  /** When what a component has become began, where that was before now. */
  readonly beganAtMs?: (state: ComponentState) => number | undefined;
  /** State that must be durable although nothing may have changed. */
  readonly keep?: ComponentState | undefined;
  readonly trace?: Trace | undefined;
}

function removedBecause(source: string | undefined): Reason {
  const message =
    source === undefined ? 'the configuration no longer has it' : `the source ${source} no longer names it`;
  return { code: 'REMOVED', message };
}

const NONE: Besides = {};

/**
 * @param at when it happened, which may be before now
 * @returns undefined where nothing takes a revision and nothing has to be kept
 */
export function conclude(
  state: DeciderState,
  system: DecidedSystem,
  at: Moment,
  now: Moment,
  { structure, removed = [], reread = [], redefined, beganAtMs, keep, trace }: Besides = NONE,
): Decision | undefined {
  const { graph, components, rollup } = system;
  const { touched, outputs } = state;
  rollup.settle((index) => touched.add(index));
  // Members are touched before their groups; dependents may stand anywhere, and no cause changes another cause.
  for (const index of [...touched]) {
    if (rollup.status(index) === components[index]!.health.status) continue;
    for (const dependent of graph.dependents.of(index)) touched.add(dependent);
  }
  const records: StatusRecord[] = [];
  const gone: RemovedComponent[] = [];
  for (const { health, source } of removed) {
    const { component, status } = health;
    const revision = nextRevision(state);
    gone.push({ id: component, revision });
    records.push({ revision, component, atMs: at.wallMs, from: status, reason: removedBecause(source), causedBy: [] });
  }
  const changed: Health[] = [];
  const saved: SavedComponent[] = [];
  const statusChanges: StatusChange[] = [];
  for (const index of touched) {
    const component = components[index]!;
    const before = component.health;
    const after = healthOf(component, surroundings(system, index));
    component.health = after;
    const isNew = before.revision === 0;
    const isRedefined = redefined?.has(after.component) ?? false;
    if (!isNew && !isRedefined && !isDue(component, before, after, at)) {
      if (component.owesWords) lookAtClock(component, at, now, outputs.lookAgainAt);
      // A group has only its evidence that changes without a revision.
      const isGroup = component.definition.subject.type === 'group';
      if (!isGroup || before.reason.evidence !== after.reason.evidence) outputs.refreshed(component);
      continue;
    }
    after.revision = nextRevision(state);
    component.revisedAtMs = at.monotonicMs;
    component.owesWords = false;
    if (isNew || before.status !== after.status) {
      after.sinceMs = Math.min(at.wallMs, beganAtMs?.(component) ?? at.wallMs);
      records.push(toRecord(after, isNew ? undefined : before.status));
      if (!isNew) statusChanges.push({ from: before.status, health: after });
    }
    changed.push(after);
    saved.push(toSaved(component));
  }
  touched.clear();
  if (keep !== undefined) saved.push(toSaved(keep));
  if (saved.length === 0 && structure === undefined) return undefined;
  return {
    revision: lastRevision(state),
    atMs: at.wallMs,
    records,
    changed,
    removed: gone,
    statusChanges,
    saved,
    structure,
    reread,
    trace,
  };
}

function nextRevision(state: DeciderState): number {
  state.revision += 1;
  return state.revision;
}

/** Of the last change, which may be of an earlier incarnation. */
export function lastRevision({ revision, startRevision, saved }: DeciderState): number {
  return revision === startRevision ? saved.revision : revision;
}

/**
 * Whether there is a change that takes a revision now. Words of reports and runs, which may change all the time, take theirs
 * later, the latest of them.
 */
function isDue(state: ComponentState, before: Health, after: Health, at: Moment): boolean {
  if (after.reason.code !== REPORTED) return isChange(before, after);
  if (isChangeBeyondWords(before, after)) return true;
  state.owesWords ||= hasOtherWords(before, after);
  return state.owesWords && at.monotonicMs >= wordsDueMs(state);
}

/** Mostly nobody is: one list for all. */
const NOBODY: readonly string[] = Object.freeze([]);

function surroundings({ graph, rollup }: DecidedSystem, index: number): Surroundings {
  const blamed = rollup.blamed(index);
  const causes = unhealthyDependencies(graph, rollup, index);
  return {
    status: rollup.status(index),
    counts: rollup.counts(index),
    causedBy: causes.length === 0 ? NOBODY : causes.map((dependency) => graph.definitions[dependency]!.id),
    blamed: blamed && { ids: blamed.first.map((member) => graph.definitions[member]!.id), count: blamed.count },
  };
}
