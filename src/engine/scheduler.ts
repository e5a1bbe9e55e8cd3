// Decides when each job runs: one timer over one queue of due times. Knows nothing of health and probes, so that its
// rules (phase, cadence, first looks, no overlap) stand and are tested by themselves. How many run together, places.ts knows.
import { type Cancellation, Canceller } from '../core/cancellation.ts';
import type { Clock } from '../core/clock.ts';
import { createDueQueue, type DueItem } from '../core/due-queue.ts';
import { Cancelled } from '../core/probe.ts';
import type { PlaceLimits } from '../core/probe-places.ts';
import { nextDueMs, sortedByHash } from './phase.ts';
import { createPlaces } from './places.ts';

/** Something to do again and again. */
export interface Job {
  readonly id: string;
  /** Whose limit of runs in flight counts. */
  readonly host: string;
  /** Time between two starts, at least 1. Asked when the job is added, after each run, and by `reschedule`. */
  intervalMs(): number;
  /**
   * Monotonic milliseconds up to which it is good to know what its last run brought; minus infinity: it is not known. What
   * does not last until the next time on the grid is looked at soon, when the scheduler starts and by `lookSoon`.
   */
  freshUntilMs(): number;
  /**
   * Does it once. It is not started again before the promise settles. `signal` fires with `Cancelled` when the run is
   * no longer wanted. `releaseSlot` lets others run before the promise settles: for a run that is as good as over.
   * A rejection with anything but the signal's reason is a defect.
   */
  run(signal: Cancellation, releaseSlot: () => void): Promise<void>;
}

