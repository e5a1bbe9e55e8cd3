// Joins what watches: the scheduler decides when, the probes look, the aggregator decides. Owns the probes, and carries them
// over a reload where they stay the same.
import { setImmediate } from 'node:timers/promises';
import type { AlertOpening, AlertOperator, AlertReader, AlertSettings, SavedAlerting } from '../core/alert.ts';
import type { Alerter } from '../core/alerter.ts';
import type { Clock } from '../core/clock.ts';
import type { ComponentDefinition, ProbeSubject, SystemDefinition } from '../core/definition.ts';
import { compileGraphInSteps, type Graph, redefineGraph } from '../core/graph.ts';
import type { Observation } from '../core/observation.ts';
import type { Probe, ProbeFactory } from '../core/probe.ts';
import { inSlices, type Steps } from '../core/steps.ts';
import type { AuditEntry, SavedState, Store } from '../core/store.ts';
import { createAggregator } from './aggregator.ts';
import { type AlertView, createAlertView } from './alert-view.ts';
import type { DecisionSubscriber, Trace } from './decision.ts';
import { createGaps } from './gaps.ts';
import type { HealthReader, HealthReporter } from './health-ports.ts';
import { createJournal, type JournalStats } from './journal.ts';
import { createPruning } from './pruning.ts';
import { recentOpenings } from './recent-openings.ts';
import { runProbe } from './run-probe.ts';
import { createScheduler, type Job, type Progress, type SchedulerStats } from './scheduler.ts';
import { createSloHistory } from './slo-history.ts';
import { createSloWatch } from './slo-watch.ts';
import { createView, type View } from './view.ts';

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
  /** What is shown already, by following another instance: it goes on with what this one decides. Default: made here. */
  readonly shown?: Shown;
}

export interface Shown {
  readonly view: View;
  readonly alertView: AlertView;
}

/** Called when a probe run starts; `end` is called once, without an observation when nobody wanted it any more. */
export type TraceRun = (run: { readonly id: string; readonly kind: string; readonly host: string }) => {
  /** The context of the trace, for the target. */
  readonly headers: Readonly<Record<string, string>>;
  /** Goes with every decision that the run brings about. Left out where nobody keeps the trace. */
  readonly trace?: Trace;
  end(observation: Observation | undefined): void;
};

/** What the engine reports about itself. Must not throw. */
export interface EngineListener {
  /** A probe run ended with an answer, or was overtaken by its deadline. */
  onProbeRun?(run: { readonly id: string; readonly kind: string; readonly observation: Observation }): void;
  /** Nobody watched for this long: the process was stopped, or the machine slept. What is published of it is of then. */
  onGap?(gapMs: number): void;
  /** A probe run started this much later than it was due. */
  onLag?(lagMs: number): void;
  /**
   * The store fails from now on: what changes is published all the same. With undefined: it works again, and has everything that
   * waited and was not dropped.
   */
  onStoreFault?(fault: unknown): void;
  /** What is too old could not be forgotten; it is tried again. */
  onPruneFault?(fault: unknown): void;
  /** What error budgets are computed from could not be read; it is tried again. */
  onHistoryFault?(fault: unknown): void;
  /** Something of ours is broken; the component is watched on. */
  onDefect?(error: unknown, id: string): void;
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

/** A component that is probed, as the scheduler runs it. A class: there may be very many, and closures of each take more than what they know. */
class Watched implements Job {
  readonly probe: Probe;
  readonly host: string;
  definition: ComponentDefinition;
  subject: ProbeSubject;
  /** False before it is watched, and once another probe took its place: what it says then is dropped. */
  current = false;
  readonly #does: WatchedDoes;

  constructor(definition: ComponentDefinition, subject: ProbeSubject, create: ProbeFactory, does: WatchedDoes) {
    this.definition = definition;
    this.subject = subject;
    this.#does = does;
    const push = (observation: Observation) => {
      if (this.current) does.push(this, observation);
    };
    ({ probe: this.probe, host: this.host } = create(subject, { componentId: definition.id, push }));
  }

