// The edge of the decider: gives it the time, has one timer for what it wants to look at again, and hands its decisions to
// the journal, which publishes them to the view.
import type { AlertChanges, AlertOperator, AlertSettings } from '../core/alert.ts';
import type { Alerter } from '../core/alerter.ts';
import type { Clock } from '../core/clock.ts';
import type { SystemDefinition } from '../core/definition.ts';
import type { Graph } from '../core/graph.ts';
import type { Health } from '../core/health.ts';
import type { NextGraph } from '../core/next-graph.ts';
import type { Observation, ObservedPart, Reason } from '../core/observation.ts';
import type { Burn } from '../core/slo/budget.ts';
import { SEVERITY } from '../core/status.ts';
import { atOnce, type Steps } from '../core/steps.ts';
import type { SavedState } from '../core/store.ts';
import { type ComponentState, expiresAtMs, type Moment, momentAt, ownCondition } from './component-state.ts';
import { lastRevision } from './conclude.ts';
import { createDeadlines, type LookedAtAgain } from './deadlines.ts';
import { decide, planParts } from './decider.ts';
import { createDeciderState, stateOf } from './decider-state.ts';
import type { Decision, Trace } from './decision.ts';
import type { Gap } from './gaps.ts';
import type { HealthReader, HealthReporter, ReportResult } from './health-ports.ts';
import type { Input, ObservationInput, ReportInput, StartInput } from './input.ts';
import type { Journal } from './journal.ts';
import { isOffline } from './observer.ts';
import { toSaved } from './restore.ts';
import { createSloWatch, type SloWatch } from './slo-watch.ts';
import { shownBy, type View } from './view.ts';

/** Reading goes to the view. */
export interface Aggregator extends HealthReader, HealthReporter {
  /** Number of subscriptions that are open. */
  readonly subscriberCount: number;
  /** Of the components that there are now, published or not. */
  graph(): Graph;
  /** What is decided and may not be published yet: for whoever acts on it, never for an answer. */
  decided(id: string): Health | undefined;
  /** Takes in what a probe saw. Ignored for a component that is gone or is no probe. */
  observe(
    id: string,
    observation: Observation,
    how?: Pick<ObservationInput, 'seenMs' | 'isElsewhere'> & { readonly trace?: Trace | undefined },
  ): void;
  /** Nobody can look at these any more. Ignored for a component that is gone. */
  unseen(ids: readonly string[], reason: Reason): void;
  /** Monotonic milliseconds up to which the last observation counts; minus infinity where there is none that does. */
  freshUntilMs(id: string): number;
  /**
   * Nobody was there from the first time to the second, which is now: what ran out in between did so then, and whether a
   * report that was due in between came, nobody can say.
   */
  resume(gap: Gap): void;
  /**
   * Goes over to another definition. Whatever is the same in both keeps its state and its revision.
   * @param next of the system and the parts that there are, where it is compiled already
   * @throws Error when the definition has faults; everything then stays as it was
   */
  reload(system: SystemDefinition, alerts?: AlertSettings, next?: NextGraph): void;
  readonly operator: AlertOperator;
  /** What parts that were found come to; `takeParts` makes it so. No other definition is gone over to meanwhile. */
  planParts(): Steps<PartsPlan | undefined>;
  takeParts(plan: PartsPlan): void;
  /** Budgets are known that were not. */
  lookAtBudgets(): void;
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
  readonly journal: Pick<Journal, 'observed' | 'keepsStates' | 'refreshed' | 'stage' | 'together' | 'settled'>;
  /** What the journal publishes to. */
  readonly view: View;
  /** Parts were found, and `planParts` is due. Default: it is done at once. */
  readonly onPartsDue?: () => void;
  /** How components stand by their objectives. Default: one of its own. */
  readonly slos?: SloWatch;
  /** Decides alerts, and these are its settings. Left out: there are none, and nobody can silence or begin maintenance. */
  readonly alerts?: { readonly alerter: Alerter; readonly settings: AlertSettings };
}

