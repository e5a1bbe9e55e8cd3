// A machine with one process on it, as far as time goes: clocks of its own, which run at a speed of their own and may be set; and it
// may be stopped, sleep, be slow, or end.
import type { Clock } from '../../../src/core/clock.ts';
import { createSystemClock } from '../../../src/engine/system-clock.ts';
import type { Events } from './events.ts';

export interface Machine {
  /** The real clock of OpenK over the clocks of this machine. */
  readonly clock: Clock;
  /** How fast its clocks run. */
  readonly speed: number;
  /** Monotonic milliseconds of the process; they stand still while the machine sleeps. */
  processMs(): number;
  /** Epoch milliseconds. */
  wallMs(): number;
  readonly isDead: boolean;
  /** Nothing of it runs now. */
  readonly isStopped: boolean;
  /** Something that comes to it from outside: it is taken in once it runs, in the order of arrival, and never by one that is dead. */
  deliver(delayMs: number, take: () => void): void;
  /** SIGSTOP; its clocks go on. */
  freeze(): void;
  /** As a laptop does: its monotonic clock stands still. */
  sleep(): void;
  wakeUp(): void;
  setWall(byMs: number): void;
  /** How much later than it should, at most, each thing happens on it. */
  slow(byMs: number): void;
  readonly isSlow: boolean;
  /** Without a word. */
  kill(): void;
}

export interface MachineOptions {
  readonly events: Events;
  /** From 0 to below 1. */
  readonly random: () => number;
  /** How fast its clocks run: about 1. */
  readonly speed: number;
  /** Epoch milliseconds at the beginning. */
  readonly wallMs: number;
}

/** Of a timer that waits: time passes, also where numbers of this size are too coarse for what was asked. Node's takes 1 ms at the least. */
const SHORTEST_MS = 0.01;

export function createMachine({ events, random, speed, wallMs: startWallMs }: MachineOptions): Machine {
  let steppedMs = 0;
  let sleptMs = 0;
  let sleepsSinceMs: number | undefined;
  let wokeMs = Number.NEGATIVE_INFINITY;
  let setBackMs = Number.NEGATIVE_INFINITY;
  /** A machine that sleeps and is set back within one question to the database hides that it slept: a known bound (ADR 74). */
  const APART_MS = 20_000;
  let state: 'runs' | 'stopped' | 'dead' = 'runs';
  let lagMs = 0;
  let waiting: (() => void)[] = [];
  /** Of what waited, and is still to be taken in. */
  let late = 0;
  const sleepMs = () => sleptMs + (sleepsSinceMs === undefined ? 0 : events.nowMs - sleepsSinceMs);
  const awakeMs = () => (events.nowMs - sleepMs()) * speed;
  const wallMs = () => startWallMs + steppedMs + events.nowMs * speed;
  const clock = createSystemClock({ wallMs, awakeMs, uptimeMs: () => events.nowMs * speed });

  const take = (happens: () => void) => {
    if (state === 'dead') return;
    if (state === 'stopped') waiting.push(happens);
    else happens();
  };
  const stop = () => {
    if (state === 'runs') state = 'stopped';
  };
  return {
    clock: {
      nowMs: clock.nowMs,
      monotonicMs: clock.monotonicMs,
      after(delayMs, callback) {
        let isWanted = true;
        let cancel = () => {};
        const dueMs = awakeMs() + (delayMs <= 0 ? 0 : Math.max(SHORTEST_MS, delayMs));
        const arm = () => {
          cancel = events.after((dueMs - awakeMs()) / speed + random() * lagMs, () => take(fire));
        };
        const fire = () => {
          if (!isWanted) return;
          // It slept meanwhile.
          if (dueMs - awakeMs() > 0.001) arm();
          else callback();
        };
        arm();
        return () => {
          isWanted = false;
          cancel();
        };
      },
    },
    speed,
    processMs: awakeMs,
    wallMs,
    get isDead() {
      return state === 'dead';
    },
    get isStopped() {
      return state === 'stopped';
    },
    deliver(delayMs, happens) {
      // Without an event of its own, where none is needed: most of what comes is an answer at its time.
      if (delayMs === 0 && lagMs === 0 && late === 0) take(happens);
      else events.after(delayMs + random() * lagMs, () => take(happens));
    },
    freeze: stop,
    sleep() {
      stop();
      if (events.nowMs - setBackMs > APART_MS) sleepsSinceMs ??= events.nowMs;
    },
    wakeUp() {
      if (state !== 'stopped') return;
      if (sleepsSinceMs !== undefined) wokeMs = events.nowMs;
      sleptMs = sleepMs();
      sleepsSinceMs = undefined;
      state = 'runs';
      const now = waiting;
      waiting = [];
      late += now.length;
      for (const happens of now) {
        events.after(0, () => {
          late -= 1;
          take(happens);
        });
      }
    },
    setWall(byMs) {
      const hasSlept = sleepsSinceMs !== undefined || events.nowMs - wokeMs <= APART_MS;
      if (byMs < 0 && hasSlept) return;
      if (byMs < 0) setBackMs = events.nowMs;
      steppedMs += byMs;
    },
    slow(byMs) {
      lagMs = byMs;
    },
    get isSlow() {
      return lagMs > 0;
    },
    kill() {
      state = 'dead';
      waiting = [];
    },
  };
}
