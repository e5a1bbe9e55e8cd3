// Alerts and deliveries of tests.
import type { Alert, AlertChanges, Delivery, SavedAlert, Suspension } from '../../src/core/alert.ts';

export function alert(id: string, more: Partial<Alert> = {}): Alert {
  return {
    id,
    route: 'on-call',
    component: 'api',
    state: 'OPEN',
    status: 'UNHEALTHY',
    severity: 'ERROR',
    reason: { code: 'CONNECTION_REFUSED', message: 'nobody listens ☃' },
    sinceMs: 1,
    openedMs: 2,
    updatedMs: 2,
    cause: [],
    consequences: [],
    consequenceCount: 0,
    labels: { team: 'shop' },
    links: [],
    isFlapping: false,
    revision: 7,
    ...more,
  };
}

export function resolved(id: string, resolvedMs: number, more: Partial<Alert> = {}): Alert {
  return alert(id, { state: 'RESOLVED', resolvedMs, updatedMs: resolvedMs, resolution: 'RECOVERED', ...more });
}

export function saved(of: Alert): SavedAlert {
  return { alert: of, progress: { forId: of.id } };
}

export function delivery(number: number, more: Partial<Delivery> = {}): Delivery {
  const about = more.alert ?? 'a';
  return {
    id: `d${number}`,
    number,
    alert: about,
    channel: 'hook',
    message: { type: 'alert.opened', atMs: number, alert: alert(about) },
    state: 'WAITING',
    attempts: 0,
    createdMs: number,
    ...more,
  };
}

export function suspension(id: string, more: Partial<Suspension> = {}): Suspension {
  return {
    id,
    kind: 'SILENCE',
    selector: 'team=shop',
    fromMs: 0,
    untilMs: Number.MAX_SAFE_INTEGER,
    author: 'key:ci',
    reason: 'known',
    createdMs: 1,
    ...more,
  };
}

export function changes(more: Partial<AlertChanges>): AlertChanges {
  return { alerts: [], forgotten: [], deliveries: [], suspensions: [], ...more };
}
