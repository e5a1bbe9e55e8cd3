// The one port, put together: the listener, the gate in front of every request, the pipeline of calls, Fastify with the RPC methods and the
// health routes behind it, and the shutdown in its order.
import type { BlockList } from 'node:net';
import type { ConnectRouter, Interceptor } from '@connectrpc/connect';
import { type FastifyServerOptions, fastify } from 'fastify';
import type { Logger } from 'pino';
import { cookieOf, SESSION_COOKIE } from '../auth/sessions.ts';
import type { AnyRequest, Exchange } from '../calls/exchange.ts';
import { collectMethods } from '../calls/methods.ts';
import { createOpenCalls } from '../calls/open-calls.ts';
import { createPipeline } from '../calls/pipeline.ts';
import type { FindCall, Match, RequestHead } from '../calls/protocol.ts';
import { nearestName } from '../core/nearest.ts';
import { completeError as addErrorInfo, type CompleteError } from '../errors/from-connect.ts';
import { refusal } from '../errors/to-connect.ts';
import { type CorsOptions, createCorsPolicy, registerCors } from '../pages/browser-policy.ts';
import { answerConnectionFault, clientFault, refuseTunnel, registerErrorHandler } from '../pages/faults.ts';
import type { LoginOf } from '../pages/login-routes.ts';
import { registerNotFound } from '../pages/not-found.ts';
import { type PagesOptions, registerPages } from '../pages/register-pages.ts';
import { registerRestRefusals } from '../pages/rest-refusals.ts';
import { registerConnectRoutes } from '../protocols/connect-router/connect-routes.ts';
import { correctContentType } from '../protocols/media-type.ts';
import { sendPlain } from '../protocols/plain-answer.ts';
import { createExplainJson } from '../protocols/rest/json-fault.ts';
import { createRpcCalls } from '../protocols/rpc-calls.ts';
import { isMethodPath, writeRefusal } from '../protocols/rpc-protocol.ts';
import { standInForMethod } from '../protocols/unusual-method.ts';
import { mendReport } from '../services/mend-report.ts';
import type { CallTelemetry } from '../telemetry/calls/observe-calls.ts';
import type { AdmissionControl } from './admission.ts';
import { registerAdmission, requireScopes } from './admission-hook.ts';
import { createHostCheck } from './allowed-hosts.ts';
import { createClientAddressOf } from './client-address.ts';
import { createCorsHeaders } from './cors-headers.ts';
import { createOnDefect } from './defects.ts';
import { discardRest } from './discard-rest.ts';
import { createForeignCheck } from './foreign-pages.ts';
import { createGate } from './gate.ts';
import { completeHost, namesSeveralHosts, standInForHost } from './host-guard.ts';
import { endsWithClient } from './http1-answer.ts';
import { DirectRequest, Http1Exchange } from './http1-exchange.ts';
import { Http2Exchange } from './http2-exchange.ts';
import { createListener, type RequestHandler, type TlsOptions } from './listener.ts';
import { DEFAULT_LISTENER_LIMITS, type ListenerLimits, type OnRefused } from './listener-limits.ts';
import { observeRequest } from './observe-request.ts';
import { createOpenkRest } from './openk-rest.ts';
import { countOversized } from './oversized.ts';
import { createRefusalLog } from './refusal-log.ts';
import { createSharedAnswers } from './shared-answers.ts';

export interface ServerOptions extends PagesOptions {
  /** `port` 0 takes a free one. A host name binds one of its addresses. */
  readonly listen: { readonly host: string; readonly port: number };
  readonly tls?: TlsOptions;
  /** Who may do what. */
  readonly admission: AdmissionControl;
  /** Login of people. Left out: there is none. */
  readonly loginOf?: LoginOf;
  /** Hosts that requests may name, as in `server.allowed_hosts`. Left out: every one. */
  readonly allowedHosts?: readonly string[];
  /** Proxies that may say whom they speak for. Left out: there are none. */
  readonly trustedProxies?: BlockList | undefined;
  /** Whether they say so by the PROXY protocol, at the beginning of each connection. Default: false. */
  readonly proxyProtocol?: boolean;
  /** Origins whose scripts may call; `*` for any. Empty: only the port's own. */
  readonly corsOrigins: readonly string[];
  /** What else scripts of those origins may do. */
  readonly cors?: Omit<CorsOptions, 'origins'>;
  /** Largest request message, in bytes. */
  readonly requestBytes: number;
  readonly limits?: Partial<ListenerLimits>;
  /** Whether calls by gRPC, gRPC-Web and Connect take the pipeline, and not Connect's handlers behind Fastify. Default: true. */
  readonly pipeline?: boolean;
  /** How long a shutdown waits for calls in flight, in milliseconds. */
  readonly drainTimeoutMs: number;
  /** Mounts the services. */
  readonly routes: (router: ConnectRouter) => void;
  readonly interceptors?: readonly Interceptor[];
  /**
   * The last word on every error. Left out: OpenK's own, which adds an `ErrorInfo`; faults in JSON then have their field.
   */
  readonly completeError?: CompleteError;
  /** Sees every request and every call, outside of all interceptors. */
  readonly telemetry?: CallTelemetry;
  /** Aborted when the shutdown begins: handlers of streams end then. */
  readonly draining: AbortController;
  /** Called, beside the log, for each defect of a connection. */
  readonly onDefect?: () => void;
  /** Called for each connection, stream or request that is ended, not taken, or has to wait, because of a limit. */
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
  /** With TLS: for connections from now on; open ones stay. @throws when it is not usable; then nothing has changed */
  renewTls(tls: TlsOptions): void;
  /** Open connections. */
  connections(): number;
  /** Requests without a complete answer. */
  openCalls(): number;
}

