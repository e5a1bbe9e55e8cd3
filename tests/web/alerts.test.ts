// Alerts as the page counts and orders them.
import { expect, it } from '@jest/globals';
import type { Alert } from '../../web/src/feed/messages.ts';
import { Alerts } from '../../web/src/model/alerts.ts';

const alert = (id: string, state: Alert['state'], since = 0): Alert => ({
  id,
  route: 'all',
  component: id,
  state,
  status: 'UNHEALTHY',
  severity: 'error',
  message: '',
  since,
  cause: [],
  consequences: 0,
  isFlapping: false,
});

function alertsOf(...messages: Parameters<Alerts['receive']>[0][]) {
  const alerts = new Alerts();
  for (const message of messages) alerts.receive(message);
  alerts.show();
  return alerts;
}

it('knows none until it is told', () => {
  expect(alertsOf().list.value).toBeUndefined();
});

it('counts what channels were sent, and has first what nobody takes care of, the newest first', () => {
  const { list, counts } = alertsOf({
    type: 'alerts',
    isAll: true,
    alerts: [
      alert('pending', 'PENDING'),
      alert('taken', 'ACKNOWLEDGED', 9),
      alert('old', 'OPEN', 1),
      alert('new', 'OPEN', 2),
    ],
  });
  expect(list.value!.map(({ id }) => id)).toEqual(['new', 'old', 'taken', 'pending']);
  expect(counts.value).toEqual({ open: 3, acknowledged: 1 });
});

it('takes changes and ends, and another list in place of all before', () => {
  const first = { type: 'alerts', isAll: true, alerts: [alert('a', 'OPEN'), alert('b', 'OPEN')] } as const;
  const change = {
    type: 'alerts',
    isAll: false,
    alerts: [alert('a', 'RESOLVED'), alert('b', 'ACKNOWLEDGED'), alert('c', 'OPEN')],
  } as const;
  expect(alertsOf(first, change).list.value!.map(({ id }) => id)).toEqual(['c', 'b']);
  expect(alertsOf(first, change, { ...first, alerts: [] }).list.value).toEqual([]);
});

it('says that it is not told any more, until it is again', () => {
  const alerts = alertsOf({ type: 'alerts-lost', reason: 'the server is silent' });
  expect(alerts.lost.value).toBe('the server is silent');
  alerts.receive({ type: 'alerts', isAll: true, alerts: [] });
  alerts.show();
  expect(alerts.lost.value).toBeUndefined();
});
