// What the rpc bench measures: kinds of calls, each asked in several ways that are measured in turns, and what one way is to be
// beside another.
import { gzipSync } from 'node:zlib';
import { create, toBinary } from '@bufbuild/protobuf';
import { createClient, type Transport } from '@connectrpc/connect';
import {
  compressionGzip,
  createConnectTransport,
  createGrpcTransport,
  createGrpcWebTransport,
} from '@connectrpc/connect-node';
import {
  Health,
  HealthCheckRequestSchema,
  HealthCheckResponse_ServingStatus,
} from '../../gen/grpc/health/v1/health_pb.ts';
import { HealthService, ListComponentsRequestSchema } from '../../gen/openk/health/v1/health_pb.ts';
import { API_KEY, TOKEN } from './rpc-credentials.ts';
import type { LoadRequest } from './rpc-load.ts';
import { COMPONENT, COMPONENTS } from './rpc-openk.ts';
import { ORIGIN, type PortName, REST_PATH, type ServerName, withHttp2 } from './rpc-servers.ts';

export interface Row {
  /** By which it can be run alone. */
  readonly part: string;
  readonly name: string;
  readonly port: PortName;
  /** By name. */
  readonly ways: Readonly<Record<string, Way>>;
  /** Default: 7 of a second. More, and shorter ones, which only h2load knows, for ratios that are close to their targets. */
  readonly rounds?: { readonly count: number; readonly seconds: number };
  readonly ratios: readonly Ratio[];
}

export interface Way {
  readonly server: ServerName;
  readonly request: Request;
  /** Asks by a real client. @throws when the answer is not the one that is counted */
  readonly verify: (origin: string) => Promise<void>;
}

type Request = Omit<LoadRequest, 'url'> & { readonly path: string };

/** Of two ways: calls per second, or CPU time of the server per call. */
export interface Ratio {
  readonly of: string;
  readonly to: string;
  readonly by: 'calls' | 'CPU';
  readonly atLeast?: number;
  readonly atMost?: number;
}

/** What OpenK is to reach beside a reference. */
interface Target {
  readonly callsAtLeast?: number;
  readonly cpuAtMost?: number;
}

const CHECK_PATH = '/grpc.health.v1.Health/Check';
const CHECK = toBinary(HealthCheckRequestSchema, create(HealthCheckRequestSchema, { service: COMPONENT }));
const JSON_CHECK = Buffer.from(JSON.stringify({ service: COMPONENT }));
const LIST = toBinary(ListComponentsRequestSchema, create(ListComponentsRequestSchema, { pageSize: COMPONENTS }));
const GET_QUERY = `connect=v1&encoding=json&message=${encodeURIComponent(JSON.stringify({ component: COMPONENT }))}`;
const GRPC = { 'content-type': 'application/grpc', te: 'trailers' };
const JSON_TYPE = { 'content-type': 'application/json' };
const WEB_TYPE = { 'content-type': 'application/grpc-web+proto' };

/** Over HTTP/1.1 these know no RPC: they answer the same JSON on a path of their own, whatever the protocol of the row. */
const isPlain = (server: ServerName) => server === 'fastify' || server === 'bare';

const grpc = (path: string, message: Uint8Array): Request => ({
  tool: 'h2load',
  path,
  body: envelope(message),
  headers: GRPC,
});
const post = (body: Uint8Array, headers: Readonly<Record<string, string>>): Request => ({
  tool: 'wrk',
  path: CHECK_PATH,
  body,
  headers,
});
const get = (path: string): Request => ({ tool: 'wrk', path, headers: {} });
const PLAIN_CHECK: Request = { tool: 'wrk', path: '/check', body: JSON_CHECK, headers: JSON_TYPE };

/** A kind of call to OpenK and to its references. */
function beside(
  row: Pick<Row, 'part' | 'name' | 'port' | 'rounds'>,
  own: Omit<Way, 'server'>,
  targets: Partial<Record<ServerName, Target>>,
  plain: Omit<Way, 'server'> = { request: PLAIN_CHECK, verify: verifyPlainCheck },
): Row {
  const names = ['OpenK', ...Object.keys(targets)] as ServerName[];
  return {
    ...row,
    ways: Object.fromEntries(
      names.map((server) => [server, { server, ...(row.port === 'http1' && isPlain(server) ? plain : own) }]),
    ),
    ratios: Object.entries(targets).flatMap(([to, { callsAtLeast, cpuAtMost }]): Ratio[] => [
      { of: 'OpenK', to, by: 'calls', ...(callsAtLeast !== undefined && { atLeast: callsAtLeast }) },
      { of: 'OpenK', to, by: 'CPU', ...(cpuAtMost !== undefined && { atMost: cpuAtMost }) },
    ]),
  };
}

