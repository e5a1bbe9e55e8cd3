// What heartbeats say of themselves, by ReportHealth or by a ping: counted, made fit to be shown, and handed on.
import type { ReportHealthRequest } from '../../gen/openk/health/v1/health_pb.ts';
import type { Principal } from '../auth/principal.ts';
import type { Health } from '../core/health.ts';
import type { Outcome } from '../core/status.ts';
import type { HealthReader, HealthReporter, Report, ReportResult } from '../engine/health-ports.ts';
import { invalidField, refusal } from '../errors/to-connect.ts';
import { type AuditChange, createReportAudit } from './audit-reports.ts';
import { clientKey } from './caller.ts';
import { durationFromProto, outcomeFromProto } from './convert.ts';
import type { ReportLimits } from './report-limits.ts';
import type { ReaderOf } from './visible-readers.ts';

/**
 * What google.protobuf.Duration can hold, 10,000 years. Only the binary form can carry more, and JSON answers about the
 * component would fail from then on.
 */
const MAX_DURATION_MS = 315_576_000_000 * 1_000;
const MAX_MESSAGE_CHARS = 4_096;
const MAX_RUN_ID_CHARS = 128;

/** Who says it. */
export interface Author {
  readonly principal: Principal;
  /** Empty where there is no connection. */
  readonly address: string;
}

/** Both settle when what was said is durable. */
export interface Reports {
  /** @throws COMPONENT_NOT_FOUND, NOT_A_HEARTBEAT, TOO_MANY_REPORTS; STORAGE_UNAVAILABLE when it counts and is not durable */
  report(author: Author, component: string, report: Report): Promise<Health>;
  /** A run of the job begins. @param runId empty for one without @throws as `report` */
  startRun(author: Author, component: string, runId: string): Promise<void>;
}

export interface ReportsOptions {
  readonly readerOf: ReaderOf;
  readonly reporter: HealthReporter;
  readonly limits: ReportLimits;
  /** Takes what the audit log is to have. Must not throw. Default: there is none. */
  readonly audit?: ((change: AuditChange) => void) | undefined;
}

export function createReports({ readerOf, reporter, limits, audit }: ReportsOptions): Reports {
  const auditReport = audit && createReportAudit(audit);

  /** What the caller sees. What is refused for another reason is not counted. */
  const admit = ({ principal, address }: Author, component: string, outcome: Outcome): HealthReader => {
    const reader = readerOf(principal);
    const subject = reader.definition(component)?.subject;
    if (subject === undefined) throw refusal('COMPONENT_NOT_FOUND', { components: [component] });
    if (subject.type === 'heartbeat') limits.admit({ component, client: clientKey(address), outcome });
    return reader;
  };
  const healthOf = (component: string, result: ReportResult): Health => {
    if (!result.ok) {
      throw result.why === 'not-found'
        ? refusal('COMPONENT_NOT_FOUND', { components: [component] })
        : refusal('NOT_A_HEARTBEAT', { component, kind: result.kind ?? 'unknown' });
    }
    if (!result.isDurable) throw refusal('STORAGE_UNAVAILABLE', { component });
    return result.health;
  };

  return {
    async report(author, component, { outcome, message, durationMs, runId = '' }) {
      const { principal, address } = author;
      const reader = admit(author, component, outcome);
      const words = presentable(message, MAX_MESSAGE_CHARS);
      if (reader.definition(component)?.subject.type === 'heartbeat') {
        auditReport?.({ component, status: outcome, message: words, principal: principal.name, address });
      }
      const shownRunId = presentable(runId, MAX_RUN_ID_CHARS);
      const result = await reporter.report(component, {
        outcome,
        message: words,
        // A clock that was set back, a sum that overflowed: nothing that a failure should be lost for.
        ...(durationMs !== undefined && durationMs >= 0 && durationMs <= MAX_DURATION_MS && { durationMs }),
        ...(shownRunId !== '' && { runId: shownRunId }),
      });
      const health = healthOf(component, result);
      if (seesAll(principal)) return health;
      // It may be gone by now for whoever does not see all.
      const seen = reader.health(component);
      if (seen === undefined) throw refusal('COMPONENT_NOT_FOUND', { components: [component] });
      return seen;
    },
    async startRun(author, component, runId) {
      admit(author, component, 'HEALTHY');
      healthOf(component, await reporter.startRun(component, presentable(runId, MAX_RUN_ID_CHARS)));
    },
  };
}

/** @throws INVALID_REQUEST */
export function reportFromProto(request: ReportHealthRequest): Report {
  const { status, message, duration, runId } = request;
  const outcome = outcomeFromProto(status);
  if (outcome === undefined) throw invalidField('status', 'must be HEALTHY, DEGRADED or UNHEALTHY');
  return { outcome, message, runId, ...(duration && { durationMs: durationFromProto(duration) }) };
}

function seesAll({ scopes, selection }: Principal): boolean {
  return selection === undefined && scopes.has('EXPLAIN');
}

/** Line breaks and tabs are text; what else controls a terminal is not. */
const UNPRINTABLE = /[^\P{Cc}\t\n\r]/gu;

/** Cut where it is too long, with a mark. */
function presentable(text: string, maxChars: number): string {
  const clean = text.length <= maxChars ? text : `${text.slice(0, maxChars - 1)}…`;
  return clean.toWellFormed().replaceAll(UNPRINTABLE, '\ufffd');
}
