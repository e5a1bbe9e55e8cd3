// When which component has to be looked at again although nobody observed it: one timer for all of them.
import type { Clock } from '../core/clock.ts';
import { createDueQueue, type DueItem } from '../core/due-queue.ts';

/** What has a deadline. Kept by the deadlines, but for its id. */
export interface LookedAtAgain extends DueItem {
  readonly id: string;
  /** Monotonic milliseconds. A deadline mostly moves away from now, and then stays in its place in the queue until it comes up there. */
  wantedMs: number | undefined;
}

export interface Deadlines {
  /** Monotonic milliseconds; replaces the one before. Infinite: none. */
  set(item: LookedAtAgain, dueMs: number): void;
  /** Calls `onDue` now for all that is due up to a time: what comes after must not be taken in before. */
  run(untilMs: number): void;
  /** Stops the timer; what is set later is ignored. */
  close(): void;
}

/**
 * `onDue` is called with every id whose deadline has passed, once: in the order of their times, those of one time together,
 * and with that time, however late it is. It may set them anew, also to a time that is past.
 */
export function createDeadlines({
  clock,
  onDue,
  together = (work) => work(),
}: {
  clock: Clock;
  onDue: (ids: readonly string[], dueMs: number) => void;
  /** Called with all the calls that there are to be made now. */
  together?: (work: () => void) => void;
}): Deadlines {
  const queue = createDueQueue<LookedAtAgain>();
  let armedForMs = Number.POSITIVE_INFINITY;
  let disarm = () => {};
  let closed = false;

  const arm = () => {
    const dueMs = queue.firstDueMs;
    if (dueMs === armedForMs) return;
    disarm();
    armedForMs = dueMs;
    if (dueMs === Number.POSITIVE_INFINITY) disarm = () => {};
    else disarm = clock.after(Math.max(0, Math.ceil(dueMs - clock.monotonicMs())), fire);
  };
  /** Takes out the ones of the earliest time up to `untilMs`. */
  const takeFirst = (untilMs: number): { ids: string[]; dueMs: number } => {
    const ids: string[] = [];
    let dueMs = untilMs;
    while (queue.firstDueMs <= dueMs) {
      const nextMs = queue.firstDueMs;
      const next = queue.pop();
      if (next === undefined) break;
      if (next.wantedMs !== undefined && next.wantedMs > nextMs) {
        queue.push(next, next.wantedMs);
      } else {
        dueMs = nextMs;
        ids.push(next.id);
      }
    }
    return { ids, dueMs };
  };
  const run = (untilMs: number) => {
    together(() => {
      for (let first = takeFirst(untilMs); first.ids.length > 0; first = takeFirst(untilMs)) {
        onDue(first.ids, first.dueMs);
      }
    });
  };
  const fire = () => {
    armedForMs = Number.POSITIVE_INFINITY;
    run(clock.monotonicMs());
    arm();
  };

  return {
    set(item, dueMs) {
      if (closed) return;
      const knownMs = queue.dueMs(item);
      const isNever = dueMs === Number.POSITIVE_INFINITY;
      item.wantedMs = dueMs;
      if (knownMs !== undefined && dueMs >= knownMs && !isNever) return;
      queue.remove(item);
      if (!isNever) queue.push(item, dueMs);
      arm();
    },
    run(untilMs) {
      if (closed || queue.firstDueMs > untilMs) return;
      run(untilMs);
      arm();
    },
    close() {
      closed = true;
      disarm();
    },
  };
}
