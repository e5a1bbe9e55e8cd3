// Whether OpenK itself is ready, and who hears of it when that changes.
import type { Readiness } from './health-routes.ts';

export interface ReadinessState extends Readiness {
  ready(): boolean;
  /** From now on it is, or is not, ready. */
  setStarted(started: boolean): void;
  /** Calls `wake` after each change. The result ends it, and may be called twice. */
  subscribe(wake: () => void): () => void;
}

/** @param outdated what is wrong with what it knows; undefined: nothing */
export function createReadiness(
  notices: () => readonly string[],
  outdated: () => string | undefined = () => undefined,
): ReadinessState {
  const watchers = new Set<() => void>();
  let started = false;
  return {
    ready: () => started && outdated() === undefined,
    checks() {
      const detail = outdated();
      return [
        { name: 'started', ok: started, ...(!started && { detail: 'starting' }) },
        ...(detail === undefined ? [] : [{ name: 'follows', ok: false, detail }]),
      ];
    },
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
