// Probes what it is given: the scheduler decides when, the probes look, and somebody else takes what they see. An instance that
// decides has one, and so has an agent. Owns the probes, and carries them over a change where they stay the same.
import type { Cancellation } from '../core/cancellation.ts';
import type { Clock } from '../core/clock.ts';
import type { ComponentDefinition, ProbeSubject } from '../core/definition.ts';
import type { Observation } from '../core/observation.ts';
import type { MadeProbe, ProbeFactory } from '../core/probe.ts';
import type { PlaceLimits } from '../core/probe-places.ts';
import { IN_A_STEP, type Steps } from '../core/steps.ts';
import type { Trace } from './decision.ts';
import { runProbe } from './run-probe.ts';
import { createScheduler, type Job, type Progress, type SchedulerStats } from './scheduler.ts';

export type ProbedDefinition = ComponentDefinition & { readonly subject: ProbeSubject };

/** Called when a probe run starts; `end` is called once, without an observation when nobody wanted it any more. */
export type TraceRun = (run: { readonly id: string; readonly kind: string; readonly host: string }) => {
  /** The context of the trace, for the target. */
  readonly headers: Readonly<Record<string, string>>;
  /** Goes with every decision that the run brings about. Left out where nobody keeps the trace. */
  readonly trace?: Trace;
  end(observation: Observation | undefined): void;
};

/** What probing reports about itself. Must not throw. */
export interface ProbeListener {
  /** A probe run ended with an answer, or was overtaken by its deadline. */
  onProbeRun?(run: { readonly id: string; readonly kind: string; readonly observation: Observation }): void;
  /** A probe run started this much later than it was due. */
  onLag?(lagMs: number): void;
  /** Something of ours is broken; the component is watched on. */
  onDefect?(error: unknown, id: string): void;
}

export interface ProberOptions {
  /** That of `createGaps`. */
  readonly clock: Clock;
  readonly createProbe: ProbeFactory;
  readonly limits: PlaceLimits;
  readonly listener: ProbeListener;
  /** Makes the trace of each run. Default: none, and targets receive none. */
  readonly traceRun?: TraceRun | undefined;
  /** Called when a run has ended, before anything of it is taken: time that nobody lived comes first. */
  readonly look: () => void;
  /** Time between two runs, as of now. */
  readonly intervalMs: (definition: ProbedDefinition) => number;
  /** As in `Job`. */
  readonly freshUntilMs: (id: string) => number;
  /** Takes what was seen, by a run or between two. Must not throw. */
  readonly observe: (id: string, observation: Observation, trace?: Trace) => void;
}

/** What other definitions do to what is probed. */
export interface ProbePlan {
  readonly made: readonly Watched[];
  readonly gone: readonly Watched[];
  readonly redefined: readonly { readonly entry: Watched; readonly definition: ProbedDefinition }[];
}

export interface Prober {
  /**
   * Makes the probes of what is new, or looked at in another way, where it is probed at all. All or none: probes read files.
   * @param isWanted default: all are
   * @throws what making one throws
   */
  prepare(
    definitions: readonly ComponentDefinition[],
    isWanted?: (definition: ProbedDefinition) => boolean,
  ): Steps<ProbePlan['made']>;
  /**
   * What is probed and is not to be any more, and what only is defined in another way.
   * @param find what it is to be from now on
   * @param among the only ones that may be; default: all
   */
  findOthers(
    find: (id: string) => ProbedDefinition | undefined,
    among?: Iterable<string>,
  ): Steps<Omit<ProbePlan, 'made'>>;
  /** Lets go of what is not needed after all. */
  discard(made: ProbePlan['made']): void;
  /** From now on it is so. What is new, or is to be probed at another pace, is looked at soon where what is known of it does not last. */
  follow(plan: ProbePlan): Steps<void>;
  /** The pace of one may be another now. */
  reschedule(id: string): void;
  start(): void;
  /** Nobody was there for a while. */
  resume(): void;
  stats(): SchedulerStats;
  progress(): Progress;
  /** Ends everything; settles when no probe runs and no connection of one is open. */
  close(): Promise<void>;
}

/** A component that is probed, as the scheduler runs it. A class: there may be very many, and closures of each take more than what they know. */
class Watched implements Job {
  readonly #made: MadeProbe;
  definition: ProbedDefinition;
  /** False before it is watched, and once another probe took its place: what it says then is dropped. */
  current = false;
  readonly #does: WatchedDoes;

  constructor(definition: ProbedDefinition, create: ProbeFactory, does: WatchedDoes) {
    this.definition = definition;
    this.#does = does;
    const push = (observation: Observation) => {
      if (this.current) does.push(this, observation);
    };
    this.#made = create(definition.subject, { componentId: definition.id, push });
  }

  get probe() {
    return this.#made.probe;
  }
  get host() {
    return this.#made.host;
  }
  get id() {
    return this.definition.id;
  }
  intervalMs() {
    return this.#does.intervalMs(this.definition);
  }
  freshUntilMs() {
    return this.#does.freshUntilMs(this.definition.id);
  }
  run(cancel: Cancellation, releaseSlot: () => void) {
    return this.#does.run(this, cancel, releaseSlot);
  }
}

