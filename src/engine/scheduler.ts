// Decides when each job runs: one timer over one queue of due times. Knows nothing of health and probes, so that its
// rules (phase, cadence, no overlap, limits) stand and are tested by themselves.
import type { Clock } from '../core/clock.ts';
import { Cancelled } from '../core/probe.ts';
import { createDueQueue, type DueItem, type DueQueue } from './due-queue.ts';
import { nextDueMs } from './phase.ts';

/** Something to do again and again. */
export interface Job {
  readonly id: string;
  /** Whose limit of runs in flight counts. */
  readonly host: string;
  /** Time between two starts, at least 1. Asked when the job is added, after each run, and by `reschedule`. */
  intervalMs(): number;
  /**
   * Does it once. It is not started again before the promise settles. `signal` fires with `Cancelled` when the run is
   * no longer wanted. `releaseSlot` lets others run before the promise settles: for a run that is as good as over.
   * A rejection with anything but the signal's reason is a defect.
   */
  run(signal: AbortSignal, releaseSlot: () => void): Promise<void>;
}

export interface SchedulerOptions {
  readonly clock: Clock;
  /** Runs at the same time: overall, and against one host. */
  readonly limits: { readonly inFlight: number; readonly inFlightPerHost: number };
  /** Called at each start with how much later than due it is: our own lag, or a limit. */
  readonly onLag?: (lagMs: number, id: string) => void;
  /** Called with what a job threw. The job goes on. */
  readonly onDefect?: (error: unknown, id: string) => void;
}

export interface SchedulerStats {
  readonly jobs: number;
  /** Runs that hold a slot. */
  readonly inFlight: number;
  /** Jobs that are due and wait for a slot. */
  readonly queued: number;
}

export interface Scheduler {
  /** Starts the clockwork. Jobs may be added before and after. */
  start(): void;
  /**
   * Takes a job in. It first runs within one interval from now, or from `start()`.
   * @throws Error when the id is taken or the scheduler is closed; RangeError when the interval is below 1 ms
   */
  add(job: Job): void;
  /** Takes a job out; a run in flight is aborted with `Cancelled`. Settles, without rejecting, when that run has ended. */
  remove(id: string): Promise<void>;
  /** Asks for the interval anew, where waiting for the next run would be too late. Leaves alone what is due or runs. */
  reschedule(id: string): void;
  /** Ends everything: no timer is left, runs in flight are aborted. Settles when they have ended. */
  close(): Promise<void>;
  stats(): SchedulerStats;
}

/** Jobs that one turn of the event loop takes up; the rest comes in the next one, after the sockets had theirs. */
const JOBS_PER_TURN = 64;

interface Run {
  readonly controller: AbortController;
  readonly ended: Promise<void>;
}

/** A job and where it is: in `upcoming`, in its host's `waiting`, or running. */
interface Entry extends DueItem {
  readonly job: Job;
  intervalMs: number;
  /** The due time of its latest run. */
  ranForMs: number;
  run: Run | undefined;
}

/** A host with runs in flight or with jobs that wait for their end. Jobs over its limit wait here, in nobody's way. */
interface Host {
  readonly name: string;
  inFlight: number;
  readonly waiting: DueQueue<Entry>;
}

