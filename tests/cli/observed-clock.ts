// The fake clock, which also tells when somebody begins to wait. What a command does over a socket leaves no other trace
// of being done, and time may only pass once it is.
import { createFakeClock, type FakeClock } from '../support/fake-clock.ts';

export interface ObservedClock extends FakeClock {
  /** Settles when the next timer of exactly this delay is set. */
  nextTimer(delayMs: number): Promise<void>;
}

export function createObservedClock(): ObservedClock {
  const clock = createFakeClock();
  const waiting = new Map<number, PromiseWithResolvers<void>>();
  return {
    nowMs: clock.nowMs,
    monotonicMs: clock.monotonicMs,
    after(delayMs, callback) {
      const cancel = clock.after(delayMs, callback);
      waiting.get(delayMs)?.resolve();
      waiting.delete(delayMs);
      return cancel;
    },
    advance: clock.advance,
    freeze: clock.freeze,
    stepWall: clock.stepWall,
    get pendingTimers() {
      return clock.pendingTimers;
    },
    nextTimer(delayMs) {
      const next = waiting.get(delayMs) ?? Promise.withResolvers<void>();
      waiting.set(delayMs, next);
      return next.promise;
    },
  };
}
