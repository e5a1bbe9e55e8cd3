// OTEL_PROPAGATORS: whose span is the parent of a call, and what a target is told of a span. First as a table, then on a
// running OpenK, whose log names the caller's trace and whose target shows what it was sent.
import '../support/one-realm.ts';
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { trace } from '@opentelemetry/api';
import { readEnvironment } from '../../src/telemetry/environment.ts';
import { createPropagation } from '../../src/telemetry/propagation.ts';
import { runOpenk } from '../support/running-openk.ts';
import { startOtlpReceiver } from './otlp-receiver.ts';

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const SPAN = 'b7ad6b7169203331';
const OTHER_TRACE = '80f198ee56343ba864fe8b2a57d3eff7';
const OTHER_SPAN = 'e457b5a2e4d86bd1';

const W3C = { traceparent: `00-${TRACE}-${SPAN}-01` };
const B3 = { b3: `${OTHER_TRACE}-${OTHER_SPAN}-1` };
const B3_MULTI = { 'x-b3-traceid': OTHER_TRACE, 'x-b3-spanid': OTHER_SPAN, 'x-b3-sampled': '1' };
const ALL = { ...W3C, ...B3, ...B3_MULTI };

const SENT_W3C = { traceparent: `00-${TRACE}-${SPAN}-01` };
const SENT_B3 = { b3: `${TRACE}-${SPAN}-1` };
const SENT_B3_MULTI = { 'x-b3-traceid': TRACE, 'x-b3-spanid': SPAN, 'x-b3-sampled': '1' };

const of = (value: string | undefined) => createPropagation(readEnvironment({ OTEL_PROPAGATORS: value }).variables);

interface Row {
  readonly value: string | undefined;
  readonly takes: readonly string[];
  readonly sends: Readonly<Record<string, string>>;
}

describe.each<Row>([
  { value: undefined, takes: ['W3C'], sends: SENT_W3C },
  { value: '', takes: ['W3C'], sends: SENT_W3C },
  { value: 'tracecontext', takes: ['W3C'], sends: SENT_W3C },
  { value: 'tracecontext,baggage', takes: ['W3C'], sends: SENT_W3C },
  { value: 'TraceContext , BAGGAGE', takes: ['W3C'], sends: SENT_W3C },
  { value: 'baggage', takes: [], sends: {} },
  { value: 'b3', takes: ['B3', 'B3_MULTI'], sends: SENT_B3 },
  { value: 'b3multi', takes: ['B3', 'B3_MULTI'], sends: SENT_B3_MULTI },
  { value: 'b3,b3,baggage', takes: ['B3', 'B3_MULTI'], sends: SENT_B3 },
  { value: 'tracecontext,b3', takes: ['W3C', 'B3', 'B3_MULTI'], sends: { ...SENT_W3C, ...SENT_B3 } },
  { value: 'b3multi,tracecontext', takes: ['W3C', 'B3', 'B3_MULTI'], sends: { ...SENT_W3C, ...SENT_B3_MULTI } },
  { value: 'none', takes: [], sends: {} },
  { value: 'none,tracecontext', takes: [], sends: {} },
  // What is not known is warned of, and not there.
  { value: 'xray', takes: ['W3C'], sends: SENT_W3C },
  { value: 'jaeger,b3', takes: ['B3', 'B3_MULTI'], sends: SENT_B3 },
])('OTEL_PROPAGATORS=$value', ({ value, takes, sends }) => {
  it.each([
    { name: 'W3C', headers: W3C, span: { traceId: TRACE, spanId: SPAN } },
    { name: 'B3', headers: B3, span: { traceId: OTHER_TRACE, spanId: OTHER_SPAN } },
    { name: 'B3_MULTI', headers: B3_MULTI, span: { traceId: OTHER_TRACE, spanId: OTHER_SPAN } },
    { name: 'nothing', headers: {}, span: undefined },
  ])('from $name', ({ name, headers, span }) => {
    const taken = trace.getSpanContext(of(value).extract(carrier(headers)));
    if (takes.includes(name)) expect(taken).toMatchObject({ ...span, traceFlags: 1, isRemote: true });
    else expect(taken).toBeUndefined();
  });

  it('tells a target', () => {
    const propagation = of(value);
    expect(propagation.inject({ traceId: TRACE, spanId: SPAN, traceFlags: 1 })).toEqual(sends);
    expect(propagation.isSending).toBe(Object.keys(sends).length > 0);
  });
});

it.each([
  { value: 'tracecontext,b3', traceId: OTHER_TRACE },
  { value: 'b3,tracecontext', traceId: TRACE },
])('with headers of each, the last of $value wins', ({ value, traceId }) => {
  expect(trace.getSpanContext(of(value).extract(carrier(ALL)))).toMatchObject({ traceId });
});

it.each([
  { traceparent: 'a-made up text-b' },
  { traceparent: `ff-${TRACE}-${SPAN}-01` },
  { traceparent: `00-${'0'.repeat(32)}-${SPAN}-01` },
  { traceparent: `00-${TRACE}-${'0'.repeat(16)}-01` },
  { traceparent: `00-${TRACE.toUpperCase()}-${SPAN}-01` },
  { traceparent: `00-${TRACE}-${SPAN}-01-more` },
  { traceparent: `00-${TRACE}-${SPAN}-01, 00-${TRACE}-${SPAN}-01` },
  { b3: 'nothing of the kind' },
  { b3: `${'0'.repeat(32)}-${SPAN}-1` },
  { 'x-b3-traceid': TRACE },
])('%j names no span', (headers) => {
  expect(trace.getSpanContext(of('tracecontext,b3').extract(carrier(headers)))).toBeUndefined();
});

