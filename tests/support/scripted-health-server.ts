// A HealthService on a real socket that does what a test tells it: for the clients of the API. It keeps the promises of
// the .proto (snapshot first, resume by revision, the latest state of what changed) and nothing else.
import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { createServer as createHttp2Server, createSecureServer } from 'node:http2';
import type { AddressInfo, Socket } from 'node:net';
import { create, type MessageInitShape } from '@bufbuild/protobuf';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import { Code, ConnectError, createConnectRouter, type ServiceImpl } from '@connectrpc/connect';
import { universalRequestFromNodeRequest, universalResponseToNodeResponse } from '@connectrpc/connect-node';
import { ErrorInfoSchema } from '../../gen/google/rpc/error_details_pb.ts';
import type { HealthStatus } from '../../gen/openk/common/v1/common_pb.ts';
import {
  type ComponentHealth,
  ComponentHealthSchema,
  HealthService,
  type WatchHealthRequest,
  type WatchHealthResponse,
  WatchHealthResponseSchema,
} from '../../gen/openk/health/v1/health_pb.ts';

export interface ScriptedHealthServerOptions {
  /** `1.1` for gRPC-Web and Connect, `2` for gRPC. */
  readonly http: '1.1' | '2';
  /** Serves TLS; for HTTP/2 only. */
  readonly tls?: { readonly cert: string | Buffer; readonly key: string | Buffer };
}

export interface ScriptedHealthServer {
  readonly url: string;
  /** Requests of the streams that were opened, the oldest first. */
  readonly watchRequests: readonly WatchHealthRequest[];
  /** Number of GetHealth calls. */
  readonly getCalls: number;
  /** Streams that are open. */
  readonly streams: number;
  /** Connections that are open. */
  readonly connections: number;
  /** Sets the health of a component. `since` begins anew with each change of status. */
  set(component: string, status: HealthStatus, fields?: HealthFields): void;
  remove(component: string): void;
  /** Sends a keep-alive on every stream. */
  keepAlive(): void;
  /** Ends every stream with this error, as OpenK gives it. */
  endStreams(code: Code): void;
  /** Cuts every connection. */
  cutConnections(): void;
  /** Answers every call with this error of OpenK from now on; undefined: no more. `reason`: of its ErrorInfo. */
  refuse(code: Code | undefined, message?: string, reason?: string): void;
  /** Stops answering GetHealth: calls hang until the client gives up. */
  hangGetHealth(): void;
  /** Settles once `count` streams were opened since the start, and each has got its first message. */
  watched(count: number): Promise<void>;
  /** Settles at the next moment for which `condition` holds: it is asked at each call, stream, and end of a stream. */
  until(condition: () => boolean): Promise<void>;
  /** Forgets all there is, as a server does that restarts without storage; revisions still grow. */
  forget(): void;
  /** Stops listening and cuts every connection. */
  stop(): Promise<void>;
  /** Listens again at the same port. */
  start(): Promise<void>;
}

type NodeServerRequest = Parameters<typeof universalRequestFromNodeRequest>[0];
type NodeServerResponse = Parameters<typeof universalResponseToNodeResponse>[1];
type HealthFields = Omit<MessageInitShape<typeof ComponentHealthSchema>, '$typeName' | 'component' | 'status'>;

type Stream = {
  readonly components: ReadonlySet<string>;
  readonly wake: () => void;
  sent: bigint;
  keepAlives: number;
  error?: ConnectError;
};

const START_MS = Date.UTC(2026, 0, 1);

