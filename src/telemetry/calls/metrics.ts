// Calls as metrics, by the OpenTelemetry conventions for RPC 1.45 (opentelemetry.io/docs/specs/semconv/rpc/rpc-metrics). What
// happens for each call is a look into a map and an addition; the rest is read when somebody collects.
import type { Attributes, Meter } from '@opentelemetry/api';
import { CallDurations, type DurationSeries } from './call-durations.ts';
import { callAttributes } from './call-outcome.ts';
import type { CallEnd, CallObserver, ObservedCall } from './observed-call.ts';
import type { WireProtocol } from './wire-protocol.ts';

const MESSAGE_BOUNDARIES = [1, 2, 5, 10, 100, 1_000, 10_000, 100_000];

export interface CallMetrics {
  readonly observe: CallObserver;
  /** What `rpc.server.call.duration` has counted so far. */
  durations(): readonly DurationSeries[];
}

/** A method by one wire protocol. */
interface Method {
  readonly attributes: Attributes;
  readonly service: string;
  readonly byCode: Map<string, CallDurations>;
  inFlight: number;
  /** Undefined until there was one. */
  openStreams: number | undefined;
  readonly endUnary: (end: CallEnd) => void;
  readonly endStream: (end: CallEnd) => void;
}

/** @param nowMs epoch milliseconds */
export function createCallMetrics(meter: Meter, nowMs: () => number): CallMetrics {
  const methods = new Map<WireProtocol, Map<string, Method>>();
  const messages = meter.createHistogram('openk.rpc.stream.messages', {
    description: 'Messages that a stream sent until it ended.',
    unit: '{message}',
    advice: { explicitBucketBoundaries: MESSAGE_BOUNDARIES },
  });
  const all = () => [...methods.values()].flatMap((byName) => [...byName.values()]);
  meter
    .createObservableUpDownCounter('openk.rpc.calls_in_flight', {
      description: 'Calls that have begun and not ended.',
      unit: '{call}',
    })
    .addCallback((result) => {
      for (const { inFlight, attributes } of all()) result.observe(inFlight, attributes);
    });
  meter
    .createObservableUpDownCounter('openk.watch.streams', {
      description: 'Open streams to watchers.',
      unit: '{stream}',
    })
    .addCallback((result) => {
      for (const [service, streams] of streamsByService(all())) result.observe(streams, { service });
    });

  const createMethod = ({ method: name, service, protocol }: ObservedCall): Method => {
    const byCode = new Map<string, CallDurations>();
    const method: Method = {
      attributes: callAttributes({ method: name, protocol }),
      service,
      byCode,
      inFlight: 0,
      openStreams: undefined,
      endUnary({ code, durationMs }) {
        method.inFlight--;
        let series = byCode.get(code);
        if (series === undefined) {
          series = new CallDurations(name, protocol, code, nowMs());
          byCode.set(code, series);
        }
        series.add(durationMs);
      },
      endStream(end) {
        method.openStreams = (method.openStreams ?? 0) - 1;
        messages.record(end.messages, method.attributes);
        method.endUnary(end);
      },
    };
    return method;
  };
  const methodOf = (call: ObservedCall): Method => {
    let byName = methods.get(call.protocol);
    if (byName === undefined) {
      byName = new Map();
      methods.set(call.protocol, byName);
    }
    let method = byName.get(call.method);
    if (method === undefined) {
      method = createMethod(call);
      byName.set(call.method, method);
    }
    return method;
  };

  return {
    observe(call) {
      const method = methodOf(call);
      method.inFlight++;
      if (!call.isStream) return method.endUnary;
      method.openStreams = (method.openStreams ?? 0) + 1;
      return method.endStream;
    },
    durations: () => all().flatMap(({ byCode }) => [...byCode.values()]),
  };
}

/** Of services that had any. */
function streamsByService(methods: readonly Method[]): ReadonlyMap<string, number> {
  const sums = new Map<string, number>();
  for (const { service, openStreams } of methods) {
    if (openStreams !== undefined) sums.set(service, (sums.get(service) ?? 0) + openStreams);
  }
  return sums;
}
