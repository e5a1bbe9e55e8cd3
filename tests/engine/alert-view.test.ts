// What readers see of alerts: what is published, and what came to nothing as something that is over.
import { expect, it } from '@jest/globals';
import type { Alert, AlertChanges, AlertState } from '../../src/core/alert.ts';
import { createAlertView } from '../../src/engine/alert-view.ts';

const NOTHING: AlertChanges = { alerts: [], forgotten: [], deliveries: [], suspensions: [] };

function alert(id: string, state: AlertState, sinceMs: number): Alert {
  return {
    id,
    route: 'all',
    component: id,
    state,
    status: 'UNHEALTHY',
    severity: 'CRITICAL',
    reason: { code: 'X', message: 'x' },
    sinceMs,
    updatedMs: sinceMs,
    cause: [],
    consequences: [],
    consequenceCount: 0,
    labels: {},
    links: [],
    isFlapping: false,
    revision: 1,
  };
}

function createView() {
  const view = createAlertView({ alerts: [], lastDeliveryNumber: 0, suspensions: [] }, () => 0);
  const seen: string[] = [];
  view.subscribe((changed) => seen.push(...changed.map(({ id, state }) => `${id} ${state}`)));
  const save = (...alerts: Alert[]) =>
    view.apply({ ...NOTHING, alerts: alerts.map((one) => ({ alert: one, progress: {} })) });
  return { view, seen, save };
}

it('lists the newest first, and those that are over no more', () => {
  const { view, save } = createView();
  save(alert('a', 'OPEN', 1), alert('b', 'PENDING', 3), alert('c', 'OPEN', 2));
  expect(view.list().map(({ id }) => id)).toEqual(['b', 'c', 'a']);
  save(alert('c', 'RESOLVED', 2));
  expect(view.list().map(({ id }) => id)).toEqual(['b', 'a']);
  expect(view.find('c')).toBeUndefined();
});

it('tells whoever watches that what came to nothing is over', () => {
  const { view, seen, save } = createView();
  save(alert('a', 'PENDING', 1));
  view.apply({ ...NOTHING, forgotten: ['a', 'never-seen'] });
  expect(seen).toEqual(['a PENDING', 'a RESOLVED']);
  expect(view.list()).toEqual([]);
});
