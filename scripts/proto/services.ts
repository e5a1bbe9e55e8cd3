/** The services of OpenK that the reference and the OpenAPI document describe, in their order. */
export const SERVICES = [
  'openk.health.v1.HealthService',
  'openk.status.v1.StatusPageService',
  'openk.alerts.v1.AlertService',
  'openk.maintenance.v1.MaintenanceService',
  'openk.agent.v1.AgentService',
  'openk.audit.v1.AuditService',
] as const;
