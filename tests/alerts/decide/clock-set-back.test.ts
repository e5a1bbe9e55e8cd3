// The clock is set back by an hour: what was waited for is waited for no longer than if it had begun then.
import { expect, it } from '@jest/globals';
import { createAlerter } from '../../../src/alerts/decide/alerter.ts';
import type { AlertChanges, AlertOpening, AlertRoute } from '../../../src/core/alert.ts';
import { tableOfRoutes } from '../../../src/core/alert-routes.ts';
import type { ComponentDefinition } from '../../../src/core/definition.ts';
import { compileGraph } from '../../../src/core/graph.ts';
import type { Health } from '../../../src/core/health.ts';
import type { Status } from '../../../src/core/status.ts';
import { atOnce } from '../../../src/core/steps.ts';
import { alertRoute } from '../../support/alert-route.ts';

const HOUR_MS = 3_600_000;
const START_MS = 1_800_000_000_000;

function component(id: string, members: readonly string[] = []): ComponentDefinition {
  const schedule = {
    intervalMs: 5_000,
    unhealthyIntervalMs: 5_000,
    timeoutMs: 1_000,
    healthyThreshold: 1,
    unhealthyThreshold: 1,
    staleAfterMs: 60_000,
  };
  return {
    id,
    labels: {},
    dependsOn: [],
    servingWhenDegraded: true,
    subject:
      members.length > 0
        ? {
            type: 'group',
            rule: { kind: 'worst' },
            members: members.map((one) => ({ component: one, impact: 'IGNORED', weight: 1 })),
          }
        : { type: 'probe', kind: 'tcp', options: {}, fingerprint: '', schedule },
  };
}

function createWorld(changed: Partial<AlertRoute>, openings: readonly AlertOpening[] = []) {
  const route = alertRoute({ groupBy: 'CAUSE', flapping: { changes: 0, withinMs: 60_000 }, ...changed });
  const components = [component('api'), component('system', ['api'])];
  const compiled = compileGraph({ rootId: 'system', components });
  if (!compiled.ok) throw new Error('faults');
  const { graph } = compiled;
  const health = (id: string, status: Status, sinceMs: number): Health => {
    const reason = { code: status, message: status };
    return { component: id, status, sinceMs, reason, causedBy: [], revision: 1 };
  };
  const alerter = createAlerter({
    saved: { alerts: [], lastDeliveryNumber: 0, suspensions: [] },
    openings,
    incarnation: 0,
  });
  const said: string[] = [];
  const note = (changes: AlertChanges | undefined) =>
    said.push(...(changes?.deliveries ?? []).map(({ message, channel }) => `${message.type} ${channel}`));
  const take = (atMs: number, ...some: Health[]) =>
    note(alerter.take({ atMs, presentMs: atMs, changed: some, isOffline: false }));
  const channels = ['hook', 'pager'].map((id) => ({ id, kind: 'webhook', timeoutMs: 1, options: {}, fingerprint: '' }));
  const settings = { routes: [route], table: atOnce(tableOfRoutes([route], components)), channels, denyAddresses: [] };
  note(
    alerter.take({
      atMs: START_MS,
      presentMs: START_MS,
      changed: [],
      isOffline: false,
      structure: { graph, settings, health: (index) => health(components[index]!.id, 'HEALTHY', START_MS) },
    }),
  );
  return {
    said,
    /** @param atMs after the start */
    see: (atMs: number, status: Status) => take(START_MS + atMs, health('api', status, START_MS + atMs)),
    /** Nothing has changed. @param atMs after the start */
    pass: (atMs: number) => take(START_MS + atMs),
  };
}

it('opens after `for`', () => {
  const { see, pass, said } = createWorld({ forMs: 10_000 });
  see(1_000, 'UNHEALTHY');
  pass(5_000 - HOUR_MS);
  pass(14_000 - HOUR_MS);
  expect(said).toEqual([]);
  pass(16_000 - HOUR_MS);
  expect(said).toEqual(['alert.opened hook']);
});

it('resolves after `resolve_after`', () => {
  const { see, pass, said } = createWorld({ resolveAfterMs: 10_000 });
  see(1_000, 'UNHEALTHY');
  see(2_000, 'HEALTHY');
  pass(5_000 - HOUR_MS);
  pass(16_000 - HOUR_MS);
  expect(said).toEqual(['alert.opened hook', 'alert.resolved hook']);
});

it('reminds and escalates', () => {
  const escalations = [{ afterMs: 30_000, unless: 'ACKNOWLEDGED', to: ['pager'] }] as const;
  const { see, pass, said } = createWorld({ remindEveryMs: 20_000, escalations });
  see(1_000, 'UNHEALTHY');
  pass(5_000 - HOUR_MS);
  pass(26_000 - HOUR_MS);
  pass(36_000 - HOUR_MS);
  expect(said).toEqual(['alert.opened hook', 'alert.reminded hook', 'alert.opened pager']);
});

it('says that what flapped has settled', () => {
  const { see, pass, said } = createWorld({ flapping: { changes: 1, withinMs: 60_000 } });
  see(1_000, 'UNHEALTHY');
  see(2_000, 'HEALTHY');
  see(3_000, 'UNHEALTHY');
  pass(5_000 - HOUR_MS);
  pass(66_000 - HOUR_MS);
  expect(said.slice(3)).toEqual(['alert.updated hook']);
});

it('takes what opened before for long ago once it is', () => {
  const { see, pass, said } = createWorld({ flapping: { changes: 1, withinMs: 60_000 } });
  see(1_000, 'UNHEALTHY');
  see(2_000, 'HEALTHY');
  pass(5_000 - HOUR_MS);
  see(70_000 - HOUR_MS, 'UNHEALTHY');
  see(71_000 - HOUR_MS, 'HEALTHY');
  expect(said.slice(2)).toEqual(['alert.opened hook', 'alert.resolved hook']);
});

it('takes what opened before a restart for long ago once it is', () => {
  const before = { route: 'all', component: 'api', openedMs: START_MS + HOUR_MS };
  const { see, said } = createWorld({ flapping: { changes: 1, withinMs: 60_000 } }, [before]);
  see(61_000, 'UNHEALTHY');
  see(62_000, 'HEALTHY');
  expect(said).toEqual(['alert.opened hook', 'alert.resolved hook']);
});
