// Whether this OpenK may act on what it decides: one at a time may, of those that share a store, and only as long as it can prove
// that. What cannot be proven any more is held, and goes on once it is proven again; an instance that was taken over never acts again.
import type { Clock } from '../core/clock.ts';
import type { LeaseWord } from '../core/store.ts';

export interface Lease {
  /** Nobody else may act now. */
  isProven(): boolean;
  /** Who has taken over, for people; undefined: nobody has. */
  lost(): string | undefined;
  /** What the store says. */
  take(word: LeaseWord): void;
  /** Calls `wake` when it cannot be proven any more, and when it is again. `wake` must not throw. The result ends it. */
  subscribe(wake: (isProven: boolean) => void): () => void;
  /** Begins to renew it. @param renew undefined: nobody else can take the store, and it is always proven */
  start(renew: (() => Promise<void>) | undefined): void;
  close(): void;
}

export interface LeaseOptions {
  readonly clock: Clock;
  /** Monotonic milliseconds of the process, which are the same in each of its threads. */
  readonly processMs: () => number;
  /** Called once. Must not throw. */
  readonly onLost: (message: string) => void;
}

/** Of the lease: what was begun is to be over when it ends, and clocks do not run at the same speed. */
const MARGIN_MS = 2_000;
/** Each write makes it longer; this is for when there are none, or they fail for other reasons. */
const RENEW_MS = 3_000;

export function createLease({ clock, processMs, onLost }: LeaseOptions): Lease {
  let untilMs = Number.NEGATIVE_INFINITY;
  let renewedMs = Number.NEGATIVE_INFINITY;
  let lost: string | undefined;
  let isSaidToHold = false;
  let isAlone = false;
  let isRenewing = false;
  let stopLooking = () => {};
  let stopRenewing = () => {};

  const wakes = new Set<(isProven: boolean) => void>();
  const isProven = () => isAlone || (lost === undefined && clock.monotonicMs() < untilMs);
  const look = () => {
    stopLooking();
    const holds = isProven();
    if (holds) stopLooking = clock.after(untilMs - clock.monotonicMs(), look);
    if (holds === isSaidToHold) return;
    isSaidToHold = holds;
    for (const wake of [...wakes]) wake(holds);
  };
  const tick = (renew: () => Promise<void>) => {
    stopRenewing = clock.after(RENEW_MS, () => tick(renew));
    if (lost !== undefined || isRenewing) return;
    if (clock.monotonicMs() - renewedMs < RENEW_MS) return;
    isRenewing = true;
    // What it fails with the journal says too.
    renew()
      .catch(() => {})
      .finally(() => {
        isRenewing = false;
      });
  };

  return {
    isProven,
    lost: () => lost,
    take(word) {
      if (lost !== undefined) return;
      if (word.kind === 'lost') {
        lost = word.message;
        look();
        onLost(lost);
        return;
      }
      // A stop of the process may have ended it before its timer could say so.
      look();
      // In this order: a pause between the two makes it seem older. The wall clock counts what the other does not, a machine that sleeps.
      const nowMs = clock.monotonicMs();
      const ageMs = Math.max(0, processMs() - word.sentMs, clock.nowMs() - word.sentWallMs);
      renewedMs = Math.max(renewedMs, nowMs - ageMs);
      untilMs = Math.max(untilMs, nowMs - ageMs + word.forMs - MARGIN_MS);
      look();
    },
    subscribe(wake) {
      const one = (holds: boolean) => wake(holds);
      wakes.add(one);
      return () => void wakes.delete(one);
    },
    start(renew) {
      isAlone = renew === undefined;
      if (renew !== undefined) tick(renew);
    },
    close() {
      stopLooking();
      stopRenewing();
    },
  };
}
