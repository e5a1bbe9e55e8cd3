// When which component has to be looked at again although nobody observed it: one timer for all of them.
import type { Clock } from '../core/clock.ts';
import { createDueQueue, type DueItem } from './due-queue.ts';

export interface Deadlines {
  /** Monotonic milliseconds; replaces the one before. Infinite: none. */
  set(id: string, dueMs: number): void;
  delete(id: string): void;
  /** Stops the timer; what is set later is ignored. */
  close(): void;
}

interface Deadline extends DueItem {
  readonly id: string;
  /** A deadline mostly moves away from now, and then stays in its place in the queue until it comes up there. */
  wantedMs: number;
}

/** `onDue` is called with every id whose deadline has passed, once; it may set them anew. */
export function createDeadlines({
  clock,
  onDue,
}: {
  clock: Clock;
  onDue: (ids: readonly string[]) => void;
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
  const fire = () => {
    armedForMs = Number.POSITIVE_INFINITY;
    const nowMs = clock.monotonicMs();
    const due: string[] = [];
    for (let next = queue.peek(); next !== undefined && next.dueMs <= nowMs; next = queue.peek()) {
      queue.remove(next);
      if (next.wantedMs > nowMs) {
        next.dueMs = next.wantedMs;
        queue.push(next);
      } else {
        byId.delete(next.id);
        due.push(next.id);
      }
    }
    if (due.length > 0) onDue(due);
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
    delete(id) {
      const known = byId.get(id);
      if (known !== undefined) remove(known);
      arm();
    },
    close() {
      closed = true;
      disarm();
      for (const deadline of [...byId.values()]) remove(deadline);
    },
  };
}