/** What is the same for all that are watched. */
interface WatchedDoes extends Pick<ProberOptions, 'intervalMs' | 'freshUntilMs'> {
  /** Takes what it says between runs. */
  push(entry: Watched, observation: Observation): void;
  run(entry: Watched, cancel: Cancellation, releaseSlot: () => void): Promise<void>;
}

export function isProbed(definition: ComponentDefinition): definition is ProbedDefinition {
  return definition.subject.type === 'probe';
}

export function createProber(options: ProberOptions): Prober {
  const { clock, createProbe, limits, listener, traceRun, look, intervalMs, freshUntilMs, observe } = options;
  const scheduler = createScheduler<Watched>({
    clock,
    limits,
    onLag: (lagMs) => listener.onLag?.(lagMs),
    onDefect: (error, id) => listener.onDefect?.(error, id),
  });
  const closing = new Set<Promise<void>>();
  let isClosed = false;

  const run = async (entry: Watched, cancel: Cancellation, releaseSlot: () => void) => {
    const { definition, probe } = entry;
    const { id, subject } = definition;
    const traced = traceRun?.({ id, kind: subject.kind, host: entry.host }) ?? UNTRACED;
    const result = await runProbe(probe, {
      timeoutMs: subject.schedule.timeoutMs,
      clock,
      cancel,
      traceHeaders: traced.headers,
      onDefect: (error) => listener.onDefect?.(error, id),
    });
    look();
    releaseSlot();
    // An answer that waited over a gap is none of now.
    const observation = result.kind === 'cancelled' || cancel.aborted ? undefined : result.observation;
    traced.end(observation);
    if (observation !== undefined && entry.current) {
      observe(id, observation, traced.trace);
      listener.onProbeRun?.({ id, kind: subject.kind, observation });
    }
    await result.settled;
  };
  const does: WatchedDoes = {
    push({ definition: { id } }, observation) {
      observe(id, observation);
      // The pace may be another now.
      scheduler.reschedule(id);
    },
    intervalMs,
    freshUntilMs,
    run,
  };

  const watch = (entry: Watched) => {
    entry.current = true;
    scheduler.add(entry);
  };

  const closeAfter = (ended: Promise<void>, { definition: { id }, probe }: Watched) => {
    const closed = ended
      .then(() => probe.close())
      .catch((error) => listener.onDefect?.(error, id))
      .finally(() => closing.delete(closed));
    closing.add(closed);
  };

  const unwatch = (entry: Watched) => {
    entry.current = false;
    closeAfter(scheduler.remove(entry.id), entry);
  };

  const discard = (made: readonly Watched[]) => {
    for (const entry of made) closeAfter(Promise.resolve(), entry);
  };

  return {
    *prepare(definitions, isWanted = () => true) {
      const made: Watched[] = [];
      try {
        for (let index = 0; index < definitions.length; index++) {
          if (index % IN_A_STEP === 0) yield;
          const definition = definitions[index]!;
          if (!isProbed(definition) || !isWanted(definition)) continue;
          const before = scheduler.job(definition.id)?.definition;
          if (before === definition || (before !== undefined && isSameProbe(before, definition))) continue;
          made.push(new Watched(definition, createProbe, does));
          yield;
        }
      } catch (error) {
        discard(made);
        throw error;
      }
      return made;
    },
    *findOthers(find, among = scheduler.ids()) {
      const [gone, redefined]: [Watched[], { entry: Watched; definition: ProbedDefinition }[]] = [[], []];
      let looked = 0;
      for (const id of among) {
        if (looked++ % IN_A_STEP === 0) yield;
        const entry = scheduler.job(id);
        const definition = find(id);
        if (entry === undefined || definition === entry.definition) continue;
        if (definition === undefined || !isSameProbe(entry.definition, definition)) gone.push(entry);
        else redefined.push({ entry, definition });
      }
      return { gone, redefined };
    },
    discard,
    *follow({ made, gone, redefined }) {
      // What they see from here on counts for nothing, whenever they end.
      for (const entry of gone) entry.current = false;
      for (const { entry, definition } of redefined) {
        const isOtherPace = !isSamePace(entry.definition, definition);
        entry.definition = definition;
        if (isOtherPace) scheduler.reschedule(definition.id);
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
      scheduler.lookSoon([...made, ...redefined.map(({ entry }) => entry)].map(({ id }) => id));
    },
    reschedule: scheduler.reschedule,
    start: scheduler.start,
    resume: scheduler.resume,
    stats: scheduler.stats,
    progress: scheduler.progress,
    async close() {
      isClosed = true;
      for (const id of [...scheduler.ids()]) unwatch(scheduler.job(id)!);
      await Promise.all(closing);
      await scheduler.close();
    },
  };
}

const UNTRACED: ReturnType<TraceRun> = { headers: {}, end() {} };

function isSameProbe({ subject: before }: ProbedDefinition, { subject: after }: ProbedDefinition): boolean {
  return before.kind === after.kind && before.fingerprint === after.fingerprint;
}

function isSamePace({ subject: before }: ProbedDefinition, { subject: after }: ProbedDefinition): boolean {
  const { intervalMs, unhealthyIntervalMs } = before.schedule;
  return intervalMs === after.schedule.intervalMs && unhealthyIntervalMs === after.schedule.unhealthyIntervalMs;
}
