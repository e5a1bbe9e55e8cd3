// openk.health.v1.HealthService: what each method answers. Requests have passed validation; how they came here (gRPC,
// gRPC-Web, Connect, REST) is not known here.
import { create } from '@bufbuild/protobuf';
import type { ServiceImpl } from '@connectrpc/connect';
import type { Component } from '../../gen/openk/config/v1/config_pb.ts';
import {
  ExplainHealthRequestSchema,
  GetComponentResponseSchema,
  GetHealthRequestSchema,
  type HealthService,
  ListComponentsRequestSchema,
  ListTransitionsRequestSchema,
  ReportHealthResponseSchema,
} from '../../gen/openk/health/v1/health_pb.ts';
import type { Clock } from '../core/clock.ts';
import type { MaintenancePeriod } from '../core/definition.ts';
import { nextDueTimes } from '../core/due-times.ts';
import type { Health } from '../core/health.ts';
import type { StoreFault } from '../core/store.ts';
import type { HealthReader, HealthReporter } from '../engine/health-ports.ts';
import { refusal } from '../errors/to-connect.ts';
import { type AuditChange, createReportAudit, type Reported } from './audit-reports.ts';
import { addressOf, clientOf, principalOf } from './caller.ts';
import {
  explanationToProto,
  healthToAnswer,
  healthToProto,
  periodToProto,
  phasesToProto,
  timestampToProto,
} from './convert.ts';
import { createGetAvailability } from './get-availability.ts';
import { healthAt } from './health-at.ts';
import { type HistoryReader, withApiErrors } from './history-reader.ts';
import { listComponents } from './list-components.ts';
import { listTransitions } from './list-transitions.ts';
import { createNewsStreams } from './news-streams.ts';
import { onceATurn, questionKey } from './once-a-turn.ts';
import { reportHealth } from './report-health.ts';
import type { ReportLimits } from './report-limits.ts';
import { createSharedQuestions } from './shared-questions.ts';
import { watchHealth } from './watch-health.ts';

const DEFAULT_KEEP_ALIVE_MS = 15_000;
/** How many periods of maintenance, and times at which a report is due, GetComponent says. */
const MAX_NEXT = 5;

/** A component as configured, with defaults and without secrets. */
export interface Described {
  readonly definition: Component;
  /** Fields that are configured and not in the definition, by path. */
  readonly hidden: readonly string[];
}

export interface HealthServiceOptions {
  readonly reader: HealthReader;
  readonly reporter: HealthReporter;
  readonly history: HistoryReader;
  /** History could not be read. Must not throw. */
  readonly onHistoryFault: (fault: StoreFault) => void;
  readonly reportLimits: ReportLimits;
  /** Takes what the audit log is to have. Must not throw. Default: there is none. */
  readonly audit?: (change: AuditChange) => void;
  /** Undefined where there is none. */
  readonly describe: (id: string) => Described | undefined;
  /** The maintenance periods of a component from a time on, the one that goes on included: at most `count`. */
  readonly nextMaintenance: (id: string, nowMs: number, count: number) => readonly MaintenancePeriod[];
  readonly clock: Clock;
  /** Fires when the server begins to shut down: ends every stream with SHUTTING_DOWN. */
  readonly draining: AbortSignal;
  /** Longest silence of a WatchHealth stream, in milliseconds. Default: 15,000. */
  readonly keepAliveMs?: number;
}

export function createHealthService(options: HealthServiceOptions): ServiceImpl<typeof HealthService> {
  const { reader, reporter, reportLimits, describe, nextMaintenance, clock, draining } = options;
  const { keepAliveMs = DEFAULT_KEEP_ALIVE_MS } = options;
  const history = withApiErrors(options.history, options.onHistoryFault);

  const questions = createSharedQuestions({ atOnce: 8, waiting: 1_000 });
  const stream = createNewsStreams(draining);
  const auditReport = options.audit && createReportAudit(options.audit);

  /** @throws COMPONENT_NOT_FOUND */
  const healthOf = (id: string): Health => {
    const health = reader.health(id);
    if (health === undefined) throw refusal('COMPONENT_NOT_FOUND', { components: [id] });
    return health;
  };

  return {
    getHealth(request, context) {
      const { component, at } = request;
      const id = component || reader.rootId;
      if (at === undefined) return healthToAnswer(healthOf(id));
      const answer = () => healthAt({ reader, history, clock }, id, at);
      return questions.ask(`at ${questionKey(GetHealthRequestSchema, request, reader.revision)}`, answer, context);
    },

    listComponents: onceATurn(
      ListComponentsRequestSchema,
      () => reader.revision,
      (request) => listComponents(reader, request),
    ),

    getComponent({ component }) {
      const id = component || reader.rootId;
      const health = healthOf(id);
      const described = describe(id);
      const subject = reader.definition(id)?.subject;
      const nowMs = clock.nowMs();
      return create(GetComponentResponseSchema, {
        health: healthToProto(health),
        parents: [...reader.parents(id)],
        ...(described && { definition: described.definition, hidden: [...described.hidden] }),
        ...(health.phases && { phases: phasesToProto(health.phases) }),
        nextMaintenance: nextMaintenance(id, nowMs, MAX_NEXT).map(periodToProto),
        nextDue: subject === undefined ? [] : nextDueTimes(subject, nowMs, MAX_NEXT).map(timestampToProto),
      });
    },

    watchHealth: (request, { signal }) =>
      watchHealth({ reader, clock, stream, draining, keepAliveMs }, request, signal),

    async reportHealth(request, { values }) {
      const author = { principal: principalOf(values, 'REPORT').name, address: addressOf(values) };
      const audit =
        auditReport &&
        ((reported: Pick<Reported, 'component' | 'status' | 'message'>) => auditReport({ ...reported, ...author }));
      const health = await reportHealth(
        { reader, reporter, limits: reportLimits, ...(audit && { audit }) },
        request,
        clientOf(values),
      );
      return create(ReportHealthResponseSchema, { health: healthToProto(health) });
    },

    explainHealth: onceATurn(
      ExplainHealthRequestSchema,
      () => reader.revision,
      ({ component }) => {
        const id = component || reader.rootId;
        const health = healthOf(id);
        const explanation = reader.explain(id);
        if (explanation === undefined) throw refusal('COMPONENT_NOT_FOUND', { components: [id] });
        return explanationToProto(explanation, health);
      },
    ),

    listTransitions(request, context) {
      const answer = async () => Object.freeze(await listTransitions({ reader, history }, request));
      const key = `transitions ${questionKey(ListTransitionsRequestSchema, request, reader.revision)}`;
      return questions.ask(key, answer, context);
    },

    getAvailability: createGetAvailability({ reader, history, clock }),
  };
}
