// Calls as server spans, by the OpenTelemetry conventions for RPC 1.45. The caller's `traceparent` is the parent.
import {
  type Context,
  isSpanContextValid,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  type Tracer,
  trace,
} from '@opentelemetry/api';
import { callAttributes, isServerError } from './metrics.ts';
import type { CallObserver } from './observe-calls.ts';

export function createCallTracing(tracer: Tracer): CallObserver {
  return (call) => {
    const span = tracer.startSpan(
      call.method,
      {
        kind: SpanKind.SERVER,
        attributes: { ...callAttributes(call), ...(call.peer !== undefined && { 'client.address': call.peer }) },
      },
      parentOf(call.traceparent),
    );
    return ({ code, messages }) => {
      span.setAttribute('rpc.status_code', code);
      if (call.isStream) span.setAttribute('openk.rpc.messages', messages);
      // A caller that cancels or asks for what is not there is no error of the server.
      if (isServerError(code)) {
        span.setAttribute('error.type', code);
        span.setStatus({ code: SpanStatusCode.ERROR });
      }
      span.end();
    };
  };
}

/** W3C Trace Context, section 3.2. A header that is not valid is as none. */
export function parentOf(traceparent: string | undefined): Context {
  const match = TRACEPARENT.exec(traceparent ?? '');
  if (match === null) return ROOT_CONTEXT;
  const [, traceId = '', spanId = '', flags = ''] = match;
  const parent = { traceId, spanId, traceFlags: Number.parseInt(flags, 16) & 1, isRemote: true };
  return isSpanContextValid(parent) ? trace.setSpanContext(ROOT_CONTEXT, parent) : ROOT_CONTEXT;
}

/** Later versions may add fields behind; version ff is invalid. */
const TRACEPARENT = /^(?!ff)[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(?:-|$)/;
