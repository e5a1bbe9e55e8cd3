// Core words to messages and back. Every table is exhaustive, so that a new status or impact does not compile until it
// has a place on the wire.
import { create } from '@bufbuild/protobuf';
import { type Duration, DurationSchema, type Timestamp, TimestampSchema } from '@bufbuild/protobuf/wkt';
import { HealthStatus, Impact as ProtoImpact } from '../../gen/openk/common/v1/common_pb.ts';
import {
  CauseStep_Relation,
  type ComponentHealth,
  ComponentHealthSchema,
  type ComponentSummary,
  ComponentSummarySchema,
  type ExplainHealthResponse,
  ExplainHealthResponseSchema,
  type GetHealthResponse,
  GetHealthResponseSchema,
  type ProbePhases,
  ProbePhasesSchema,
} from '../../gen/openk/health/v1/health_pb.ts';
import type { ComponentDefinition, Impact, MaintenancePeriod } from '../core/definition.ts';
import type { CauseStep, Explanation, MemberContribution, RuleExplanation } from '../core/explain.ts';
import type { Health } from '../core/health.ts';
import { type Phases, type Reason, reasonText } from '../core/observation.ts';
import { kindOf } from '../core/redefined.ts';
import type { Outcome, Status } from '../core/status.ts';
import { ruleText } from './rule-text.ts';

const STATUS_TO_PROTO: Readonly<Record<Status, HealthStatus>> = {
  HEALTHY: HealthStatus.HEALTHY,
  DEGRADED: HealthStatus.DEGRADED,
  UNHEALTHY: HealthStatus.UNHEALTHY,
  UNKNOWN: HealthStatus.UNKNOWN,
  MAINTENANCE: HealthStatus.MAINTENANCE,
};

const IMPACT_TO_PROTO: Readonly<Record<Impact, ProtoImpact>> = {
  CRITICAL: ProtoImpact.CRITICAL,
  DEGRADES: ProtoImpact.DEGRADES,
  IGNORED: ProtoImpact.IGNORED,
};

const RELATION_TO_PROTO: Readonly<Record<NonNullable<CauseStep['relation']>, CauseStep_Relation>> = {
  member: CauseStep_Relation.MEMBER,
  dependency: CauseStep_Relation.DEPENDENCY,
};

/** What a report may say; not set is HEALTHY. */
const OUTCOME_FROM_PROTO: ReadonlyMap<HealthStatus, Outcome> = new Map([
  [HealthStatus.UNSPECIFIED, 'HEALTHY'],
  [HealthStatus.HEALTHY, 'HEALTHY'],
  [HealthStatus.DEGRADED, 'DEGRADED'],
  [HealthStatus.UNHEALTHY, 'UNHEALTHY'],
]);

export function statusToProto(status: Status): HealthStatus {
  return STATUS_TO_PROTO[status];
}

/** The outcome of a report; undefined where the status is none. */
export function outcomeFromProto(status: HealthStatus): Outcome | undefined {
  return OUTCOME_FROM_PROTO.get(status);
}

/** From so many on, messages that are kept for each would be most of what the process has, once somebody has asked for all of them. */
export const MANY_COMPONENTS = 20_000;

/** What is asked for again and again. No state: a Health never changes, nor does what says it. */
const healthAnswers = new WeakMap<Health, GetHealthResponse & { readonly health: ComponentHealth }>();

/** The same message for the same `health`, shared by all answers: not to be changed. */
export function healthToProto(health: Health): ComponentHealth {
  return healthToAnswer(health).health;
}

/** The same answer for the same `health`. Frozen, so that a server may keep its bytes. */
export function healthToAnswer(health: Health): GetHealthResponse & { readonly health: ComponentHealth } {
  let answer = healthAnswers.get(health);
  if (answer === undefined) {
    const message = createHealthMessage(health);
    answer = Object.freeze(Object.assign(create(GetHealthResponseSchema), { health: message }));
    healthAnswers.set(health, answer);
  }
  return answer;
}

/** A message of its own, which nothing keeps. */
export function createHealthMessage(health: Health): ComponentHealth {
  const { checkedAtMs, latencyMs, pending, memberCounts, maintenance, run } = health;
  return create(ComponentHealthSchema, {
    component: health.component,
    status: statusToProto(health.status),
    since: timestampToProto(health.sinceMs),
    ...(checkedAtMs !== undefined && { checkedAt: timestampToProto(checkedAtMs) }),
    reason: reasonToProto(health.reason),
    ...(latencyMs !== undefined && { latency: durationToProto(latencyMs) }),
    ...(pending && {
      pending: {
        status: statusToProto(pending.status),
        count: pending.count,
        threshold: pending.threshold,
        reason: reasonToProto(pending.reason),
      },
    }),
    ...(memberCounts && { memberCounts: { ...memberCounts } }),
    causedBy: [...health.causedBy],
    revision: BigInt(health.revision),
    ...(maintenance && {
      maintenance: {
        reason: maintenance.reason,
        ...(maintenance.untilMs !== undefined && { until: timestampToProto(maintenance.untilMs) }),
      },
    }),
    ...(run && { run: { id: run.id, start: timestampToProto(run.startedMs) } }),
  });
}

const definitions = new WeakMap<ComponentDefinition, ComponentSummary>();

