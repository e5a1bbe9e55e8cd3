// Takes many that could go on at once in portions, one in each turn of the event loop. Thousands of watchers may wait for
// one change: in between, what the first have is sent, and calls are answered that have nothing to do with it.
import { setImmediate } from 'node:timers';

/** A millisecond of work. */
const PORTION = 250;

export interface FairWakeUps {
  /** Resumes it at once, or in a later turn if many have been resumed in this one. `resume` must not throw. */
  add(waiting: { resume(): void }): void;
}

export function createFairWakeUps(portion = PORTION): FairWakeUps {
  let queue: { resume(): void }[] = [];
  let resumedInTurn = 0;
  let isScheduled = false;

  const schedule = () => {
    isScheduled = true;
    setImmediate(beginTurn);
  };
  const beginTurn = () => {
    const due = queue.slice(0, portion);
    queue = queue.slice(portion);
    resumedInTurn = due.length;
    isScheduled = false;
    if (resumedInTurn > 0) schedule();
    for (const waiting of due) waiting.resume();
  };

  return {
    add(waiting) {
      if (!isScheduled) schedule();
      if (queue.length > 0 || resumedInTurn >= portion) {
        queue.push(waiting);
      } else {
        resumedInTurn++;
        waiting.resume();
      }
    },
  };
}
