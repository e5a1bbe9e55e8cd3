// The one port, put together: the listener, the door in front of every request, Fastify with the RPC methods and the
// health routes behind it, and the shutdown in its order.
import type { ConnectRouter, Interceptor } from '@connectrpc/connect';
import { compressionBrotli, compressionGzip } from '@connectrpc/connect-node';
import { fastify } from 'fastify';
import type { Logger } from 'pino';
import { createOpenCalls } from '../calls/open-calls.ts';
import { createLane, type Lane } from '../calls/pipeline.ts';
import { completeError as addErrorInfo, type CompleteError } from '../errors/from-connect.ts';
import { refusal } from '../errors/to-connect.ts';
import { registerCors, registerPageSecurity } from '../pages/browser-policy.ts';
import { answerConnectionFault, clientFault, registerErrorHandler } from '../pages/faults.ts';
import { registerFrontPage } from '../pages/front-page.ts';
import { type HealthRoutesOptions, registerHealthRoutes } from '../pages/health-routes.ts';
import { registerMetricsRoute } from '../pages/metrics-route.ts';
import { registerNotFound } from '../pages/not-found.ts';
import { registerDocsPage } from '../pages/openapi/docs-page.ts';
import { registerOpenapiRoutes } from '../pages/openapi/openapi-routes.ts';
import { registerRpcRoutes } from '../protocols/connect-router/connect-routes.ts';
import { explainJson } from '../protocols/explain-json.ts';
import { sendPlain } from '../protocols/plain-answer.ts';
import { registerRestRoutes } from '../protocols/rest/fastify-routes.ts';
import { createOpenkRest } from '../protocols/rest/openk-rest.ts';
import { isMethodPath } from '../protocols/rpc-protocol.ts';
import { contextOfClient } from '../services/client-address.ts';
import { mendReport } from '../services/mend-report.ts';
import type { CallTelemetry } from '../telemetry/calls/observe-calls.ts';
import { createHostCheck } from './allowed-hosts.ts';
import { createLaneGuard } from './call-gate.ts';
import { createOnDefect } from './defects.ts';
import { discardRest } from './discard-rest.ts';
import { createForeignCheck } from './foreign-pages.ts';
import { type DoorOptions, findDoorRefusal, writeRefusal } from './gate.ts';
import { LaneRequest } from './http1-exchange.ts';
import { createListener, type RequestHandler, type TlsOptions } from './listener.ts';
import { DEFAULT_LISTENER_LIMITS, type ListenerLimits, type OnRefused } from './listener-limits.ts';
import { observeRequest } from './observe-request.ts';
import { countOversized } from './oversized.ts';
import { createRefusalLog } from './refusal-log.ts';
import { createRestLane, type RestLane } from './rest-lane.ts';

export interface ServerOptions {
  /** `port` 0 takes a free one. A host name binds one of its addresses. */
  readonly listen: { readonly host: string; readonly port: number };
  readonly tls?: TlsOptions;
  /** Hosts that requests may name, as in `server.allowed_hosts`. Left out: every one. */
  readonly allowedHosts?: readonly string[];
  /** Origins whose scripts may call; `*` for any. Empty: only the port's own. */
  readonly corsOrigins: readonly string[];
  /** Names of own headers and trailers that scripts of those origins may read. */
  readonly exposedMetadata?: readonly string[];
  /** Largest request message, in bytes. */
  readonly requestBytes: number;
  readonly limits?: Partial<ListenerLimits>;
  /** Whether ordinary calls are answered without Connect's handlers and Fastify in between. Default: true. */
  readonly leanLanes?: boolean;
  /** How long a shutdown waits for calls in flight, in milliseconds. */
  readonly drainTimeoutMs: number;
  /** Mounts the services. */
  readonly routes: (router: ConnectRouter) => void;
  readonly interceptors?: readonly Interceptor[];
  /**
   * The last word on every error. Left out: OpenK's own, which adds an `ErrorInfo`; faults in JSON then have their field.
   */
  readonly completeError?: CompleteError;
  /** The OpenAPI document. Left out: there is none, and no page about it. */
  readonly document?: object;
  readonly health: Pick<HealthRoutesOptions, 'reader' | 'readiness'>;
  /** Sees every request and every call, outside of all interceptors. */
  readonly telemetry?: CallTelemetry;
  /** What `GET /metrics` answers, chunk by chunk. Left out: there is nothing there. */
  readonly metricsText?: () => AsyncIterable<string>;
  /** Aborted when the shutdown begins: handlers of streams end then. */
  readonly draining: AbortController;
  /** Told, beside the log, of each defect of a connection. */
  readonly onDefect?: () => void;
  /** Told of each connection, stream or request that is ended, not taken, or has to wait, because of a limit. */
  readonly onRefused?: OnRefused;
  readonly logger: Logger;
}

