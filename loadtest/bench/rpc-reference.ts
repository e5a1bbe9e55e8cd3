// What OpenK's port is measured against, in a process of its own: `node rpc-reference.ts KIND ANSWERS`. ANSWERS is a JSON
// file with what every server answers and the TLS identity. Sends its addresses over IPC once it listens, and ends with its
// parent.
import { readFileSync } from 'node:fs';
import { createServer as createHttp1Server } from 'node:http';
import { createSecureServer, createServer, type Http2Server, type ServerHttp2Stream } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { fromBinary, toBinary, toJson } from '@bufbuild/protobuf';
import { EmptySchema } from '@bufbuild/protobuf/wkt';
import type { ConnectRouter } from '@connectrpc/connect';
import { fastifyConnectPlugin } from '@connectrpc/connect-fastify';
import { Server as GrpcServer, ServerCredentials, type UntypedHandleCall } from '@grpc/grpc-js';
import { fastify } from 'fastify';
import { HealthImplementation } from 'grpc-health-check';
import {
  Health,
  type HealthCheckResponse,
  HealthCheckResponse_ServingStatus,
  HealthCheckResponseSchema,
} from '../../gen/grpc/health/v1/health_pb.ts';
import {
  GetHealthResponseSchema,
  HealthService,
  ListComponentsRequestSchema,
  ListComponentsResponseSchema,
} from '../../gen/openk/health/v1/health_pb.ts';

export type ReferenceKind = 'bare' | 'grpc-js' | 'connect' | 'fastify';

/** As OpenK itself answered them. */
export interface Answers {
  /** Message in base64. */
  readonly getHealth: string;
  /** Message in base64. */
  readonly listComponents: string;
  /** JSON of GetHealth by REST. */
  readonly rest: string;
  readonly cert: string;
  readonly key: string;
  /** A service of grpc.health that is SERVING. */
  readonly service: string;
}

/** Ports on the loopback. */
export interface ReferencePorts {
  readonly http1?: number;
  readonly http2?: number;
  readonly tls?: number;
}

const restPath = (component: string) => `/v1/components/${component}/health`;

const HOST = '127.0.0.1';
const SERVING = HealthCheckResponse_ServingStatus.SERVING;

const [kind, answersPath] = process.argv.slice(2) as [ReferenceKind, string];
const answers = JSON.parse(readFileSync(answersPath, 'utf8')) as Answers;
const identity = { cert: answers.cert, key: answers.key };
const getHealth = fromBinary(GetHealthResponseSchema, Buffer.from(answers.getHealth, 'base64'));
const listComponents = fromBinary(ListComponentsResponseSchema, Buffer.from(answers.listComponents, 'base64'));

const START: Readonly<Record<ReferenceKind, () => Promise<ReferencePorts>>> = {
  bare: startBare,
  'grpc-js': startGrpcJs,
  connect: startConnect,
  fastify: startFastify,
};
process.on('disconnect', () => process.exit());
process.send?.(await START[kind]());

/** node:http2 and node:http alone, with answers made once: what no server on Node can beat by much. */
async function startBare(): Promise<ReferencePorts> {
  const check = envelope(toBinary(HealthCheckResponseSchema, servingMessage()));
  const list = envelope(Buffer.from(answers.listComponents, 'base64'));
  const watch = createBareWatch();
  const answer = (stream: ServerHttp2Stream, headers: { ':path'?: string }) => {
    const bytes = headers[':path']?.endsWith('/ListComponents') ? list : check;
    stream.on('error', () => stream.destroy());
    if (headers[':path']?.endsWith('/Watch')) return watch(stream);
    stream.resume().on('end', () => {
      stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
      stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
      stream.end(bytes);
    });
  };
  const listen = (server: Http2Server) => {
    const { promise, resolve } = Promise.withResolvers<number>();
    server.on('stream', answer).listen(0, HOST, () => resolve((server.address() as AddressInfo).port));
    return promise;
  };
  const http1 = await listenHttp1();
  return { http1, http2: await listen(createServer()), tls: await listen(createSecureServer(identity)) };
}

/** Writes the status to each stream, and each change of it. The streams end with the process. */
function createBareWatch(): (stream: ServerHttp2Stream) => void {
  const open: ServerHttp2Stream[] = [];
  const bytesOf = (status: HealthCheckResponse_ServingStatus) =>
    envelope(toBinary(HealthCheckResponseSchema, { ...servingMessage(), status }));
  const serving = bytesOf(SERVING);
  const notServing = bytesOf(HealthCheckResponse_ServingStatus.NOT_SERVING);
  let bytes = serving;
  process.on('message', (isServing) => {
    bytes = isServing ? serving : notServing;
    for (const stream of open) stream.write(bytes);
  });
  return (stream) => {
    open.push(stream);
    stream.resume();
    stream.respond({ ':status': 200, 'content-type': 'application/grpc' });
    stream.write(bytes);
  };
}

