// A client span for each probe run. Its `traceparent` goes to the target, so that a run can be followed into its logs, and
// what the run brings about can be told with its trace.
import { type SpanContext, SpanKind, SpanStatusCode, type Tracer } from '@opentelemetry/api';
import type { TraceRun } from '../engine/engine.ts';

export interface RunTracing {
  readonly traceRun: TraceRun;
  /** The run whose observation is being taken in, while it is. */
  current(): SpanContext | undefined;
}

export function createRunTracing(tracer: Tracer): RunTracing {
  let current: SpanContext | undefined;
  const traceRun: TraceRun = ({ id, kind, host }) => {
    const span = tracer.startSpan(`probe ${kind}`, {
      kind: SpanKind.CLIENT,
      attributes: { 'openk.component': id, 'openk.probe.kind': kind, 'server.address': host },
    });
    const spanContext = span.spanContext();
    const { traceId, spanId, traceFlags } = spanContext;
    return {
      traceparent: `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, '0')}`,
      end(observation) {
        if (observation !== undefined) {
          span.setAttributes({ 'openk.outcome': observation.outcome, 'openk.reason': observation.reason.code });
          if (observation.outcome !== 'HEALTHY' && observation.outcome !== 'DEGRADED') {
            span.setAttribute('error.type', observation.reason.code);
            span.setStatus({ code: SpanStatusCode.ERROR });
          }
        }
        span.end();
      },
      during(tell) {
        current = spanContext;
        try {
          tell();
        } finally {
          current = undefined;
        }
      },
    };
  };
  return { traceRun, current: () => current };
}