export interface SchedulerOptions {
  readonly clock: Clock;
  readonly limits: PlaceLimits;
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

/** Whether the scheduler does its work: a run that is late, and none started since, is one that nobody will start. */
export interface Progress {
  /** Runs that were ever started. */
  readonly started: number;
  /** How late the run is that could be started and is not; 0: there is none. */
  readonly overdueMs: number;
}

export interface Scheduler<One extends Job = Job> {
  /** Starts the clockwork. Jobs may be added before and after. */
  start(): void;
  /**
   * Takes a job in. It first runs within one interval from now, or from `start()`, and soon by `lookSoon`.
   * @throws Error when the id is taken or the scheduler is closed; RangeError when the interval is below 1 ms
   */
  add(job: One): void;
  /** The job of this id, from `add` to `remove`. */
  job(id: string): One | undefined;
  /** Of all jobs. */
  ids(): Iterable<string>;
  /** Takes a job out; a run in flight is aborted with `Cancelled`. Settles, without rejecting, when that run has ended. */
  remove(id: string): Promise<void>;
  /** Asks for the interval anew, where waiting for the next run would be too late. Leaves alone what is due or runs. */
  reschedule(id: string): void;
  /** Runs soon what is not fresh for long enough, spread over a short time: after jobs were added. @param ids default: all */
  lookSoon(ids?: Iterable<string>): void;
  /**
   * Nobody was there for a while: runs in flight are aborted with `Cancelled`, for what they saw cannot be distinguished from what
   * was missed; they and all that became due meanwhile run soon instead of at once.
   */
  resume(): void;
  /** Ends everything: no timer is left, runs in flight are aborted. Settles when they have ended. */
  close(): Promise<void>;
  stats(): SchedulerStats;
  progress(): Progress;
}

/** Jobs that one turn of the event loop takes up; the rest comes in the next one, after the sockets had theirs. */
const JOBS_PER_TURN = 16;

/** What is to run soon is spread over a second, or over more where there are more of them in a second than this. */
const SOON_MS = 1000;
const SOON_PER_SECOND = 500;

interface Run {
  readonly canceller: Canceller;
  readonly ended: Promise<void>;
}

/** A job and where it is: in `upcoming`, among those that wait for a place, or running. */
interface Entry<One extends Job = Job> extends DueItem {
  readonly job: One;
  intervalMs: number;
  /** The due time of its latest run. */
  ranForMs: number;
  /** When it is to run at the latest, whatever the grid says. */
  soonMs: number | undefined;
  /** Its latest run was such a one. */
  ranSoon: boolean;
  isSlow: boolean;
  run: Run | undefined;
}

export function createScheduler<One extends Job = Job>({
  clock,
  limits,
  onLag,
  onDefect,
}: SchedulerOptions): Scheduler<One> {
  const entries = new Map<string, Entry<One>>();
  /** Runs of jobs that were taken out. */
  const leaving = new Set<Promise<void>>();
  const upcoming = createDueQueue<Entry>();
  const places = createPlaces<Entry>({
    clock,
    limits,
    onFree(entry, dueMs) {
      upcoming.push(entry, dueMs);
      arm();
    },
  });
  let state: 'new' | 'started' | 'closed' = 'new';
  let epochOffsetMs = 0;
  let started = 0;
  let armedForMs = Number.POSITIVE_INFINITY;
  let disarm: (() => void) | undefined;

  /** Epoch milliseconds as they were at the start, and monotonic since: a step of the wall clock moves no due time. */
  const nowMs = () => clock.monotonicMs() + epochOffsetMs;

  /** When the first run is to be started; infinite with nothing to start, or every slot taken. */
  const nextMs = () => (state === 'started' && !places.isFull ? upcoming.firstDueMs : Number.POSITIVE_INFINITY);

  /** Sets the one timer for the job that is due first. With every slot taken there is nothing to wake up for. */
  function arm() {
    const next = nextMs();
    if (next === armedForMs) return;
    disarm?.();
    armedForMs = next;
    const isNever = next === Number.POSITIVE_INFINITY;
    disarm = isNever ? undefined : clock.after(Math.max(0, Math.ceil(next - nowMs())), tick);
  }

  /** The only place that starts runs, so that no chain of runs that end at once can hold the event loop. */
  function tick() {
    armedForMs = Number.POSITIVE_INFINITY;
    disarm = undefined;
    for (let taken = 0; taken < JOBS_PER_TURN && !places.isFull; taken++) {
      const dueMs = upcoming.firstDueMs;
      const lagMs = nowMs() - dueMs;
      const entry = lagMs < 0 ? undefined : upcoming.pop();
      if (entry === undefined) break;
      const place = places.take(entry, dueMs);
      if (place !== undefined) void execute(entry, place, dueMs, lagMs);
    }
    arm();
  }

  async function execute(entry: Entry, place: { release(): boolean }, dueMs: number, lagMs: number) {
    const { job } = entry;
    const canceller = new Canceller();
    const ended = Promise.withResolvers<void>();
    const run = { canceller, ended: ended.promise };
    entry.run = run;
    started++;
    entry.ranForMs = dueMs;
    entry.ranSoon = entry.soonMs !== undefined && entry.soonMs <= dueMs;
    entry.soonMs = undefined;
    let holds = true;
    const releaseSlot = () => {
      if (!holds) return;
      holds = false;
      entry.isSlow = place.release();
      arm();
    };
    try {
      onLag?.(lagMs, job.id);
      await job.run(canceller, releaseSlot);
    } catch (error) {
      if (!(canceller.aborted && error === canceller.reason)) onDefect?.(error, job.id);
    } finally {
      releaseSlot();
      entry.run = undefined;
      if (entries.get(job.id) === entry) {
        askInterval(entry);
        plan(entry);
      }
      ended.resolve();
    }
  }

  /**
   * Queues for the first due time on the grid that is neither past nor the one that ran last, or for a sooner one.
   * @param presentMs read once for all where there may be very many
   */
  function plan(entry: Entry, presentMs = Math.ceil(nowMs())) {
    const fromMs = Math.max(entry.ranForMs + 1, presentMs);
    upcoming.push(entry, Math.min(nextOnGrid(entry, fromMs), soonest(entry, presentMs)));
    arm();
  }

  function soonest({ soonMs }: Entry, presentMs: number): number {
    return soonMs === undefined ? Number.POSITIVE_INFINITY : Math.max(soonMs, presentMs);
  }

  /** Right after a first look off the grid a time on it would be wasted: where what was seen lasts, it is left out. */
  function nextOnGrid({ job, intervalMs, ranForMs, ranSoon }: Entry, fromMs: number): number {
    const gridMs = nextDueMs(job.id, intervalMs, fromMs);
    const isNear = ranSoon && gridMs - ranForMs < intervalMs / 2;
    return isNear && job.freshUntilMs() + epochOffsetMs >= gridMs + intervalMs ? gridMs + intervalMs : gridMs;
  }

  /** Spreads runs evenly, and each over one interval at the most. Takes out of its queue what waits in one. */
  function spread(wanted: readonly Entry[]) {
    const overMs = Math.max(SOON_MS, (wanted.length * 1000) / SOON_PER_SECOND);
    const order = sortedByHash(wanted, ({ job }) => job.id);
    const presentMs = Math.ceil(nowMs());
    for (const [rank, entry] of order.entries()) {
      entry.soonMs = presentMs + Math.floor((Math.min(overMs, entry.intervalMs) * rank) / order.length);
      if (entry.run !== undefined) continue;
      takeOut(entry);
      plan(entry, presentMs);
    }
  }

  /** Whether a job that waits for its time would be looked at too late. @param dueMs undefined: it runs, or waits for a place */
  function isTooLate({ job, soonMs }: Entry, dueMs: number | undefined, presentMs: number): boolean {
    if (dueMs === undefined || dueMs <= presentMs || soonMs !== undefined) return false;
    return job.freshUntilMs() + epochOffsetMs < dueMs;
  }

  function lookSoon(ids: Iterable<string> = entries.keys()) {
    if (state !== 'started') return;
    const late: Entry[] = [];
    const presentMs = nowMs();
    for (const id of ids) {
      const entry = entries.get(id);
      if (entry !== undefined && isTooLate(entry, upcoming.dueMs(entry), presentMs)) late.push(entry);
    }
    spread(late);
  }

  function takeOut(entry: Entry) {
    if (upcoming.remove(entry)) places.passOn(entry);
    else places.remove(entry);
  }

  /** After a defect the interval stays as it is. */
  function askInterval(entry: Entry) {
    try {
      entry.intervalMs = intervalOf(entry.job);
    } catch (error) {
      onDefect?.(error, entry.job.id);
    }
  }

  function add(job: One) {
    if (state === 'closed') throw new Error(`cannot add ${job.id}: the scheduler is closed`);
    if (entries.has(job.id)) throw new Error(`cannot add ${job.id}: there is a job of that id; remove it first`);
    const intervalMs = intervalOf(job);
    const entry: Entry<One> = {
      job,
      intervalMs,
      ranForMs: Number.NEGATIVE_INFINITY,
      soonMs: undefined,
      ranSoon: false,
      isSlow: false,
      place: -1,
      run: undefined,
    };
    entries.set(job.id, entry);
    if (state === 'started') plan(entry);
  }

  async function remove(id: string) {
    const entry = entries.get(id);
    if (entry === undefined) return;
    entries.delete(id);
    if (entry.run !== undefined) {
      const { canceller, ended } = entry.run;
      leaving.add(ended);
      canceller.abort(new Cancelled(`${id} is no longer scheduled`));
      return ended.then(() => void leaving.delete(ended));
    }
    takeOut(entry);
    arm();
  }

  return {
    add,
    job: (id) => entries.get(id)?.job,
    ids: () => entries.keys(),
    remove,
    start() {
      if (state !== 'new') throw new Error(`cannot start the scheduler: it is ${state}`);
      state = 'started';
      epochOffsetMs = clock.nowMs() - clock.monotonicMs();
      const presentMs = Math.ceil(nowMs());
      const late: Entry[] = [];
      for (const entry of entries.values()) {
        if (isTooLate(entry, nextOnGrid(entry, presentMs), presentMs)) late.push(entry);
        else plan(entry, presentMs);
      }
      spread(late);
    },
    lookSoon,
    resume() {
      if (state !== 'started') return;
      const presentMs = nowMs();
      const missed = [...entries.values()].filter((entry) => {
        const dueMs = upcoming.dueMs(entry);
        return dueMs === undefined || dueMs <= presentMs || isTooLate(entry, dueMs, presentMs);
      });
      for (const { run, job } of missed) run?.canceller.abort(new Cancelled(`nobody watched while ${job.id} ran`));
      spread(missed);
    },
    reschedule(id) {
      const entry = entries.get(id);
      const dueMs = entry && upcoming.dueMs(entry);
      if (entry === undefined || dueMs === undefined || dueMs <= nowMs()) return;
      upcoming.remove(entry);
      askInterval(entry);
      plan(entry);
    },
    async close() {
      state = 'closed';
      arm();
      for (const id of [...entries.keys()]) void remove(id);
      places.close();
      await Promise.all(leaving);
    },
    stats() {
      const due = state === 'started' ? upcoming.countDue(nowMs()) : 0;
      return { jobs: entries.size, inFlight: places.inFlight, queued: due + places.waiting };
    },
    progress() {
      return { started, overdueMs: Math.max(0, nowMs() - nextMs()) };
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
