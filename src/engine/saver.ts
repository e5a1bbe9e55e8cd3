// Brings to the store what has changed, every few seconds and at the end. While the store fails, what there is to save
// is remembered: per component its latest state, so at most everything once.
import type { Clock } from '../core/clock.ts';
import type { StateDelta, Store } from '../core/store.ts';

export interface SaverOptions {
  readonly clock: Clock;
  readonly store: Pick<Store, 'save'>;
  readonly intervalMs: number;
  /** Hands over what has changed since the last hand-over that succeeded: one whose `write` did not throw. */
  readonly handOver: (write: (delta: StateDelta) => void) => void;
  /** Called when saving fails, and with undefined when it works again. */
  readonly onFault: (fault: unknown) => void;
}

export interface Saver {
  start(): void;
  /** Saves a last time. */
  close(): void;
}

export function createSaver({ clock, store, intervalMs, handOver, onFault }: SaverOptions): Saver {
  let failing = false;
  let cancel = () => {};

  const save = () => {
    try {
      handOver((delta) => store.save(delta));
      if (failing) onFault(undefined);
      failing = false;
    } catch (fault) {
      if (!failing) onFault(fault);
      failing = true;
    }
  };
  const arm = () => {
    cancel = clock.after(intervalMs, () => {
      save();
      arm();
    });
  };
  return {
    start: arm,
    close() {
      cancel();
      save();
    },
  };
}
