// Everything that the one port answers as RPC, guarded. The edge mounts the result; tests call it in memory
// (createRouterTransport).
import type { ConnectRouter, ServiceImpl } from '@connectrpc/connect';
import { Health } from '../../gen/grpc/health/v1/health_pb.ts';
import { AgentService } from '../../gen/openk/agent/v1/agent_pb.ts';
import { AlertService } from '../../gen/openk/alerts/v1/alerts_pb.ts';
import { AuditService } from '../../gen/openk/audit/v1/audit_pb.ts';
import { HealthService } from '../../gen/openk/health/v1/health_pb.ts';
import { MaintenanceService } from '../../gen/openk/maintenance/v1/maintenance_pb.ts';
import { StatusPageService } from '../../gen/openk/status/v1/status_pb.ts';
import { type GuardOptions, guardService } from './guard.ts';

export interface RoutesOptions extends GuardOptions {
  readonly healthService: Partial<ServiceImpl<typeof HealthService>>;
  /** Default: it is not there. */
  readonly auditService?: ServiceImpl<typeof AuditService>;
  /** Default: it is not there. */
  readonly statusPageService?: ServiceImpl<typeof StatusPageService>;
  /** Default: it is not there. */
  readonly alertService?: ServiceImpl<typeof AlertService>;
  /** Default: it is not there. */
  readonly maintenanceService?: ServiceImpl<typeof MaintenanceService>;
  /** Default: it is not there. */
  readonly agentService?: ServiceImpl<typeof AgentService>;
  readonly grpcHealthService: ServiceImpl<typeof Health>;
}

/**
 * What JSON says must be known: as a key or an enum value that is ignored, `"status": "UNHEALTHY"` would be a report that
 * all is well.
 */
const STRICT = { jsonOptions: { ignoreUnknownFields: false } };

export function createRoutes(options: RoutesOptions): (router: ConnectRouter) => void {
  const healthService = guardService(HealthService, options.healthService, options);
  const grpcHealthService = guardService(Health, options.grpcHealthService, options);
  const auditService = options.auditService && guardService(AuditService, options.auditService, options);
  const statusPageService =
    options.statusPageService && guardService(StatusPageService, options.statusPageService, options);
  const alertService = options.alertService && guardService(AlertService, options.alertService, options);
  const maintenanceService =
    options.maintenanceService && guardService(MaintenanceService, options.maintenanceService, options);
  const agentService = options.agentService && guardService(AgentService, options.agentService, options);
  return (router) => {
    router.service(HealthService, healthService, STRICT);
    if (auditService !== undefined) router.service(AuditService, auditService, STRICT);
    if (statusPageService !== undefined) router.service(StatusPageService, statusPageService, STRICT);
    if (alertService !== undefined) router.service(AlertService, alertService, STRICT);
    if (maintenanceService !== undefined) router.service(MaintenanceService, maintenanceService, STRICT);
    if (agentService !== undefined) router.service(AgentService, agentService, STRICT);
    router.service(Health, grpcHealthService, STRICT);
  };
}