const OWN_SETTINGS = { 'OpenK, telemetry on': {}, 'OpenK, pipeline off': {} };
const STOCK = { connect: { callsAtLeast: 8 } };

const ROWS_BESIDE: readonly Row[] = [
  beside(
    { part: 'grpc', name: 'gRPC Check', port: 'http2', rounds: { count: 31, seconds: 0.5 } },
    { request: grpc(CHECK_PATH, CHECK), verify: overHttp2(verifyCheck) },
    {
      ...OWN_SETTINGS,
      bare: { callsAtLeast: 1 },
      'grpc-js': { callsAtLeast: 2 },
      ...STOCK,
      'grpc-go': { cpuAtMost: 1.5 },
      'connect-go': {},
    },
  ),
  beside(
    { part: 'tls', name: 'gRPC Check, TLS', port: 'tls' },
    { request: grpc(CHECK_PATH, CHECK), verify: overHttp2(verifyCheck) },
    { bare: {}, 'grpc-js': {}, connect: {} },
  ),
  beside(
    { part: 'list', name: `gRPC ListComponents of ${COMPONENTS}`, port: 'http2' },
    { request: grpc('/openk.health.v1.HealthService/ListComponents', LIST), verify: overHttp2(verifyList) },
    { bare: {}, 'grpc-js': {}, connect: {} },
  ),
  beside(
    { part: 'grpc-web', name: 'gRPC-Web Check, HTTP/1.1', port: 'http1' },
    {
      request: post(envelope(CHECK), WEB_TYPE),
      verify: (baseUrl) => verifyCheck(createGrpcWebTransport({ baseUrl, httpVersion: '1.1' })),
    },
    { bare: {}, fastify: { callsAtLeast: 0.9 }, ...STOCK },
  ),
  beside(
    { part: 'connect-json', name: 'Connect JSON Check, HTTP/1.1', port: 'http1' },
    { request: post(JSON_CHECK, JSON_TYPE), verify: verifyJsonCheck },
    { ...OWN_SETTINGS, bare: {}, fastify: { callsAtLeast: 1.1 }, ...STOCK, 'connect-go': { cpuAtMost: 0.75 } },
  ),
  beside(
    { part: 'connect-proto', name: 'Connect proto Check, HTTP/1.1', port: 'http1' },
    {
      request: post(CHECK, { 'content-type': 'application/proto' }),
      verify: (baseUrl) => verifyCheck(createConnectTransport({ baseUrl, httpVersion: '1.1' })),
    },
    { bare: {}, fastify: {}, ...STOCK },
  ),
  beside(
    { part: 'connect-get', name: 'Connect GET GetHealth, HTTP/1.1', port: 'http1' },
    {
      request: get(`/openk.health.v1.HealthService/GetHealth?${GET_QUERY}`),
      verify: (baseUrl) =>
        verifyGetHealth(
          createConnectTransport({ baseUrl, httpVersion: '1.1', useBinaryFormat: false, useHttpGet: true }),
        ),
    },
    { bare: {}, fastify: {}, connect: {} },
    { request: get('/health'), verify: verifyJsonHealth('/health') },
  ),
  beside(
    { part: 'rest', name: 'GetHealth by REST', port: 'http1' },
    { request: get(REST_PATH), verify: verifyJsonHealth(REST_PATH) },
    { bare: {}, fastify: { callsAtLeast: 1 } },
    { request: get(REST_PATH), verify: verifyJsonHealth(REST_PATH) },
  ),
];

/** Of what a header may cost, as CPU time per call beside the plain call. */
const ORIGIN_AT_MOST = 1.15;
const MEDIA_TYPE_AT_MOST = 1.05;
const GZIP_AT_MOST = 1.6;

