// Alerts and messages for tests of channels.
import type { Alert, AlertMessage, MessageType, OutgoingMessage } from '../../../src/core/alert.ts';

export const SINCE_MS = Date.UTC(2026, 10, 29, 7, 0, 0);

export function exampleAlert(change: Partial<Alert> = {}): Alert {
  return {
    id: 'mabc123-7',
    route: 'payments',
    component: 'payments-db',
    displayName: 'Payments database',
    state: 'OPEN',
    status: 'UNHEALTHY',
    severity: 'CRITICAL',
    reason: { code: 'CONNECTION_REFUSED', message: 'db:5432 refused the connection', evidence: '10.0.0.1' },
    sinceMs: SINCE_MS,
    openedMs: SINCE_MS + 60_000,
    updatedMs: SINCE_MS + 60_000,
    cause: [],
    consequences: ['checkout', 'payments-api'],
    consequenceCount: 2,
    labels: { team: 'payments', 'service.name': 'db' },
    links: [{ title: 'Runbook', url: 'https://wiki.example/runbook?a=1&b=2' }],
    isFlapping: false,
    revision: 42,
    ...change,
  };
}

/** As it is when it is over. */
export function resolvedAlert(change: Partial<Alert> = {}): Alert {
  return exampleAlert({
    state: 'RESOLVED',
    status: 'HEALTHY',
    resolution: 'RECOVERED',
    reason: { code: 'OK', message: 'db:5432 accepted the connection' },
    resolvedMs: SINCE_MS + 3_900_000,
    updatedMs: SINCE_MS + 3_900_000,
    ...change,
  });
}

export function exampleMessage(type: MessageType = 'alert.opened', alert?: Alert): AlertMessage {
  const about = alert ?? (type === 'alert.resolved' ? resolvedAlert() : exampleAlert());
  return { type, atMs: about.updatedMs, alert: about };
}

export const MESSAGE_TYPES: readonly MessageType[] = [
  'alert.opened',
  'alert.updated',
  'alert.reminded',
  'alert.acknowledged',
  'alert.resolved',
  'openk.test',
  'openk.notice',
];

export function outgoing(
  message: AlertMessage = exampleMessage(),
  change: Partial<OutgoingMessage> = {},
): OutgoingMessage {
  return { id: 'mabc124-9', message, nowMs: SINCE_MS + 61_500, ...change };
}
