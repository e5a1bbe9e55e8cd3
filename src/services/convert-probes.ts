// What agents are given and what they say, as messages and back: the service has one side of each, the agent the other.
import { create } from '@bufbuild/protobuf';
import { type Duration, DurationSchema } from '@bufbuild/protobuf/wkt';
import {
  type AgentObservation,
  AgentObservationSchema,
  type Assignment as AssignmentMessage,
  AssignmentSchema,
  type ObservedReason,
  ObservedReasonSchema,
} from '../../gen/openk/agent/v1/agent_pb.ts';
import { HealthStatus } from '../../gen/openk/common/v1/common_pb.ts';
import { type Component, ComponentSchema } from '../../gen/openk/config/v1/config_pb.ts';
import type { ProbePhases } from '../../gen/openk/health/v1/health_pb.ts';
import type { Observation, Phases, Reason } from '../core/observation.ts';
import type { ProbedDefinition } from '../engine/prober.ts';
import type { Assignment } from '../engine/worker-ports.ts';
import {
  durationFromProto,
  durationToProto,
  phasesToProto,
  statusToProto,
  timestampFromProto,
  timestampToProto,
} from './convert.ts';

/** With the secrets of the probe: for an agent alone. */
export function assignmentToProto({ id, definition, intervalMs, freshForMs }: Assignment): AssignmentMessage {
  const { kind, options, schedule } = definition.subject;
  return create(AssignmentSchema, {
    id,
    component: create(ComponentSchema, {
      id: definition.id,
      timeout: durationToProto(schedule.timeoutMs),
      staleAfter: durationToProto(schedule.staleAfterMs),
      kind: { case: kind, value: options } as Component['kind'],
    }),
    interval: durationToProto(intervalMs),
    freshFor: durationToProto(freshForMs),
  });
}

/**
 * What the agent probes under it: all that probing needs, and none of what decides.
 * @returns undefined for a kind that it does not know
 */
export function assignmentFromProto({ id, component, interval, freshFor }: AssignmentMessage): Assignment | undefined {
  const { case: kind, value: options } = component?.kind ?? {};
  if (component === undefined || kind === undefined || interval === undefined) return undefined;
  const intervalMs = durationFromProto(interval);
  const definition: ProbedDefinition = {
    id: component.id,
    labels: {},
    dependsOn: [],
    servingWhenDegraded: true,
    subject: {
      type: 'probe',
      kind,
      options,
      // What is looked at in another way has another name.
      fingerprint: id,
      schedule: {
        intervalMs,
        unhealthyIntervalMs: intervalMs,
        timeoutMs: component.timeout ? durationFromProto(component.timeout) : intervalMs,
        healthyThreshold: 1,
        unhealthyThreshold: 1,
        staleAfterMs: component.staleAfter ? durationFromProto(component.staleAfter) : 3 * intervalMs,
      },
    },
  };
  return { id, definition, intervalMs, freshForMs: freshFor ? durationFromProto(freshFor) : 0 };
}

export interface Seen {
  readonly component: string;
  readonly assignment: string;
  readonly observation: Observation;
}

/** @param timeMs when it was seen, by the clock of the agent */
export function seenToProto({ component, assignment, observation }: Seen, timeMs: number): AgentObservation {
  const { outcome, reason, latencyMs, phases, certificateExpiresMs, parts, decisive } = observation;
  return create(AgentObservationSchema, {
    component,
    assignment,
    time: timestampToProto(timeMs),
    outcome: statusToProto(outcome),
    reason: reasonToProto(reason),
    ...(latencyMs !== undefined && { latency: durationToProto(latencyMs) }),
    ...(phases && { phases: phasesToProto(phases) }),
    ...(certificateExpiresMs !== undefined && { certificateExpires: timestampToProto(certificateExpiresMs) }),
    ...(parts && {
      parts: {
        parts: parts.map((part) => ({
          name: part.name,
          outcome: statusToProto(part.outcome),
          reason: reasonToProto(part.reason),
        })),
      },
    }),
    isDecisive: decisive === true,
  });
}

export function observationFromProto(message: AgentObservation): Observation {
  const { outcome, reason, latency, phases, certificateExpires, parts, isDecisive } = message;
  return {
    outcome: outcomeFromProto(outcome),
    reason: reasonFromProto(reason),
    ...(latency && { latencyMs: Math.max(0, durationFromProto(latency)) }),
    ...(phases && { phases: phasesFromProto(phases) }),
    ...(certificateExpires && { certificateExpiresMs: timestampFromProto(certificateExpires) }),
    ...(parts && {
      parts: parts.parts.map((part) => ({
        name: part.name,
        outcome: outcomeFromProto(part.outcome),
        reason: reasonFromProto(part.reason),
      })),
    }),
    ...(isDecisive && { decisive: true }),
  };
}

/** From milliseconds, which may be negative. */
export function skewToProto(ms: number): Duration {
  const { seconds, nanos } = durationToProto(Math.abs(ms));
  return create(DurationSchema, ms < 0 ? { seconds: -seconds, nanos: -nanos } : { seconds, nanos });
}

/** The rules of the message let nothing else through. */
const OUTCOMES: ReadonlyMap<HealthStatus, Observation['outcome']> = new Map([
  [HealthStatus.HEALTHY, 'HEALTHY'],
  [HealthStatus.DEGRADED, 'DEGRADED'],
  [HealthStatus.UNHEALTHY, 'UNHEALTHY'],
]);

function outcomeFromProto(status: HealthStatus): Observation['outcome'] {
  return OUTCOMES.get(status) ?? 'UNKNOWN';
}

function reasonToProto({ code, message, evidence = '' }: Reason): ObservedReason {
  return create(ObservedReasonSchema, { code, message, evidence });
}

function reasonFromProto(reason: ObservedReason | undefined): Reason {
  const { code = '', message = '', evidence = '' } = reason ?? {};
  return { code, message, ...(evidence !== '' && { evidence }) };
}

function phasesFromProto({ dns, connect, tls, firstByte, body }: ProbePhases): Phases {
  return {
    ...(dns && { dnsMs: durationFromProto(dns) }),
    ...(connect && { connectMs: durationFromProto(connect) }),
    ...(tls && { tlsMs: durationFromProto(tls) }),
    ...(firstByte && { firstByteMs: durationFromProto(firstByte) }),
    ...(body && { bodyMs: durationFromProto(body) }),
  };
}