it.each([
  { headers: { traceparent: `01-${TRACE}-${SPAN}-00-later` }, span: { traceId: TRACE, spanId: SPAN, traceFlags: 0 } },
  { headers: { b3: `${OTHER_SPAN}-${SPAN}-d` }, span: { traceId: OTHER_SPAN.padStart(32, '0'), traceFlags: 1 } },
  { headers: { b3: `${TRACE}-${SPAN}-0-${OTHER_SPAN}` }, span: { traceId: TRACE, traceFlags: 0 } },
  { headers: { 'x-b3-traceid': TRACE, 'x-b3-spanid': SPAN, 'x-b3-flags': '1' }, span: { traceFlags: 1 } },
])('$headers names a span', ({ headers, span }) => {
  expect(trace.getSpanContext(of('tracecontext,b3').extract(carrier(headers)))).toMatchObject(span);
});

it('keeps the tracestate of a caller', () => {
  const span = trace.getSpanContext(of(undefined).extract(carrier({ ...W3C, tracestate: 'acme=1,other=2' })));
  expect(span?.traceState?.serialize()).toBe('acme=1,other=2');
});

describe('a running OpenK', () => {
  const seen: IncomingHttpHeaders[] = [];
  const target = createServer((request, response) => {
    seen.push(request.headers);
    response.end();
  });
  let url: string;
  beforeAll(async () => {
    target.listen(0, '127.0.0.1');
    await once(target, 'listening');
    url = `http://127.0.0.1:${(target.address() as AddressInfo).port}/`;
  });
  afterAll(async () => {
    target.closeAllConnections();
    target.close();
    await once(target, 'close');
  });

  /** What the target of its first probe was sent, and what it logs of a call with these headers. */
  async function ask(env: Record<string, string>) {
    const asked = once(target, 'request');
    const openk = await runOpenk(`components: [ { id: web, http: { url: "${url}" }, interval: 1s } ]`, env);
    try {
      await asked;
      const response = await fetch(`${openk.address}/v1/components/nobody/health`, { headers: ALL });
      await response.body?.cancel();
      const { traceparent, b3, ...others } = seen.at(-1)!;
      const multi = others['x-b3-traceid'];
      return {
        sent: { ...(traceparent && { traceparent }), ...(b3 && { b3 }), ...(multi && { multi }) },
        warned: openk.log.filter(({ variable }) => variable === 'OTEL_PROPAGATORS').length,
        logged: () => openk.log.find(({ msg }) => msg === 'call')?.traceId,
        close: () => openk.close(),
      };
    } catch (error) {
      await openk.close();
      throw error;
    }
  }

  const id = expect.stringMatching(/^[0-9a-f]{32}$/);
  const traceparent = expect.stringMatching(/^00-[0-9a-f]{32}-[0-9a-f]{16}-00$/);
  const b3 = expect.stringMatching(/^[0-9a-f]{32}-[0-9a-f]{16}-0$/);

  it.each([
    { env: {}, sent: { traceparent }, traceId: TRACE, warned: 0 },
    { env: { OTEL_PROPAGATORS: 'b3' }, sent: { b3 }, traceId: OTHER_TRACE, warned: 0 },
    { env: { OTEL_PROPAGATORS: 'b3multi' }, sent: { multi: id }, traceId: OTHER_TRACE, warned: 0 },
    { env: { OTEL_PROPAGATORS: 'none' }, sent: {}, traceId: undefined, warned: 0 },
    { env: { OTEL_PROPAGATORS: 'ottrace,b3' }, sent: { b3 }, traceId: OTHER_TRACE, warned: 1 },
    { env: { OTEL_PROPAGATORS: 'ottrace' }, sent: { traceparent }, traceId: TRACE, warned: 1 },
  ])('with $env', async ({ env, sent, traceId, warned }) => {
    const openk = await ask(env);
    await openk.close();
    expect({ sent: openk.sent, warned: openk.warned, traceId: openk.logged() }).toEqual({ sent, warned, traceId });
  });

  it.each([
    { value: 'b3', sent: { b3 } },
    { value: 'none', sent: {} },
    { value: 'ottrace', sent: { traceparent }, warned: 1 },
  ])('propagates by $value with OTEL_SDK_DISABLED=true', async ({ value, sent, warned = 0 }) => {
    const openk = await ask({ OTEL_PROPAGATORS: value, OTEL_SDK_DISABLED: 'true' });
    await openk.close();
    expect({ sent: openk.sent, warned: openk.warned }).toEqual({ sent, warned });
  });

  it('has the parents of its spans from b3, and tells targets of them by it', async () => {
    const receiver = await startOtlpReceiver();
    try {
      const openk = await ask({
        OTEL_PROPAGATORS: 'b3',
        OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
        OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
      });
      await openk.close();
      const spans = receiver.spans();
      expect(spans).toContainEqual(expect.objectContaining({ traceId: OTHER_TRACE, parentSpanId: OTHER_SPAN }));
      expect(spans.map(({ traceId, spanId }) => `${traceId}-${spanId}-1`)).toContain(openk.sent.b3);
      expect(openk.sent).toEqual({ b3: expect.anything() });
    } finally {
      await receiver.close();
    }
  });
});

function carrier(headers: Readonly<Record<string, string>>) {
  return { header: (name: string) => headers[name] };
}
