// What is remembered, as messages.
import { create } from '@bufbuild/protobuf';
import {
  type AvailabilityBucket as AvailabilityBucketMessage,
  AvailabilityBucketSchema,
  Counting as ProtoCounting,
  type ServiceLevel,
  ServiceLevelSchema,
  type Transition as TransitionMessage,
  TransitionSchema,
} from '../../gen/openk/health/v1/health_pb.ts';
import type { AvailabilityBucket, Counting } from '../core/history/availability.ts';
import type { SloStanding } from '../core/slo/budget.ts';
import { BURN_WINDOWS, BURN_WINDOWS_MS } from '../core/slo/objective.ts';
import type { Transition } from '../core/store.ts';
import { durationToProto, statusToProto, timestampToProto } from './convert.ts';

const COUNTING_FROM_PROTO: ReadonlyMap<ProtoCounting, Counting> = new Map([
  [ProtoCounting.UNSPECIFIED, 'excluded'],
  [ProtoCounting.EXCLUDED, 'excluded'],
  [ProtoCounting.UPTIME, 'uptime'],
  [ProtoCounting.DOWNTIME, 'downtime'],
]);

/** Undefined for a number that has no name. */
export function countingFromProto(counting: ProtoCounting): Counting | undefined {
  return COUNTING_FROM_PROTO.get(counting);
}

export function transitionToProto(transition: Transition): TransitionMessage {
  const { revision, component, atMs, from, to, reason, causedBy } = transition;
  return create(TransitionSchema, {
    revision: BigInt(revision),
    component,
    time: timestampToProto(atMs),
    from: statusToProto(from),
    to: statusToProto(to),
    reason: { code: reason.code, message: reason.message },
    causedBy: [...causedBy],
  });
}

export function bucketToProto(bucket: AvailabilityBucket): AvailabilityBucketMessage {
  const { fromMs, toMs, timeMs, uptimeRatio, observations, latency } = bucket;
  return create(AvailabilityBucketSchema, {
    from: timestampToProto(fromMs),
    to: timestampToProto(toMs),
    time: {
      ...(timeMs.HEALTHY > 0 && { healthy: durationToProto(timeMs.HEALTHY) }),
      ...(timeMs.DEGRADED > 0 && { degraded: durationToProto(timeMs.DEGRADED) }),
      ...(timeMs.UNHEALTHY > 0 && { unhealthy: durationToProto(timeMs.UNHEALTHY) }),
      ...(timeMs.UNKNOWN > 0 && { unknown: durationToProto(timeMs.UNKNOWN) }),
      ...(timeMs.MAINTENANCE > 0 && { maintenance: durationToProto(timeMs.MAINTENANCE) }),
    },
    ...(uptimeRatio !== undefined && { uptimeRatio }),
    observations: BigInt(observations),
    ...(latency && {
      latency: {
        p50: durationToProto(latency.p50Ms),
        p95: durationToProto(latency.p95Ms),
        p99: durationToProto(latency.p99Ms),
      },
    }),
  });
}

/** @param finestMs burn rates of windows that are shorter are not known */
export function serviceLevelToProto({ budget, rates }: SloStanding, finestMs = 0): ServiceLevel {
  const { objective, windowMs, goodMs, badMs, excludedMs, unknownMs, totalMs, leftRatio } = budget;
  return create(ServiceLevelSchema, {
    objective,
    window: durationToProto(windowMs),
    good: durationToProto(goodMs),
    bad: durationToProto(badMs),
    excluded: durationToProto(excludedMs),
    unknown: durationToProto(unknownMs),
    budget: durationToProto(totalMs),
    spent: durationToProto(badMs),
    ...(leftRatio !== undefined && { budgetLeftRatio: leftRatio }),
    burnRates: BURN_WINDOWS.flatMap((window) => {
      const [rate, ms] = [rates[window], BURN_WINDOWS_MS[window]];
      return rate === undefined || ms < finestMs ? [] : [{ window: durationToProto(ms), rate }];
    }),
  });
}
