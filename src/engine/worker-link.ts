// What one worker is sent: all that is its own at first, then what has become of it since, the latest of each alone.
import { type Assignment, type WorkerLink, WorkerReplaced } from './worker-ports.ts';

export interface WorkerStream extends WorkerLink {
  /** Something about a component is news for it: it has it from now on, or not any more, or is to look at it more or less often. */
  notify(id: string, what: 'assigned' | 'removed' | 'pace'): void;
  /** Another worker of its id has come. */
  end(): void;
}

/** What is its own, as of now. */
export interface Assigned {
  revision(): number;
  all(): readonly Assignment[];
  /** Undefined: it is not its own. */
  assignment(id: string): Assignment | undefined;
  /** Undefined: it is not its own. */
  intervalMs(id: string): number | undefined;
}

export interface WorkerLinkOptions {
  /** Of the worker. */
  readonly id: string;
  readonly assigned: Assigned;
  /** Nobody reads it any more. */
  readonly onClosed: () => void;
}

export function createWorkerLink({ id: worker, assigned, onClosed }: WorkerLinkOptions): WorkerStream {
  const pending = new Map<string, 'assigned' | 'removed' | 'pace'>();
  let needsAll = true;
  let isEnded = false;
  let wake = () => {};

  const readChange = () => {
    const news: Assignment[] = [];
    const removed: string[] = [];
    const paces: { component: string; intervalMs: number }[] = [];
    for (const [component, what] of pending) {
      const intervalMs = assigned.intervalMs(component);
      if (intervalMs === undefined) removed.push(component);
      else if (what === 'pace') paces.push({ component, intervalMs });
      else news.push(assigned.assignment(component)!);
    }
    pending.clear();
    return { kind: 'change', revision: assigned.revision(), assigned: news, removed, paces } as const;
  };

  return {
    notify(component, what) {
      if (needsAll) return;
      if (what !== 'pace' || !pending.has(component)) pending.set(component, what);
      wake();
    },
    end() {
      isEnded = true;
      wake();
    },
    read() {
      if (isEnded) throw new WorkerReplaced(`another worker ${worker} has come`);
      if (needsAll) {
        needsAll = false;
        return { kind: 'snapshot', revision: assigned.revision(), assignments: assigned.all() };
      }
      return pending.size === 0 ? undefined : readChange();
    },
    subscribe(onNews) {
      wake = onNews;
      return () => {
        wake = () => {};
        onClosed();
      };
    },
  };
}
