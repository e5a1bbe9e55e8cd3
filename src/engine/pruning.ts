// Has the store forget what is too old: after the start, and every hour.
import type { Clock } from '../core/clock.ts';
import type { Store } from '../core/store.ts';

const INTERVAL_MS = 3_600_000;

export interface PruningOptions {
  readonly clock: Clock;
  readonly store: Pick<Store, 'prune'>;
  /** Called when it fails; the next hour tries again. Must not throw. */
  readonly onFault: (fault: unknown) => void;
}

export interface Pruning {
  start(): void;
  /** Begins no more. What runs belongs to the store, whose end it waits for or cuts short. */
  close(): void;
}

export function createPruning({ clock, store, onFault }: PruningOptions): Pruning {
  let cancel = () => {};
  let closed = false;

  const prune = async () => {
    try {
      await store.prune(clock.nowMs());
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
