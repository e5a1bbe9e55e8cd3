// Calls as server spans, by the OpenTelemetry conventions for RPC 1.45 (opentelemetry.io/docs/specs/semconv/rpc/rpc-spans).
// The caller's span is the parent.
import { SpanKind, SpanStatusCode, type Tracer } from '@opentelemetry/api';
import type { Propagation } from '../propagation.ts';
import { callAttributes, isServerError, outcomeAttributes } from './call-outcome.ts';
import type { CallObserver, ObservedCall } from './observed-call.ts';

export interface CallTracing {
  readonly observe: CallObserver;
  /** The trace that the call is recorded in; undefined when it is not. */
  traceIdOf(call: ObservedCall): string | undefined;
}

export function createCallTracing(tracer: Tracer, propagation: Propagation): CallTracing {
  const traceIds = new WeakMap<ObservedCall, string>();
  return {
    traceIdOf: (call) => traceIds.get(call),
    observe(call) {
      const context = propagation.extract(call);
      // What a sampler may ask for; the rest is for spans that are kept.
      const span = tracer.startSpan(call.method, { kind: SpanKind.SERVER, attributes: callAttributes(call) }, context);
      if (!span.isRecording()) return endNothing;
      traceIds.set(call, span.spanContext().traceId);
      if (call.peer !== undefined) span.setAttribute('client.address', call.peer);
      return ({ code, messages }) => {
        span.setAttributes(outcomeAttributes(code));
        if (call.isStream) span.setAttribute('openk.rpc.messages', messages);
        // A caller that cancels or asks for what is not there is no error of the server.
        if (isServerError(code)) span.setStatus({ code: SpanStatusCode.ERROR });
        span.end();
      };
    },
  };
}

function endNothing(): void {}
