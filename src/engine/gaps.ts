// Notices that nobody was there: a process that was stopped, a machine that slept, a pause of seconds. Time that nobody
// lived is no lag: what was under way says nothing about its target, and what ran out meanwhile did so then, not now (ADR 30).
import type { Clock } from '../core/clock.ts';

/** Pauses that are longer are gaps. */
export const GAP_MS = 2000;
/** How often it is made sure that somebody is there. */
const TICK_MS = 500;

/** Monotonic milliseconds: the last moment that was lived before, and the first one after. */
export interface Gap {
  readonly fromMs: number;
  readonly untilMs: number;
}

export interface Gaps {
  /**
   * The clock of everything that must not take a gap for lived time. It stands still at the last moment before a gap until
   * that is noticed, which each of its timers does before it calls.
   */
  readonly clock: Clock;
  /** Notices a gap: to be called before anything is taken in that is not called by a timer of `clock`. */
  look(): void;
  start(): void;
  close(): void;
}

/** `onGap` is called once for each gap, while its end is the present. */
export function createGaps({ clock, onGap }: { readonly clock: Clock; readonly onGap: (gap: Gap) => void }): Gaps {
  let livedMs = 0;
  let isWatching = false;
  let stopTicking = () => {};

  /** How far the present is beyond a gap that is not noticed yet. */
  const missedMs = (): number => {
    const nowMs = clock.monotonicMs();
    if (isWatching && nowMs - livedMs >= GAP_MS) return nowMs - livedMs;
    livedMs = nowMs;
    return 0;
  };
  const look = () => {
    const fromMs = livedMs;
    if (missedMs() === 0) return;
    livedMs = clock.monotonicMs();
    onGap({ fromMs, untilMs: livedMs });
  };
  const after = (delayMs: number, callback: () => void) => {
    let isWanted = true;
    const stop = clock.after(delayMs, () => {
      look();
      // The gap may have been a reason to call it off.
      if (isWanted) callback();
    });
    return () => {
      isWanted = false;
      stop();
    };
  };
  const tick = () => {
    stopTicking = after(TICK_MS, tick);
  };

  return {
    clock: {
      nowMs: () => clock.nowMs() - missedMs(),
      monotonicMs: () => {
        missedMs();
        return livedMs;
      },
      after,
    },
    look,
    start() {
      missedMs();
      isWatching = true;
      tick();
    },
    close() {
      isWatching = false;
      stopTicking();
    },
  };
}
