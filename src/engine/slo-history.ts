// Reads what history has of components with an objective before this start, or before they got one: a few at a time, so that
// nothing else waits for the store.
import type { Clock } from '../core/clock.ts';
import { readPast } from '../core/slo/read-past.ts';
import type { Store } from '../core/store.ts';
import type { SloWatch, WantedPast } from './slo-watch.ts';

export interface SloHistoryOptions {
  readonly clock: Clock;
  readonly store: Pick<Store, 'availability' | 'retention'>;
  readonly watch: Pick<SloWatch, 'wanted' | 'fill' | 'between'>;
  /** Called when it cannot be read; it is tried again. Must not throw. */
  readonly onFault: (fault: unknown) => void;
  /** Called when something was read. */
  readonly onRead: () => void;
}

export interface SloHistory {
  /** Reads what is wanted; what is asked for meanwhile is read too. */
  read(): void;
  /** Reads no more. What is under way belongs to the store, whose end it waits for or cuts short. */
  close(): void;
}

/** Components of one question: a few milliseconds of the store. */
const AT_ONCE = 25;
const RETRY_MS = 30_000;

export function createSloHistory({ clock, store, watch, onFault, onRead }: SloHistoryOptions): SloHistory {
  let isClosed = false;
  let isReading = false;
  let cancelRetry = () => {};

  const readAll = async () => {
    cancelRetry();
    for (;;) {
      const nowMs = clock.monotonicMs();
      const wanted = watch.wanted(nowMs, AT_ONCE);
      if (isClosed || wanted.length === 0) return;
      for (const group of Map.groupBy(wanted, ({ toMs }) => toMs).values()) {
        if (!(await readGroup(group, clock.nowMs() - nowMs))) return;
      }
      onRead();
    }
  };
  /** @param wallMs epoch milliseconds when the monotonic clock was 0 */
  const readGroup = async (group: readonly WantedPast[], wallMs: number): Promise<boolean> => {
    const toMs = group[0]!.toMs;
    try {
      const past = await readPast(store, {
        components: group.map(({ id }) => id),
        fromMs: wallMs + Math.min(...group.map(({ fromMs }) => fromMs)),
        toMs: wallMs + toMs,
        nowMs: clock.nowMs(),
        after: (id, untilMs) => watch.between(id, toMs, untilMs - wallMs),
      });
      for (const wanted of group) watch.fill(wanted, past.get(wanted.id) ?? []);
      return true;
    } catch (fault) {
      if (isClosed) return false;
      onFault(fault);
      for (const wanted of watch.wanted(clock.monotonicMs(), Number.POSITIVE_INFINITY)) watch.fill(wanted, undefined);
      cancelRetry = clock.after(RETRY_MS, () => void read());
      return false;
    }
  };
  const read = async () => {
    if (isClosed || isReading) return;
    isReading = true;
    await readAll();
    isReading = false;
  };

  return {
    read: () => void read(),
    close() {
      isClosed = true;
      cancelRetry();
    },
  };
}