export interface OpenkServer {
  /** The URL that it answers at. Rejects when the address is taken or not there. */
  listen(): Promise<string>;
  /**
   * Drains and ends: readiness turns 503, `draining` fires, new calls are refused, calls in flight finish; after
   * `drainTimeoutMs` the rest is aborted. Takes at most that and a second; no connection is left then. May be called again.
   */
  close(): Promise<void>;
  /** Open connections. */
  connections(): number;
  /** Requests without a complete answer. */
  openCalls(): number;
}

/** How long aborted calls, and then connections without a call, get to end by themselves. */
const LAST_WORDS_MS = 500;
/** Room for a component id, which is part of a path, and its escapes. */
const MAX_PATH_PARAMETER_CHARS = 512;
const COMPRESSIONS = [compressionGzip, compressionBrotli];

/** @throws when the TLS certificate or key is not usable. Nothing is open before `listen`. */
export async function createServer(options: ServerOptions): Promise<OpenkServer> {
  const { draining, logger, requestBytes, telemetry } = options;
  const interceptors = options.interceptors ?? [];
  const onOversized = () => options.onRefused?.('request_bytes');
  const completeError = countOversized(options.completeError ?? addErrorInfo, onOversized);
  const onUnread = options.completeError === undefined ? { mend: mendReport, explain: explainJson } : undefined;
  // The lean lanes tell telemetry of their calls by themselves.
  const observed = telemetry === undefined ? interceptors : [telemetry.interceptor, ...interceptors];
  const shutdown = new AbortController();
  const calls = createOpenCalls();
  const onDefect = createOnDefect(logger, options.onDefect ?? (() => {}));

  const door: DoorOptions = {
    mayAsk: createHostCheck(options.allowedHosts ?? ['*']),
    isForeign: createForeignCheck(options.corsOrigins),
  };
  let lane: Lane | undefined;
  // What every request passes that no lean lane takes: the one of REST, or `next`, which is Fastify.
  const passDoor =
    (next: RequestHandler): RequestHandler =>
    (request, response) => {
      calls.add(response);
      discardRest(request, response);
      const isHttp1 = request.httpVersionMajor === 1;
      if (isHttp1 && draining.signal.aborted) response.setHeader('connection', 'close');
      const refusal = findDoorRefusal(request, door);
      if (refusal === undefined) return next(request, response);
      if (isHttp1) response.setHeader('connection', 'close');
      writeRefusal(request, response, refusal);
    };

  let handleRequest: RequestHandler;
  const restOptions = {
    routes: options.routes,
    requestBytes,
    onOversized,
    draining: draining.signal,
    shutdown: shutdown.signal,
    contextOfClient,
    mend: mendReport,
    onDefect,
    logger,
  };
  const rest = createOpenkRest({ ...restOptions, interceptors: observed });
  let restLane: RestLane | undefined;
  const isCall = (path: string) =>
    isMethodPath(path) || rest.firstSegments.some((first) => path.startsWith(`/${first}`));
  const limits = { ...DEFAULT_LISTENER_LIMITS, ...options.limits };
  const refusals = createRefusalLog(logger, limits);
  const onRefused: OnRefused = (limit) => {
    refusals.add(limit);
    options.onRefused?.(limit);
  };
  const listener = createListener(
    {
      limits,
      onDefect,
      onRefused,
      isPage: (path) => !isCall(path),
      ...(options.tls !== undefined && { tls: options.tls }),
    },
    (request, response, waited) => {
      // Of a request that waited the body may be there already, and a lane takes it as it comes.
      const isFresh = waited !== true && request instanceof LaneRequest && !('stream' in response);
      if (isFresh && lane?.takeRequest(request, response)) return;
      if (restLane?.takeRequest(request, response)) return;
      handleRequest(request, response);
    },
    (stream, headers) => lane?.takeStream(stream, headers) ?? false,
  );
  const app = fastify({
    serverFactory(handler) {
      const pass = passDoor(handler as RequestHandler);
      const observer = telemetry && { visit: telemetry.visit, onDefect };
      handleRequest =
        observer === undefined
          ? pass
          : (request, response) => observeRequest(observer, request, response, () => pass(request, response));
      return listener.server;
    },
    bodyLimit: requestBytes,
    routerOptions: { maxParamLength: MAX_PATH_PARAMETER_CHARS },
    clientErrorHandler: answerConnectionFault,
    frameworkErrors: (error, request, reply) => {
      // A path with broken escapes: REST says which variable of it.
      const answer = rest.find(request.raw);
      if (answer !== undefined) {
        reply.hijack();
        return answer(reply.raw);
      }
      sendPlain(reply, clientFault(error, request.headers));
    },
  });
  // No body is read but by the route that asks for it, so that none is read that nobody limits.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', (_request, _payload, done) => done(null));
  registerErrorHandler(app, logger);
  registerNotFound(app, completeError);
  await registerCors(app, options.corsOrigins, options.exposedMetadata ?? []);
  const methods = await registerRpcRoutes(app, {
    routes: options.routes,
    interceptors: observed,
    requestBytes,
    draining: draining.signal,
    shutdown: shutdown.signal,
    compressions: COMPRESSIONS,
    completeError,
    onUnread,
    refused: telemetry?.refused,
  });
  telemetry?.know(methods.map(({ spec }) => spec.method));
  registerRestRoutes(app, rest);
  if (options.leanLanes ?? true) {
    const isOrdinary = createLaneGuard({ ...door, draining: draining.signal, hasCors: options.corsOrigins.length > 0 });
    const leanRest = createOpenkRest({
      ...restOptions,
      interceptors,
      openCalls: calls,
      ...(telemetry && { observe: (method) => telemetry.observeMethod(method, 'rest') }),
    });
    restLane = createRestLane(leanRest, isOrdinary);
    lane = createLane({
      methods,
      interceptors,
      readMaxBytes: requestBytes,
      compressions: COMPRESSIONS,
      shutdown: shutdown.signal,
      takes: isOrdinary,
      calls,
      ...(telemetry && { observe: telemetry.observeMethod }),
      contextOfClient,
      completeError,
      onDefect,
      onUnread,
    });
  }
  await app.register(async (pages) => {
    await registerPageSecurity(pages);
    registerFrontPage(pages, {
      hasDocs: options.document !== undefined,
      hasMetrics: options.metricsText !== undefined,
      draining: draining.signal,
    });
    registerHealthRoutes(pages, { ...options.health, draining: draining.signal });
    if (options.metricsText !== undefined) registerMetricsRoute(pages, options.metricsText);
    if (options.document === undefined) return;
    registerOpenapiRoutes(pages, options.document);
    registerDocsPage(pages);
  });
  await app.ready();

  const drainAndClose = async () => {
    draining.abort(refusal('SHUTTING_DOWN', {}));
    listener.closeSessions();
    if (!(await calls.settled(options.drainTimeoutMs))) {
      logger.warn({ openCalls: calls.count() }, 'calls were still in flight at the end of the drain time: aborted');
      shutdown.abort(refusal('SHUTTING_DOWN', {}));
      await calls.settled(LAST_WORDS_MS);
    }
    const force = setTimeout(() => listener.destroyConnections(), LAST_WORDS_MS);
    await app.close();
    await listener.ended();
    refusals.flush();
    clearTimeout(force);
  };
  let closed: Promise<void> | undefined;

  return {
    async listen() {
      const address = await app.listen({ ...options.listen });
      return options.tls === undefined ? address : address.replace(/^http:/, 'https:');
    },
    close() {
      closed ??= drainAndClose();
      return closed;
    },
    connections: listener.connections,
    openCalls: calls.count,
  };
}