const HEADER_ROWS: readonly Row[] = [
  {
    part: 'headers',
    name: 'Connect JSON Check',
    port: 'http1',
    // Some are within a few hundredths of their targets.
    rounds: { count: 21, seconds: 1 },
    ways: {
      plain: http1Way(JSON_CHECK, JSON_TYPE),
      charset: http1Way(JSON_CHECK, { 'content-type': 'application/json; charset=UTF-8' }),
      gzip: http1Way(gzipSync(JSON_CHECK), { ...JSON_TYPE, 'content-encoding': 'gzip' }),
      'CORS on, no Origin': http1Way(JSON_CHECK, JSON_TYPE, 'OpenK, CORS'),
      'CORS on, Origin': http1Way(JSON_CHECK, { ...JSON_TYPE, origin: ORIGIN }, 'OpenK, CORS'),
    },
    ratios: [
      { of: 'charset', to: 'plain', by: 'CPU', atMost: MEDIA_TYPE_AT_MOST },
      { of: 'gzip', to: 'plain', by: 'CPU', atMost: GZIP_AT_MOST },
      { of: 'CORS on, no Origin', to: 'plain', by: 'CPU' },
      { of: 'CORS on, Origin', to: 'plain', by: 'CPU', atMost: ORIGIN_AT_MOST },
    ],
  },
  {
    part: 'headers',
    name: 'gRPC-Web Check',
    port: 'http1',
    ways: {
      plain: http1Way(envelope(CHECK), WEB_TYPE),
      'CORS on, Origin': http1Way(envelope(CHECK), { ...WEB_TYPE, origin: ORIGIN }, 'OpenK, CORS'),
    },
    ratios: [{ of: 'CORS on, Origin', to: 'plain', by: 'CPU', atMost: ORIGIN_AT_MOST }],
  },
  {
    part: 'headers',
    name: 'gRPC Check',
    port: 'http2',
    ways: {
      plain: { server: 'OpenK', request: grpc(CHECK_PATH, CHECK), verify: overHttp2(verifyCheck) },
      gzip: {
        server: 'OpenK',
        request: {
          tool: 'h2load',
          path: CHECK_PATH,
          body: envelope(gzipSync(CHECK), 1),
          headers: { ...GRPC, 'grpc-encoding': 'gzip' },
        },
        verify: (baseUrl) =>
          verifyCheck(createGrpcTransport({ baseUrl, sendCompression: compressionGzip, compressMinBytes: 0 })),
      },
    },
    ratios: [{ of: 'gzip', to: 'plain', by: 'CPU', atMost: GZIP_AT_MOST }],
  },
];

const AUTH_ROW: Row = {
  part: 'auth',
  name: 'gRPC Check',
  port: 'http2',
  // What else the machine does makes seconds differ by a fifth: only neighbours can be compared, and many of them.
  rounds: { count: 49, seconds: 0.5 },
  ways: {
    'no credential': credentialWay({}),
    'API key': credentialWay({ authorization: `Bearer ${API_KEY}` }),
    'API key as X-Api-Key': credentialWay({ 'x-api-key': API_KEY }),
    JWT: credentialWay({ authorization: `Bearer ${TOKEN}` }),
    'JWT as X-Api-Key': credentialWay({ 'x-api-key': TOKEN }),
    // What the header costs HTTP/2 by itself: clients of nghttp2 send authorization and etag in full each time, and OpenK does not read this
    // one. X-Api-Key they send once and then by its number, as other clients do with authorization too.
    'header as long as the key': credentialWay({ etag: `Bearer ${API_KEY}` }),
    'header as long as the JWT': credentialWay({ etag: `Bearer ${TOKEN}` }),
  },
  ratios: [
    { of: 'API key', to: 'no credential', by: 'CPU', atMost: 1.1 },
    { of: 'API key as X-Api-Key', to: 'no credential', by: 'CPU', atMost: 1.1 },
    { of: 'JWT', to: 'no credential', by: 'CPU', atMost: 1.25 },
    { of: 'JWT as X-Api-Key', to: 'no credential', by: 'CPU', atMost: 1.25 },
    { of: 'header as long as the key', to: 'no credential', by: 'CPU' },
    { of: 'header as long as the JWT', to: 'no credential', by: 'CPU' },
  ],
};