function listenHttp1(): Promise<number> {
  const texts: Readonly<Record<string, string>> = {
    '/check': JSON.stringify({ status: 'SERVING' }),
    '/health': JSON.stringify(toJson(GetHealthResponseSchema, getHealth)),
    [restPath(answers.service)]: answers.rest,
  };
  const server = createHttp1Server((request, response) => {
    request.resume().on('end', () => {
      const text = texts[request.url ?? ''] ?? '';
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': text.length }).end(text);
    });
  });
  const { promise, resolve } = Promise.withResolvers<number>();
  server.listen(0, HOST, () => resolve((server.address() as AddressInfo).port));
  return promise;
}

async function startGrpcJs(): Promise<ReferencePorts> {
  const server = new GrpcServer();
  const health = new HealthImplementation({ [answers.service]: 'SERVING' });
  health.addToServer(server);
  process.on('message', (isServing) => health.setStatus(answers.service, isServing ? 'SERVING' : 'NOT_SERVING'));
  const list = {
    path: '/openk.health.v1.HealthService/ListComponents',
    requestStream: false,
    responseStream: false,
    requestSerialize: () => Buffer.alloc(0),
    requestDeserialize: (bytes: Buffer) => fromBinary(ListComponentsRequestSchema, bytes),
    responseSerialize: () => Buffer.from(toBinary(ListComponentsResponseSchema, listComponents)),
    responseDeserialize: (bytes: Buffer) => fromBinary(EmptySchema, bytes),
  };
  const handle: UntypedHandleCall = (_call: unknown, answer: (error: null, message: unknown) => void) =>
    answer(null, listComponents);
  server.addService({ list }, { list: handle });
  const key = { cert_chain: Buffer.from(identity.cert), private_key: Buffer.from(identity.key) };
  return {
    http2: await bind(server, ServerCredentials.createInsecure()),
    tls: await bind(server, ServerCredentials.createSsl(null, [key])),
  };
}

/** @connectrpc/connect-fastify as its documentation has it. */
async function startConnect(): Promise<ReferencePorts> {
  const routes = (router: ConnectRouter) => {
    router.service(Health, { check: servingMessage, watch: createWatch() });
    router.service(HealthService, { getHealth: () => getHealth, listComponents: () => listComponents });
  };
  const http1 = fastify();
  const http2 = fastify({ http2: true });
  const tls = fastify({ http2: true, https: identity });
  for (const app of [http1, http2, tls]) {
    await (app as typeof http1).register(fastifyConnectPlugin, { routes });
    await app.listen({ host: HOST, port: 0 });
  }
  const portOf = (app: { server: { address(): AddressInfo | string | null } }) =>
    (app.server.address() as AddressInfo).port;
  return { http1: portOf(http1), http2: portOf(http2), tls: portOf(tls) };
}

/** The status, and each change of it. The streams end with the process. */
function createWatch(): () => AsyncGenerator<{ status: HealthCheckResponse_ServingStatus }> {
  let status: HealthCheckResponse_ServingStatus = SERVING;
  let changed = Promise.withResolvers<void>();
  process.on('message', (isServing) => {
    status = isServing ? SERVING : HealthCheckResponse_ServingStatus.NOT_SERVING;
    changed.resolve();
    changed = Promise.withResolvers<void>();
  });
  return async function* watch() {
    while (true) {
      const next = changed.promise;
      yield { status };
      await next;
    }
  };
}

/** Plain JSON routes, with no RPC at all. */
async function startFastify(): Promise<ReferencePorts> {
  const app = fastify();
  app.post('/check', async () => ({ status: 'SERVING' }));
  app.get('/health', async () => toJson(GetHealthResponseSchema, getHealth));
  const rest: unknown = JSON.parse(answers.rest);
  app.get(restPath(':component'), async () => rest);
  await app.listen({ host: HOST, port: 0 });
  return { http1: (app.server.address() as AddressInfo).port };
}

function servingMessage(): HealthCheckResponse {
  return { $typeName: 'grpc.health.v1.HealthCheckResponse', status: SERVING };
}

function envelope(message: Uint8Array): Buffer {
  const prefix = Buffer.alloc(5);
  prefix.writeUInt32BE(message.length, 1);
  return Buffer.concat([prefix, message]);
}

function bind(server: GrpcServer, credentials: ServerCredentials): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  server.bindAsync(`${HOST}:0`, credentials, (error, port) => (error ? reject(error) : resolve(port)));
  return promise;
}
