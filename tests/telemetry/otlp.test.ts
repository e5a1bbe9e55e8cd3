// What an OTLP/HTTP receiver on the loopback gets: a trace from the caller's `traceparent` through the server span, the span of
// a probe run whose `traceparent` the target saw, metrics, and a log record per transition.
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { type Attributes, SpanKind } from '@opentelemetry/api';
import { pino } from 'pino';
import { createTelemetry, type Telemetry } from '../../src/telemetry/telemetry.ts';

interface Received {
  readonly path: string;
  readonly body: string;
}

const TRACE_ID = '0af7651916cd43dd8448eb211c80319c';
const PARENT_ID = 'b7ad6b7169203331';
const received: Received[] = [];
let receiver: Server;
let telemetry: Telemetry;

beforeAll(async () => {
  receiver = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    received.push({ path: request.url ?? '', body: Buffer.concat(chunks).toString() });
    response.setHeader('content-type', 'application/json').end('{}');
  });
  receiver.listen(0, '127.0.0.1');
  await once(receiver, 'listening');
  const { port } = receiver.address() as AddressInfo;
  telemetry = createTelemetry({
    version: '1.2.3',
    env: { OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}` },
    logger: pino({ level: 'silent' }),
    monotonicMs: () => performance.now(),
  });
});

afterAll(async () => {
  receiver.closeAllConnections();
  receiver.close();
  await once(receiver, 'close');
});

it('sends traces, metrics and logs', async () => {
  telemetry.watch({ ids: () => ['db'], health: () => ({ status: 'HEALTHY' }) });
  const visit = telemetry.calls.visit({
    httpMethod: 'POST',
    path: '/acme.Pay/Nothing',
    headers: { 'content-type': 'application/grpc', traceparent: `00-${TRACE_ID}-${PARENT_ID}-01` },
    peer: '127.0.0.1',
  });
  visit.run(() => {});
  visit.end({ httpStatus: 200, grpcStatus: 12 });
  const run = telemetry.traceRun?.({ id: 'db', kind: 'tcp', host: 'db.test' });
  run?.end({ outcome: 'UNHEALTHY', reason: { code: 'REFUSED', message: 'connection refused' } });
  telemetry.engine.onTransition({
    from: 'HEALTHY',
    health: {
      component: 'db',
      status: 'UNHEALTHY',
      sinceMs: 0,
      reason: { code: 'REFUSED', message: 'connection refused' },
      causedBy: [],
      revision: 1,
    },
  });
  await telemetry.close();

  const spans = spansOf('/v1/traces');
  const [server] = spans.filter(({ kind }) => kind === SpanKind.SERVER + 1);
  expect(server).toMatchObject({ name: '_OTHER', traceId: TRACE_ID, parentSpanId: PARENT_ID });
  expect(server?.attributes).toMatchObject({ 'rpc.system.name': 'grpc', 'rpc.status_code': 'UNIMPLEMENTED' });
  const [probe] = spans.filter(({ kind }) => kind === SpanKind.CLIENT + 1);
  expect(run?.traceparent).toBe(`00-${probe?.traceId}-${probe?.spanId}-01`);
  expect(probe?.attributes).toMatchObject({ 'server.address': 'db.test', 'openk.outcome': 'UNHEALTHY' });

  const metrics = bodies('/v1/metrics').join('\n');
  for (const name of ['rpc.server.call.duration', 'openk.transitions', 'openk.component.status']) {
    expect(metrics).toContain(`"name":"${name}"`);
  }
  expect(bodies('/v1/logs').join('\n')).toContain('db went from HEALTHY to UNHEALTHY: connection refused');
});

function bodies(path: string): string[] {
  return received.filter((request) => request.path === path).map(({ body }) => body);
}

interface SentSpan {
  readonly name: string;
  readonly kind: number;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly attributes: Attributes;
}

/** Spans of all requests, their attributes as an object (opentelemetry-proto, JSON encoding). */
function spansOf(path: string): SentSpan[] {
  const requests = bodies(path).map((body) => JSON.parse(body));
  const scopes = requests.flatMap(({ resourceSpans }) => resourceSpans).flatMap(({ scopeSpans }) => scopeSpans);
  return scopes
    .flatMap(({ spans }) => spans)
    .map((span) => ({
      ...span,
      attributes: Object.fromEntries(
        span.attributes.map(({ key, value }: { key: string; value: { stringValue?: string } }) => [
          key,
          value.stringValue,
        ]),
      ),
    }));
}
