// Joins what watches: workers say who probes what, the prober probes what is this instance's own, the aggregator decides.
import { setImmediate } from 'node:timers/promises';
import type { AlertOpening, AlertOperator, AlertReader, AlertSettings, SavedAlerting } from '../core/alert.ts';
import type { Alerter } from '../core/alerter.ts';
import type { Clock } from '../core/clock.ts';
import type { SystemDefinition } from '../core/definition.ts';
import { compileNext, type NextGraph } from '../core/next-graph.ts';
import type { ProbeFactory } from '../core/probe.ts';
import { inSlices, type Steps } from '../core/steps.ts';
import type { AuditEntry, SavedState, Store } from '../core/store.ts';
import { createTurns } from '../core/turns.ts';
import { createAggregator } from './aggregator.ts';
import { type AlertView, createAlertView } from './alert-view.ts';
import type { DecisionSubscriber } from './decision.ts';
import { createGaps } from './gaps.ts';
import type { HealthReader, HealthReporter } from './health-ports.ts';
import { createJournal, type JournalStats } from './journal.ts';
import { withParts } from './parts.ts';
import {
  createProber,
  isProbed,
  type ProbedDefinition,
  type ProbeListener,
  type ProbePlan,
  type TraceRun,
} from './prober.ts';
import { createPruning, lastSeenOf } from './pruning.ts';
import { recentOpenings } from './recent-openings.ts';
import type { Progress, SchedulerStats } from './scheduler.ts';
import { createSloHistory } from './slo-history.ts';
import { createSloWatch } from './slo-watch.ts';
import { createView, type View } from './view.ts';
import type { Workers } from './worker-ports.ts';
import { createWorkers } from './workers.ts';

export interface EngineOptions {
  readonly system: SystemDefinition;
  readonly clock: Clock;
  readonly createProbe: ProbeFactory;
  readonly limits: { readonly inFlight: number; readonly inFlightPerHost: number };
  /** Its state is taken over at the start, and what happens is kept there. Whoever gives it closes it, after the engine. */
  readonly store: Pick<Store, 'load' | 'append' | 'prune' | 'alerting' | 'alerts' | 'availability' | 'retention'>;
  /** What makes alerts, by these settings. Default: nothing does. */
  readonly alerts?: {
    readonly settings: AlertSettings;
    create(left: {
      readonly saved: SavedAlerting;
      /** Of alerts that are over. */
      readonly openings: readonly AlertOpening[];
      readonly incarnation: number;
    }): Alerter;
  };
  readonly listener: EngineListener;
  /** Default: none. */
  readonly subscribers?: readonly DecisionSubscriber[];
  /** Makes the trace of each run. Default: none, and targets receive none. */
  readonly traceRun?: TraceRun;
  /** Who probes what; ends with the engine. Default: this one all that is here, and nobody what is elsewhere. */
  readonly workers?: Workers;
  /** What is shown already, by following another instance: it goes on with what this one decides. Default: made here. */
  readonly shown?: Shown;
}

export interface Shown {
  readonly view: View;
  readonly alertView: AlertView;
}

/** What the engine reports about itself. Must not throw. */
export interface EngineListener extends ProbeListener {
  /** Nobody watched for this long: the process was stopped, or the machine slept. What is published of it is of then. */
  onGap?(gapMs: number): void;
  /**
   * The store fails from now on: what changes is published all the same. With undefined: it works again, and has everything that
   * waited and was not dropped.
   */
  onStoreFault?(fault: unknown): void;
  /** What is too old could not be forgotten; it is tried again. */
  onPruneFault?(fault: unknown): void;
  /** What error budgets are computed from could not be read; it is tried again. */
  onHistoryFault?(fault: unknown): void;
}

export interface EngineStats extends SchedulerStats {
  readonly components: number;
  readonly subscribers: number;
  /** What the store has not got, and whether it fails. */
  readonly journal: JournalStats;
}

