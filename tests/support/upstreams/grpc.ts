// gRPC servers on loopback: real ones of grpc-js, raw HTTP/2 ones for what no real one does, and a relay to stand before
// either, which knows the connections and can cut them or make them a black hole.
import { once } from 'node:events';
import {
  createSecureServer,
  createServer,
  type Http2Session,
  type IncomingHttpHeaders,
  type ServerHttp2Stream,
} from 'node:http2';
import { connect, createServer as createTcpServer, type Socket } from 'node:net';
import { Server, ServerCredentials, type UntypedServiceImplementation } from '@grpc/grpc-js';
import { HealthImplementation, type ServingStatusMap, service } from 'grpc-health-check';
import type { Identity } from '../certs.ts';
import { listen, type Upstream } from './tcp.ts';

export interface GrpcUpstream {
  readonly port: number;
  /** HOST:PORT, by name, so that certificates for localhost fit. */
  readonly target: string;
  /** Ends as a server does that is told to: GOAWAY, and the calls in flight may finish. Settles when they have. */
  drain(): Promise<void>;
  close(): Promise<void>;
}

export interface GrpcUpstreamOptions {
  readonly port?: number;
  readonly credentials?: ServerCredentials;
}

/** A grpc-js server with the health service of the gRPC authors. */
export async function startGrpcHealth(
  statuses: ServingStatusMap,
  options?: GrpcUpstreamOptions,
): Promise<GrpcUpstream & { readonly health: HealthImplementation }> {
  const health = new HealthImplementation(statuses);
  const upstream = await startGrpc((server) => health.addToServer(server), options);
  return { ...upstream, health };
}

/** A grpc-js server whose methods of grpc.health.v1.Health are these; others are UNIMPLEMENTED. */
export function startGrpcService(
  methods: UntypedServiceImplementation,
  options?: GrpcUpstreamOptions,
): Promise<GrpcUpstream> {
  return startGrpc((server) => server.addService(service, methods), options);
}

/** A grpc-js server. */
export async function startGrpc(
  define: (server: Server) => void,
  { port = 0, credentials = ServerCredentials.createInsecure() }: GrpcUpstreamOptions = {},
): Promise<GrpcUpstream> {
  const server = new Server();
  define(server);
  const bound = await new Promise<number>((resolve, reject) => {
    server.bindAsync(`127.0.0.1:${port}`, credentials, (error, actual) => (error ? reject(error) : resolve(actual)));
  });
  return {
    port: bound,
    target: `localhost:${bound}`,
    drain: () => new Promise((resolve, reject) => server.tryShutdown((error) => (error ? reject(error) : resolve()))),
    // grpc-js tells nobody when a forced shutdown is complete; the graceful one after it does.
    close: () => {
      server.forceShutdown();
      return new Promise((resolve) => server.tryShutdown(() => resolve()));
    },
  };
}

export interface Http2Upstream extends Upstream {
  /** Every session so far. */
  readonly sessions: readonly Http2Session[];
  /** From now on new connections are refused, and those that are open are served. */
  stopListening(): void;
  /** The certificate of new connections, where there is TLS. */
  setIdentity(identity: Identity): void;
}

/** A raw HTTP/2 server, over TLS with an identity. */
export async function startHttp2(
  onStream: (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => void,
  identity?: Identity,
): Promise<Http2Upstream> {
  const secure = identity && createSecureServer(identity);
  const server = secure ?? createServer();
  const sessions: Http2Session[] = [];
  server.on('session', (session) => sessions.push(session));
  server.on('sessionError', () => {});
  server.on('stream', (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => {
    stream.on('error', () => {});
    onStream(stream, headers);
  });
  const upstream = await listen(server);
  let listening = true;
  const close = upstream.close;
  return Object.defineProperties(upstream as Http2Upstream, {
    sessions: { value: sessions },
    stopListening: {
      value() {
        listening = false;
        server.close();
      },
    },
    setIdentity: { value: (next: Identity) => secure?.setSecureContext(next) },
    close: { value: () => (listening ? close() : upstream.endAll()) },
  });
}

/** Response headers of a gRPC call. */
export const GRPC_RESPONSE = { ':status': 200, 'content-type': 'application/grpc' } as const;

/** HealthCheckResponse messages with these statuses, as they lie in a DATA frame. */
export function healthMessages(...statuses: readonly number[]): Buffer {
  return Buffer.from(statuses.flatMap((status) => [0, 0, 0, 0, 2, 8, status]));
}

export interface Relay extends Upstream {
  /** From now on bytes of the connections that are open get lost, as behind a pulled cable; new connections work. */
  freeze(): void;
  /** Settles once a frozen connection got bytes. */
  lost(): Promise<void>;
  /** Breaks every connection. */
  cut(): void;
  /** From now on new connections are refused, and those that are open are served. */
  stopListening(): void;
}

/** Hands bytes through to a port of loopback. */
export async function startRelay(port: number): Promise<Relay> {
  const pairs = new Map<Socket, { readonly behind: Socket; frozen: boolean }>();
  const lost = Promise.withResolvers<void>();
  let listening = true;
  const server = createTcpServer((socket) => {
    const behind = connect({ host: '127.0.0.1', port });
    const pair = { behind, frozen: false };
    pairs.set(socket, pair);
    behind.on('error', () => {});
    behind.on('data', (chunk) => void (pair.frozen || socket.write(chunk)));
    behind.on('close', () => void (pair.frozen || socket.destroy()));
    socket.on('data', (chunk) => {
      if (pair.frozen) lost.resolve();
      else behind.write(chunk);
    });
    socket.on('close', () => {
      pairs.delete(socket);
      behind.destroy();
    });
  });
  const upstream = await listen(server);
  return {
    ...upstream,
    get accepted() {
      return upstream.accepted;
    },
    get open() {
      return upstream.open;
    },
    freeze() {
      for (const pair of pairs.values()) pair.frozen = true;
    },
    lost: () => lost.promise,
    cut() {
      for (const socket of pairs.keys()) socket.resetAndDestroy();
    },
    stopListening() {
      listening = false;
      server.close();
    },
    async close() {
      const behind = [...pairs.values()].map((pair) => pair.behind.closed || once(pair.behind, 'close'));
      await (listening ? upstream.close() : upstream.endAll());
      await Promise.all(behind);
    },
  };
}
