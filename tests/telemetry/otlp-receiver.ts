// A collector for tests: OTLP/HTTP as JSON on the loopback, and what it got (opentelemetry-proto, JSON encoding).
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface ReceivedSpan {
  readonly name: string;
  /** As in the API, plus one. */
  readonly kind: number;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly status: { readonly code: number };
  readonly attributes: Readonly<Record<string, unknown>>;
}

export interface ReceivedLogRecord {
  readonly body: string;
  readonly severityText: string;
  readonly traceId?: string;
  readonly spanId?: string;
  readonly attributes: Readonly<Record<string, unknown>>;
}

export interface ReceivedMetric {
  readonly name: string;
  readonly unit: string;
  readonly kind: 'gauge' | 'sum' | 'histogram';
  /** Attributes of each data point. */
  readonly points: readonly Readonly<Record<string, unknown>>[];
}

export interface OtlpReceiver {
  readonly url: string;
  spans(): readonly ReceivedSpan[];
  logRecords(): readonly ReceivedLogRecord[];
  /** Of the last export. */
  metrics(): readonly ReceivedMetric[];
  /** Attributes of all resources that sent something. */
  resources(): readonly Readonly<Record<string, unknown>>[];
  close(): Promise<void>;
}

interface Attribute {
  readonly key: string;
  readonly value: Readonly<Record<string, unknown>>;
}

interface Scope {
  readonly spans?: readonly (Omit<ReceivedSpan, 'attributes'> & { readonly attributes: readonly Attribute[] })[];
  readonly logRecords?: readonly (Omit<ReceivedLogRecord, 'attributes' | 'body'> & {
    readonly attributes: readonly Attribute[];
    readonly body: { readonly stringValue: string };
  })[];
  readonly metrics?: readonly SentMetric[];
}

interface SentMetric {
  readonly name: string;
  readonly unit: string;
  readonly gauge?: SentPoints;
  readonly sum?: SentPoints;
  readonly histogram?: SentPoints;
}

interface SentPoints {
  readonly dataPoints: readonly { readonly attributes: readonly Attribute[] }[];
}

interface Resource {
  readonly resource: { readonly attributes: readonly Attribute[] };
  readonly scopes: readonly Scope[];
}

const SIGNALS = {
  '/v1/traces': { resources: 'resourceSpans', scopes: 'scopeSpans' },
  '/v1/logs': { resources: 'resourceLogs', scopes: 'scopeLogs' },
  '/v1/metrics': { resources: 'resourceMetrics', scopes: 'scopeMetrics' },
} as const;
type Path = keyof typeof SIGNALS;

export async function startOtlpReceiver(): Promise<OtlpReceiver> {
  const exports: { readonly path: Path; readonly resources: readonly Resource[] }[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const path = request.url as Path;
    exports.push({ path, resources: resourcesOf(path, JSON.parse(Buffer.concat(chunks).toString())) });
    response.setHeader('content-type', 'application/json').end('{}');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const scopes = (path: Path) =>
    exports.filter((each) => each.path === path).flatMap(({ resources }) => resources.flatMap((each) => each.scopes));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    spans: () =>
      scopes('/v1/traces')
        .flatMap(({ spans = [] }) => spans)
        .map((span) => ({ ...span, attributes: toObject(span.attributes) })),
    logRecords: () =>
      scopes('/v1/logs')
        .flatMap(({ logRecords = [] }) => logRecords)
        .map((record) => ({ ...record, body: record.body.stringValue, attributes: toObject(record.attributes) })),
    metrics() {
      const last = exports.findLast(({ path }) => path === '/v1/metrics');
      return (last?.resources ?? [])
        .flatMap((each) => each.scopes)
        .flatMap(({ metrics = [] }) => metrics.map(toMetric));
    },
    resources: () => exports.flatMap(({ resources }) => resources.map(({ resource }) => toObject(resource.attributes))),
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

function resourcesOf(path: Path, body: Readonly<Record<string, readonly Readonly<Record<string, unknown>>[]>>) {
  const names = SIGNALS[path];
  return (body[names.resources] ?? []).map((each) => ({
    resource: each.resource as Resource['resource'],
    scopes: each[names.scopes] as readonly Scope[],
  }));
}

function toMetric({ name, unit, gauge, sum, histogram }: SentMetric): ReceivedMetric {
  const kind = gauge !== undefined ? 'gauge' : sum !== undefined ? 'sum' : 'histogram';
  const { dataPoints } = gauge ?? sum ?? histogram ?? { dataPoints: [] };
  return { name, unit, kind, points: dataPoints.map(({ attributes }) => toObject(attributes)) };
}

/** A value has its type as its only key. */
function toObject(attributes: readonly Attribute[]): Record<string, unknown> {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]]));
}
