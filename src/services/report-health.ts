// ReportHealth: what a component says of itself, counted, made fit to be shown, and handed on.
import type { ReportHealthRequest } from '../../gen/openk/health/v1/health_pb.ts';
import type { Health } from '../core/health.ts';
import type { HealthReader, HealthReporter } from '../engine/health-ports.ts';
import { invalidField, refusal } from '../errors/to-connect.ts';
import type { Reported } from './audit-reports.ts';
import { durationFromProto, outcomeFromProto } from './convert.ts';
import type { ReportLimits } from './report-limits.ts';

/**
 * What google.protobuf.Duration can hold, 10,000 years. Only the binary form can carry more, and JSON answers about the
 * component would fail from then on.
 */
const MAX_DURATION_MS = 315_576_000_000 * 1_000;
const MAX_MESSAGE_CHARS = 4_096;
const MAX_RUN_ID_CHARS = 128;

interface Reporting {
  /** What the caller sees. */
  readonly reader: Pick<HealthReader, 'definition' | 'health'>;
  /** Whether that is everything, and every word of it. */
  readonly seesAll: boolean;
  readonly reporter: HealthReporter;
  readonly limits: ReportLimits;
  /** Takes each report that counts, before anybody can see what comes of it. */
  readonly audit?: (reported: Pick<Reported, 'component' | 'status' | 'message'>) => void;
}

/**
 * Settles when what was reported is durable.
 * @param client who reports, for the limits
 * @throws INVALID_REQUEST, COMPONENT_NOT_FOUND, NOT_A_HEARTBEAT, TOO_MANY_REPORTS; STORAGE_UNAVAILABLE when it counts and is
 * not durable
 */
export async function reportHealth(
  { reader, seesAll, reporter, limits, audit }: Reporting,
  request: ReportHealthRequest,
  client: string,
): Promise<Health> {
  const { component } = request;
  const outcome = outcomeFromProto(request.status);
  if (outcome === undefined) throw invalidField('status', 'must be HEALTHY, DEGRADED or UNHEALTHY');
  const subject = reader.definition(component)?.subject;
  if (subject === undefined) throw refusal('COMPONENT_NOT_FOUND', { components: [component] });
  const message = presentable(request.message, MAX_MESSAGE_CHARS);
  // What is refused for another reason is not counted.
  if (subject.type === 'heartbeat') {
    limits.admit({ component, client, outcome });
    audit?.({ component, status: outcome, message });
  }
  const durationMs = request.duration && durationFromProto(request.duration);
  const runId = presentable(request.runId, MAX_RUN_ID_CHARS);
  const result = await reporter.report(component, {
    outcome,
    message,
    // A clock that was set back, a sum that overflowed: nothing that a failure should be lost for.
    ...(durationMs !== undefined && durationMs >= 0 && durationMs <= MAX_DURATION_MS && { durationMs }),
    ...(runId !== '' && { runId }),
  });
  if (!result.ok) {
    throw result.why === 'not-found'
      ? refusal('COMPONENT_NOT_FOUND', { components: [component] })
      : refusal('NOT_A_HEARTBEAT', { component, kind: result.kind ?? 'unknown' });
  }
  if (!result.isDurable) throw refusal('STORAGE_UNAVAILABLE', { component });
  // It may be gone by now for whoever does not see all.
  const health = seesAll ? result.health : reader.health(component);
  if (health === undefined) throw refusal('COMPONENT_NOT_FOUND', { components: [component] });
  return health;
}

/** Line breaks and tabs are text; what else controls a terminal is not. */
const UNPRINTABLE = /[^\P{Cc}\t\n\r]/gu;

/** Cut where it is too long, with a mark. */
function presentable(text: string, maxChars: number): string {
  const clean = text.length <= maxChars ? text : `${text.slice(0, maxChars - 1)}…`;
  return clean.toWellFormed().replaceAll(UNPRINTABLE, '\ufffd');
}
