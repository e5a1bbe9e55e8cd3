// Joins what watches: the scheduler decides when, the probes look, the hub remembers. Owns the probes, and carries them
// over a reload where they stay the same.
import type { Clock } from '../core/clock.ts';
import type { ComponentDefinition, ProbeSubject, SystemDefinition } from '../core/definition.ts';
import type { Observation } from '../core/observation.ts';
import type { Probe, ProbeFactory } from '../core/probe.ts';
import type { Store } from '../core/store.ts';
import { createHub } from './hub.ts';
import type { HealthReader, HealthReporter, Transition } from './hub-port.ts';
import { runProbe } from './run-probe.ts';
import { createSaver } from './saver.ts';
import { createScheduler, type SchedulerStats } from './scheduler.ts';
import { createTraceparents } from './traceparent.ts';

export interface EngineOptions {
  readonly system: SystemDefinition;
  readonly clock: Clock;
  readonly createProbe: ProbeFactory;
  readonly fillRandom: (bytes: Uint8Array) => void;
  readonly limits: { readonly inFlight: number; readonly inFlightPerHost: number };
  /** Its state is taken over at the start, and brought there every few seconds and at the end. Whoever gives it closes it. */
  readonly store: Pick<Store, 'load' | 'save'>;
  readonly listener: EngineListener;
  /** Makes the trace of each run. Default: a fresh `traceparent` that is not sampled, and nothing kept. */
  readonly traceRun?: TraceRun;
}

/** Called when a probe run starts; `end` is called once, without an observation when nobody wanted it any more. */
export type TraceRun = (run: { readonly id: string; readonly kind: string; readonly host: string }) => {
  readonly traceparent: string;
  end(observation: Observation | undefined): void;
};

/** What the engine tells about itself. Must not throw. */
export interface EngineListener {
  onTransition?(transition: Transition): void;
  /** A probe run ended with an answer, or was overtaken by its deadline. */
  onProbeRun?(run: { readonly id: string; readonly kind: string; readonly observation: Observation }): void;
  /** A probe run started this much later than it was due. */
  onLag?(lagMs: number): void;
  /** Saving fails from now on, or, with undefined, works again. */
  onStoreFault?(fault: unknown): void;
  /** Something of ours is broken; the component is watched on. */
  onDefect?(error: unknown, id: string): void;
}

export interface EngineStats extends SchedulerStats {
  readonly components: number;
  readonly subscribers: number;
}

export interface Engine {
  readonly hub: HealthReader & HealthReporter;
  /** Starts watching. */
  start(): void;
  /**
   * Goes over to another definition. Unchanged components keep their state, their schedule and their connections.
   * @throws Error when the definition has faults; everything then stays as it was.
   */
  reload(system: SystemDefinition): void;
  stats(): EngineStats;
  /** Ends everything; settles when no probe runs and no connection of one is open. */
  close(): Promise<void>;
}

/** What a crash may lose of what was seen. */
const SAVE_INTERVAL_MS = 5000;

/** A component that is probed. */
interface Watched {
  definition: ComponentDefinition;
  subject: ProbeSubject;
  readonly probe: Probe;
  /** False once another probe took its place: what it still says is dropped. */
  current: boolean;
}

