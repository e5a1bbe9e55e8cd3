// npm run bench -- alerts: what alerts add to one change of status, with 1,000 routes and 10,000 components: each change opens an
// alert or ends one. Both ways in turns, in one run, so that the machine is the same for both.
import { createAlerter } from '../../src/alerts/decide/alerter.ts';
import type { AlertRoute, AlertSettings } from '../../src/core/alert.ts';
import { tableOfRoutes } from '../../src/core/alert-routes.ts';
import type { ComponentDefinition, SystemDefinition } from '../../src/core/definition.ts';
import type { Observation } from '../../src/core/observation.ts';
import { parseSelection } from '../../src/core/selection.ts';
import { atOnce } from '../../src/core/steps.ts';
import { type Aggregator, createAggregator } from '../../src/engine/aggregator.ts';
import { systemClock } from '../../src/engine/system-clock.ts';
import { createView } from '../../src/engine/view.ts';
import type { Bench } from './bench.ts';

const COMPONENTS = 10_000;
const ROUTES = 1_000;
const ROUND = 5_000;
const ROUNDS = 12;
const WARM_UP_ROUNDS = 4;

export const alertsBench: Bench = {
  title: `one change of status with ${ROUTES.toLocaleString('en')} routes and ${COMPONENTS.toLocaleString('en')} components, with alerts and without`,
  async run() {
    const system = systemOf();
    const plain = start(system, false);
    const alerting = start(system, true);
    const times = { plain: [] as number[], alerting: [] as number[] };
    for (let round = 0; round < WARM_UP_ROUNDS + ROUNDS; round++) {
      const isWarm = round >= WARM_UP_ROUNDS;
      const one = measure(plain, round);
      const other = measure(alerting, round);
      if (isWarm) times.plain.push(...one);
      if (isWarm) times.alerting.push(...other);
    }
    plain.close();
    alerting.close();
    const [without, with_] = [median(times.plain), median(times.alerting)];
    return [
      { name: 'a change without alerts, median', value: without, unit: 'µs' },
      { name: 'a change with alerts, median', value: with_, unit: 'µs' },
      { name: 'what alerts add, median', value: with_ - without, unit: 'µs', atMost: 50 },
      { name: 'what alerts add, mean', value: mean(times.alerting) - mean(times.plain), unit: 'µs', atMost: 50 },
      { name: 'a change with alerts, p99', value: quantile(times.alerting, 0.99), unit: 'µs' },
      { name: 'a change without alerts, p99', value: quantile(times.plain, 0.99), unit: 'µs' },
    ];
  },
};

/** Microseconds of each change. Every component goes down and comes back before the next one. */
function measure(aggregator: Aggregator, round: number): number[] {
  const samples: number[] = [];
  for (let at = 0; at < ROUND; at++) {
    const id = `c${((round * ROUND + (at >> 1)) * 7_919) % COMPONENTS}`;
    const startedMs = performance.now();
    aggregator.observe(id, at % 2 === 0 ? UNHEALTHY : HEALTHY);
    samples.push((performance.now() - startedMs) * 1_000);
  }
  return samples;
}

function start(system: SystemDefinition, hasAlerts: boolean): Aggregator {
  const saved = { revision: 0, components: [], removed: [] };
  const view = createView({ saved, startRevision: 0 });
  const routes = hasAlerts ? Array.from({ length: ROUTES }, (_, at) => routeOf(at)) : [];
  const settings: AlertSettings = {
    routes,
    table: atOnce(tableOfRoutes(routes, system.components)),
    channels: [{ id: 'hook', kind: 'webhook', timeoutMs: 1_000, options: {}, fingerprint: '' }],
    denyAddresses: [],
  };
  const savedAlerting = { alerts: [], lastDeliveryNumber: 0, suspensions: [] };
  const aggregator = createAggregator({
    system,
    clock: systemClock,
    saved,
    startRevision: 0,
    journal: {
      observed() {},
      keepsStates: true,
      refreshed() {},
      together: (work) => work(),
      settled: async () => true,
      stage: view.apply,
    },
    view,
    ...(hasAlerts && { alerts: { alerter: createAlerter({ saved: savedAlerting, incarnation: 0 }), settings } }),
  });
  for (const { id, subject } of system.components) if (subject.type === 'probe') aggregator.observe(id, HEALTHY);
  return aggregator;
}

function routeOf(at: number): AlertRoute {
  return {
    id: `r${at}`,
    match: { selection: parseSelection([`team=t${at}`])!, groups: [], severities: [] },
    on: ['UNHEALTHY'],
    forMs: 0,
    resolveAfterMs: 0,
    groupBy: 'CAUSE',
    remindEveryMs: 3_600_000,
    to: ['hook'],
    escalations: [{ afterMs: 900_000, unless: 'ACKNOWLEDGED', to: ['hook'] }],
    isContinued: false,
    flapping: { changes: 0, withinMs: 3_600_000 },
  };
}

/** A hundred groups of a hundred, each component of one of a thousand teams, and each tenth depends on the one before. */
function systemOf(): SystemDefinition {
  const schedule = {
    intervalMs: 30_000,
    unhealthyIntervalMs: 30_000,
    timeoutMs: 5_000,
    healthyThreshold: 1,
    unhealthyThreshold: 1,
    staleAfterMs: 3_600_000,
  };
  const components = Array.from(
    { length: COMPONENTS },
    (_, at): ComponentDefinition => ({
      id: `c${at}`,
      labels: { team: `t${at % ROUTES}` },
      dependsOn: at % 10 === 9 ? [`c${at - 1}`] : [],
      servingWhenDegraded: true,
      subject: { type: 'probe', kind: 'tcp', options: {}, fingerprint: '', schedule },
    }),
  );
  const group = (id: string, ids: readonly string[], team: string): ComponentDefinition => ({
    id,
    labels: { team },
    dependsOn: [],
    servingWhenDegraded: true,
    subject: {
      type: 'group',
      rule: { kind: 'worst' },
      members: ids.map((component) => ({ component, impact: 'CRITICAL', weight: 1 })),
    },
  });
  const groups = Array.from({ length: 100 }, (_, at) =>
    group(
      `g${at}`,
      components.slice(at * 100, at * 100 + 100).map(({ id }) => id),
      `t${at}`,
    ),
  );
  const root = group(
    'system',
    groups.map(({ id }) => id),
    't0',
  );
  return { rootId: 'system', components: [...components, ...groups, root] };
}

const HEALTHY: Observation = { outcome: 'HEALTHY', reason: { code: 'OK', message: 'answers' }, latencyMs: 12 };
const UNHEALTHY: Observation = { outcome: 'UNHEALTHY', reason: { code: 'REFUSED', message: 'refused' }, latencyMs: 1 };

function median(samples: readonly number[]): number {
  return quantile(samples, 0.5);
}

function mean(samples: readonly number[]): number {
  return samples.reduce((sum, one) => sum + one, 0) / samples.length;
}

function quantile(samples: readonly number[], share: number): number {
  return samples.toSorted((a, b) => a - b)[Math.floor(samples.length * share)]!;
}