/** What a component is, without its health: the same message for the same arguments. Frozen, so that a server may keep its bytes. */
export function definitionToProto(definition: ComponentDefinition, parents: readonly string[]): ComponentSummary {
  const known = definitions.get(definition);
  // Parents that are hidden from some are the definition's own for others.
  if (known !== undefined && isSameList(known.parents, parents)) return known;
  const summary = createSummary(definition, parents);
  definitions.set(definition, Object.freeze(summary));
  return summary;
}

/** A message of its own, which nothing keeps. */
export function createSummary(definition: ComponentDefinition, parents: readonly string[]): ComponentSummary {
  return create(ComponentSummarySchema, {
    id: definition.id,
    labels: { ...definition.labels },
    kind: kindOf(definition),
    displayName: definition.displayName ?? '',
    parents: [...parents],
  });
}

const summaries = new WeakMap<Health, { readonly of: ComponentSummary; readonly summary: ComponentSummary }>();

/** The same with its health. */
export function summaryToProto(
  definition: ComponentDefinition,
  parents: readonly string[],
  health: Health,
): ComponentSummary {
  const of = definitionToProto(definition, parents);
  const known = summaries.get(health);
  if (known?.of === of) return known.summary;
  const summary = withHealth(of, healthToProto(health));
  summaries.set(health, { of, summary: Object.freeze(summary) });
  return summary;
}

/** A message of its own, which nothing keeps. */
export function createSummaryWithHealth(
  definition: ComponentDefinition,
  parents: readonly string[],
  health: Health,
): ComponentSummary {
  return withHealth(createSummary(definition, parents), createHealthMessage(health));
}

function withHealth(
  { id, labels, kind, displayName, parents }: ComponentSummary,
  health: ComponentHealth,
): ComponentSummary {
  return create(ComponentSummarySchema, { id, labels, kind, displayName, parents, health });
}

function isSameList(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((item, at) => item === b[at]);
}

export function explanationToProto(explanation: Explanation, health: Health): ExplainHealthResponse {
  return create(ExplainHealthResponseSchema, {
    health: healthToProto(health),
    ...(explanation.rule && { rule: ruleToProto(explanation.rule) }),
    causes: explanation.causes.map((steps) => ({ steps: steps.map(causeStepToProto) })),
    truncated: explanation.truncated,
  });
}

function ruleToProto({ rule, ifUnknownHealthy, ifUnknownUnhealthy, members, notCounted }: RuleExplanation) {
  return {
    rule: ruleText(rule),
    ifUnknownHealthy: statusToProto(ifUnknownHealthy),
    ifUnknownUnhealthy: statusToProto(ifUnknownUnhealthy),
    members: members.map(contributionToProto),
    notCounted: notCounted.map(contributionToProto),
  };
}

function contributionToProto({ component, status, contributes, impact, weight }: MemberContribution) {
  return {
    component,
    status: statusToProto(status),
    ...(contributes && { contributes: statusToProto(contributes) }),
    impact: IMPACT_TO_PROTO[impact],
    weight,
  };
}

function causeStepToProto({ component, relation, status, reason, suppressed }: CauseStep) {
  return {
    component,
    ...(relation && { relation: RELATION_TO_PROTO[relation] }),
    status: statusToProto(status),
    reason: reasonToProto(reason),
    suppressed,
  };
}

function reasonToProto(reason: Reason) {
  return { code: reason.code, message: reasonText(reason) };
}

/** Fields of a `MaintenancePeriod`. */
export function periodToProto({ fromMs, untilMs }: MaintenancePeriod) {
  return {
    // 0 is that of a maintenance by hand, whose start nobody knows.
    ...(fromMs > 0 && { start: timestampToProto(fromMs) }),
    ...(untilMs !== undefined && { end: timestampToProto(untilMs) }),
  };
}

export function phasesToProto({ dnsMs, connectMs, tlsMs, firstByteMs, bodyMs }: Phases): ProbePhases {
  return create(ProbePhasesSchema, {
    ...(dnsMs !== undefined && { dns: durationToProto(dnsMs) }),
    ...(connectMs !== undefined && { connect: durationToProto(connectMs) }),
    ...(tlsMs !== undefined && { tls: durationToProto(tlsMs) }),
    ...(firstByteMs !== undefined && { firstByte: durationToProto(firstByteMs) }),
    ...(bodyMs !== undefined && { body: durationToProto(bodyMs) }),
  });
}

/** Whole microseconds: what a clock can resolve, and no digits of floating point. */
function splitMs(ms: number): { seconds: bigint; nanos: number } {
  const totalMicros = Math.round(ms * 1_000);
  const seconds = Math.floor(totalMicros / 1_000_000);
  return { seconds: BigInt(seconds), nanos: (totalMicros - seconds * 1_000_000) * 1_000 };
}

/** From epoch milliseconds. */
export function timestampToProto(epochMs: number): Timestamp {
  return create(TimestampSchema, splitMs(epochMs));
}

/** From milliseconds, not negative. */
export function durationToProto(ms: number): Duration {
  return create(DurationSchema, splitMs(ms));
}

/** To epoch milliseconds. */
export function timestampFromProto(timestamp: Timestamp): number {
  return Number(timestamp.seconds) * 1_000 + timestamp.nanos / 1_000_000;
}

/** To milliseconds. */
export function durationFromProto(duration: Duration): number {
  return Number(duration.seconds) * 1_000 + duration.nanos / 1_000_000;
}
