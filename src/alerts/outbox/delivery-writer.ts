// Brings to the store what became of deliveries: one write at a time, and what comes meanwhile goes with the next. A store that
// fails or is slow holds up no message: somebody has to learn of it all the same.
import type { Delivery } from '../../core/alert.ts';
import type { Clock } from '../../core/clock.ts';
import type { Store } from '../../core/store.ts';

export interface DeliveryWriter {
  /** Settles once the store has it, and when the store fails or takes longer than two seconds. Never rejects. */
  save(delivery: Delivery): Promise<void>;
  /** Of which the store has not what became of them. */
  readonly unsaved: number;
  /** Tries to bring everything to the store, for two seconds. What is saved later is lost. */
  close(): Promise<void>;
}

export interface DeliveryWriterOptions {
  readonly clock: Clock;
  readonly store: Pick<Store, 'saveDeliveries'>;
  /** Called when it fails, and with undefined once it works again. Must not throw. */
  readonly onFault: (fault: unknown) => void;
}

const AT_ONCE = 500;
const SLOW_MS = 2_000;
const [FIRST_RETRY_MS, LAST_RETRY_MS] = [1_000, 30_000];
/** Beyond that the oldest are given up: after a restart they may be sent again. */
const MAX_UNSAVED = 20_000;

interface Unsaved {
  readonly delivery: Delivery;
  readonly wake: () => void;
}

export function createDeliveryWriter({ clock, store, onFault }: DeliveryWriterOptions): DeliveryWriter {
  /** By id, the latest of each. */
  const unsaved = new Map<string, Unsaved>();
  let writing: Promise<void> | undefined;
  let isScheduled = false;
  /** Nobody waits for the store. */
  let isFailing = false;
  let isSlow = false;
  let retryMs = FIRST_RETRY_MS;
  let stopRetry: (() => void) | undefined;
  let isClosed = false;

  const wakeAll = () => {
    for (const { wake } of unsaved.values()) wake();
  };
  const write = async () => {
    const batch = [...unsaved.values().take(AT_ONCE)];
    const stopWaiting = clock.after(SLOW_MS, () => {
      isSlow = true;
      wakeAll();
    });
    try {
      await store.saveDeliveries(batch.map(({ delivery }) => delivery));
      for (const each of batch) {
        // Or what became of it meanwhile is still to be saved.
        if (unsaved.get(each.delivery.id) === each) unsaved.delete(each.delivery.id);
        each.wake();
      }
      if (isFailing) onFault(undefined);
      isFailing = false;
      retryMs = FIRST_RETRY_MS;
    } catch (fault) {
      if (!isFailing) onFault(fault);
      isFailing = true;
      wakeAll();
    } finally {
      stopWaiting();
      isSlow = false;
    }
  };
  const begin = () => {
    if (writing !== undefined || stopRetry !== undefined || unsaved.size === 0) return;
    writing = write().then(() => {
      writing = undefined;
      if (isClosed) return;
      if (!isFailing) return begin();
      stopRetry = clock.after(retryMs, () => {
        stopRetry = undefined;
        begin();
      });
      retryMs = Math.min(retryMs * 2, LAST_RETRY_MS);
    });
  };
  const writeAll = async () => {
    await writing;
    do {
      isFailing = false;
      begin();
      await writing;
    } while (unsaved.size > 0 && !isFailing);
  };

  return {
    save(delivery) {
      if (isClosed) return Promise.resolve();
      const { promise, resolve } = Promise.withResolvers<void>();
      unsaved.get(delivery.id)?.wake();
      // Behind the others, as the latest.
      unsaved.delete(delivery.id);
      unsaved.set(delivery.id, { delivery, wake: resolve });
      if (unsaved.size > MAX_UNSAVED) unsaved.delete(unsaved.keys().next().value!);
      if (isFailing || isSlow) resolve();
      // What is saved in the same turn goes together.
      if (!isScheduled) {
        isScheduled = true;
        queueMicrotask(() => {
          isScheduled = false;
          begin();
        });
      }
      return promise;
    },
    get unsaved() {
      return unsaved.size;
    },
    async close() {
      if (isClosed) return;
      isClosed = true;
      stopRetry?.();
      stopRetry = undefined;
      const late = Promise.withResolvers<void>();
      const cancel = clock.after(SLOW_MS, late.resolve);
      await Promise.race([writeAll(), late.promise]);
      cancel();
      wakeAll();
    },
  };
}
