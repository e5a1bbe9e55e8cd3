// Telemetry reaches real collectors as the variables say: each protocol, in cleartext, over TLS, and with a client certificate.
import { randomFillSync } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { setImmediate } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { Decision } from '../../src/engine/decision.ts';
import { startTelemetry } from '../../src/telemetry/telemetry.ts';
import { type Certificates, createCertificates } from '../support/certs.ts';
import { createTemporaryFiles } from '../support/temporary-files.ts';
import { type Collector, type CollectorTls, startGrpcCollector, startHttpCollector } from './collector.ts';
import '../support/one-realm.ts';

const files = createTemporaryFiles();
const started: Collector[] = [];
let certificates: Certificates;
let paths: { readonly ca: string; readonly cert: string; readonly key: string };

beforeAll(async () => {
  certificates = await createCertificates();
  const { ca, client } = certificates;
  paths = {
    ca: files.write('ca.pem', ca),
    cert: files.write('client.pem', client.cert),
    key: files.write('client-key.pem', client.key),
  };
});
afterEach(async () => {
  await Promise.all(started.splice(0).map((collector) => collector.close()));
});
afterAll(() => files.remove());

interface Line {
  readonly fields: Readonly<Record<string, unknown>>;
  readonly message: string;
}

/** Sends one of each signal. @returns what was logged */
async function sendAll(env: Readonly<Record<string, string>>, lines: Line[] = []): Promise<readonly Line[]> {
  const write = (fields: object, message: string) => void lines.push({ fields: { ...fields }, message });
  const logger = { isLevelEnabled: () => true, debug: write, info: write, warn: write };
  const telemetry = await startTelemetry({
    version: '1.2.3',
    env,
    logger,
    monotonicMs: () => 0,
    nowMs: Date.now,
    fillRandom: randomFillSync,
  });
  telemetry.traceRun?.({ id: 'db', kind: 'tcp', host: 'db' }).end(undefined);
  const reason = { code: 'OK', message: 'fine' };
  const health = { component: 'db', status: 'HEALTHY', sinceMs: 0, reason, causedBy: [], revision: 1 } as const;
  const decision: Decision = {
    revision: 1,
    atMs: 0,
    records: [],
    changed: [health],
    removed: [],
    statusChanges: [{ from: 'UNKNOWN', health }],
    saved: [],
    structure: undefined,
    reread: [],
    trace: undefined,
  };
  for (const subscriber of telemetry.subscribers) subscriber(decision);
  await telemetry.close();
  return lines;
}

/** Text that each signal has in it, in every encoding. */
const SENT = {
  traces: 'probe tcp',
  metrics: 'openk.transitions',
  logs: 'db went from UNKNOWN to HEALTHY',
} as const;

type Security = 'cleartext' | 'TLS' | 'TLS with a client certificate';

const tlsOf = (security: Security): CollectorTls | undefined => {
  if (security === 'cleartext') return undefined;
  const { server: identity, ca } = certificates;
  return { identity, ...(security !== 'TLS' && { clientCa: ca }) };
};
const variablesOf = (security: Security): Record<string, string> =>
  security === 'cleartext'
    ? {}
    : {
        OTEL_EXPORTER_OTLP_CERTIFICATE: paths.ca,
        ...(security !== 'TLS' && {
          OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE: paths.cert,
          OTEL_EXPORTER_OTLP_CLIENT_KEY: paths.key,
        }),
      };
const start = async (protocol: string, security: Security): Promise<Collector> => {
  const tls = tlsOf(security);
  const collector = await (protocol === 'grpc' ? startGrpcCollector(tls) : startHttpCollector(tls));
  started.push(collector);
  return collector;
};
const endpointOf = ({ port }: Collector, security: Security, host = '127.0.0.1') =>
  `${security === 'cleartext' ? 'http' : 'https'}://${host}:${port}`;

const HTTP_PATHS = { traces: '/v1/traces', metrics: '/v1/metrics', logs: '/v1/logs' };
const GRPC_PATHS = {
  traces: '/opentelemetry.proto.collector.trace.v1.TraceService/Export',
  metrics: '/opentelemetry.proto.collector.metrics.v1.MetricsService/Export',
  logs: '/opentelemetry.proto.collector.logs.v1.LogsService/Export',
};
const SIGNALS = ['traces', 'metrics', 'logs'] as const;

const PROTOCOLS = [
  ['http/protobuf', '', 'application/x-protobuf'],
  ['http/protobuf', 'http/protobuf', 'application/x-protobuf'],
  ['http/json', 'HTTP/JSON', 'application/json'],
  ['grpc', 'grpc', undefined],
] as const;
const SECURITIES: readonly Security[] = ['cleartext', 'TLS', 'TLS with a client certificate'];
const TABLE = PROTOCOLS.flatMap(([protocol, value, type]) =>
  SECURITIES.flatMap((security) =>
    [
      { coding: '', host: '127.0.0.1' },
      { coding: 'gzip', host: 'localhost' },
    ].map((way) => ({ protocol, value, type, security, ...way })),
  ),
);

