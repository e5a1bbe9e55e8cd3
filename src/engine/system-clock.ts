// The real clock. Its monotonic time goes on while the machine sleeps, which that of the operating system does not: else
// what was seen before would be as fresh after a night in which nobody looked.
import { uptime } from 'node:os';
import type { Clock } from '../core/clock.ts';

/** Longest delay that setTimeout takes; anything longer fires at once. */
const MAX_TIMER_MS = 2 ** 31 - 1;
/** By how much clocks have to differ before it is asked why; the system says its uptime in hundredths of a second. */
const DRIFT_MS = 500;

export interface TimeSources {
  /** Epoch milliseconds; steps. */
  readonly wallMs: () => number;
  /** Never steps, and stands still while the machine sleeps. */
  readonly awakeMs: () => number;
  /** Never steps, and goes on while the machine sleeps. Costs a system call or more. */
  readonly uptimeMs: () => number;
}

export function createSystemClock({ wallMs, awakeMs, uptimeMs }: TimeSources): Clock {
  let sleptMs = 0;
  const sleepMs = () => uptimeMs() - awakeMs();
  let sleepAtStartMs = sleepMs();
  let offsetMs = wallMs() - awakeMs();

  /** A wall clock that went ahead of the time that was lived stepped, or the machine slept: only the uptime knows. */
  const measureSleep = (nextOffsetMs: number) => {
    offsetMs = nextOffsetMs;
    const measuredMs = sleepMs() - sleepAtStartMs;
    if (measuredMs > sleptMs + DRIFT_MS) sleptMs = measuredMs;
    // An uptime that goes back is none that can be relied on: what is known of earlier sleep stays.
    else if (measuredMs < sleptMs - DRIFT_MS) sleepAtStartMs += measuredMs - sleptMs;
  };

  return {
    nowMs: wallMs,
    monotonicMs() {
      const nowMs = awakeMs();
      const nextOffsetMs = wallMs() - nowMs;
      if (Math.abs(nextOffsetMs - offsetMs) > DRIFT_MS) measureSleep(nextOffsetMs);
      return nowMs + sleptMs;
    },
    after(delayMs, callback) {
      let timer: NodeJS.Timeout;
      const arm = (remainingMs: number) => {
        const stepMs = Math.min(Math.max(remainingMs, 0), MAX_TIMER_MS);
        timer = setTimeout(() => (remainingMs > stepMs ? arm(remainingMs - stepMs) : callback()), stepMs);
      };
      arm(delayMs);
      return () => clearTimeout(timer);
    },
  };
}

export const systemClock: Clock = createSystemClock({
  wallMs: () => Date.now(),
  awakeMs: () => performance.now(),
  // Where the system does not say it, sleep is not noticed.
  uptimeMs() {
    try {
      return uptime() * 1000;
    } catch {
      return performance.now();
    }
  },
});