export async function startScriptedHealthServer(options: ScriptedHealthServerOptions): Promise<ScriptedHealthServer> {
  const healths = new Map<string, ComponentHealth>();
  const removed = new Map<string, bigint>();
  const streams = new Set<Stream>();
  const watchRequests: WatchHealthRequest[] = [];
  const sockets = new Set<Socket>();
  const waiting = new Set<() => void>();
  let revision = 100n;
  /** Resuming from before it is not possible. */
  let oldestRevision = 0n;
  let greeted = 0;
  let getCalls = 0;
  let hanging = false;
  let refusal: { code: Code; message: string; reason: string } | undefined;
  let port = 0;

  const happened = () => {
    for (const ask of [...waiting]) ask();
  };
  const wakeAll = () => {
    for (const stream of streams) stream.wake();
  };
  const watches = (stream: { components: ReadonlySet<string> }, id: string) =>
    stream.components.size === 0 || stream.components.has(id);
  const refuseIfTold = () => {
    if (refusal !== undefined) throw openkError(refusal.message, refusal.code, refusal.reason);
  };

  const snapshot = (stream: Stream): WatchHealthResponse =>
    create(WatchHealthResponseSchema, {
      event: {
        case: 'snapshot',
        value: { revision, components: [...healths.values()].filter(({ component }) => watches(stream, component)) },
      },
    });
  const changesAfter = (stream: Stream): WatchHealthResponse | undefined => {
    const components = [...healths.values()].filter(
      (health) => watches(stream, health.component) && health.revision > stream.sent,
    );
    const gone = [...removed].filter(([id, at]) => watches(stream, id) && at > stream.sent).map(([id]) => id);
    if (components.length === 0 && gone.length === 0) return undefined;
    return create(WatchHealthResponseSchema, {
      event: { case: 'change', value: { revision, components, removed: gone } },
    });
  };

  const service: Partial<ServiceImpl<typeof HealthService>> = {
    async getHealth(request, context) {
      getCalls++;
      happened();
      refuseIfTold();
      if (hanging) {
        await once(context.signal, 'abort');
        throw openkError('gone', Code.Canceled);
      }
      const health = healths.get(request.component === '' ? 'system' : request.component);
      if (health === undefined) throw openkError(`no component "${request.component}"`, Code.NotFound);
      return { health };
    },
    async *watchHealth(request, context) {
      watchRequests.push(request);
      happened();
      refuseIfTold();
      for (const id of request.components) {
        if (!healths.has(id)) throw openkError(`no component "${id}"`, Code.NotFound);
      }
      if (request.sinceRevision > revision)
        throw openkError('never given', Code.InvalidArgument, 'REVISION_IN_THE_FUTURE');
      let awake = Promise.withResolvers<void>();
      const stream: Stream = {
        components: new Set(request.components),
        wake: () => awake.resolve(),
        sent: request.sinceRevision,
        keepAlives: 0,
      };
      const onAbort = () => stream.wake();
      context.signal.addEventListener('abort', onAbort);
      streams.add(stream);
      let greet = () => {
        greet = () => {};
        greeted++;
        happened();
      };
      try {
        if (request.sinceRevision === 0n || request.sinceRevision < oldestRevision) {
          stream.sent = revision;
          yield snapshot(stream);
        }
        while (!context.signal.aborted) {
          const change = changesAfter(stream);
          stream.sent = revision;
          if (change !== undefined) yield change;
          for (; stream.keepAlives > 0; stream.keepAlives--) {
            yield create(WatchHealthResponseSchema, { event: { case: 'keepAlive', value: { revision } } });
          }
          greet();
          if (stream.error !== undefined) throw stream.error;
          await awake.promise;
          awake = Promise.withResolvers<void>();
        }
      } finally {
        context.signal.removeEventListener('abort', onAbort);
        streams.delete(stream);
        happened();
      }
    },
  };

  const handler = createHandler(service);
  const createServer = () => {
    if (options.http === '1.1') return createHttpServer(handler);
    return options.tls === undefined ? createHttp2Server(handler) : createSecureServer(options.tls, handler);
  };
  let server: ReturnType<typeof createServer>;

  const cutConnections = () => {
    for (const socket of sockets) socket.destroy();
  };
  const start = async () => {
    server = createServer();
    server.on('connection', (socket: Socket) => {
      sockets.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => {
        sockets.delete(socket);
        happened();
      });
      happened();
    });
    server.on('sessionError', () => {});
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    port = (server.address() as AddressInfo).port;
  };
  await start();

  const until = (condition: () => boolean) =>
    new Promise<void>((resolve) => {
      const ask = () => {
        if (!condition()) return;
        waiting.delete(ask);
        resolve();
      };
      waiting.add(ask);
      ask();
    });

  return {
    url: `${options.tls === undefined ? 'http' : 'https'}://127.0.0.1:${port}`,
    watchRequests,
    get getCalls() {
      return getCalls;
    },
    get streams() {
      return streams.size;
    },
    get connections() {
      return sockets.size;
    },
    set(component, status, fields = {}) {
      revision++;
      const before = healths.get(component);
      const since =
        before?.status === status && before.since !== undefined
          ? before.since
          : timestampFromMs(START_MS + Number(revision) * 1000);
      const reason = { code: 'SCRIPTED', message: 'told by the test' };
      healths.set(component, create(ComponentHealthSchema, { component, status, revision, since, reason, ...fields }));
      removed.delete(component);
      wakeAll();
    },
    remove(component) {
      revision++;
      healths.delete(component);
      removed.set(component, revision);
      wakeAll();
    },
    keepAlive() {
      for (const stream of streams) stream.keepAlives++;
      wakeAll();
    },
    endStreams(code) {
      for (const stream of streams) stream.error = openkError('ended by the test', code);
      wakeAll();
    },
    cutConnections,
    refuse(code, message = 'refused by the test', reason = 'SCRIPTED') {
      refusal = code === undefined ? undefined : { code, message, reason };
    },
    hangGetHealth() {
      hanging = true;
    },
    watched: (count) => until(() => greeted >= count),
    until,
    forget() {
      healths.clear();
      removed.clear();
      revision += 1000n;
      oldestRevision = revision;
    },
    async stop() {
      const closed = once(server, 'close');
      server.close();
      cutConnections();
      await closed;
    },
    start,
  };
}

function openkError(message: string, code: Code, reason = 'SCRIPTED'): ConnectError {
  const value = { reason, domain: 'openk.dev' };
  return new ConnectError(message, code, undefined, [{ desc: ErrorInfoSchema, value }]);
}

/** As connectNodeAdapter, without its word on the console about each client that went away: here they do so on purpose. */
function createHandler(service: Partial<ServiceImpl<typeof HealthService>>) {
  const router = createConnectRouter().service(HealthService, service);
  const handlers = new Map(router.handlers.map((handler) => [handler.requestPath, handler]));
  return (request: NodeServerRequest, response: NodeServerResponse) => {
    const handler = handlers.get(request.url ?? '');
    if (handler === undefined) {
      response.writeHead(404);
      response.end();
      return;
    }
    handler(universalRequestFromNodeRequest(request, response, undefined, undefined))
      .then((answer) => universalResponseToNodeResponse(answer, response))
      .catch(() => response.destroy());
  };
}
