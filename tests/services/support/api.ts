// The whole room on a real aggregator, called in memory: no socket, no real time.
import { type Client, createClient, createRouterTransport, type Interceptor } from '@connectrpc/connect';
import { Health } from '../../../gen/grpc/health/v1/health_pb.ts';
import { HealthService } from '../../../gen/openk/health/v1/health_pb.ts';
import type { SystemDefinition } from '../../../src/core/definition.ts';
import { nextPeriods } from '../../../src/core/maintenance.ts';
import type { Outcome } from '../../../src/core/status.ts';
import type { Aggregator } from '../../../src/engine/aggregator.ts';
import { createRequestValidator } from '../../../src/services/assert-valid.ts';
import { createGrpcHealthService } from '../../../src/services/grpc-health.ts';
import { createHealthService, type HealthServiceOptions } from '../../../src/services/health-service.ts';
import type { HistoryReader } from '../../../src/services/history-reader.ts';
import { createReports } from '../../../src/services/report-health.ts';
import { createReportLimits } from '../../../src/services/report-limits.ts';
import { createRoutes } from '../../../src/services/routes.ts';
import { createVisibleReaders } from '../../../src/services/visible-readers.ts';
import { createFakeClock, type FakeClock } from '../../support/fake-clock.ts';
import { createHistoryOracle } from '../../support/history-oracle.ts';
import { createInstantAggregator } from '../../support/instant-aggregator.ts';

export const START_REVISION = 1_000;

/** Compiling the rules is the slow part. */
const validator = createRequestValidator();

export interface Defect {
  readonly id: string;
  readonly error: unknown;
  readonly method: string;
}

export interface Api {
  readonly aggregator: Aggregator;
  /** Of the services alone: its timers are those of streams. */
  readonly clock: FakeClock;
  readonly health: Client<typeof HealthService>;
  readonly grpcHealth: Client<typeof Health>;
  readonly routes: ReturnType<typeof createRoutes>;
  readonly defects: readonly Defect[];
  readonly historyFaults: readonly Error[];
  /** Begins the shutdown. */
  drain(): void;
  setReady(ready: boolean): void;
  /** Subscriptions to `ready` that are open. */
  readonly readySubscriptions: number;
  observe(id: string, outcome: Outcome): void;
}

export interface ApiOptions {
  readonly describe?: HealthServiceOptions['describe'];
  readonly keepAliveMs?: number;
  readonly listLimit?: number;
  readonly onRefused?: (limit: string) => void;
  readonly interceptors?: readonly Interceptor[];
  /** Default: nothing is remembered. */
  readonly history?: HistoryReader;
}

export function createApi(system: SystemDefinition, options: ApiOptions = {}): Api {
  const { describe = () => undefined, keepAliveMs = 15_000, listLimit = 100, interceptors = [] } = options;
  const clock = createFakeClock();
  const { history = createHistoryOracle({ nowMs: clock.nowMs }) } = options;
  const { aggregator } = createInstantAggregator({
    system,
    clock: createFakeClock(),
    saved: { revision: START_REVISION, components: [], removed: [] },
    startRevision: START_REVISION,
  });
  const readerOf = createVisibleReaders(aggregator);
  const drain = new AbortController();
  const readyWakes = new Set<() => void>();
  const defects: Defect[] = [];
  const historyFaults: Error[] = [];
  let isReady = true;
  const routes = createRoutes({
    healthService: createHealthService({
      readerOf,
      reports: createReports({
        readerOf,
        reporter: aggregator,
        limits: createReportLimits({
          reporter: aggregator,
          perSecond: 10,
          perSecondPerClient: 100,
          monotonicMs: () => clock.monotonicMs(),
        }),
      }),
      history,
      onHistoryFault: (fault) => void historyFaults.push(fault),
      describe,
      nextMaintenance: (nowMs) => (id, count) => {
        const plan = system.components.find((component) => component.id === id)?.maintenance;
        return plan === undefined ? [] : nextPeriods(plan, nowMs, count);
      },
      clock,
      draining: drain.signal,
      keepAliveMs,
    }),
    grpcHealthService: createGrpcHealthService({
      readerOf,
      ready: () => isReady,
      subscribeReady(wake) {
        readyWakes.add(wake);
        return () => void readyWakes.delete(wake);
      },
      listLimit,
      ...(options.onRefused && { onRefused: options.onRefused }),
      draining: drain.signal,
    }),
    validator,
    logDefect: (id, error, method) => void defects.push({ id, error, method }),
  });
  const transport = createRouterTransport(routes, { router: { interceptors: [...interceptors] } });
  return {
    aggregator,
    clock,
    health: createClient(HealthService, transport),
    grpcHealth: createClient(Health, transport),
    routes,
    defects,
    historyFaults,
    drain: () => drain.abort(),
    setReady(ready) {
      isReady = ready;
      for (const wake of readyWakes) wake();
    },
    get readySubscriptions() {
      return readyWakes.size;
    },
    observe: (id, outcome) =>
      aggregator.observe(id, { outcome, reason: { code: 'TEST', message: `it is ${outcome}` } }),
  };
}
