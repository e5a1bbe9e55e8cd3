// Whether OpenK itself is ready, and who hears of it when that changes.
import type { Readiness } from './health-routes.ts';

export interface ReadinessState extends Readiness {
  ready(): boolean;
  /** From now on it is, or is not, ready. */
  setStarted(started: boolean): void;
  /** Calls `wake` after each change. The result ends it, and may be called twice. */
  subscribe(wake: () => void): () => void;
}

export function createReadiness(notices: () => readonly string[]): ReadinessState {
  const watchers = new Set<() => void>();
  let started = false;
  return {
    ready: () => started,
    checks: () => [{ name: 'started', ok: started, ...(!started && { detail: 'starting' }) }],
    notices,
    setStarted(value) {
      started = value;
      for (const wake of [...watchers]) wake();
    },
    subscribe(wake) {
      // Wrapped, so that the same function subscribed twice is two subscriptions.
      const watcher = () => wake();
      watchers.add(watcher);
      return () => void watchers.delete(watcher);
    },
  };
}
