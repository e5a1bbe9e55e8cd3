// The services of alerts and maintenance, called in memory, on ports that remember: no engine, no store, no real time.
import {
  type Client,
  Code,
  ConnectError,
  createClient,
  createRouterTransport,
  type Interceptor,
} from '@connectrpc/connect';
import { AlertService } from '../../../gen/openk/alerts/v1/alerts_pb.ts';
import { MaintenanceService } from '../../../gen/openk/maintenance/v1/maintenance_pb.ts';
import { createPrincipal, type Grant } from '../../../src/auth/principal.ts';
import type { Alert, AlertLog, AlertOperator, AlertReader, Delivery, Suspension } from '../../../src/core/alert.ts';
import { parseSelection } from '../../../src/core/selection.ts';
import { StoreFault } from '../../../src/core/store.ts';
import { createAlertService } from '../../../src/services/alert-service.ts';
import { createRequestValidator } from '../../../src/services/assert-valid.ts';
import type { AuditChange } from '../../../src/services/audit-reports.ts';
import { contextOfCaller } from '../../../src/services/caller.ts';
import { createMaintenanceService } from '../../../src/services/maintenance-service.ts';
import { createRoutes } from '../../../src/services/routes.ts';
import type { TestedChannel } from '../../../src/services/test-channel.ts';
import { createFakeClock, type FakeClock } from '../../support/fake-clock.ts';
import { probed } from './definitions.ts';

const validator = createRequestValidator();

export interface AlertClients {
  readonly alerts: Client<typeof AlertService>;
  readonly maintenance: Client<typeof MaintenanceService>;
}

export interface AlertWorld {
  readonly routes: ReturnType<typeof createRoutes>;
  readonly clock: FakeClock;
  /** Clients of somebody to whom this is granted. */
  as(allow: Grant['allow'], ...select: string[]): AlertClients;
  /** Publishes what has changed; what is over goes into the log. */
  publish(...changed: Alert[]): void;
  /** Goes over to these components, by their labels. */
  reload(labels: Readonly<Record<string, Readonly<Record<string, string>>>>): void;
  readonly suspensions: Suspension[];
  readonly deliveries: Delivery[];
  readonly audit: AuditChange[];
  readonly faults: StoreFault[];
  /** Whether the store takes and gives nothing. */
  fails: boolean;
  readonly channels: Map<string, TestedChannel>;
  drain(): void;
  /** Subscriptions that are open. */
  readonly subscriptions: number;
}

let lastId = 0;

/** @param more which is not about web-1 being UNHEALTHY */
export function anAlert(more: Partial<Alert> = {}): Alert {
  const { sinceMs = Date.UTC(2026, 0, 1) } = more;
  lastId += 1;
  return {
    id: `${sinceMs.toString(36)}-${lastId.toString(36)}`,
    route: 'all',
    component: 'web-1',
    state: 'OPEN',
    status: 'UNHEALTHY',
    severity: 'ERROR',
    reason: { code: 'CONNECTION_REFUSED', message: 'nothing listens at 10.0.0.7:80' },
    sinceMs,
    openedMs: sinceMs,
    updatedMs: sinceMs,
    cause: [],
    consequences: [],
    consequenceCount: 0,
    labels: {},
    links: [{ title: 'Runbook', url: 'https://wiki.test/web' }],
    isFlapping: false,
    revision: 7,
    ...more,
  };
}

export function resolved(alert: Alert, resolvedMs: number): Alert {
  return { ...alert, state: 'RESOLVED', status: 'HEALTHY', resolvedMs, updatedMs: resolvedMs, resolution: 'RECOVERED' };
}

