// Calls as metrics, by the OpenTelemetry conventions for RPC 1.45 (opentelemetry.io/docs/specs/semconv/rpc/rpc-metrics).
import type { Attributes, Meter } from '@opentelemetry/api';
import type { CallObserver, ObservedCall } from './observe-calls.ts';

/** The boundaries that the conventions advise, in seconds. */
const DURATION_BOUNDARIES = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];
const MESSAGE_BOUNDARIES = [1, 2, 5, 10, 100, 1_000, 10_000, 100_000];

/** Codes that are the server's fault (semantic conventions for gRPC, span status of servers). */
const SERVER_ERRORS: ReadonlySet<string> = new Set([
  'UNKNOWN',
  'DEADLINE_EXCEEDED',
  'UNIMPLEMENTED',
  'INTERNAL',
  'UNAVAILABLE',
  'DATA_LOSS',
]);

export function isServerError(code: string): boolean {
  return SERVER_ERRORS.has(code);
}

/** What metrics and spans say of a call alike. */
export function callAttributes({ protocol, method }: ObservedCall): Attributes {
  const isGrpc = protocol === 'grpc' || protocol === 'grpc_web';
  return { 'rpc.system.name': isGrpc ? 'grpc' : 'connectrpc', 'rpc.method': method, 'openk.protocol': protocol };
}

export function createCallMetrics(meter: Meter): CallObserver {
  const duration = meter.createHistogram('rpc.server.call.duration', {
    description: 'Duration of calls, from their first to their last byte; streams included.',
    unit: 's',
    advice: { explicitBucketBoundaries: DURATION_BOUNDARIES },
  });
  const inFlight = meter.createUpDownCounter('openk.rpc.calls_in_flight', {
    description: 'Calls that have begun and not ended.',
    unit: '{call}',
  });
  const streams = meter.createUpDownCounter('openk.watch.streams', {
    description: 'Open streams to watchers.',
    unit: '{stream}',
  });
  const messages = meter.createHistogram('openk.rpc.stream.messages', {
    description: 'Messages that a stream sent until it ended.',
    unit: '{message}',
    advice: { explicitBucketBoundaries: MESSAGE_BOUNDARIES },
  });
  return (call) => {
    const attributes = callAttributes(call);
    const service = { service: call.service };
    inFlight.add(1, attributes);
    if (call.isStream) streams.add(1, service);
    return ({ code, durationMs, messages: sent }) => {
      inFlight.add(-1, attributes);
      if (call.isStream) {
        streams.add(-1, service);
        messages.record(sent, attributes);
      }
      const outcome: Attributes = { ...attributes, 'rpc.status_code': code };
      if (isServerError(code)) outcome['error.type'] = code;
      duration.record(durationMs / 1000, outcome);
    };
  };
}
