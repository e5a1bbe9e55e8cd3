// How traces cross the wire: what a caller's headers say of its span, and what the target of a probe is sent of ours, in the
// formats that OTEL_PROPAGATORS names (opentelemetry.io/docs/specs/otel/context/api-propagators). They hold whether or not
// anything is recorded, with OTEL_SDK_DISABLED=true too.
import {
  type Context,
  INVALID_SPAN_CONTEXT,
  ROOT_CONTEXT,
  type SpanContext,
  type TextMapPropagator,
  trace,
} from '@opentelemetry/api';
import { CompositePropagator, W3CTraceContextPropagator } from '@opentelemetry/core';
import { B3InjectEncoding, B3Propagator } from '@opentelemetry/propagator-b3';
import type { Environment } from './environment.ts';

/** Something that has headers, by their names in lower case. */
export interface HeaderCarrier {
  header(name: string): string | undefined;
}

export interface Propagation {
  /** With the span of the caller, where its headers name one. */
  extract(call: HeaderCarrier): Context;
  /** The headers that tell of a span. */
  inject(span: SpanContext): Readonly<Record<string, string>>;
  /** Whether `inject` has anything to tell. */
  readonly isSending: boolean;
}

interface Format {
  readonly create: () => TextMapPropagator;
  /** Without any of these there is no caller's span, and nothing needs to be read. */
  readonly headers: readonly string[];
}

const B3_HEADERS = ['b3', 'x-b3-traceid'];

/** `baggage` is none of them: OpenK reads none, and a probe is run for nobody whose baggage would go on. */
const FORMATS: Readonly<Record<string, Format>> = {
  tracecontext: { create: () => new W3CTraceContextPropagator(), headers: ['traceparent'] },
  b3: { create: () => new B3Propagator({ injectEncoding: B3InjectEncoding.SINGLE_HEADER }), headers: B3_HEADERS },
  b3multi: { create: () => new B3Propagator({ injectEncoding: B3InjectEncoding.MULTI_HEADER }), headers: B3_HEADERS },
};
const DEFAULT = 'tracecontext,baggage';

/** @param variables as `readEnvironment` gives them: names that are known, in lower case */
export function createPropagation({ OTEL_PROPAGATORS = DEFAULT }: Environment): Propagation {
  const names = [...new Set(OTEL_PROPAGATORS.split(','))];
  const formats = names.includes('none') ? [] : names.flatMap((name) => FORMATS[name] ?? []);
  const propagators = formats.map(({ create }) => create());
  const [first] = propagators;
  if (first === undefined) return SILENT;
  const propagator = propagators.length === 1 ? first : new CompositePropagator({ propagators });
  const headers = [...new Set(formats.flatMap((format) => format.headers))];
  // One for all spans, since propagators read it at once: a Context for each takes functions that V8 makes among the old objects.
  let current: SpanContext = INVALID_SPAN_CONTEXT;
  const context = trace.setSpan(
    ROOT_CONTEXT,
    Object.assign(trace.wrapSpanContext(current), { spanContext: () => current }),
  );
  return {
    isSending: true,
    extract(call) {
      for (const name of headers) {
        if (call.header(name) !== undefined) return propagator.extract(ROOT_CONTEXT, call, GETTER);
      }
      return ROOT_CONTEXT;
    },
    inject(span) {
      const carrier: Record<string, string> = {};
      current = span;
      propagator.inject(context, carrier, SETTER);
      return carrier;
    },
  };
}

const SILENT: Propagation = { isSending: false, extract: () => ROOT_CONTEXT, inject: () => ({}) };

const GETTER = {
  get: (call: HeaderCarrier, name: string) => call.header(name),
  keys: () => [],
};
const SETTER = {
  set(carrier: Record<string, string>, name: string, value: string) {
    carrier[name] = value;
  },
};
