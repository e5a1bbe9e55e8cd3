/** The services of OpenK that the reference and the OpenAPI document describe, in their order. */
export const SERVICES = [
  'openk.health.v1.HealthService',
  'openk.status.v1.StatusPageService',
  'openk.audit.v1.AuditService',
] as const;
