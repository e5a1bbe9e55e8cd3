// npm run bench -- rpc: calls per second of OpenK's port beside its references, in turns, round by round: bare node:http2 and
// node:http, @grpc/grpc-js, connect-fastify as it comes, a plain Fastify JSON route.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { create, toBinary } from '@bufbuild/protobuf';
import { createClient, type Transport } from '@connectrpc/connect';
import {
  createConnectTransport,
  createGrpcTransport,
  createGrpcWebTransport,
  Http2SessionManager,
} from '@connectrpc/connect-node';
import {
  Health,
  HealthCheckRequestSchema,
  HealthCheckResponse_ServingStatus,
} from '../../gen/grpc/health/v1/health_pb.ts';
import { HealthStatus } from '../../gen/openk/common/v1/common_pb.ts';
import {
  GetHealthResponseSchema,
  HealthService,
  ListComponentsRequestSchema,
  ListComponentsResponseSchema,
} from '../../gen/openk/health/v1/health_pb.ts';
import { createCertificates } from '../../tests/support/certs.ts';
import type { Bench, Figure } from './bench.ts';
import { end, firstMessage, requirePrograms, SERVER_CORE, spawnPinned } from './pinned.ts';
import { type LoadRequest, type LoadResult, load } from './rpc-load.ts';
import { COMPONENT, COMPONENTS, HAS_LEAN_LANES, startOpenkProcess } from './rpc-openk.ts';
import type { Answers, ReferenceKind, ReferencePorts } from './rpc-reference.ts';

const ROUNDS = 7;
const ROUND_S = 1;
/** V8 takes this long to be done with what a call runs through; until then p99 is that of the compiler. */
const WARM_UP_S = 4;

type ServerName = 'OpenK' | 'OpenK, telemetry on' | 'OpenK, lanes off' | ReferenceKind;

/** A server, and the processes that it is. */
interface Running extends ReferencePorts {
  readonly pids: readonly number[];
}
type Ports = Readonly<Record<ServerName, Running>>;

/** One kind of call, the servers that answer it, and what OpenK is to reach beside some of them. */
interface Row {
  readonly name: string;
  readonly port: keyof ReferencePorts;
  readonly request: (origin: string, server: ServerName) => LoadRequest;
  /** Asks by a real client. @throws when the answer is not the one that is counted */
  readonly verify: (origin: string, server: ServerName) => Promise<void>;
  readonly atLeast: Partial<Record<ServerName, number>>;
}

const CHECK_PATH = '/grpc.health.v1.Health/Check';
const CHECK = toBinary(HealthCheckRequestSchema, create(HealthCheckRequestSchema, { service: COMPONENT }));
const LIST = toBinary(ListComponentsRequestSchema, create(ListComponentsRequestSchema, { pageSize: COMPONENTS }));
const GET_QUERY = `connect=v1&encoding=json&message=${encodeURIComponent(JSON.stringify({ component: COMPONENT }))}`;
const GRPC = { 'content-type': 'application/grpc', te: 'trailers' };
const JSON_TYPE = { 'content-type': 'application/json' };
/** Over HTTP/1.1 these know no RPC: they answer the same JSON on a path of their own, whatever the protocol of the row. */
const isPlain = (server: ServerName) => server === 'fastify' || server === 'bare';

const grpc = (path: string, message: Uint8Array) => (origin: string) =>
  ({ tool: 'h2load', url: origin + path, body: envelope(message), headers: GRPC }) as const;

const http1 =
  (body: Uint8Array, contentType: string) =>
  (origin: string, server: ServerName): LoadRequest =>
    isPlain(server)
      ? { tool: 'wrk', url: `${origin}/check`, body: JSON_CHECK, headers: JSON_TYPE }
      : { tool: 'wrk', url: origin + CHECK_PATH, body, headers: { 'content-type': contentType } };
const JSON_CHECK = Buffer.from(JSON.stringify({ service: COMPONENT }));

