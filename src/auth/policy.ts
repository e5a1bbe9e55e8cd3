// The one table of what each method and path takes. A method that is mounted and not in it stops the start (`methodAccess`).
import type { Health } from '../../gen/grpc/health/v1/health_pb.ts';
import type { ServerReflection } from '../../gen/grpc/reflection/v1/reflection_pb.ts';
import type { AgentService } from '../../gen/openk/agent/v1/agent_pb.ts';
import type { AlertService } from '../../gen/openk/alerts/v1/alerts_pb.ts';
import type { AuditService } from '../../gen/openk/audit/v1/audit_pb.ts';
import type { HealthService } from '../../gen/openk/health/v1/health_pb.ts';
import type { MaintenanceService } from '../../gen/openk/maintenance/v1/maintenance_pb.ts';
import type { StatusPageService } from '../../gen/openk/status/v1/status_pb.ts';
import type { Scope } from './scope.ts';

/**
 * A scope, or for everybody: `OPEN` wholly, `ITSELF` as far as it is about OpenK itself, and READ for all else, `STATUS_PAGE` as
 * far as the page is not PRIVATE, and STATUS_PAGES for those; `PING` for whoever knows the token in the path.
 */
export type Access = Scope | 'OPEN' | 'ITSELF' | 'STATUS_PAGE' | 'PING';

type Methods<Service extends { readonly method: object }> = Readonly<Record<keyof Service['method'], Access>>;

const HEALTH_SERVICE: Methods<typeof HealthService> = {
  getHealth: 'READ',
  listComponents: 'READ',
  getComponent: 'EXPLAIN',
  watchHealth: 'READ',
  reportHealth: 'REPORT',
  explainHealth: 'EXPLAIN',
  listTransitions: 'READ',
  getAvailability: 'READ',
};

const AUDIT_SERVICE: Methods<typeof AuditService> = { listAudit: 'ADMIN' };

const STATUS_PAGE_SERVICE: Methods<typeof StatusPageService> = {
  getStatusPage: 'STATUS_PAGE',
  watchStatusPage: 'STATUS_PAGE',
  createIncident: 'OPERATE',
  updateIncident: 'OPERATE',
  listIncidents: 'OPERATE',
};

const ALERT_SERVICE: Methods<typeof AlertService> = {
  listAlerts: 'READ',
  getAlert: 'READ',
  watchAlerts: 'READ',
  acknowledgeAlert: 'OPERATE',
  listDeliveries: 'OPERATE',
  testChannel: 'OPERATE',
};

const AGENT_SERVICE: Methods<typeof AgentService> = { work: 'PROBE', observe: 'PROBE' };

const MAINTENANCE_SERVICE: Methods<typeof MaintenanceService> = {
  createMaintenance: 'OPERATE',
  listMaintenance: 'READ',
  endMaintenance: 'OPERATE',
  createSilence: 'OPERATE',
  listSilences: 'READ',
  endSilence: 'OPERATE',
};

/** Kubelets and load balancers cannot send credentials. */
const GRPC_HEALTH: Methods<typeof Health> = { check: 'ITSELF', watch: 'ITSELF', list: 'READ' };

const REFLECTION: Methods<typeof ServerReflection> = { serverReflectionInfo: 'READ' };

const METHODS: Readonly<Record<string, Readonly<Record<string, Access>>>> = {
  'openk.health.v1.HealthService': HEALTH_SERVICE,
  'openk.audit.v1.AuditService': AUDIT_SERVICE,
  'openk.status.v1.StatusPageService': STATUS_PAGE_SERVICE,
  'openk.alerts.v1.AlertService': ALERT_SERVICE,
  'openk.agent.v1.AgentService': AGENT_SERVICE,
  'openk.maintenance.v1.MaintenanceService': MAINTENANCE_SERVICE,
  'grpc.health.v1.Health': GRPC_HEALTH,
  'grpc.reflection.v1.ServerReflection': REFLECTION,
  'grpc.reflection.v1alpha.ServerReflection': REFLECTION,
};

/** @throws Error for a method that has no place in the table */
export function methodAccess(service: string, localName: string): Access {
  const access = METHODS[service]?.[localName];
  if (access === undefined)
    throw new Error(`${service}.${localName} has no place in the table of scopes (auth/policy.ts)`);
  return access;
}

export type Page = keyof typeof PAGES;

/** Paths that are no methods, as Fastify has them. */
export const PAGES = {
  '/': 'READ',
  // The program of the dashboard, the same for all: it shows nothing by itself.
  '/assets/:file': 'OPEN',
  '/dashboard.json': 'READ',
  '/dashboard/reader.json': 'READ',
  '/livez': 'OPEN',
  '/readyz': 'ITSELF',
  '/healthz/:component': 'READ',
  '/metrics': 'READ',
  '/v1/sd/prometheus': 'EXPLAIN',
  '/openapi.json': 'READ',
  '/openapi.yaml': 'READ',
  '/auth/login': 'OPEN',
  '/auth/callback': 'OPEN',
  '/auth/logout': 'OPEN',
  '/auth/refresh': 'OPEN',
  '/status/:page': 'STATUS_PAGE',
  '/status/:page/': 'OPEN',
  '/embed/:page': 'STATUS_PAGE',
  '/embed/:page/': 'OPEN',
  '/status/:page/feed.atom': 'STATUS_PAGE',
  '/status/:page/badge/:component.svg': 'STATUS_PAGE',
  '/status/:page/api/v2/summary.json': 'STATUS_PAGE',
  '/status/:page/api/v2/status.json': 'STATUS_PAGE',
  '/status/:page/api/v2/components.json': 'STATUS_PAGE',
  '/status/:page/api/v2/incidents.json': 'STATUS_PAGE',
  '/status/:page/api/v2/incidents/unresolved.json': 'STATUS_PAGE',
  '/status/:page/api/v2/scheduled-maintenances.json': 'STATUS_PAGE',
  '/ping/:token': 'PING',
  '/ping/:token/start': 'PING',
  '/ping/:token/fail': 'PING',
  '/ping/:token/log': 'PING',
  '/ping/:token/:code': 'PING',
  '/api/push/:token': 'PING',
  '/alertmanager/:token': 'PING',
  '/api/v1/endpoints/:key/external': 'REPORT',
  '/docs': 'READ',
  '/docs/': 'READ',
  '/docs/js/scalar.js': 'READ',
} as const satisfies Readonly<Record<string, Access>>;

export function isPage(url: string): url is Page {
  return Object.hasOwn(PAGES, url);
}