export interface Engine {
  readonly aggregator: HealthReader & HealthReporter;
  readonly alerts: AlertReader;
  readonly operator: AlertOperator;
  /** Keeps who changed what: within a second, and no later than the change itself that comes next. */
  audit(change: Omit<AuditEntry, 'atMs'>): void;
  /** Starts watching. */
  start(): void;
  /**
   * Goes over to another definition. Unchanged components keep their state, their schedule and their connections. Settles
   * when it can be read.
   * @throws Error when the definition has faults, and what making a probe throws; everything then stays as it was.
   */
  reload(system: SystemDefinition, alerts?: AlertSettings): Promise<void>;
  stats(): EngineStats;
  /** For a watchdog. */
  progress(): Progress;
  /** Ends everything; settles when no probe runs, no connection of one is open, and the store has what it takes. */
  close(): Promise<void>;
}

/** What a reload comes to, found before it takes effect. */
interface Replan extends ProbePlan {
  readonly next: NextGraph | undefined;
}

/**
 * Settles when its state can be read.
 * @throws StoreFault when the store cannot be read; Error when the definition has faults, which the configuration check
 * finds before
 */
export async function createEngine(options: EngineOptions): Promise<Engine> {
  const { createProbe, limits, listener, store } = options;
  const { startRevision, ...saved } = await store.load();
  const savedAlerting = await store.alerting();
  const openings = options.alerts ? await recentOpenings(store, options.alerts.settings, options.clock.nowMs()) : [];
  const gaps = createGaps({
    clock: options.clock,
    onGap(gap) {
      listener.onGap?.(gap.untilMs - gap.fromMs);
      aggregator.resume(gap);
      prober.resume();
    },
  });
  const { clock } = gaps;
  const { view, alertView } = options.shown ?? createShown({ ...options, saved, startRevision, savedAlerting });
  if (options.shown !== undefined) view.began(startRevision, saved.resumable);
  const journal = createJournal({
    clock,
    store,
    revision: saved.revision,
    publish: view.apply,
    onFault: (fault) => listener.onStoreFault?.(fault),
  });
  /** Reloads, parts and workers that come and go. */
  const turns = createTurns();
  const slos = createSloWatch();
  const aggregator = createAggregator({
    slos,
    onPartsDue() {
      turns.take(takeParts).catch((error) => listener.onDefect?.(error, ''));
    },
    system: options.system,
    clock,
    saved,
    startRevision,
    look: gaps.look,
    journal,
    view,
    ...(options.alerts && {
      alerts: {
        alerter: options.alerts.create({ saved: savedAlerting, openings, incarnation: startRevision }),
        settings: options.alerts.settings,
      },
    }),
  });
  const sloHistory = createSloHistory({
    clock,
    store,
    watch: slos,
    onRead: aggregator.lookAtBudgets,
    onFault: (fault) => listener.onHistoryFault?.(fault),
  });
  const pruning = createPruning({
    clock,
    store,
    lastSeenMs: lastSeenOf(saved),
    onFault: (fault) => listener.onPruneFault?.(fault),
  });
  const workers = options.workers ?? createWorkers({ clock, self: { id: '' }, nonce: '' });
  const intervalMs = ({ id, subject: { schedule } }: ProbedDefinition) => {
    const health = aggregator.decided(id);
    if (health?.status === 'HEALTHY' || health?.status === 'MAINTENANCE') return schedule.intervalMs;
    // Whatever the pace later, the first look comes within one interval.
    if (health?.checkedAtMs === undefined) return Math.min(schedule.intervalMs, schedule.unhealthyIntervalMs);
    return schedule.unhealthyIntervalMs;
  };
  const prober = createProber({
    clock,
    createProbe,
    limits,
    listener,
    traceRun: options.traceRun,
    look: gaps.look,
    intervalMs,
    freshUntilMs: aggregator.freshUntilMs,
    observe(id, observation, trace) {
      if (workers.isOwn(id)) aggregator.observe(id, observation, { trace });
    },
  });
  let isClosed = false;
  /** A probe takes a fraction of a millisecond to make, and there may be very many. */
  const inShortSlices = <Result>(steps: Steps<Result>) =>
    inSlices(steps, { nowMs: () => clock.monotonicMs(), pause: () => setImmediate() });
  /** What this instance itself is to probe, as workers come and go. */
  const probeOwn = async () => {
    const all = workers.own();
    const own = new Map(all.map((definition) => [definition.id, definition]));
    const made = await inShortSlices(prober.prepare(all));
    const others = await inShortSlices(prober.findOthers((id) => own.get(id)));
    await inShortSlices(prober.follow({ made, ...others }));
  };
  const takeParts = async () => {
    const plan = isClosed ? undefined : await inShortSlices(aggregator.planParts());
    if (plan !== undefined && !isClosed) aggregator.takeParts(plan);
  };
  function* replan(system: SystemDefinition): Steps<Replan> {
    const from = aggregator.graph();
    const next = yield* compileNext(from, yield* withParts(system, from));
    // Its faults are found once more by who takes it.
    if (!next.ok) return { made: [], gone: [], redefined: [], next: undefined };
    const { graph, changes } = next;
    const find = (id: string) => {
      const index = graph.indexOf.get(id);
      const definition = index === undefined ? undefined : graph.definitions[index]!;
      return definition && isProbed(definition) && workers.mayBeOwn(definition) ? definition : undefined;
    };
    // What stays as it is needs no look, and parts are seen by what they are parts of.
    const changed = changes.indexes.map((index) => graph.definitions[index]!).filter(({ part }) => part === undefined);
    const made = yield* prober.prepare(changed, workers.mayBeOwn);
    const ids = [...changed.map(({ id }) => id), ...changes.gone];
    return { made, next, ...(yield* prober.findOthers(find, ids)) };
  }
  workers.attach({
    observe: (id, observation, seenMs, isElsewhere) => aggregator.observe(id, observation, { seenMs, isElsewhere }),
    unseen: aggregator.unseen,
    intervalMs,
    freshUntilMs: aggregator.freshUntilMs,
    onOwnChanged() {
      turns.take(probeOwn).catch((error) => listener.onDefect?.(error, ''));
    },
  });

  workers.define(options.system.components);
  await probeOwn();
  await journal.settled();

  return {
    aggregator,
    alerts: alertView,
    operator: aggregator.operator,
    audit: (change) => journal.audited({ ...change, atMs: clock.nowMs() }),
    start() {
      gaps.start();
      prober.start();
      workers.start();
      journal.start();
      pruning.start();
      sloHistory.read();
    },
    reload: (system, alerts) =>
      turns.take(async () => {
        const plan = await inShortSlices(replan(system));
        if (isClosed) return prober.discard(plan.made);
        try {
          aggregator.reload(system, alerts, plan.next);
        } catch (error) {
          prober.discard(plan.made);
          throw error;
        }
        const isShared = workers.define(system.components);
        const following = prober.follow(plan);
        // What has to be at once, with what was decided. The rest is begun in a turn of its own.
        following.next();
        await setImmediate();
        await inShortSlices(following);
        if (isShared) await probeOwn();
        sloHistory.read();
        await journal.settled();
      }),
    stats: () => ({
      ...prober.stats(),
      components: aggregator.ids().length,
      subscribers: aggregator.subscriberCount,
      journal: journal.stats(),
    }),
    progress: prober.progress,
    async close() {
      isClosed = true;
      gaps.close();
      workers.close();
      aggregator.close();
      await prober.close();
      pruning.close();
      sloHistory.close();
      await journal.close();
    },
  };
}

/** What everybody reads. Subscribers hear of decisions, not of what is followed. */
export function createShown({
  clock,
  saved,
  startRevision,
  savedAlerting,
  subscribers = [],
}: Pick<EngineOptions, 'clock' | 'subscribers'> & {
  readonly saved: SavedState;
  readonly startRevision: number;
  readonly savedAlerting: SavedAlerting;
}): Shown {
  const alertView = createAlertView(savedAlerting, () => clock.nowMs());
  const showAlerts: DecisionSubscriber = ({ alerts }) => {
    if (alerts !== undefined) alertView.apply(alerts);
  };
  return { view: createView({ saved, startRevision, subscribers: [showAlerts, ...subscribers] }), alertView };
}