const STOCK = { connect: 8 };
const ROWS: readonly Row[] = [
  {
    name: 'gRPC Check',
    port: 'http2',
    request: grpc(CHECK_PATH, CHECK),
    verify: overHttp2(verifyCheck),
    atLeast: { bare: 0.85, 'grpc-js': 1.5, ...STOCK },
  },
  {
    name: 'gRPC Check, TLS',
    port: 'tls',
    request: grpc(CHECK_PATH, CHECK),
    verify: overHttp2(verifyCheck),
    atLeast: { bare: 0, 'grpc-js': 0, connect: 0 },
  },
  {
    name: `gRPC ListComponents of ${COMPONENTS}`,
    port: 'http2',
    request: grpc('/openk.health.v1.HealthService/ListComponents', LIST),
    verify: overHttp2(verifyList),
    atLeast: { bare: 0, 'grpc-js': 0, connect: 0 },
  },
  {
    name: 'gRPC-Web Check, HTTP/1.1',
    port: 'http1',
    request: http1(envelope(CHECK), 'application/grpc-web+proto'),
    verify: overHttp1((baseUrl) => createGrpcWebTransport({ baseUrl, httpVersion: '1.1' }), verifyCheck),
    atLeast: { bare: 0, fastify: 0.9, ...STOCK },
  },
  {
    name: 'Connect JSON Check, HTTP/1.1',
    port: 'http1',
    request: http1(JSON_CHECK, 'application/json'),
    verify: overHttp1(
      (baseUrl) => createConnectTransport({ baseUrl, httpVersion: '1.1', useBinaryFormat: false }),
      verifyCheck,
    ),
    atLeast: { bare: 0, fastify: 1, ...STOCK },
  },
  {
    name: 'Connect proto Check, HTTP/1.1',
    port: 'http1',
    request: http1(CHECK, 'application/proto'),
    verify: overHttp1((baseUrl) => createConnectTransport({ baseUrl, httpVersion: '1.1' }), verifyCheck),
    atLeast: { bare: 0, fastify: 0, ...STOCK },
  },
  {
    name: 'Connect GET GetHealth, HTTP/1.1',
    port: 'http1',
    request: (origin, server) => ({
      tool: 'wrk',
      url: isPlain(server) ? `${origin}/health` : `${origin}/openk.health.v1.HealthService/GetHealth?${GET_QUERY}`,
      headers: {},
    }),
    verify: overHttp1(
      (baseUrl) => createConnectTransport({ baseUrl, httpVersion: '1.1', useBinaryFormat: false, useHttpGet: true }),
      verifyGetHealth,
    ),
    atLeast: { bare: 0, fastify: 0, connect: 0 },
  },
];

export const rpcBench: Bench = {
  title: `calls per second beside the references, ${ROUNDS} rounds of ${ROUND_S} s, server and load on a core each`,
  async run() {
    requirePrograms({ taskset: 'util-linux', h2load: 'nghttp2-client', wrk: 'wrk' });
    const folder = await mkdtemp(join(tmpdir(), 'openk-bench-'));
    const ends: (() => Promise<void>)[] = [];
    try {
      const ports = await startAll(folder, ends);
      // What is stopped cannot end.
      ends.unshift(async () => letRun(ports));
      const figures: Figure[] = [];
      for (const row of ROWS) figures.push(...(await measureRow(folder, row, ports)));
      return figures;
    } finally {
      for (const endOne of ends) await endOne();
      await rm(folder, { recursive: true });
    }
  },
};

/** As the references are. */
const WITHOUT_TELEMETRY: Readonly<Record<string, string>> = { OTEL_SDK_DISABLED: 'true' };

