// What people are sent once the network of OpenK itself is back.
import { ABOUT_ITSELF, type Alert } from '../../core/alert.ts';

/** @param sinceMs when the network went, in epoch milliseconds @param nowMs when it came back */
export function offlineNotice(id: string, sinceMs: number, nowMs: number): Alert {
  return {
    id,
    route: 'openk',
    component: 'openk',
    displayName: 'OpenK',
    state: 'RESOLVED',
    status: 'HEALTHY',
    severity: 'WARNING',
    reason: {
      code: 'OBSERVER_ONLINE',
      message:
        'The network of OpenK was gone and is back: what was watched meanwhile was UNKNOWN, and no alert was opened',
    },
    sinceMs,
    openedMs: sinceMs,
    updatedMs: nowMs,
    resolvedMs: nowMs,
    ...ABOUT_ITSELF,
  };
}
