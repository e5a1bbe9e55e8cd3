// ReportHealth: what a component says of itself, checked beyond its schema and handed on.
import type { ReportHealthRequest } from '../../gen/openk/health/v1/health_pb.ts';
import type { Health } from '../core/health.ts';
import type { HealthReporter } from '../engine/hub-port.ts';
import { durationFromProto, outcomeFromProto } from './convert.ts';
import { createError, invalidField } from './errors.ts';

/**
 * What google.protobuf.Duration can hold, 10,000 years. Only the binary form can carry more, and JSON answers about the
 * component would fail from then on.
 */
const MAX_DURATION_MS = 315_576_000_000 * 1_000;

/**
 * Settles when what was reported is durable.
 * @throws INVALID_REQUEST, COMPONENT_NOT_FOUND, NOT_A_HEARTBEAT
 */
export async function reportHealth(reporter: HealthReporter, request: ReportHealthRequest): Promise<Health> {
  const { component, message, runId } = request;
  const outcome = outcomeFromProto(request.status);
  if (outcome === undefined) throw invalidField('status', 'must be HEALTHY, DEGRADED or UNHEALTHY');
  const durationMs = request.duration === undefined ? undefined : durationFromProto(request.duration);
  if (durationMs !== undefined && durationMs > MAX_DURATION_MS)
    throw invalidField('duration', 'must be at most 10,000 years');
  const result = await reporter.report(component, {
    outcome,
    message,
    ...(durationMs !== undefined && { durationMs }),
    ...(runId !== '' && { runId }),
  });
  if (result.ok) return result.health;
  throw result.why === 'not-found'
    ? createError('COMPONENT_NOT_FOUND', { components: [component] })
    : createError('NOT_A_HEARTBEAT', { component, kind: result.kind ?? 'unknown' });
}
