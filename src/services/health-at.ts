// GetHealth with `at`: what was known at a past time.
import { create } from '@bufbuild/protobuf';
import type { Timestamp } from '@bufbuild/protobuf/wkt';
import { type GetHealthResponse, GetHealthResponseSchema } from '../../gen/openk/health/v1/health_pb.ts';
import type { Clock } from '../core/clock.ts';
import type { Reason } from '../core/observation.ts';
import type { KnownAt } from '../core/store.ts';
import type { HealthReader } from '../engine/health-ports.ts';
import { invalidField, refusal } from '../errors/to-connect.ts';
import { durationToProto, statusToProto, timestampFromProto, timestampToProto } from './convert.ts';
import { type HistoryReader, isRemembered } from './history-reader.ts';
import { wordless } from './without-words.ts';

const NOT_RUNNING: Reason = { code: 'NOT_RUNNING', message: 'OpenK did not run then' };
const NO_RECORD: Reason = { code: 'NO_RECORD', message: 'nothing is kept of that time, or it was not there yet' };

interface Sources {
  readonly reader: HealthReader;
  readonly history: HistoryReader;
  readonly clock: Clock;
  /** Whether reasons have words. */
  readonly isExplained: boolean;
}

/** @throws INVALID_REQUEST for a time to come, COMPONENT_NOT_FOUND, HISTORY_UNAVAILABLE */
export async function healthAt(sources: Sources, component: string, at: Timestamp): Promise<GetHealthResponse> {
  const { reader, history, clock, isExplained } = sources;
  const atMs = timestampFromProto(at);
  if (atMs > clock.nowMs()) {
    const description = 'must not be in the future: leave it out to ask for now';
    throw invalidField('at', description);
  }
  const known = await history.knownAt(component, atMs);
  if (known.kind === 'known') return toAnswer(component, known);
  // What is not there now was not there then either, where there is no record of it.
  const isThere =
    known.kind === 'no-record'
      ? reader.health(component) !== undefined
      : await isRemembered(reader, history, component);
  if (!isThere) throw refusal('COMPONENT_NOT_FOUND', { components: [component] });
  const reason = known.kind === 'no-record' ? NO_RECORD : NOT_RUNNING;
  return create(GetHealthResponseSchema, {
    health: { component, status: statusToProto('UNKNOWN'), reason: isExplained ? { ...reason } : wordless(reason) },
  });
}

function toAnswer(component: string, { record, lastObservation }: KnownAt & { kind: 'known' }): GetHealthResponse {
  return create(GetHealthResponseSchema, {
    health: {
      component,
      status: statusToProto(record.to),
      since: timestampToProto(record.atMs),
      reason: { code: record.reason.code, message: record.reason.message },
      causedBy: [...record.causedBy],
      revision: BigInt(record.revision),
      ...(lastObservation && { checkedAt: timestampToProto(lastObservation.atMs) }),
      ...(lastObservation?.latencyMs !== undefined && { latency: durationToProto(lastObservation.latencyMs) }),
    },
  });
}
