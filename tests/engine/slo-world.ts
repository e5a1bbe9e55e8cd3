// An engine over a store in memory that outlives it, with one component whose probe says what a test says, and the truth beside
// it: what the status was at each second, written down from what is published.

import { setImmediate } from 'node:timers/promises';
import { createAlerter } from '../../src/alerts/decide/alerter.ts';
import type { Alert, AlertSettings, Delivery } from '../../src/core/alert.ts';
import { tableOfRoutes } from '../../src/core/alert-routes.ts';
import type { ComponentDefinition } from '../../src/core/definition.ts';
import type { ProbeRun } from '../../src/core/probe.ts';
import type { SloStanding } from '../../src/core/slo/budget.ts';
import type { SloDefinition } from '../../src/core/slo/objective.ts';
import type { Outcome, Status } from '../../src/core/status.ts';
import { atOnce } from '../../src/core/steps.ts';
import { type Store, StoreFault } from '../../src/core/store.ts';
import { createEngine, type Engine } from '../../src/engine/engine.ts';
import { openStore } from '../../src/store/registry.ts';
import { alertRoute } from '../support/alert-route.ts';
import { group, probe } from '../support/definitions.ts';
import { createFakeClock, type FakeClock } from '../support/fake-clock.ts';
import { saw } from './aggregator-world.ts';

const HOUR_MS = 3_600_000;
export const DAY_MS = 24 * HOUR_MS;

export const SLO: SloDefinition = {
  objective: 99.9,
  windowMs: 30 * DAY_MS,
  good: ['HEALTHY', 'DEGRADED'],
  excluded: ['MAINTENANCE'],
  isUnknownBad: false,
  lookMs: 10_000,
};

export interface SloWorld {
  readonly clock: FakeClock;
  readonly engine: Engine;
  readonly startedMs: number;
  /** From the first second on. */
  truth(): readonly Status[];
  readonly deliveries: readonly Delivery[];
  readonly faults: readonly unknown[];
  see(outcome: Outcome): void;
  /** In so many seconds. */
  maintain(seconds: number): Promise<void>;
  stop(): Promise<void>;
  start(definition?: ComponentDefinition): Promise<void>;
  reload(definition: ComponentDefinition): Promise<void>;
  /** Once history is read. */
  standing(): Promise<SloStanding>;
  alerts(): readonly Alert[];
  breakHistory(isBroken: boolean): void;
  close(): Promise<void>;
}

export const defined = (slo: SloDefinition | undefined, staleAfterMs = 30 * DAY_MS): ComponentDefinition =>
  probe('api', {
    schedule: { timeoutMs: Number.MAX_SAFE_INTEGER, staleAfterMs },
    ...(slo && { slo }),
  });

