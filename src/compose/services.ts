// The services of the port, made of what watches, keeps and limits.
import type { ConnectRouter } from '@connectrpc/connect';
import type { Logger } from 'pino';
import type { LoadedConfig } from '../config/read-config.ts';
import type { AlertOperator, AlertReader } from '../core/alert.ts';
import type { Clock } from '../core/clock.ts';
import type { NextMaintenance } from '../core/imposed-maintenance.ts';
import type { Store } from '../core/store.ts';
import type { Engine } from '../engine/engine.ts';
import type { Standing } from '../engine/instance.ts';
import type { Workers } from '../engine/worker-ports.ts';
import type { ReadinessState } from '../pages/readiness.ts';
import { createAgentService } from '../services/agent-service.ts';
import { createAlertService } from '../services/alert-service.ts';
import { createRequestValidator } from '../services/assert-valid.ts';
import type { AuditChange } from '../services/audit-reports.ts';
import { createAuditService } from '../services/audit-service.ts';
import { type LimitCalls, limitChecks } from '../services/call-limits.ts';
import { createGrpcHealthService } from '../services/grpc-health.ts';
import { createHealthService } from '../services/health-service.ts';
import { createMaintenanceService } from '../services/maintenance-service.ts';
import type { Reports } from '../services/report-health.ts';
import { createRoutes } from '../services/routes.ts';
import { createStatusPageService } from '../services/status-page-service.ts';
import type { FindChannel } from '../services/test-channel.ts';
import { createMayOperate, type VisiblePage } from '../services/visible-page.ts';
import type { createVisibleReaders } from '../services/visible-readers.ts';
import type { Incidents } from '../status/incidents.ts';
import type { StatusPages } from '../status/live-pages.ts';

export interface ServicesOptions {
  /** At the start. */
  readonly limits: LoadedConfig['limits'];
  /** What the configuration says of a component now. */
  readonly describe: LoadedConfig['describe'];
  readonly engine: Engine;
  readonly reports: Reports;
  readonly store: Store;
  readonly readerOf: ReturnType<typeof createVisibleReaders>;
  readonly statusPages: Pick<StatusPages, 'find'>;
  readonly visiblePage: VisiblePage;
  readonly incidents: Incidents;
  readonly alerts: AlertReader;
  readonly nextMaintenance: (nowMs: number) => NextMaintenance;
  readonly operator: AlertOperator;
  readonly findChannel: FindChannel;
  readonly limitCalls: LimitCalls | undefined;
  readonly readiness: ReadinessState;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly draining: AbortSignal;
  readonly standing: Standing;
  readonly workers: Workers;
  /** Addresses and networks that no probe connects to, as of now. */
  readonly denyAddresses: () => readonly string[];
  /** @param limit the key of the configuration, below `limits` */
  readonly onLimitRefusal: (limit: string) => void;
}

export function createServices(options: ServicesOptions): (router: ConnectRouter) => void {
  const { limits, describe, engine, store, readerOf, limitCalls, readiness, clock, logger, draining } = options;
  const { alerts, operator } = options;
  const onRefused = options.onLimitRefusal;
  const auditAs = (message: string) => (change: AuditChange) => {
    engine.audit(change);
    const { principal, address, action, component, detail } = change;
    logger.info({ principal, address, action, ...(component !== '' && { component }), detail }, message);
  };
  return createRoutes({
    healthService: createHealthService({
      readerOf,
      reports: options.reports,
      history: store,
      onHistoryFault: (fault) => logger.error({ err: fault }, 'history cannot be read'),
      describe,
      nextMaintenance: options.nextMaintenance,
      clock,
      draining,
      standing: options.standing,
    }),
    auditService: createAuditService({
      log: store,
      onFault: (fault) => logger.error({ err: fault }, 'the audit log cannot be read'),
      reader: engine.aggregator,
    }),
    statusPageService: createStatusPageService({
      visiblePage: options.visiblePage,
      mayOperate: createMayOperate(options.statusPages, engine.aggregator),
      incidents: options.incidents,
      readerOf,
      audit: auditAs('incident changed'),
      onFault: (fault) => logger.error({ err: fault }, 'an incident cannot be kept'),
      clock,
      draining,
    }),
    alertService: createAlertService({
      alerts,
      operator,
      log: store,
      reader: engine.aggregator,
      findChannel: options.findChannel,
      audit: auditAs('alert operated'),
      onFault: (fault) => logger.error({ err: fault }, 'what is kept of alerts cannot be read'),
      clock,
      draining,
    }),
    maintenanceService: createMaintenanceService({ alerts, operator, audit: auditAs('suspension changed'), clock }),
    agentService: createAgentService({
      workers: options.workers,
      standing: options.standing,
      denyAddresses: options.denyAddresses,
      clock,
      draining,
    }),
    grpcHealthService: limitChecks(
      createGrpcHealthService({
        readerOf,
        ready: readiness.ready,
        subscribeReady: readiness.subscribe,
        listLimit: limits.grpcHealthList,
        onRefused,
        draining,
      }),
      limitCalls,
    ),
    validator: createRequestValidator(),
    logDefect: (id, error, method) => logger.error({ id, err: error, method }, 'a call failed unexpectedly'),
  });
}