/** @throws Error when the definition has faults; the configuration check finds them before. */
export function createEngine(options: EngineOptions): Engine {
  const { clock, createProbe, limits, listener } = options;
  const hub = createHub({
    system: options.system,
    clock,
    saved: options.store.load(),
    onTransition: (transition) => listener.onTransition?.(transition),
  });
  const scheduler = createScheduler({
    clock,
    limits,
    onLag: (lagMs) => listener.onLag?.(lagMs),
    onDefect: (error, id) => listener.onDefect?.(error, id),
  });
  const saver = createSaver({
    clock,
    store: options.store,
    intervalMs: SAVE_INTERVAL_MS,
    handOver: hub.handOver,
    onFault: (fault) => listener.onStoreFault?.(fault),
  });
  const traceRun = options.traceRun ?? createUntracedRuns(options.fillRandom);
  const watched = new Map<string, Watched>();
  const closing = new Set<Promise<void>>();

  const watch = (definition: ComponentDefinition, subject: ProbeSubject) => {
    const { id } = definition;
    const { probe, host } = createProbe(subject, {
      componentId: id,
      push: (observation) => {
        if (!entry.current) return;
        hub.observe(id, observation);
        // The pace may be another now.
        scheduler.reschedule(id);
      },
    });
    const entry: Watched = { definition, subject, probe, current: true };
    watched.set(id, entry);
    scheduler.add({
      id,
      host,
      intervalMs: () => intervalMs(entry),
      run: (cancel, release) => run(entry, host, cancel, release),
    });
  };

  const intervalMs = ({ definition, subject: { schedule } }: Watched) => {
    const health = hub.health(definition.id);
    if (health?.status === 'HEALTHY' || health?.status === 'MAINTENANCE') return schedule.intervalMs;
    // Whatever the pace later, the first look comes within one interval.
    if (health?.checkedAtMs === undefined) return Math.min(schedule.intervalMs, schedule.unhealthyIntervalMs);
    return schedule.unhealthyIntervalMs;
  };

  const run = async (entry: Watched, host: string, cancel: AbortSignal, releaseSlot: () => void) => {
    const { definition, subject, probe } = entry;
    const traced = traceRun({ id: definition.id, kind: subject.kind, host });
    const result = await runProbe(probe, {
      timeoutMs: subject.schedule.timeoutMs,
      clock,
      cancel,
      traceparent: traced.traceparent,
      onDefect: (error) => listener.onDefect?.(error, definition.id),
    });
    releaseSlot();
    traced.end(result.kind === 'cancelled' ? undefined : result.observation);
    if (result.kind !== 'cancelled' && entry.current) {
      hub.observe(definition.id, result.observation);
      listener.onProbeRun?.({ id: definition.id, kind: subject.kind, observation: result.observation });
    }
    await result.settled;
  };

  const unwatch = (entry: Watched) => {
    const { id } = entry.definition;
    entry.current = false;
    watched.delete(id);
    const closed = scheduler
      .remove(id)
      .then(() => entry.probe.close())
      .catch((error) => listener.onDefect?.(error, id))
      .finally(() => closing.delete(closed));
    closing.add(closed);
  };

  const watchAll = (system: SystemDefinition) => {
    for (const definition of system.components) {
      const { subject } = definition;
      if (subject.type === 'probe' && !watched.has(definition.id)) watch(definition, subject);
    }
  };

  watchAll(options.system);

  return {
    hub,
    start() {
      scheduler.start();
      saver.start();
    },
    reload(system) {
      hub.reload(system);
      const next = new Map(system.components.map((definition) => [definition.id, definition]));
      for (const entry of [...watched.values()]) {
        const definition = next.get(entry.definition.id);
        if (definition?.subject.type !== 'probe' || !isSameProbe(entry.subject, definition.subject)) unwatch(entry);
      }
      for (const entry of watched.values()) {
        const definition = next.get(entry.definition.id);
        if (definition?.subject.type !== 'probe') continue;
        const paceChanged = !isSamePace(entry.subject, definition.subject);
        entry.definition = definition;
        entry.subject = definition.subject;
        if (paceChanged) scheduler.reschedule(definition.id);
      }
      watchAll(system);
    },
    stats: () => ({ ...scheduler.stats(), components: hub.ids().length, subscribers: hub.subscriberCount }),
    async close() {
      hub.close();
      for (const entry of [...watched.values()]) unwatch(entry);
      await Promise.all(closing);
      await scheduler.close();
      saver.close();
    },
  };
}

function createUntracedRuns(fillRandom: EngineOptions['fillRandom']): TraceRun {
  const nextTraceparent = createTraceparents(fillRandom);
  return () => ({ traceparent: nextTraceparent(), end() {} });
}

function isSameProbe(before: ProbeSubject, after: ProbeSubject): boolean {
  return before.kind === after.kind && before.fingerprint === after.fingerprint;
}

function isSamePace({ schedule: before }: ProbeSubject, { schedule: after }: ProbeSubject): boolean {
  return before.intervalMs === after.intervalMs && before.unhealthyIntervalMs === after.unhealthyIntervalMs;
}