async function startAll(folder: string, ends: (() => Promise<void>)[]): Promise<Ports> {
  const { server: identity } = await createCertificates();
  const tls = { certFile: join(folder, 'cert.pem'), keyFile: join(folder, 'key.pem') };
  await writeFile(tls.certFile, identity.cert);
  await writeFile(tls.keyFile, identity.key);
  const startOurs = async (leanLanes: boolean, env = WITHOUT_TELEMETRY): Promise<Running> => {
    const plain = await startOpenkProcess(folder, { leanLanes, env });
    ends.push(plain.end);
    const secure = await startOpenkProcess(folder, { leanLanes, env, tls });
    ends.push(secure.end);
    await report(`http://127.0.0.1:${plain.port}`);
    await report(`https://127.0.0.1:${secure.port}`);
    return { http1: plain.port, http2: plain.port, tls: secure.port, pids: [plain.pid, secure.pid] };
  };
  const ours = await startOurs(true);
  const observed = await startOurs(true, {});
  const off = HAS_LEAN_LANES ? await startOurs(false) : { pids: [] };
  const answersPath = join(folder, 'answers.json');
  await writeFile(answersPath, JSON.stringify({ ...(await answersOf(ours)), ...identity } satisfies Answers));
  const start = async (kind: ReferenceKind): Promise<Running> => {
    const program = new URL('rpc-reference.ts', import.meta.url).pathname;
    const child = spawnPinned(SERVER_CORE, [process.execPath, program, kind, answersPath], {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    ends.push(() => end(child));
    return { ...(await firstMessage<ReferencePorts>(child)), pids: [child.pid!] };
  };
  return {
    OpenK: ours,
    'OpenK, telemetry on': observed,
    'OpenK, lanes off': off,
    bare: await start('bare'),
    'grpc-js': await start('grpc-js'),
    connect: await start('connect'),
    fastify: await start('fastify'),
  };
}

/** Makes one component healthy, so that its answer is the one of the references. */
async function report(origin: string): Promise<void> {
  await withHttp2(origin, async (transport) => {
    await createClient(HealthService, transport).reportHealth({ component: COMPONENT, status: HealthStatus.HEALTHY });
  });
}

async function answersOf({ http2 }: ReferencePorts): Promise<Omit<Answers, 'cert' | 'key'>> {
  const answers = { service: COMPONENT, getHealth: '', listComponents: '' };
  await withHttp2(`http://127.0.0.1:${http2}`, async (transport) => {
    const client = createClient(HealthService, transport);
    const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64');
    answers.getHealth = base64(toBinary(GetHealthResponseSchema, await client.getHealth({ component: COMPONENT })));
    const list = await client.listComponents({ pageSize: COMPONENTS });
    answers.listComponents = base64(toBinary(ListComponentsResponseSchema, list));
  });
  return answers;
}

/** Stops all servers but one, since what is idle collects its garbage, on the core of the one that is measured. */
function letRun(ports: Ports, only?: ServerName): void {
  for (const [name, { pids }] of Object.entries(ports)) {
    for (const pid of pids) process.kill(pid, only === undefined || name === only ? 'SIGCONT' : 'SIGSTOP');
  }
}

/** In turns, so that what else the machine does hits all alike. */
async function measureRow(folder: string, row: Row, ports: Ports): Promise<Figure[]> {
  const names = (Object.keys(ports) as ServerName[]).filter(
    (name) => ports[name][row.port] !== undefined && (name.startsWith('OpenK') || name in row.atLeast),
  );
  const originOf = (name: ServerName) =>
    `${row.port === 'tls' ? 'https' : 'http'}://127.0.0.1:${ports[name][row.port]}`;
  const results = new Map(names.map((name) => [name, [] as LoadResult[]]));
  for (const name of names) {
    letRun(ports, name);
    await row.verify(originOf(name), name);
    await load(folder, row.request(originOf(name), name), WARM_UP_S);
  }
  for (let round = 0; round < ROUNDS; round++) {
    for (const name of names) {
      letRun(ports, name);
      results.get(name)?.push(await load(folder, row.request(originOf(name), name), ROUND_S));
    }
  }
  letRun(ports);
  for (const name of names) {
    await row.verify(originOf(name), name);
    const bytes = results.get(name)!.map(({ answerBytes }) => answerBytes);
    // The end of the run cuts an answer or two.
    if (Math.max(...bytes) / Math.min(...bytes) > 1.05) throw new Error(`${name} did not answer alike: ${bytes} bytes`);
  }
  return figuresOf(row, names, results);
}

function figuresOf(row: Row, names: readonly ServerName[], results: ReadonlyMap<ServerName, LoadResult[]>): Figure[] {
  const rates = new Map(names.map((name) => [name, results.get(name)!.map((result) => result.requestsPerSecond)]));
  const own = rates.get('OpenK')!;
  return [
    ...names.flatMap((name): Figure[] => {
      const p99s = results.get(name)!.map(({ p99Ms }) => p99Ms);
      return [
        {
          name: `${row.name}: ${name}`,
          value: Math.round(median(rates.get(name)!)),
          unit: '/s',
          rounds: rates.get(name)!,
        },
        { name: `${row.name}: ${name}, p99`, value: median(p99s), unit: 'ms', rounds: p99s },
      ];
    }),
    ...names
      .filter((name) => name !== 'OpenK')
      .map((name): Figure => {
        const atLeast = row.atLeast[name];
        // Round by round: what else the machine did then, it did to both.
        const value = median(rates.get(name)!.map((rate, round) => own[round]! / rate));
        return { name: `${row.name}: OpenK to ${name}`, value, unit: '×', ...(atLeast ? { atLeast } : {}) };
      }),
  ];
}

function overHttp2(verify: (transport: Transport) => Promise<void>) {
  return (origin: string) => withHttp2(origin, verify);
}

async function withHttp2(baseUrl: string, use: (transport: Transport) => Promise<void>): Promise<void> {
  const sessionManager = new Http2SessionManager(baseUrl, undefined, { rejectUnauthorized: false });
  try {
    await use(createGrpcTransport({ baseUrl, sessionManager }));
  } finally {
    sessionManager.abort();
  }
}

function overHttp1(transportTo: (baseUrl: string) => Transport, verify: (transport: Transport) => Promise<void>) {
  return async (origin: string, server: ServerName) => {
    if (!isPlain(server)) return verify(transportTo(origin));
    const answer = await fetch(`${origin}/check`, { method: 'POST', body: JSON_CHECK, headers: JSON_TYPE });
    const { status } = (await answer.json()) as { status?: unknown };
    if (status !== 'SERVING') throw new Error(`${server} answered ${status}`);
  };
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

function envelope(message: Uint8Array): Buffer {
  const prefix = Buffer.alloc(5);
  prefix.writeUInt32BE(message.length, 1);
  return Buffer.concat([prefix, message]);
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}