  get id() {
    return this.definition.id;
  }
  intervalMs() {
    return this.#does.intervalMs(this);
  }
  freshUntilMs() {
    return this.#does.freshUntilMs(this.definition.id);
  }
  run(cancel: AbortSignal, releaseSlot: () => void) {
    return this.#does.run(this, cancel, releaseSlot);
  }
}

/** What is the same for all that are watched. */
interface WatchedDoes {
  /** Takes what it says between runs. */
  push(entry: Watched, observation: Observation): void;
  intervalMs(entry: Watched): number;
  freshUntilMs(id: string): number;
  run(entry: Watched, cancel: AbortSignal, releaseSlot: () => void): Promise<void>;
}

interface Redefined {
  readonly entry: Watched;
  readonly definition: ComponentDefinition;
  readonly subject: ProbeSubject;
}

/** What another definition does to what is watched. */
interface Plan {
  readonly made: readonly Watched[];
  readonly gone: readonly Watched[];
  readonly redefined: readonly Redefined[];
  /** Undefined where the definition has faults. */
  readonly graph: Graph | undefined;
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
      scheduler.resume();
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
  const slos = createSloWatch();
  const aggregator = createAggregator({
    slos,
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
  const pruning = createPruning({ clock, store, onFault: (fault) => listener.onPruneFault?.(fault) });
  const scheduler = createScheduler({
    clock,
    limits,
    onLag: (lagMs) => listener.onLag?.(lagMs),
    onDefect: (error, id) => listener.onDefect?.(error, id),
  });
  const traceRun = options.traceRun ?? (() => UNTRACED);
  const watched = new Map<string, Watched>();
  const closing = new Set<Promise<void>>();
  let isClosed = false;

  const does: WatchedDoes = {
    push({ definition: { id } }, observation) {
      aggregator.observe(id, observation);
      // The pace may be another now.
      scheduler.reschedule(id);
    },
    intervalMs: (entry) => intervalMs(entry),
    freshUntilMs: (id) => aggregator.freshUntilMs(id),
    run: (entry, cancel, releaseSlot) => run(entry, cancel, releaseSlot),
  };
  const make = (definition: ComponentDefinition, subject: ProbeSubject) =>
    new Watched(definition, subject, createProbe, does);

  /** What is to be watched and is not, or in another way. All or none: probes read files. @throws what making one throws */
  function* makeNew(system: SystemDefinition): Steps<Watched[]> {
    const made: Watched[] = [];
    try {
      for (const definition of system.components) {
        yield;
        const { id, subject } = definition;
        if (subject.type !== 'probe') continue;
        const before = watched.get(id);
        if (before?.definition === definition) continue;
        if (before === undefined || !isSameProbe(before.subject, subject)) made.push(make(definition, subject));
      }
    } catch (error) {
      discard(made);
      throw error;
    }
    return made;
  }
  /** What is watched and is not to be any more, and what only is defined in another way. */
  function* findOthers({ indexOf, definitions }: Graph): Steps<Pick<Plan, 'gone' | 'redefined'>> {
    const [gone, redefined]: [Watched[], Redefined[]] = [[], []];
    for (const entry of watched.values()) {
      yield;
      const index = indexOf.get(entry.definition.id);
      const definition = index === undefined ? undefined : definitions[index]!;
      if (definition === entry.definition) continue;
      if (definition?.subject.type !== 'probe' || !isSameProbe(entry.subject, definition.subject)) gone.push(entry);
      else redefined.push({ entry, definition, subject: definition.subject });
    }
    return { gone, redefined };
  }
  function* replan(system: SystemDefinition): Steps<Plan> {
    const made = yield* makeNew(system);
    const graph = yield* redefineGraph(aggregator.graph(), system);
    const compiled = graph === undefined ? yield* compileGraphInSteps(system) : ({ ok: true, graph } as const);
    // Its faults are found once more by who takes it.
    if (!compiled.ok) return { made, gone: [], redefined: [], graph: undefined };
    return { made, graph: compiled.graph, ...(yield* findOthers(compiled.graph)) };
  }
  /** Once it is decided that there is something else: what is watched follows. */
  function* followPlan({ made, gone, redefined }: Plan): Steps<void> {
    // What they see from here on counts for nothing, whenever they end.
    for (const entry of gone) entry.current = false;
    for (const { entry, definition, subject } of redefined) {
      const paceChanged = !isSamePace(entry.subject, subject);
      entry.definition = definition;
      entry.subject = subject;
      if (paceChanged) scheduler.reschedule(definition.id);
    }
    for (const entry of gone) {
      yield;
      if (!isClosed) unwatch(entry);
    }
    for (const entry of made) {
      yield;
      if (isClosed) discard([entry]);
      else watch(entry);
    }
  }
  /** A probe takes a fraction of a millisecond to make, and there may be very many. */
  const inShortSlices = <Result>(steps: Steps<Result>) =>
    inSlices(steps, { nowMs: () => clock.monotonicMs(), pause: () => setImmediate() });

  const discard = (made: readonly Watched[]) => {
    for (const entry of made) closeAfter(Promise.resolve(), entry);
  };

  const watch = (entry: Watched) => {
    entry.current = true;
    watched.set(entry.id, entry);
    scheduler.add(entry);
  };

  const intervalMs = ({ definition, subject: { schedule } }: Watched) => {
    const health = aggregator.decided(definition.id);
    if (health?.status === 'HEALTHY' || health?.status === 'MAINTENANCE') return schedule.intervalMs;
    // Whatever the pace later, the first look comes within one interval.
    if (health?.checkedAtMs === undefined) return Math.min(schedule.intervalMs, schedule.unhealthyIntervalMs);
    return schedule.unhealthyIntervalMs;
  };

  const run = async (entry: Watched, cancel: AbortSignal, releaseSlot: () => void) => {
    const { definition, subject, probe, host } = entry;
    const traced = traceRun({ id: definition.id, kind: subject.kind, host });
    const result = await runProbe(probe, {
      timeoutMs: subject.schedule.timeoutMs,
      clock,
      cancel,
      traceHeaders: traced.headers,
      onDefect: (error) => listener.onDefect?.(error, definition.id),
    });
    gaps.look();
    releaseSlot();
    // An answer that waited over a gap is none of now.
    const observation = result.kind === 'cancelled' || cancel.aborted ? undefined : result.observation;
    traced.end(observation);
    if (observation !== undefined && entry.current) {
      aggregator.observe(definition.id, observation, traced.trace);
      listener.onProbeRun?.({ id: definition.id, kind: subject.kind, observation });
    }
    await result.settled;
  };

  const closeAfter = (ended: Promise<void>, { definition: { id }, probe }: Watched) => {
    const closed = ended
      .then(() => probe.close())
      .catch((error) => listener.onDefect?.(error, id))
      .finally(() => closing.delete(closed));
    closing.add(closed);
  };

  const unwatch = (entry: Watched) => {
    const { id } = entry.definition;
    entry.current = false;
    watched.delete(id);
    closeAfter(scheduler.remove(id), entry);
  };

  for (const entry of await inShortSlices(makeNew(options.system))) watch(entry);
  await journal.settled();

  return {
    aggregator,
    alerts: alertView,
    operator: aggregator.operator,
    audit: (change) => journal.audited({ ...change, atMs: clock.nowMs() }),
    start() {
      gaps.start();
      scheduler.start();
      journal.start();
      pruning.start();
      sloHistory.read();
    },
    async reload(system, alerts) {
      const plan = await inShortSlices(replan(system));
      if (isClosed) return discard(plan.made);
      try {
        aggregator.reload(system, alerts, plan.graph);
      } catch (error) {
        discard(plan.made);
        throw error;
      }
      await inShortSlices(followPlan(plan));
      const others = [...plan.made, ...plan.redefined.map(({ entry }) => entry)];
      scheduler.lookSoon(others.map(({ definition: { id } }) => id));
      sloHistory.read();
      await journal.settled();
    },
    stats: () => ({
      ...scheduler.stats(),
      components: aggregator.ids().length,
      subscribers: aggregator.subscriberCount,
      journal: journal.stats(),
    }),
    progress: scheduler.progress,
    async close() {
      isClosed = true;
      gaps.close();
      aggregator.close();
      for (const entry of [...watched.values()]) unwatch(entry);
      await Promise.all(closing);
      await scheduler.close();
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

const UNTRACED: ReturnType<TraceRun> = { headers: {}, end() {} };

function isSameProbe(before: ProbeSubject, after: ProbeSubject): boolean {
  return before.kind === after.kind && before.fingerprint === after.fingerprint;
}

function isSamePace({ schedule: before }: ProbeSubject, { schedule: after }: ProbeSubject): boolean {
  return before.intervalMs === after.intervalMs && before.unhealthyIntervalMs === after.unhealthyIntervalMs;
}