/** Parts that are to become components or none any more. */
export interface PartsPlan {
  /** By the id of the component that was looked at. */
  readonly seen: ReadonlyMap<string, readonly ObservedPart[]>;
  readonly next: NextGraph;
}

/** The deadline of alerts among those of components: no component has this id. */
const ALERTS = '';
/** The same of budgets. */
const BUDGETS = ' budgets';
/** The same of parts that are to become components. */
const PARTS = ' parts';
/** How long parts wait for others: each time takes a look at all components. */
const PARTS_WAIT_MS = 250;
/** Of the time of the machine, a twentieth may go into that. */
const PARTS_SHARE = 20;
/** Longest time without a look at the wall clock. */
const MAX_ALERT_WAIT_MS = 60_000;
const NO_ALERTS: AlertSettings = {
  routes: [],
  table: { takenBy: new Map(), burnsBy: new Map(), idle: [] },
  channels: [],
  denyAddresses: [],
};

/** @throws Error when the definition has faults; the configuration check finds them before. */
export function createAggregator(options: AggregatorOptions): Aggregator {
  // What was saved is let go of once it is taken over.
  const { clock, saved, startRevision, look, journal, view, slos = createSloWatch() } = options;
  const onPartsDue = options.onPartsDue ?? (() => planAndTakeParts());
  /** The gap whose end is being caught up with. */
  let gap: Gap | undefined;

  const alerter = options.alerts?.alerter;
  let alertSettings = options.alerts?.settings ?? NO_ALERTS;
  let wasOffline = false;
  /** Monotonic milliseconds of the deadline of alerts; infinite: there is none. */
  let alertsLookedAtMs = Number.POSITIVE_INFINITY;
  /** The same for budgets. */
  let budgetsLookedAtMs = Number.POSITIVE_INFINITY;

  /** By component: parts that were seen of it and wait. */
  let foundParts = new Map<string, { readonly parts: readonly ObservedPart[]; readonly owner: ComponentState }>();
  let partsTookMs = 0;

  const [alertsDeadline, budgetsDeadline, partsDeadline] = [ALERTS, BUDGETS, PARTS].map(
    (id): LookedAtAgain => ({ id, place: -1, wantedMs: undefined }),
  ) as [LookedAtAgain, LookedAtAgain, LookedAtAgain];

  const readClock = (): Moment => ({ wallMs: clock.nowMs(), monotonicMs: clock.monotonicMs() });
  const take = (input: Input, now: Moment) => {
    const decision = decide(state, input, now);
    const at = input.kind === 'tick' ? momentAt(input.dueMs, now) : now;
    const burns = askBudgets(decision, input, at, now);
    const alerts = alerter && askAlerter(decision, burns, at, now);
    if (decision !== undefined) journal.stage(alerts === undefined ? decision : { ...decision, alerts });
    else if (alerts !== undefined) stageAlerts(alerts, now);
  };
  const askBudgets = (decision: Decision | undefined, input: Input, at: Moment, now: Moment): readonly Burn[] => {
    if (decision?.structure !== undefined) {
      const { graph, changes } = decision.structure;
      slos.define(graph.definitions, healthAt, alertSettings.table.burnsBy, at.monotonicMs, changes);
    }
    if (decision !== undefined) slos.see(decision.changed, at.monotonicMs);
    const isDue = input.kind === 'tick' && input.ids.includes(BUDGETS);
    const burns = isDue ? slos.look(at.monotonicMs) : [];
    if (isDue) budgetsLookedAtMs = Number.POSITIVE_INFINITY;
    lookAtBudgets(now);
    return burns;
  };
  /** Once in a while is enough, also where time was missed. */
  const lookAtBudgets = (now: Moment) => {
    if (slos.dueMs >= budgetsLookedAtMs) return;
    budgetsLookedAtMs = Math.max(slos.dueMs, now.monotonicMs + 1);
    deadlines.set(budgetsDeadline, budgetsLookedAtMs);
  };
  const healthAt = (index: number) => state.system!.components[index]!.health;
  const askAlerter = (decision: Decision | undefined, burns: readonly Burn[], at: Moment, now: Moment) => {
    const offline = isOffline(state.observer);
    const isSame = decision === undefined && burns.length === 0 && offline === wasOffline;
    if (isSame && alerter!.dueMs > at.wallMs) return undefined;
    wasOffline = offline;
    const changes = alerter!.take({
      atMs: decision?.atMs ?? at.wallMs,
      presentMs: now.wallMs,
      changed: decision?.changed ?? [],
      ...(decision?.structure && {
        structure: {
          graph: decision.structure.graph,
          changes: decision.structure.changes,
          settings: alertSettings,
          health: healthAt,
        },
      }),
      ...(burns.length > 0 && { burns }),
      isOffline: offline,
    });
    lookAtAlerts(now);
    return changes;
  };
  /** Alerts go by the wall clock, which may be set. */
  const lookAtAlerts = (now: Moment) => {
    const { dueMs } = alerter!;
    if (dueMs === Number.POSITIVE_INFINITY) return;
    const waitMs = Math.min(Math.max(1, Math.ceil(dueMs - now.wallMs)), MAX_ALERT_WAIT_MS);
    // To look too soon costs next to nothing, and to move a timer at each change more than the change.
    if (now.monotonicMs + waitMs >= alertsLookedAtMs) return;
    alertsLookedAtMs = now.monotonicMs + waitMs;
    deadlines.set(alertsDeadline, alertsLookedAtMs);
  };
  const stageAlerts = (alerts: AlertChanges, now: Moment) =>
    journal.stage({
      revision: lastRevision(state),
      atMs: now.wallMs,
      records: [],
      changed: [],
      removed: [],
      statusChanges: [],
      saved: [],
      structure: undefined,
      reread: [],
      alerts,
      trace: undefined,
    });
  /** What people decided goes with what it does to components, in one batch. */
  const operate = (alerts: AlertChanges, now: Moment) => {
    lookAtAlerts(now);
    journal.together(() => {
      stageAlerts(alerts, now);
      if (alerts.suspensions.some(({ kind }) => kind === 'MAINTENANCE')) {
        take({ kind: 'suspensions', suspensions: alerter!.suspensions() }, now);
      }
    });
  };
  function* planFoundParts(): Steps<PartsPlan | undefined> {
    const startedMs = clock.monotonicMs();
    // What is looked at in another way by now is another one, and may have none.
    const found = [...foundParts].filter(([id, { owner }]) => stateOf(state, id) === owner);
    const seen = new Map(found.map(([id, { parts }]) => [id, parts]));
    foundParts = new Map();
    const next = yield* planParts(state, seen, readClock());
    partsTookMs = clock.monotonicMs() - startedMs;
    return next && { seen, next };
  }
  const takeParts = ({ seen, next }: PartsPlan, now: Moment) => {
    const startedMs = clock.monotonicMs();
    // Of some more may have been seen while it was planned.
    const latest = new Map(Array.from(seen, ([id, parts]) => [id, foundParts.get(id)?.parts ?? parts]));
    take({ kind: 'parts', seen: latest, next }, now);
    partsTookMs += clock.monotonicMs() - startedMs;
  };
  const planAndTakeParts = () => {
    const plan = atOnce(planFoundParts());
    if (plan !== undefined) takeParts(plan, readClock());
  };
  const deadlines = createDeadlines({
    clock,
    onDue(ids, dueMs) {
      const now = readClock();
      const hasAlerts = ids.includes(ALERTS);
      if (hasAlerts) alertsLookedAtMs = Number.POSITIVE_INFINITY;
      take({ kind: 'tick', ids, dueMs, gap }, now);
      if (ids.includes(PARTS)) onPartsDue();
      if (hasAlerts) lookAtAlerts(now);
    },
    together: journal.together,
  });
  const state = createDeciderState(saved, startRevision, {
    observed: journal.observed,
    refreshed(component) {
      view.refresh(component.health);
      if (journal.keepsStates) journal.refreshed(toSaved(component));
    },
    foundParts(id, parts) {
      const isFirst = foundParts.size === 0;
      foundParts.set(id, { parts, owner: stateOf(state, id)! });
      if (isFirst)
        deadlines.set(partsDeadline, clock.monotonicMs() + Math.max(PARTS_WAIT_MS, PARTS_SHARE * partsTookMs));
    },
    lookAgainAt: deadlines.set,
  });
  /** The present, once all that was due before is decided: what happens has one order, that of its times. */
  const present = (): Moment => {
    look?.();
    const now = readClock();
    deadlines.run(now.monotonicMs);
    return now;
  };
  const takeFromHeartbeat = async (input: ReportInput | StartInput): Promise<ReportResult> => {
    const component = stateOf(state, input.id);
    if (component === undefined) return { ok: false, why: 'not-found' };
    const { subject } = component.definition;
    if (subject.type !== 'heartbeat') {
      return { ok: false, why: 'not-a-heartbeat', kind: subject.type === 'group' ? 'group' : subject.kind };
    }
    take(input, present());
    const { health } = component;
    const isDurable = await journal.settled();
    return { ok: true, health, isDurable };
  };
  if (alerter !== undefined) take({ kind: 'suspensions', suspensions: alerter.suspensions() }, readClock());
  take({ kind: 'definition', system: options.system }, readClock());

  return Object.assign(shownBy(view), {
    slo: (id) => slos.standing(id, clock.monotonicMs()),
    graph: () => state.system!.graph,
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

    observe: (id, observation, { trace, ...how } = {}) =>
      take({ kind: 'observation', id, observation, trace, ...how }, present()),
    unseen: (ids, reason) => take({ kind: 'unseen', ids, reason }, present()),
    report: (id, report) => takeFromHeartbeat({ kind: 'report', id, report }),
    startRun: (id, runId) => takeFromHeartbeat({ kind: 'start', id, runId }),
    reload(system, alerts, next) {
      const before = alertSettings;
      alertSettings = alerts ?? before;
      try {
        take({ kind: 'definition', system, next }, present());
      } catch (error) {
        alertSettings = before;
        throw error;
      }
    },
    operator: {
      async acknowledge(id, by) {
        if (alerter === undefined) return { ok: false, why: 'not-found' };
        const now = present();
        const answer = alerter.acknowledge(id, by, now.wallMs);
        if (!answer.ok) return answer;
        operate(answer.changes, now);
        const { alert } = answer.changes.alerts.find((one) => one.alert.id === id)!;
        const isDurable = await journal.settled();
        return { ok: true, alert, isDurable };
      },
      async suspend(suspension) {
        if (alerter === undefined) return { isDurable: false };
        const now = present();
        operate(alerter.suspend(suspension, now.wallMs), now);
        return { isDurable: await journal.settled() };
      },
      async endSuspension(kind, id, author) {
        if (alerter === undefined) return { ok: false, why: 'not-found' };
        const now = present();
        const answer = alerter.endSuspension(kind, id, author, now.wallMs);
        if (!answer.ok) return answer;
        operate(answer.changes, now);
        const isDurable = await journal.settled();
        return { ok: true, suspension: answer.suspension, isDurable };
      },
    },
    resume(unwatched) {
      gap = unwatched;
      deadlines.run(unwatched.untilMs);
      gap = undefined;
      take({ kind: 'silence', gap: unwatched }, readClock());
    },
    planParts: planFoundParts,
    takeParts: (plan) => takeParts(plan, present()),
    lookAtBudgets: () => lookAtBudgets(readClock()),
    close: () => deadlines.close(),
  } satisfies Omit<Aggregator, keyof ReturnType<typeof shownBy>>);
}
