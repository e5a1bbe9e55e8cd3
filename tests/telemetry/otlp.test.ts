// A whole OpenK that sends to a real OTLP/HTTP receiver on the loopback: one trace from the caller through the server span, one
// from a probe run to its target and to the change of status that it brought about, metrics, log records.
import { once } from 'node:events';
import { createServer as createHttpServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createServer as createTcpServer, type Socket } from 'node:net';
import { createClient, type Transport } from '@connectrpc/connect';
import { createConnectTransport, createGrpcTransport, createGrpcWebTransport } from '@connectrpc/connect-node';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { SpanKind } from '@opentelemetry/api';
import { HealthService } from '../../gen/openk/health/v1/health_pb.ts';
import { type RunningOpenk, runOpenk } from '../support/running-openk.ts';
import { spawnOpenk } from '../support/spawned-openk.ts';
import { type OtlpReceiver, startOtlpReceiver } from './otlp-receiver.ts';
import '../support/one-realm.ts';

const TRACE_ID = '0af7651916cd43dd8448eb211c80319c';
const PARENT_ID = 'b7ad6b7169203331';
const TRACEPARENT = { traceparent: `00-${TRACE_ID}-${PARENT_ID}-01` };
const METHOD = 'openk.health.v1.HealthService/GetHealth';
const ERROR_STATUS = 2;

/** Kind of a span as OTLP numbers it. */
const SERVER = SpanKind.SERVER + 1;
const CLIENT = SpanKind.CLIENT + 1;

