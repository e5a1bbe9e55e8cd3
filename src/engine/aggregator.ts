// The edge of the decider: gives it the time, has one timer for what it wants to look at again, and hands its decisions to
// the journal, which publishes them to the view.
import type { Clock } from '../core/clock.ts';
import type { SystemDefinition } from '../core/definition.ts';
import type { Health } from '../core/health.ts';
import type { Observation } from '../core/observation.ts';
import { SEVERITY } from '../core/status.ts';
import type { SavedState } from '../core/store.ts';
import { expiresAtMs, type Moment, ownCondition } from './component-state.ts';
import { createDeadlines } from './deadlines.ts';
import { decide } from './decider.ts';
import { createDeciderState, stateOf } from './decider-state.ts';
import type { Trace } from './decision.ts';
import type { Gap } from './gaps.ts';
import type { HealthReader, HealthReporter } from './health-ports.ts';
import type { Input } from './input.ts';
import type { Journal } from './journal.ts';
import type { View } from './view.ts';

/** Reading goes to the view. */
export interface Aggregator extends HealthReader, HealthReporter {
  /** Number of subscriptions that are open. */
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
  /** What an earlier incarnation left. */
  readonly saved: SavedState;
  /** The revisions of this incarnation are above it (LoadedState). */
  readonly startRevision: number;
  /** Called before anything is taken in: time that nobody lived comes first (`resume`). */
  readonly look?: () => void;
  readonly journal: Pick<Journal, 'observed' | 'refreshed' | 'stage' | 'together' | 'settled'>;
  /** What the journal publishes to. */
  readonly view: View;
}

/** @throws Error when the definition has faults; the configuration check finds them before. */
export function createAggregator(options: AggregatorOptions): Aggregator {
  const { clock, saved, startRevision, journal, view } = options;
  /** The gap whose end is being caught up with. */
  let gap: Gap | undefined;

  const readClock = (): Moment => ({ wallMs: clock.nowMs(), monotonicMs: clock.monotonicMs() });
  const take = (input: Input, now: Moment) => {
    const decision = decide(state, input, now);
    if (decision !== undefined) journal.stage(decision);
  };
  const deadlines = createDeadlines({
    clock,
    onDue: (ids, dueMs) => take({ kind: 'tick', ids, dueMs, gap }, readClock()),
    together: journal.together,
  });
  const state = createDeciderState(saved, startRevision, {
    observed: journal.observed,
    refreshed(component) {
      view.refresh(component.health);
      journal.refreshed(component);
    },
    lookAgainAt: deadlines.set,
  });
  /** The present, once all that was due before is decided: what happens has one order, that of its times. */
  const present = (): Moment => {
    options.look?.();
    const now = readClock();
    deadlines.run(now.monotonicMs);
    return now;
  };
  take({ kind: 'definition', system: options.system }, readClock());

  return {
    get rootId() {
      return view.rootId;
    },
    get revision() {
      return view.revision;
    },
    get structureRevision() {
      return view.structureRevision;
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

    decided: (id) => stateOf(state, id)?.health,
    freshUntilMs(id) {
      const component = stateOf(state, id);
      if (component?.countsFrom === undefined || component.expired) return Number.NEGATIVE_INFINITY;
      return expiresAtMs(component, readClock());
    },
    worsens(id, outcome) {
      const component = stateOf(state, id);
      if (component?.definition.subject.type !== 'heartbeat') return false;
      const { status } = ownCondition(component);
      return status === 'UNKNOWN' || SEVERITY[outcome] > SEVERITY[status];
    },

    observe: (id, observation, trace) => take({ kind: 'observation', id, observation, trace }, present()),
    async report(id, report) {
      const component = stateOf(state, id);
      if (component === undefined) return { ok: false, why: 'not-found' };
      const { subject } = component.definition;
      if (subject.type !== 'heartbeat') {
        return { ok: false, why: 'not-a-heartbeat', kind: subject.type === 'group' ? 'group' : subject.kind };
      }
      take({ kind: 'report', id, report }, present());
      const { health } = component;
      const isDurable = await journal.settled();
      return { ok: true, health, isDurable };
    },
    reload: (system) => take({ kind: 'definition', system }, present()),
    resume(unwatched) {
      gap = unwatched;
      deadlines.run(unwatched.untilMs);
      gap = undefined;
      take({ kind: 'silence', gap: unwatched }, readClock());
    },
    close: () => deadlines.close(),
  };
}
