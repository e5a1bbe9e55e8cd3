// What a reload comes to for alerts of components that it does not define in another way: it looks at few of them, and must not miss one.
import { expect, it } from '@jest/globals';
import { createAlerter } from '../../../src/alerts/decide/alerter.ts';
import type { AlertRoute, AlertSettings, Delivery } from '../../../src/core/alert.ts';
import { tableOfRoutes } from '../../../src/core/alert-routes.ts';
import type { SystemDefinition } from '../../../src/core/definition.ts';
import { compileNext } from '../../../src/core/next-graph.ts';
import { parseSelection } from '../../../src/core/selection.ts';
import { atOnce } from '../../../src/core/steps.ts';
import { createAggregator } from '../../../src/engine/aggregator.ts';
import { createAlertView } from '../../../src/engine/alert-view.ts';
import { createView } from '../../../src/engine/view.ts';
import { START_MS, saw } from '../../engine/aggregator-world.ts';
import { alertRoute } from '../../support/alert-route.ts';
import { group, probe, system } from '../../support/definitions.ts';
import { createFakeClock } from '../../support/fake-clock.ts';
import { createInstantJournal } from '../../support/instant-journal.ts';

function settingsOf(route: Partial<AlertRoute>, { components }: SystemDefinition): AlertSettings {
  const routes = [alertRoute(route)];
  return {
    routes,
    table: atOnce(tableOfRoutes(routes, components)),
    channels: [{ id: 'hook', kind: 'webhook', timeoutMs: 1, options: {}, fingerprint: '' }],
    denyAddresses: [],
  };
}

function createWorld(first: SystemDefinition, route: Partial<AlertRoute> = {}) {
  const clock = createFakeClock(START_MS);
  const saved = { revision: 0, components: [], removed: [] };
  const said: string[] = [];
  const hear = ({ message: { type, alert } }: Delivery) =>
    said.push(`${type.replace('alert.', '')} ${alert.component}${alert.resolution ? ` ${alert.resolution}` : ''}`);
  const alertView = createAlertView({ alerts: [], suspensions: [], lastDeliveryNumber: 0 }, clock.nowMs);
  const view = createView({
    saved,
    startRevision: 0,
    subscribers: [
      ({ alerts }) => {
        alerts?.deliveries.forEach(hear);
        if (alerts !== undefined) alertView.apply(alerts);
      },
    ],
  });
  const journal = createInstantJournal(view.apply, saved);
  const alerter = createAlerter({ saved: { alerts: [], suspensions: [], lastDeliveryNumber: 0 }, incarnation: 0 });
  const aggregator = createAggregator({
    system: first,
    clock,
    saved,
    startRevision: 0,
    journal,
    view,
    alerts: { alerter, settings: settingsOf(route, first) },
  });
  return {
    clock,
    aggregator,
    consequences: () => Object.fromEntries(alertView.list().map((alert) => [alert.component, alert.consequences])),
    /** Since the last time. */
    said: () => said.splice(0).sort(),
    see(outcome: 'HEALTHY' | 'UNHEALTHY', ...ids: string[]) {
      for (const id of ids) aggregator.observe(id, saw(outcome));
    },
    reload(next: SystemDefinition) {
      const compiled = atOnce(compileNext(aggregator.graph(), next));
      if (!compiled.ok) throw new Error('the definition has faults');
      aggregator.reload(next, settingsOf(route, next), compiled);
    },
  };
}

const [a, b, c] = ['a', 'b', 'c'].map((id) => probe(id)) as [
  ReturnType<typeof probe>,
  ReturnType<typeof probe>,
  ReturnType<typeof probe>,
];

it('ends the alert of a group whose member stays and is better since something below it is gone', () => {
  const root = group('root', ['inner', 'a']);
  const world = createWorld(system(root, group('inner', ['b', 'c']), a, b, c));
  world.see('HEALTHY', 'a', 'b');
  world.see('UNHEALTHY', 'c');
  expect(world.said()).toEqual(['opened c', 'opened inner', 'opened root']);
  world.reload(system(root, group('inner', ['b']), a, b));
  expect(world.said()).toEqual(['resolved c REMOVED', 'resolved inner RECOVERED', 'resolved root RECOVERED']);
});