describe('what a collector gets', () => {
  let receiver: OtlpReceiver;
  let target: Server;
  let openk: RunningOpenk;
  const seenByTarget: (string | undefined)[] = [];

  beforeAll(async () => {
    receiver = await startOtlpReceiver();
    target = createHttpServer((request, response) => {
      seenByTarget.push(request.headers.traceparent as string | undefined);
      response.writeHead(503).end();
    });
    target.listen(0, '127.0.0.1');
    await once(target, 'listening');
    const asked = once(target, 'request');
    openk = await runOpenk(
      `
components:
  - { id: web, http: { url: "http://127.0.0.1:${(target.address() as AddressInfo).port}/" }, interval: 1s }
`,
      { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url, OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json' },
    );
    await asked;
    const baseUrl = openk.address;
    const transports: readonly Transport[] = [
      createGrpcTransport({ baseUrl }),
      createGrpcWebTransport({ baseUrl, httpVersion: '1.1' }),
      createConnectTransport({ baseUrl, httpVersion: '1.1' }),
    ];
    for (const transport of transports) {
      const client = createClient(HealthService, transport);
      await client.getHealth({ component: 'web' }, { headers: TRACEPARENT });
    }
    const missing = createClient(HealthService, createConnectTransport({ baseUrl, httpVersion: '1.1' }));
    await expect(missing.getHealth({ component: 'nobody' })).rejects.toThrow('there is no component');
    await logged(openk, 'status changed');
    // Sends what is left.
    await openk.close();
  });
  afterAll(async () => {
    await receiver.close();
    target.closeAllConnections();
    target.close();
    await once(target, 'close');
  });

  it('has a server span for each call, whose parent is the caller', () => {
    const spans = receiver.spans().filter(({ traceId }) => traceId === TRACE_ID);
    for (const span of spans) expect(span).toMatchObject({ name: METHOD, kind: SERVER, parentSpanId: PARENT_ID });
    expect(spans.map(({ attributes }) => attributes)).toEqual(
      [
        ['grpc', 'grpc'],
        ['grpc', 'grpc_web'],
        ['connectrpc', 'connect'],
      ].map(([system, protocol]) => ({
        'rpc.system.name': system,
        'rpc.method': METHOD,
        'openk.protocol': protocol,
        'rpc.status_code': 'OK',
        'rpc.response.status_code': 'OK',
        'client.address': '127.0.0.1',
      })),
    );
  });

  it('does not take an error of the caller for one of the server, and logs it with its trace', () => {
    const [span] = receiver.spans().filter(({ attributes }) => attributes['rpc.status_code'] === 'NOT_FOUND');
    expect(span?.status.code).not.toBe(ERROR_STATUS);
    expect(span?.attributes).not.toHaveProperty('error.type');
    const lines = openk.log.filter(({ msg }) => msg === 'call');
    expect(lines).toMatchObject([{ code: 'NOT_FOUND', method: METHOD, protocol: 'connect', traceId: span?.traceId }]);
  });

  it('has a client span for each probe run, in whose trace the target is', () => {
    const spans = receiver.spans().filter(({ kind }) => kind === CLIENT);
    const ids = spans.map(({ traceId, spanId }) => `00-${traceId}-${spanId}-01`);
    for (const seen of seenByTarget) expect(ids).toContain(seen);
    expect(spans[0]).toMatchObject({ name: 'probe http', status: { code: ERROR_STATUS } });
    expect(spans[0]?.attributes).toMatchObject({
      'openk.component': 'web',
      'openk.probe.kind': 'http',
      'openk.outcome': 'UNHEALTHY',
      'server.address': '127.0.0.1',
    });
  });

  it('has a log record for each change of status, in the trace of the run that brought it about', () => {
    const [run] = receiver.spans().filter(({ kind }) => kind === CLIENT);
    const records = receiver.logRecords().filter(({ attributes }) => attributes['openk.from'] === 'UNKNOWN');
    expect(records.map(({ attributes }) => attributes['openk.component']).sort()).toEqual(['system', 'web']);
    for (const { traceId, spanId, severityText } of records) {
      expect({ traceId, spanId, severityText }).toEqual({
        traceId: run?.traceId,
        spanId: run?.spanId,
        severityText: 'WARN',
      });
    }
    for (const line of openk.log.filter(({ msg }) => msg === 'status changed')) expect(line.traceId).toBe(run?.traceId);
  });

  it('has each metric with its unit and its attributes', () => {
    const metrics = receiver.metrics().map(({ name, unit, kind, points }) => {
      const attributes = [...new Set(points.flatMap((point) => Object.keys(point)))].sort().join(' ');
      return `${name} [${unit}] ${kind} ${attributes}`.trim();
    });
    // The delay of the event loop is there once it was sampled.
    expect(metrics.filter((metric) => !metric.startsWith('nodejs.eventloop.')).sort()).toEqual([
      'nodejs.heap.used [By] gauge',
      'openk.alert.sending.held [] gauge',
      'openk.alerts [{alert}] gauge state',
      'openk.component.info [] gauge component kind',
      'openk.component.last_latency [s] gauge component',
      'openk.component.latency [s] histogram',
      'openk.component.status [] gauge component status',
      'openk.component.suppressed [] gauge component',
      'openk.config.last_reload_successful [] gauge',
      'openk.group.members [{member}] gauge component status',
      'openk.instance.behind [s] gauge',
      'openk.instance.role [] gauge role',
      'openk.log.lines.dropped [{line}] sum',
      'openk.probe.duration [s] histogram kind',
      'openk.probe.executions [{run}] sum kind outcome',
      'openk.probe.in_flight [{run}] gauge',
      'openk.probe.queued [{run}] gauge',
      'openk.rpc.calls_in_flight [{call}] sum openk.protocol rpc.method rpc.system.name',
      'openk.scheduler.lag [s] histogram',
      'openk.storage.backlog [{record}] gauge record',
      'openk.storage.dropped [{record}] sum record',
      'openk.storage.failing [] gauge',
      'openk.subscribers [{subscriber}] gauge',
      'openk.transitions [{transition}] sum from to',
      'process.cpu.time [s] sum cpu.mode',
      'process.memory.usage [By] gauge',
      'process.uptime [s] gauge',
      'rpc.server.call.duration [s] histogram openk.protocol rpc.method rpc.response.status_code rpc.status_code rpc.system.name',
    ]);
  });

  it('says who sends', () => {
    const isVersion = expect.stringMatching(/^\d+\.\d+\.\d+/);
    for (const resource of receiver.resources()) {
      expect(resource).toMatchObject({ 'service.name': 'openk', 'service.version': isVersion });
    }
  });
});

it('has the probe run of one OpenK and the call that it makes to another in one trace', async () => {
  const receiver = await startOtlpReceiver();
  const env = { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url, OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json' };
  const watched = await runOpenk('components: [{ id: job, heartbeat: { period: 1h, grace: 1m } }]', env);
  const watcher = await runOpenk(
    `components: [{ id: peer, grpc: { target: "${new URL(watched.address).host}" }, interval: 1s }]`,
    env,
  );
  await logged(watcher, 'status changed');
  await watcher.close();
  await watched.close();
  const spans = receiver.spans();
  const run = spans.find(({ kind }) => kind === CLIENT);
  expect(run).toMatchObject({
    name: 'probe grpc',
    attributes: { 'openk.component': 'peer', 'openk.outcome': 'HEALTHY' },
  });
  const calls = spans.filter(({ kind, traceId }) => kind === SERVER && traceId === run?.traceId);
  expect(calls).toMatchObject([{ name: 'grpc.health.v1.Health/Check', parentSpanId: run?.spanId }]);
  await receiver.close();
});

/** The log is written by the test's own process; a turn of the loop is all that there is to wait for. */
async function logged(openk: RunningOpenk, message: string): Promise<void> {
  while (!openk.log.some(({ msg }) => msg === message)) await new Promise(setImmediate);
}

/** Longer than a test may take, as is what the exporters give a collector: who is held up by one fails it. */
const CONFIG = `
drain_timeout: 120s
components: [{ id: job, heartbeat: { period: 1h, grace: 1m } }]
`;

describe('a collector that is not well', () => {
  async function exitWithCollector(endpoint: string, env: Readonly<Record<string, string>> = {}, line?: string) {
    const openk = await spawnOpenk(CONFIG, { env: { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, ...env } });
    try {
      const client = createClient(
        HealthService,
        createConnectTransport({ baseUrl: openk.address, httpVersion: '1.1' }),
      );
      await client.getHealth({});
      if (line !== undefined) await openk.logged(line);
      openk.signal('SIGTERM');
      return await openk.exited;
    } finally {
      await openk.dispose();
    }
  }

  it('holds nobody up when it never answers', async () => {
    const sockets: Socket[] = [];
    const blackHole = createTcpServer((socket) => sockets.push(socket.on('error', () => {})));
    blackHole.listen(0, '127.0.0.1');
    await once(blackHole, 'listening');
    const env = { OTEL_EXPORTER_OTLP_TIMEOUT: '120000' };
    const code = await exitWithCollector(`http://127.0.0.1:${(blackHole.address() as AddressInfo).port}`, env);
    expect(code).toBe(0);
    expect(sockets.length).toBeGreaterThan(0);
    for (const socket of sockets) socket.destroy();
    blackHole.close();
    await once(blackHole, 'close');
  });

  it('is missed in the log, and holds nobody up, when it is not there', async () => {
    const gone = createTcpServer().listen(0, '127.0.0.1');
    await once(gone, 'listening');
    const { port } = gone.address() as AddressInfo;
    gone.close();
    await once(gone, 'close');
    // Tried once, and soon.
    const env = { OTEL_BSP_SCHEDULE_DELAY: '50', OTEL_EXPORTER_OTLP_TIMEOUT: '500' };
    const line = 'telemetry cannot be sent: is the collector there?';
    const code = await exitWithCollector(`http://127.0.0.1:${port}`, env, line);
    expect(code).toBe(0);
  });
});