/** How long aborted calls, and then connections without a call, get to end by themselves. */
const LAST_WORDS_MS = 500;
/** Room for a component id, which is part of a path, and its escapes. */
const MAX_PATH_PARAMETER_CHARS = 512;

/** No route has a schema: without compilers of them Fastify does not load its own, a hundred modules. */
const NO_SCHEMAS: NonNullable<FastifyServerOptions['schemaController']> = {
  compilersFactory: { buildValidator: () => refuseSchema, buildSerializer: () => refuseSchema },
};

function refuseSchema(): never {
  throw new Error('routes have no schemas here: messages are validated by the rules of their .proto');
}

/** @throws when the TLS certificate or key is not usable. Nothing is open before `listen`. */
export async function createServer(options: ServerOptions): Promise<OpenkServer> {
  const { admission, loginOf = () => undefined, draining, logger, requestBytes, telemetry } = options;
  const interceptors = options.interceptors ?? [];
  const completeError = countOversized(options.completeError ?? addErrorInfo, () =>
    options.onRefused?.('request_bytes'),
  );
  const onUnread =
    options.completeError === undefined ? { mend: mendReport, explain: createExplainJson(nearestName) } : undefined;
  const shutdown = new AbortController();
  const calls = createOpenCalls();
  const onDefect = createOnDefect(logger, options.onDefect ?? (() => {}));
  const addressOf = createClientAddressOf(options.trustedProxies);
  const corsPolicy = createCorsPolicy({ ...options.cors, origins: options.corsOrigins });
  const corsHeaders = createCorsHeaders(corsPolicy);
  const gate = createGate({
    mayAsk: createHostCheck(options.allowedHosts ?? ['*']),
    isForeign: createForeignCheck(options.corsOrigins),
  });

  const methods = collectMethods(options.routes);
  telemetry?.know(methods.map(({ spec }) => spec.method));
  for (const { spec } of methods) admission.know(spec.method);
  const common = { methods, interceptors, requestBytes, observe: telemetry?.observeMethod };
  const rest = createOpenkRest({ ...common, mend: mendReport });
  const findRpc: FindCall = options.pipeline === false ? () => undefined : createRpcCalls({ ...common, onUnread });
  const pipeline = createPipeline({
    shutdown: shutdown.signal,
    calls,
    refuse: () => (draining.signal.aborted ? refusal('SHUTTING_DOWN', {}) : undefined),
    admit: admission.admitCall,
    completeError,
    onDefect,
    addHeaders({ isHttp2, headers }, answer) {
      if (cookieOf(headers, SESSION_COOKIE) !== undefined) answer.push('cache-control', 'private', 'vary', 'cookie');
      if (corsHeaders !== undefined) answer.push(...corsHeaders(headers.origin));
      if (!isHttp2 && draining.signal.aborted) answer.push('connection', 'close');
    },
  });
  /** Whether it was a call, which then is answered. What the gate refuses is answered behind Fastify. */
  const takeCall = (head: RequestHead, open: (match: Match) => Exchange | undefined): boolean => {
    correctContentType(head.headers);
    const match = findRpc(head) ?? rest.find(head);
    if (match === undefined || gate(head) !== undefined) return false;
    const exchange = open(match);
    if (exchange === undefined) return false;
    pipeline.run(match, exchange);
    return true;
  };

  const shared = createSharedAnswers({
    mustRefuse: (head) => draining.signal.aborted || gate(head) !== undefined,
    admit: (exchange) => admission.admitPage('/status/:page', exchange),
    visit: telemetry?.visit,
    calls,
    monotonicMs: () => performance.now(),
    onDefect,
  });

  const routedMethods = new Set<string>();
  // What every request passes that is no call of the pipeline, before Fastify.
  const passGate =
    (next: RequestHandler): RequestHandler =>
    (request, response) => {
      calls.add(response);
      discardRest(request, response);
      const isHttp1 = request.httpVersionMajor === 1;
      if (isHttp1 && draining.signal.aborted) response.setHeader('connection', 'close');
      const refused = gate(headOf(request)) ?? findHostFault(request);
      if (refused === undefined) {
        standInForHost(request);
        standInForMethod(request, routedMethods);
        // About the server as a whole (RFC 9110, section 9.3.7).
        if (request.url === '*') request.url = '/';
        // Connect's handlers hear that a client is gone by the end of the connection alone.
        if (isMethodPath(request.url ?? '')) endsWithClient(response);
        return next(request, response);
      }
      if (isHttp1) response.setHeader('connection', 'close');
      writeRefusal(request, response, refused);
    };

  let handleRequest: RequestHandler;
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
      announcing: options.proxyProtocol === true ? options.trustedProxies : undefined,
      onDefect,
      onRefused,
      refuseTunnel,
      isPage: (path) => !isCall(path),
      ...(options.tls !== undefined && { tls: options.tls }),
    },
    (request, response) => {
      const isDirect = request instanceof DirectRequest && !('stream' in response);
      if (isDirect && findHostFault(request) === undefined) {
        const open = ({ route: { kind, protocol } }: Match) => {
          // Its trailers are rare in HTTP/1.1, and left to Connect.
          if (protocol.hasTrailers) return undefined;
          if (kind !== 'unary') endsWithClient(response);
          return new Http1Exchange(request, response, addressOf);
        };
        const head = headOf(request);
        if (takeCall(head, open)) return;
        if (shared.take(head, () => new Http1Exchange(request, response, addressOf))) return;
      }
      handleRequest(request, response);
    },
    (stream, headers) => {
      const head = { method: headers[':method'] ?? '', target: headers[':path'] ?? '', headers };
      const open = (hasTrailers: boolean) => new Http2Exchange(stream, headers, hasTrailers, addressOf);
      return takeCall(head, ({ route }) => open(route.protocol.hasTrailers)) || shared.take(head, () => open(false));
    },
  );
  const app = fastify({
    serverFactory(handler) {
      const pass = passGate(handler as RequestHandler);
      const observer = telemetry && { visit: telemetry.visit, onDefect, addressOf };
      handleRequest =
        observer === undefined
          ? pass
          : (request, response) => observeRequest(observer, request, response, () => pass(request, response));
      return listener.server;
    },
    bodyLimit: requestBytes,
    schemaController: NO_SCHEMAS,
    routerOptions: { maxParamLength: MAX_PATH_PARAMETER_CHARS },
    clientErrorHandler: answerConnectionFault,
    frameworkErrors(error, request, reply) {
      const refused = rest.refusalOf({ method: request.method, target: request.raw.url ?? '' });
      sendPlain(reply, refused ?? clientFault(error, request.headers));
    },
  });
  // No body is read but by the route that asks for it, so that none is read that nobody limits.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', (_request, _payload, done) => done(null));
  registerErrorHandler(app, logger);
  registerNotFound(app, completeError);
  await registerCors(app, corsPolicy);
  const admissionOf = registerAdmission(
    app,
    admission,
    methods.map(({ spec }) => spec.method),
    addressOf,
    loginOf,
  );
  await registerConnectRoutes(app, {
    routes: options.routes,
    methods,
    // The pipeline reports its calls by itself.
    interceptors: telemetry === undefined ? interceptors : [telemetry.interceptor, ...interceptors],
    admissionOf,
    addressOf: ({ socket, headers }) => addressOf(socket, headers),
    requestBytes,
    draining: draining.signal,
    shutdown: shutdown.signal,
    completeError,
    onUnread,
    refused: telemetry?.refused,
  });
  registerRestRefusals(app, rest);
  await app.register(async (pages) => {
    requireScopes(pages);
    registerPages(pages, options, {
      contextOf: ({ raw }) => admissionOf(raw).contextOf(undefined),
      addressOf: ({ socket, headers }) => addressOf(socket, headers) ?? '',
      loginOf,
      draining: draining.signal,
      keepAnswer: shared.keep,
    });
  });
  await app.ready();
  // QUERY is there for no route, and Fastify refuses one without a content type wherever it goes.
  for (const method of app.supportedMethods) if (method !== 'QUERY') routedMethods.add(method);

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
    renewTls: listener.renewTls,
    connections: listener.connections,
    openCalls: calls.count,
  };
}

function headOf(request: AnyRequest): RequestHead {
  const { method = '', url: target = '', headers } = request;
  if (!(request instanceof DirectRequest)) return { method, target, headers };
  request.hasOwnHost ||= completeHost(request);
  return { method, target, headers, hasOwnHost: request.hasOwnHost };
}

/** RFC 9112, section 3.2. */
function findHostFault(request: AnyRequest) {
  if (!(request instanceof DirectRequest) || !namesSeveralHosts(request)) return undefined;
  return refusal('INVALID_TARGET', { fault: 'the request names its host more than once: send one Host' });
}