it('opens the alert of a group that stays as it is and is worse since something is below it', () => {
  const root = group('root', ['inner', { component: 'c', impact: 'IGNORED' }]);
  const world = createWorld(system(root, group('inner', ['b']), b, c), {
    match: { selection: parseSelection(['id=root'])!, groups: [], severities: [] },
  });
  world.see('HEALTHY', 'b');
  world.see('UNHEALTHY', 'c');
  expect(world.said()).toEqual([]);
  world.reload(system(root, group('inner', ['b', 'c']), b, c));
  expect(world.said()).toEqual(['opened root']);
});

it('ends the alert of what is below a routed group no more, however deep', () => {
  const inner = group('inner', ['c']);
  const world = createWorld(system(group('root', ['routed', 'a']), group('routed', ['inner', 'b']), inner, a, b, c), {
    match: { groups: ['routed'], severities: [] },
  });
  world.see('HEALTHY', 'a', 'b');
  world.see('UNHEALTHY', 'c');
  expect(world.said()).toEqual(['opened c', 'opened inner', 'opened routed']);
  world.reload(system(group('root', ['routed', 'a', 'inner']), group('routed', ['b']), inner, a, b, c));
  expect(world.said()).toEqual(['resolved c REMOVED', 'resolved inner REMOVED', 'resolved routed RECOVERED']);
  world.reload(system(group('root', ['routed', 'a']), group('routed', ['inner', 'b']), inner, a, b, c));
  expect(world.said()).toEqual(['opened c', 'opened inner', 'opened routed']);
});

it('opens the alert of a group once no alert of a member stands for it', () => {
  const selection = parseSelection(['team=one', 'id=root'])!;
  const one = probe('a', { labels: { team: 'one' } });
  const root = group('root', ['a', 'b']);
  const world = createWorld(system(root, one, b), {
    groupBy: 'CAUSE',
    match: { selection, groups: [], severities: [] },
  });
  world.see('HEALTHY', 'b');
  world.see('UNHEALTHY', 'a');
  expect(world.said()).toEqual(['opened a']);
  world.reload(system(root, probe('a', { labels: { team: 'two' } }), b));
  expect(world.said()).toEqual(['opened root', 'resolved a REMOVED']);
});

it('counts anew what is bad because of something', async () => {
  const root = group('root', ['a', 'inner']);
  const world = createWorld(system(root, group('inner', ['b']), a, b), {
    match: { selection: parseSelection(['id=a,id!=root'])!, groups: [], severities: [] },
  });
  world.see('HEALTHY', 'b');
  world.see('UNHEALTHY', 'a');
  await world.clock.advance(1_000);
  expect(world.consequences()).toEqual({ a: ['root'] });
  world.reload(system(root, group('inner', ['b', 'a']), a, b));
  await world.clock.advance(1_000);
  expect(world.consequences()).toEqual({ a: ['inner', 'root'] });
  world.reload(system(group('root', ['a', 'b']), a, b));
  await world.clock.advance(1_000);
  expect(world.consequences()).toEqual({ a: ['root'] });
});

it('counts anew what is bad because of something that it depends on no more', async () => {
  const dependent = (...dependsOn: string[]) => probe('b', { dependsOn });
  const root = group('root', [
    { component: 'a', impact: 'IGNORED' },
    { component: 'b', impact: 'IGNORED' },
  ]);
  const world = createWorld(system(root, a, dependent('a')), {
    match: { selection: parseSelection(['id=a'])!, groups: [], severities: [] },
  });
  world.see('UNHEALTHY', 'a', 'b');
  await world.clock.advance(1_000);
  expect(world.consequences()).toEqual({ a: ['b'] });
  world.reload(system(root, a, dependent()));
  await world.clock.advance(1_000);
  expect(world.consequences()).toEqual({ a: [] });
  world.reload(system(root, a, dependent('a')));
  await world.clock.advance(1_000);
  expect(world.consequences()).toEqual({ a: ['b'] });
});

it('goes on with alerts of components that have another place, and with no others', () => {
  const world = createWorld(system(group('root', ['a', 'b', 'c']), a, b, c), {
    match: { selection: parseSelection(['id!=root'])!, groups: [], severities: [] },
  });
  world.see('HEALTHY', 'a', 'b');
  world.see('UNHEALTHY', 'c');
  expect(world.said()).toEqual(['opened c']);
  // It comes to where `a` was.
  world.reload(system(group('root', ['b', 'c']), b, c));
  expect(world.aggregator.graph().indexOf.get('c')).toBe(1);
  expect(world.said()).toEqual([]);
  world.see('HEALTHY', 'c');
  expect(world.said()).toEqual(['resolved c RECOVERED']);
  world.see('UNHEALTHY', 'b');
  expect(world.said()).toEqual(['opened b']);
});
