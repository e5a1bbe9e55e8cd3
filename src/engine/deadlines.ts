// When which component has to be looked at again although nobody observed it: one timer for all of them.
import type { Clock } from '../core/clock.ts';
import { createDueQueue, type DueItem } from '../core/due-queue.ts';

export interface Deadlines {
  /** Monotonic milliseconds; replaces the one before. Infinite: none. */
  set(id: string, dueMs: number): void;
  /** Calls `onDue` now for all that is due up to a time: what comes after must not be taken in before. */
  run(untilMs: number): void;
  /** Stops the timer; what is set later is ignored. */
  close(): void;
}

interface Deadline extends DueItem {
  readonly id: string;
  /** A deadline mostly moves away from now, and then stays in its place in the queue until it comes up there. */
  wantedMs: number;
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
  const byId = new Map<string, Deadline>();
  const queue = createDueQueue<Deadline>();
  let armedForMs = Number.POSITIVE_INFINITY;
  let disarm = () => {};
  let closed = false;

  const arm = () => {
    const dueMs = queue.peek()?.dueMs ?? Number.POSITIVE_INFINITY;
    if (dueMs === armedForMs) return;
    disarm();
    armedForMs = dueMs;
    if (dueMs === Number.POSITIVE_INFINITY) disarm = () => {};
    else disarm = clock.after(Math.max(0, Math.ceil(dueMs - clock.monotonicMs())), fire);
  };
  const remove = (deadline: Deadline) => {
    queue.remove(deadline);
    byId.delete(deadline.id);
  };
  /** Takes out the ones of the earliest time up to `untilMs`. */
  const takeFirst = (untilMs: number): { ids: string[]; dueMs: number } => {
    const ids: string[] = [];
    let dueMs = untilMs;
    for (let next = queue.peek(); next !== undefined && next.dueMs <= dueMs; next = queue.peek()) {
      if (next.wantedMs > next.dueMs) {
        queue.remove(next);
        next.dueMs = next.wantedMs;
        queue.push(next);
      } else {
        remove(next);
        dueMs = next.dueMs;
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
    set(id, dueMs) {
      if (closed) return;
      const known = byId.get(id);
      if (known !== undefined && dueMs >= known.dueMs && dueMs !== Number.POSITIVE_INFINITY) {
        known.wantedMs = dueMs;
        return;
      }
      if (known !== undefined) remove(known);
      if (dueMs !== Number.POSITIVE_INFINITY) {
        const deadline: Deadline = { id, dueMs, wantedMs: dueMs, place: -1 };
        byId.set(id, deadline);
        queue.push(deadline);
      }
      arm();
    },
    run(untilMs) {
      const first = queue.peek();
      if (closed || first === undefined || first.dueMs > untilMs) return;
      run(untilMs);
      arm();
    },
    close() {
      closed = true;
      disarm();
      for (const deadline of [...byId.values()]) remove(deadline);
    },
  };
}
