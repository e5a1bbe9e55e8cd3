// A clock that a test turns by hand. Timers fire in order of their due time, within `advance`.
import type { Clock } from '../../src/core/clock.ts';

export interface FakeClock extends Clock {
  /** Lets time pass, firing what falls due. Between timers it lets promises settle. */
  advance(ms: number): Promise<void>;
  /** Steps the wall clock alone, as an administrator or NTP would. */
  stepWall(ms: number): void;
  /** Lets time pass in which nothing runs, as when the process is stopped: what is due then comes late. */
  freeze(ms: number): void;
  /** Timers that wait. */
  readonly pendingTimers: number;
}

const START_MS = Date.UTC(2026, 0, 1);

export function createFakeClock(startMs = START_MS): FakeClock {
  let monotonic = 0;
  let wallOffset = startMs;
  let sequence = 0;
  const timers = new Map<number, { dueMs: number; callback: () => void }>();

  const settle = async () => {
    // Several turns, since a promise chain of the engine is a few steps deep.
    for (let turn = 0; turn < 20; turn++) await Promise.resolve();
  };
  const nextDue = (untilMs: number) => {
    let best: number | undefined;
    for (const [id, timer] of timers) {
      if (timer.dueMs > untilMs) continue;
      const known = best === undefined ? undefined : timers.get(best);
      if (known === undefined || timer.dueMs < known.dueMs) best = id;
    }
    return best;
  };
  return {
    nowMs: () => monotonic + wallOffset,
    monotonicMs: () => monotonic,
    after(delayMs, callback) {
      const id = sequence++;
      timers.set(id, { dueMs: monotonic + Math.max(delayMs, 0), callback });
      return () => void timers.delete(id);
    },
    async advance(ms) {
      const untilMs = monotonic + ms;
      await settle();
      for (let id = nextDue(untilMs); id !== undefined; id = nextDue(untilMs)) {
        const timer = timers.get(id);
        timers.delete(id);
        if (timer === undefined) break;
        monotonic = Math.max(monotonic, timer.dueMs);
        timer.callback();
        await settle();
      }
      monotonic = untilMs;
      await settle();
    },
    freeze(ms) {
      monotonic += ms;
    },
    stepWall(ms) {
      wallOffset += ms;
    },
    get pendingTimers() {
      return timers.size;
    },
  };
}