export function createAlertWorld(): AlertWorld {
  const clock = createFakeClock();
  const draining = new AbortController();
  const live = new Map<string, Alert>();
  const over: Alert[] = [];
  const suspensions: Suspension[] = [];
  const deliveries: Delivery[] = [];
  const audit: AuditChange[] = [];
  const faults: StoreFault[] = [];
  const channels = new Map<string, TestedChannel>();
  const watchers = new Set<(changed: readonly Alert[]) => void>();
  const reloadWatchers = new Set<() => void>();
  let definitions = new Map([['web-1', probed('web-1')]]);
  let fails = false;

  const publish = (...changed: Alert[]) => {
    for (const alert of changed) {
      if (alert.state !== 'RESOLVED') live.set(alert.id, alert);
      else {
        live.delete(alert.id);
        over.push(alert);
      }
    }
    for (const wake of [...watchers]) wake(changed);
  };
  const reader: AlertReader = {
    // In no order that the service could rely on but that of openings.
    list: () => [...live.values()].sort((a, b) => b.sinceMs - a.sinceMs),
    find: (id) => live.get(id),
    subscribe(wake) {
      watchers.add(wake);
      return () => void watchers.delete(wake);
    },
    suspensions: () => suspensions.toSorted((a, b) => b.createdMs - a.createdMs || (a.id < b.id ? -1 : 1)),
  };
  const operator: AlertOperator = {
    async acknowledge(id, by) {
      const alert = live.get(id);
      if (alert === undefined) return { ok: false, why: 'not-found' };
      const acknowledged = {
        ...alert,
        state: 'ACKNOWLEDGED' as const,
        acknowledgement: { ...by, atMs: clock.nowMs() },
      };
      publish(acknowledged);
      return { ok: true, alert: acknowledged, isDurable: !fails };
    },
    async suspend(suspension) {
      suspensions.push(suspension);
      return { isDurable: !fails };
    },
    async endSuspension(kind, id, author) {
      const at = suspensions.findIndex((one) => one.kind === kind && one.id === id);
      if (at < 0) return { ok: false, why: 'not-found' };
      const ended = { ...suspensions[at]!, untilMs: clock.nowMs(), endedBy: author };
      suspensions[at] = ended;
      return { ok: true, suspension: ended, isDurable: !fails };
    },
  };
  const isBehind = (alert: Alert, before: { resolvedMs: number; id: string }) =>
    alert.resolvedMs! < before.resolvedMs || (alert.resolvedMs === before.resolvedMs && alert.id > before.id);
  const log: AlertLog = {
    async alerts({ id, component, route, before, limit }) {
      if (fails) throw new StoreFault('the disk is gone');
      return over
        .filter(
          (one) => (id === undefined || one.id === id) && (component === undefined || one.component === component),
        )
        .filter(
          (one) => (route === undefined || one.route === route) && (before === undefined || isBehind(one, before)),
        )
        .sort((a, b) => b.resolvedMs! - a.resolvedMs! || (a.id < b.id ? -1 : 1))
        .slice(0, limit);
    },
    async deliveries({ alert, channel, states = [], beforeNumber = Number.POSITIVE_INFINITY, limit }) {
      if (fails) throw new StoreFault('the disk is gone');
      return deliveries
        .filter(
          (one) => (alert === undefined || one.alert === alert) && (channel === undefined || one.channel === channel),
        )
        .filter((one) => (states.length === 0 || states.includes(one.state)) && one.number < beforeNumber)
        .sort((a, b) => b.number - a.number)
        .slice(0, limit);
    },
  };
  const record = (change: AuditChange) => void audit.push(change);
  const routes = createRoutes({
    healthService: {
      getHealth: ({ component }) => {
        if (definitions.has(component)) return {};
        throw new ConnectError('no such component', Code.NotFound);
      },
      listComponents: ({ label }) => {
        const takes = parseSelection([label.join()])!;
        return {
          components: [...definitions.values()]
            .filter(({ id, labels }) => takes.takes(id, labels))
            .map(({ id }) => ({ id })),
        };
      },
    },
    grpcHealthService: {} as never,
    alertService: createAlertService({
      alerts: reader,
      operator,
      log,
      reader: {
        definition: (id) => definitions.get(id),
        subscribe(_components, wake, atReloads) {
          if (atReloads) reloadWatchers.add(wake);
          return () => void reloadWatchers.delete(wake);
        },
      },
      findChannel: (id) => channels.get(id),
      audit: record,
      onFault: (fault) => void faults.push(fault),
      clock,
      draining: draining.signal,
    }),
    maintenanceService: createMaintenanceService({ alerts: reader, operator, audit: record, clock }),
    validator,
    logDefect: (_id, error) => {
      throw error;
    },
  });
  return {
    routes,
    clock,
    as(allow, ...select) {
      const selection = select.length === 0 ? undefined : parseSelection(select);
      const principal = createPrincipal(`key:${select.length === 0 ? 'all' : 'some'}`, { allow, selection });
      const call: Interceptor = (next) => (request) => {
        Object.assign(request.contextValues, contextOfCaller('192.0.2.7', { ok: true, principal }));
        return next(request);
      };
      const transport = createRouterTransport(routes, { router: { interceptors: [call] } });
      return {
        alerts: createClient(AlertService, transport),
        maintenance: createClient(MaintenanceService, transport),
      };
    },
    publish,
    reload(labels) {
      definitions = new Map(Object.entries(labels).map(([id, own]) => [id, probed(id, { labels: own })]));
      for (const wake of [...reloadWatchers]) wake();
    },
    suspensions,
    deliveries,
    audit,
    faults,
    get fails() {
      return fails;
    },
    set fails(value) {
      fails = value;
    },
    channels,
    drain: () => draining.abort(),
    get subscriptions() {
      return watchers.size + reloadWatchers.size;
    },
  };
}
