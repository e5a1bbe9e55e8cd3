// Has the store forget what is too old: after the start, and every hour. By a clock that is set ahead all would be too old at once, so
// what it gained on the time that passed counts once it has been like that for a day, in which somebody may set it right.
import type { Clock } from '../core/clock.ts';
import type { SavedState, Store } from '../core/store.ts';

const INTERVAL_MS = 3_600_000;
/** What a clock that is set gains without a doubt about it, and how long a doubt lasts. */
const [DOUBTFUL_MS, DOUBT_MS] = [3_600_000, 86_400_000];

export interface PruningOptions {
  readonly clock: Clock;
  readonly store: Pick<Store, 'prune'>;
  /** Epoch milliseconds: when something was seen last, before the start. Undefined: nothing ever was. */
  readonly lastSeenMs: number | undefined;
  /** Called when it fails; the next hour tries again. Must not throw. */
  readonly onFault: (fault: unknown) => void;
}

export interface Pruning {
  start(): void;
  /** Begins no more. What runs belongs to the store, whose end it waits for or cuts short. */
  close(): void;
}

export function createPruning({ clock, store, lastSeenMs, onFault }: PruningOptions): Pruning {
  let cancel = () => {};
  let closed = false;
  /** A wall-clock time that is not in doubt, and the monotonic time of then. */
  let known = { wallMs: lastSeenMs ?? clock.nowMs(), monotonicMs: clock.monotonicMs() };
  /** By how much the clock is not where it is expected, and since when, in monotonic milliseconds. */
  let doubt = { offMs: 0, sinceMs: known.monotonicMs };

  const undoubtedMs = () => {
    const now = { wallMs: clock.nowMs(), monotonicMs: clock.monotonicMs() };
    const expectedMs = known.wallMs + now.monotonicMs - known.monotonicMs;
    const offMs = now.wallMs - expectedMs;
    if (Math.abs(offMs - doubt.offMs) > DOUBTFUL_MS) doubt = { offMs, sinceMs: now.monotonicMs };
    const isDoubtful = Math.abs(offMs) > DOUBTFUL_MS && now.monotonicMs - doubt.sinceMs < DOUBT_MS;
    if (isDoubtful) return Math.min(now.wallMs, expectedMs);
    doubt = { offMs: 0, sinceMs: now.monotonicMs };
    known = now;
    return now.wallMs;
  };
  const prune = async () => {
    try {
      await store.prune(undoubtedMs());
    } catch (fault) {
      if (!closed) onFault(fault);
    }
    if (!closed) cancel = clock.after(INTERVAL_MS, () => void prune());
  };
  return {
    start: () => void prune(),
    close() {
      closed = true;
      cancel();
    },
  };
}

/** When the latest of it was seen, in epoch milliseconds; undefined: nothing was. */
export function lastSeenOf({ components }: Pick<SavedState, 'components'>): number | undefined {
  let latestMs: number | undefined;
  for (const { health } of components) latestMs = Math.max(latestMs ?? 0, health.checkedAtMs ?? health.sinceMs);
  return latestMs;
}
