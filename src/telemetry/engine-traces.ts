// A trace for each probe run. Its target is told of it, so that a run can be followed into its logs. Where traces are sent it
// has a client span, whose ids go with every decision that the run brings about.
import { SpanKind, SpanStatusCode, TraceFlags, type Tracer } from '@opentelemetry/api';
import type { TraceRun } from '../engine/prober.ts';
import type { Propagation } from './propagation.ts';
import { createTraceIds } from './trace-ids.ts';

export function createRunTracing(tracer: Tracer, propagation: Propagation): TraceRun {
  return ({ id, kind, host }) => {
    const span = tracer.startSpan(`probe ${kind}`, {
      kind: SpanKind.CLIENT,
      attributes: { 'openk.component': id, 'openk.probe.kind': kind, 'server.address': host },
    });
    const context = span.spanContext();
    const { traceId, spanId, traceFlags } = context;
    return {
      headers: propagation.inject(context),
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

/** Where no traces are sent. Not sampled: probes alone are no reason for a target to keep a trace. */
export function createUntracedRuns(propagation: Propagation, fillRandom: (bytes: Uint8Array) => void): TraceRun {
  if (!propagation.isSending) return () => SILENT_RUN;
  const nextIds = createTraceIds(fillRandom);
  return () => ({ headers: propagation.inject({ ...nextIds(), traceFlags: TraceFlags.NONE }), end() {} });
}

const SILENT_RUN: ReturnType<TraceRun> = { headers: {}, end() {} };