export function createScheduler({ clock, limits, onLag, onDefect }: SchedulerOptions): Scheduler {
  const entries = new Map<string, Entry>();
  const hosts = new Map<string, Host>();
  const runs = new Set<Run>();
  const upcoming = createDueQueue<Entry>();
  let state: 'new' | 'started' | 'closed' = 'new';
  let inFlight = 0;
  let epochOffsetMs = 0;
  let armedForMs: number | undefined;
  let disarm: (() => void) | undefined;

  /** Epoch milliseconds as they were at the start, and monotonic since: a step of the wall clock moves no due time. */
  const nowMs = () => clock.monotonicMs() + epochOffsetMs;

  /** Sets the one timer for the job that is due first. With every slot taken there is nothing to wake up for. */
  function arm() {
    const next = state === 'started' && inFlight < limits.inFlight ? upcoming.peek()?.dueMs : undefined;
    if (next === armedForMs) return;
    disarm?.();
    armedForMs = next;
    disarm = next === undefined ? undefined : clock.after(Math.max(0, Math.ceil(next - nowMs())), tick);
  }

  /** The only place that starts runs, so that no chain of runs that end at once can hold the event loop. */
  function tick() {
    armedForMs = undefined;
    disarm = undefined;
    for (let taken = 0; taken < JOBS_PER_TURN && inFlight < limits.inFlight; taken++) {
      const entry = upcoming.peek();
      const lagMs = entry === undefined ? -1 : nowMs() - entry.dueMs;
      if (entry === undefined || lagMs < 0) break;
      upcoming.remove(entry);
      const host = hostOf(entry);
      if (host.inFlight < limits.inFlightPerHost) void execute(entry, host, lagMs);
      else host.waiting.push(entry);
    }
    arm();
  }

  async function execute(entry: Entry, host: Host, lagMs: number) {
    const { job } = entry;
    const controller = new AbortController();
    const ended = Promise.withResolvers<void>();
    const run = { controller, ended: ended.promise };
    entry.run = run;
    entry.ranForMs = entry.dueMs;
    runs.add(run);
    const releaseSlot = takeSlot(host);
    try {
      onLag?.(lagMs, job.id);
      await job.run(controller.signal, releaseSlot);
    } catch (error) {
      if (!(controller.signal.aborted && error === controller.signal.reason)) onDefect?.(error, job.id);
    } finally {
      releaseSlot();
      runs.delete(run);
      entry.run = undefined;
      if (entries.get(job.id) === entry) {
        askInterval(entry);
        plan(entry);
      }
      ended.resolve();
    }
  }

  /** Counts a run in; the result counts it out, once. */
  function takeSlot(host: Host): () => void {
    inFlight++;
    host.inFlight++;
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      inFlight--;
      host.inFlight--;
      wakeOne(host);
      arm();
    };
  }

  /**
   * Puts the one that has waited longest for the host back among the due ones, where its due time gives it its turn.
   * Called for every place that becomes free and every woken job that goes away, so that none waits beside a free place.
   */
  function wakeOne(host: Host) {
    const entry = host.inFlight < limits.inFlightPerHost ? host.waiting.pop() : undefined;
    if (entry !== undefined) upcoming.push(entry);
    if (host.inFlight === 0 && host.waiting.size === 0) hosts.delete(host.name);
  }

  function hostOf({ job }: Entry): Host {
    let host = hosts.get(job.host);
    if (host === undefined) {
      host = { name: job.host, inFlight: 0, waiting: createDueQueue() };
      hosts.set(host.name, host);
    }
    return host;
  }

  /** Queues for the first due time on the grid that is neither past nor the one that ran last. */
  function plan(entry: Entry) {
    entry.dueMs = nextDueMs(entry.job.id, entry.intervalMs, Math.max(entry.ranForMs + 1, Math.ceil(nowMs())));
    upcoming.push(entry);
    arm();
  }

  /** After a defect the interval stays as it is. */
  function askInterval(entry: Entry) {
    try {
      entry.intervalMs = intervalOf(entry.job);
    } catch (error) {
      onDefect?.(error, entry.job.id);
    }
  }

  function add(job: Job) {
    if (state === 'closed') throw new Error(`cannot add ${job.id}: the scheduler is closed`);
    if (entries.has(job.id)) throw new Error(`cannot add ${job.id}: there is a job of that id; remove it first`);
    const never = Number.NEGATIVE_INFINITY;
    const intervalMs = intervalOf(job);
    const entry: Entry = { job, intervalMs, dueMs: never, ranForMs: never, place: -1, run: undefined };
    entries.set(job.id, entry);
    if (state === 'started') plan(entry);
  }

  async function remove(id: string) {
    const entry = entries.get(id);
    if (entry === undefined) return;
    entries.delete(id);
    if (entry.run !== undefined) {
      const { controller, ended } = entry.run;
      controller.abort(new Cancelled(`${id} is no longer scheduled`));
      return ended;
    }
    const host = hosts.get(entry.job.host);
    if (!upcoming.remove(entry)) host?.waiting.remove(entry);
    if (host !== undefined) wakeOne(host);
    arm();
  }

  return {
    add,
    remove,
    start() {
      if (state !== 'new') throw new Error(`cannot start the scheduler: it is ${state}`);
      state = 'started';
      epochOffsetMs = clock.nowMs() - clock.monotonicMs();
      for (const entry of entries.values()) plan(entry);
    },
    reschedule(id) {
      const entry = entries.get(id);
      if (entry === undefined || entry.dueMs <= nowMs()) return;
      upcoming.remove(entry);
      askInterval(entry);
      plan(entry);
    },
    async close() {
      state = 'closed';
      arm();
      for (const id of [...entries.keys()]) void remove(id);
      await Promise.all(Array.from(runs, ({ ended }) => ended));
    },
    stats() {
      let queued = state === 'started' ? upcoming.countDue(nowMs()) : 0;
      for (const host of hosts.values()) queued += host.waiting.size;
      return { jobs: entries.size, inFlight, queued };
    },
  };
}

/** In whole milliseconds, which keeps due times exact. */
function intervalOf(job: Job): number {
  const intervalMs = Math.round(job.intervalMs());
  if (!(intervalMs >= 1 && intervalMs <= Number.MAX_SAFE_INTEGER)) {
    throw new RangeError(`the interval of ${job.id} is ${intervalMs} ms; it must be at least 1 ms`);
  }
  return intervalMs;
}
