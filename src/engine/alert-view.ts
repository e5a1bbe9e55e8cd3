// The alerts that everybody may read: as far as they are published, like the health that they are about.
import type { Alert, AlertChanges, AlertReader, SavedAlerting, Suspension } from '../core/alert.ts';

export interface AlertView extends AlertReader {
  /** Makes it readable, and wakes who watches. */
  apply(changes: AlertChanges): void;
}

/** Of suspensions that are over. */
const MAX_OVER = 1_000;

export function createAlertView(saved: SavedAlerting, nowMs: () => number): AlertView {
  const alerts = new Map<string, Alert>(saved.alerts.map(({ alert }) => [alert.id, alert]));
  const suspensions = new Map<string, Suspension>(saved.suspensions.map((one) => [one.id, one]));
  const watchers = new Set<{ wake(changed: readonly Alert[]): void }>();
  const startOf = ({ openedMs, sinceMs }: Alert) => openedMs ?? sinceMs;
  const forgetOld = () => {
    const atMs = nowMs();
    const over = [...suspensions.values()].filter(({ untilMs }) => untilMs <= atMs);
    for (const { id } of over.slice(0, -MAX_OVER)) suspensions.delete(id);
  };

  return {
    list: () => [...alerts.values()].sort((a, b) => startOf(b) - startOf(a)),
    find: (id) => alerts.get(id),
    subscribe(wake) {
      const watcher = { wake };
      watchers.add(watcher);
      return () => void watchers.delete(watcher);
    },
    suspensions: () => [...suspensions.values()].sort((a, b) => b.createdMs - a.createdMs),
    apply({ alerts: changed, forgotten, suspensions: changedSuspensions }) {
      for (const { alert } of changed) {
        if (alert.state === 'RESOLVED') alerts.delete(alert.id);
        else alerts.set(alert.id, alert);
      }
      const gone = forgotten.flatMap((id) => alerts.get(id) ?? []);
      for (const { id } of gone) alerts.delete(id);
      for (const one of changedSuspensions) suspensions.set(one.id, one);
      if (suspensions.size > 2 * MAX_OVER) forgetOld();
      if (watchers.size === 0 || changed.length + gone.length === 0) return;
      // What came to nothing is over for whoever watches.
      const over = gone.map((alert): Alert => ({ ...alert, state: 'RESOLVED', resolution: 'RECOVERED' }));
      const all = [...changed.map(({ alert }) => alert), ...over];
      for (const { wake } of [...watchers]) wake(all);
    },
  };
}
