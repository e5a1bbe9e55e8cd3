// A scheduler under a fake clock with jobs that write down when they ran.
import type { Cancellation } from '../../src/core/cancellation.ts';
import type { Clock } from '../../src/core/clock.ts';
import { nextDueMs } from '../../src/engine/phase.ts';
import { createScheduler, type Job, type Scheduler, type SchedulerOptions } from '../../src/engine/scheduler.ts';
import { createFakeClock, type FakeClock } from '../support/fake-clock.ts';

/** What the wall clock of a world shows at its start, unless told otherwise. */
export const WALL_MS = Date.UTC(2026, 0, 1);

export interface RecordedRun {
  readonly id: string;
  readonly host: string;
  /** Monotonic milliseconds, as the clock of the world counts them from 0. */
  readonly startMs: number;
  endMs?: number;
  readonly signal: Cancellation;
  readonly releaseSlot: () => void;
  /** Ends the run; without an error, as one that did its work. */
  end(error?: unknown): void;
}

export interface JobSettings {
  readonly id: string;
  readonly host?: string;
  readonly intervalMs: number | (() => number);
  /** Left out: what it saw is good for ever, so that it keeps to the grid. */
  readonly freshUntilMs?: () => number;
  /** How long the nth run takes; left out: it ends at once. `hold`: until `end` is called. */
  readonly takesMs?: ((run: number) => number) | 'hold';
}

export interface World {
  readonly clock: FakeClock;
  readonly scheduler: Scheduler;
  readonly runs: RecordedRun[];
  readonly defects: { readonly error: unknown; readonly id: string }[];
  readonly lags: { readonly lagMs: number; readonly id: string }[];
  /** Timers that the scheduler has set so far. */
  readonly timersSet: () => number;
  /** A job that records its runs, and ends with the signal's reason when that fires. */
  job(settings: JobSettings): Job;
  runsOf(id: string): RecordedRun[];
  /** In flight now, by what the jobs themselves saw. */
  running(host?: string): number;
}

export function createWorld(
  settings: { limits?: SchedulerOptions['limits']; wallStartMs?: number; onStart?: (run: RecordedRun) => void } = {},
): World {
  const clock = createFakeClock(settings.wallStartMs ?? WALL_MS);
  const runs: RecordedRun[] = [];
  const defects: World['defects'] = [];
  const lags: World['lags'] = [];
  let timersSet = 0;
  const countingClock: Clock = {
    ...clock,
    after(delayMs, callback) {
      timersSet++;
      return clock.after(delayMs, callback);
    },
  };
  const scheduler = createScheduler({
    clock: countingClock,
    limits: settings.limits ?? { inFlight: 10_000, inFlightPerHost: 10_000 },
    onLag: (lagMs, id) => lags.push({ lagMs, id }),
    onDefect: (error, id) => defects.push({ error, id }),
  });

  const runsOf = (id: string) => runs.filter((run) => run.id === id);
  const job = ({ id, host = id, intervalMs, freshUntilMs = forEver, takesMs = () => 0 }: JobSettings): Job => ({
    id,
    host,
    intervalMs: typeof intervalMs === 'number' ? () => intervalMs : intervalMs,
    freshUntilMs,
    run(signal, releaseSlot) {
      const over = Promise.withResolvers<void>();
      const run: RecordedRun = {
        id,
        host,
        startMs: clock.monotonicMs(),
        signal,
        releaseSlot,
        end(error) {
          run.endMs = clock.monotonicMs();
          if (error === undefined) over.resolve();
          else over.reject(error);
        },
      };
      const durationMs = takesMs === 'hold' ? Number.POSITIVE_INFINITY : takesMs(runsOf(id).length);
      runs.push(run);
      settings.onStart?.(run);
      if (durationMs <= 0) run.end();
      else if (durationMs < Number.POSITIVE_INFINITY) {
        const stop = clock.after(durationMs, () => run.end());
        signal.addEventListener('abort', stop);
      }
      if (takesMs !== 'hold') signal.addEventListener('abort', () => run.end(signal.reason));
      return over.promise;
    },
  });
  return {
    clock,
    scheduler,
    runs,
    defects,
    lags,
    timersSet: () => timersSet,
    job,
    runsOf,
    running: (host) => runs.filter((run) => run.endMs === undefined && (host ?? run.host) === run.host).length,
  };
}

const forEver = () => Number.POSITIVE_INFINITY;

/** The monotonic times up to `untilMs` at which a job is due, in a world that began at `wallStartMs`. */
export function grid(id: string, intervalMs: number, untilMs: number, wallStartMs = WALL_MS): number[] {
  const times: number[] = [];
  for (
    let dueMs = nextDueMs(id, intervalMs, wallStartMs);
    dueMs <= wallStartMs + untilMs;
    dueMs = nextDueMs(id, intervalMs, dueMs + 1)
  ) {
    times.push(dueMs - wallStartMs);
  }
  return times;
}
