// A client span for each probe run. Its `traceparent` goes to the target, so that a run can be followed into its logs, and
// its ids go with every decision that the run brings about.
import { SpanKind, SpanStatusCode, type Tracer } from '@opentelemetry/api';
import type { TraceRun } from '../engine/engine.ts';

export function createRunTracing(tracer: Tracer): TraceRun {
  return ({ id, kind, host }) => {
    const span = tracer.startSpan(`probe ${kind}`, {
      kind: SpanKind.CLIENT,
      attributes: { 'openk.component': id, 'openk.probe.kind': kind, 'server.address': host },
    });
    const { traceId, spanId, traceFlags } = span.spanContext();
    return {
      traceparent: `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, '0')}`,
      trace: { traceId, spanId, traceFlags },
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
    };
  };
}