export const ROWS: readonly Row[] = [...ROWS_BESIDE, ...HEADER_ROWS, AUTH_ROW];

/** A wrong credential would be refused, which the run does not take. */
function credentialWay(headers: Readonly<Record<string, string>>): Way {
  const request = grpc(CHECK_PATH, CHECK);
  return {
    server: 'OpenK, auth',
    request: { ...request, headers: { ...request.headers, ...headers } },
    verify: (origin) =>
      withHttp2(origin, async (transport) => {
        const { status } = await createClient(Health, transport).check({ service: COMPONENT }, { headers });
        if (status !== HealthCheckResponse_ServingStatus.SERVING)
          throw new Error(`SERVING expected, but it is ${status}`);
      }),
  };
}

function http1Way(body: Uint8Array, headers: Readonly<Record<string, string>>, server: ServerName = 'OpenK'): Way {
  const request = post(body, headers);
  return { server, request, verify: (origin) => verifyExactly(origin, request) };
}

/** Asks with these very bytes and headers, which no client library would send. */
async function verifyExactly(origin: string, { path, body, headers }: Request): Promise<void> {
  const answer = await fetch(origin + path, { method: 'POST', headers, body: Buffer.from(body ?? []) });
  const bytes = Buffer.from(await answer.arrayBuffer());
  const isServing = headers['content-type']?.startsWith('application/json')
    ? bytes.equals(Buffer.from('{"status":"SERVING"}'))
    : bytes.subarray(0, 7).equals(Buffer.from([0, 0, 0, 0, 2, 8, 1])) && bytes.includes('grpc-status: 0');
  const allowed = answer.headers.get('access-control-allow-origin') ?? undefined;
  if (!isServing || allowed !== headers.origin) {
    throw new Error(`${JSON.stringify(headers)} was answered by ${answer.status}, allowed ${allowed}: ${bytes}`);
  }
}

async function verifyPlainCheck(origin: string): Promise<void> {
  const answer = await fetch(`${origin}/check`, { method: 'POST', body: JSON_CHECK, headers: JSON_TYPE });
  const { status } = (await answer.json()) as { status?: unknown };
  if (status !== 'SERVING') throw new Error(`SERVING expected, but it is ${status}`);
}

/** grpchealth has its own file for the service, whose JSON names are longer: a client of the common file reads UNKNOWN there. */
async function verifyJsonCheck(origin: string): Promise<void> {
  const answer = await fetch(origin + CHECK_PATH, { method: 'POST', body: JSON_CHECK, headers: JSON_TYPE });
  const { status } = (await answer.json()) as { status?: unknown };
  if (status !== 'SERVING' && status !== 'SERVING_STATUS_SERVING') {
    throw new Error(`SERVING expected, but it is ${status}`);
  }
}

function verifyJsonHealth(path: string) {
  return async (origin: string): Promise<void> => {
    const { health } = (await (await fetch(origin + path)).json()) as { health?: { component?: unknown } };
    if (health?.component !== COMPONENT) throw new Error('it is not the health of the component asked for');
  };
}

function overHttp2(verify: (transport: Transport) => Promise<void>) {
  return (origin: string) => withHttp2(origin, verify);
}

async function verifyCheck(transport: Transport): Promise<void> {
  const { status } = await createClient(Health, transport).check({ service: COMPONENT });
  if (status !== HealthCheckResponse_ServingStatus.SERVING) throw new Error(`SERVING expected, but it is ${status}`);
}

async function verifyList(transport: Transport): Promise<void> {
  const { components } = await createClient(HealthService, transport).listComponents({ pageSize: COMPONENTS });
  if (components.length !== COMPONENTS) throw new Error(`${components.length} components came`);
}

async function verifyGetHealth(transport: Transport): Promise<void> {
  const { health } = await createClient(HealthService, transport).getHealth({ component: COMPONENT });
  if (health?.component !== COMPONENT) throw new Error('it is not the health of the component asked for');
}

function envelope(message: Uint8Array, flags = 0): Buffer {
  const prefix = Buffer.alloc(5);
  prefix.writeUInt8(flags);
  prefix.writeUInt32BE(message.length, 1);
  return Buffer.concat([prefix, message]);
}