export async function createSloWorld(first: ComponentDefinition): Promise<SloWorld> {
  const clock = createFakeClock(Date.UTC(2026, 0, 5, 10, 2, 30));
  const retention = {
    transitionsMs: 90 * DAY_MS,
    observationsMs: DAY_MS,
    fiveMinutesMs: 90 * DAY_MS,
    hoursMs: 90 * DAY_MS,
    daysMs: 90 * DAY_MS,
    auditMs: DAY_MS,
    alertsMs: DAY_MS,
  };
  const store = await openStore('memory:', { nowMs: () => clock.nowMs(), retention });
  const [beganMs, deliveries, faults] = [clock.nowMs(), [] as Delivery[], [] as unknown[]];
  /** When it became what, epoch milliseconds. */
  const steps: { readonly atMs: number; readonly status: Status }[] = [];
  let isBroken = false;
  let engine: Engine | undefined;
  let startedMs = beganMs;
  let definition = first;
  let push = (_outcome: Outcome) => {};
  const reading: Pick<Store, 'availability'> = {
    availability: (query) =>
      isBroken ? Promise.reject(new StoreFault('the disk is gone')) : store.availability(query),
  };

  const settings = (): AlertSettings => {
    const routes = [alertRoute({ id: 'pages', on: [], onBurn: ['FAST'], groupBy: 'CAUSE', to: ['pager'] })];
    return {
      routes,
      table: atOnce(tableOfRoutes(routes, [definition])),
      channels: [{ id: 'pager', kind: 'webhook', timeoutMs: 1_000, options: {}, fingerprint: 'x' }],
      denyAddresses: [],
    };
  };
  const system = () => ({ rootId: 'root', components: [group('root', ['api']), definition] });
  /** What the store has to be asked for comes in turns of the event loop. */
  const settle = async () => {
    for (let turn = 0; turn < 10; turn++) {
      await setImmediate();
      await clock.advance(0);
    }
  };
  const start = async (next: ComponentDefinition = definition) => {
    definition = next;
    const starting = createEngine({
      system: system(),
      clock,
      createProbe: (_subject, options) => {
        push = (outcome) => options.push(saw(outcome));
        return { host: 'h', probe: { run: untilCancelled, close: async () => {} } };
      },
      limits: { inFlight: 10, inFlightPerHost: 10 },
      store: { ...store, ...reading, retention: store.retention },
      alerts: { settings: settings(), create: createAlerter },
      subscribers: [
        ({ atMs, changed, alerts }) => {
          for (const { component, status } of changed) if (component === 'api') steps.push({ atMs, status });
          deliveries.push(...(alerts?.deliveries ?? []));
        },
      ],
      listener: { onHistoryFault: (fault) => faults.push(fault) },
    });
    await settle();
    engine = await starting;
    startedMs = clock.nowMs();
    steps.push({ atMs: startedMs, status: engine.aggregator.health('api')!.status });
    engine.start();
    await settle();
  };
  const stop = async () => {
    const closing = engine!.close();
    await settle();
    await closing;
    engine = undefined;
    steps.push({ atMs: clock.nowMs(), status: 'UNKNOWN' });
  };
  const world: SloWorld = {
    clock,
    get engine() {
      return engine!;
    },
    get startedMs() {
      return startedMs;
    },
    truth() {
      const seconds: Status[] = [];
      const until = Math.round((clock.nowMs() - beganMs) / 1000);
      for (const [at, { atMs, status }] of steps.entries()) {
        const endMs = steps[at + 1]?.atMs ?? clock.nowMs();
        const [from, to] = [atMs, endMs].map((ms) => Math.round((ms - beganMs) / 1000));
        for (let second = from!; second < Math.min(to!, until); second++) seconds[second] = status;
      }
      return seconds;
    },
    deliveries,
    faults,
    see: (outcome) => push(outcome),
    async maintain(seconds) {
      const fromMs = clock.nowMs();
      const suspended = engine!.operator.suspend({
        id: `${fromMs}`,
        kind: 'MAINTENANCE',
        selector: 'id=api',
        fromMs,
        untilMs: fromMs + seconds * 1000,
        author: 'me',
        reason: 'work',
        createdMs: fromMs,
      });
      await settle();
      await suspended;
    },
    stop,
    start,
    async reload(next) {
      definition = next;
      const reloading = engine!.reload(system(), settings());
      await settle();
      await reloading;
      await settle();
    },
    async standing() {
      for (let turn = 0; turn < 100; turn++) {
        const standing = engine!.aggregator.slo('api');
        if (standing !== undefined) return standing;
        await settle();
      }
      throw new Error('history is not read');
    },
    alerts: () => engine!.alerts.list(),
    breakHistory(next) {
      isBroken = next;
    },
    async close() {
      if (engine !== undefined) await stop();
      await store.close();
    },
  };
  await start(first);
  return world;
}

function untilCancelled({ signal }: Pick<ProbeRun, 'signal'>): Promise<never> {
  const { promise, reject } = Promise.withResolvers<never>();
  signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  return promise;
}