it.each(TABLE)(
  'OTEL_EXPORTER_OTLP_PROTOCOL=$value over $security, compression "$coding", to $host',
  async ({ protocol, value, type, security, coding, host }) => {
    const collector = await start(protocol, security);
    const lines = await sendAll({
      ...variablesOf(security),
      OTEL_EXPORTER_OTLP_ENDPOINT: endpointOf(collector, security, host),
      OTEL_EXPORTER_OTLP_PROTOCOL: value,
      OTEL_EXPORTER_OTLP_COMPRESSION: coding,
      OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Bearer%20all,x-all=1',
      OTEL_EXPORTER_OTLP_TRACES_HEADERS: 'authorization=Bearer traces',
      OTEL_RESOURCE_ATTRIBUTES: 'team=payments',
      OTEL_SERVICE_NAME: 'watcher',
    });
    expect(lines).toEqual([]);
    const paths = protocol === 'grpc' ? GRPC_PATHS : HTTP_PATHS;
    for (const signal of SIGNALS) {
      const [request, ...more] = collector.received.filter(({ path }) => path === paths[signal]);
      expect(more).toEqual([]);
      const { headers, body } = request!;
      if (type !== undefined) expect(headers['content-type']).toBe(type);
      if (type !== undefined) expect(headers['content-encoding']).toBe(coding === '' ? undefined : coding);
      expect(headers['x-all']).toBe('1');
      expect(headers.authorization).toBe(signal === 'traces' ? 'Bearer traces' : 'Bearer all');
      for (const text of [SENT[signal], 'team', 'payments', 'watcher']) expect(body.includes(text)).toBe(true);
    }
  },
);

it('each signal may go another way', async () => {
  const http = await start('http/protobuf', 'TLS');
  const grpc = await start('grpc', 'cleartext');
  await sendAll({
    OTEL_EXPORTER_OTLP_ENDPOINT: `${endpointOf(http, 'TLS')}/otlp?key=1`,
    OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: 'grpc',
    OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: endpointOf(grpc, 'cleartext'),
    OTEL_EXPORTER_OTLP_METRICS_CERTIFICATE: paths.ca,
    OTEL_LOGS_EXPORTER: 'none',
  });
  expect(grpc.received.map(({ path }) => path)).toEqual([GRPC_PATHS.traces]);
  expect(http.received.map(({ path }) => path)).toEqual(['/otlp/v1/metrics?key=1']);
});

describe('a collector that is not trusted, or does not trust, gets nothing, and the log says so without secrets', () => {
  it.each<[string, Security, Record<string, string>]>([
    ['http/protobuf', 'TLS', {}],
    ['grpc', 'TLS', {}],
    ['grpc', 'TLS', { OTEL_EXPORTER_OTLP_CERTIFICATE: 'none' }],
    ['http/protobuf', 'TLS with a client certificate', { OTEL_EXPORTER_OTLP_CERTIFICATE: 'ca' }],
    ['grpc', 'TLS with a client certificate', { OTEL_EXPORTER_OTLP_CERTIFICATE: 'ca' }],
    // Headers that cannot be sent: some of the errors quote them.
    ['http/protobuf', 'cleartext', { OTEL_EXPORTER_OTLP_HEADERS: 'authorization=s3cr3t%0Ax' }],
    ['grpc', 'cleartext', { OTEL_EXPORTER_OTLP_HEADERS: 'authorization=s3cr3t%0Ax' }],
  ])('%s over %s, %j', async (protocol, security, variables) => {
    const collector = await start(protocol, security);
    const lines = await sendAll({
      OTEL_EXPORTER_OTLP_ENDPOINT: endpointOf(collector, security),
      OTEL_EXPORTER_OTLP_PROTOCOL: protocol,
      OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Bearer s3cr3t',
      ...variables,
      ...(variables.OTEL_EXPORTER_OTLP_CERTIFICATE === 'ca' && { OTEL_EXPORTER_OTLP_CERTIFICATE: paths.ca }),
    });
    expect(collector.received).toEqual([]);
    const missed = lines.filter(({ message }) => message === 'telemetry cannot be sent: is the collector there?');
    expect(missed.map(({ fields }) => fields.signal).sort()).toEqual(['logs', 'metrics', 'traces']);
    expect(JSON.stringify(lines)).not.toContain('s3cr3t');
  });
});

/** Longer than the test may take: an exporter that is waited for fails it. */
const WAITS_FOR_LONG = { OTEL_EXPORTER_OTLP_TIMEOUT: '120000' };

describe.each(['http/protobuf', 'grpc'])('a collector of %s that never answers', (protocol) => {
  it.each(['http', 'https'])('leaves no connection open after the last second (%s)', async (scheme) => {
    const blackHole = createServer((socket) => socket.on('error', () => {}).resume()).listen(0, '127.0.0.1');
    await once(blackHole, 'listening');
    const lines: Line[] = [];
    const env = {
      OTEL_EXPORTER_OTLP_ENDPOINT: `${scheme}://127.0.0.1:${(blackHole.address() as AddressInfo).port}`,
      OTEL_EXPORTER_OTLP_PROTOCOL: protocol,
      ...WAITS_FOR_LONG,
    };
    // A busy machine may not come to connect within the second that the end gives.
    await sendAll(env, lines);
    // Of each signal: what was under way has ended.
    while (lines.length < 3) await setImmediate();
    // Settles when the last connection is gone.
    blackHole.close();
    await once(blackHole, 'close');
  });
});
