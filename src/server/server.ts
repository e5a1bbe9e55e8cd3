// The one port, put together: the listener, the door in front of every request, Fastify with the RPC methods and the
// health routes behind it, and the shutdown in its order.
import type { ConnectRouter, Interceptor } from '@connectrpc/connect';
import { Code } from '@connectrpc/connect';
import { fastify } from 'fastify';
import type { Logger } from 'pino';
import { createError } from '../rpc/errors.ts';
import { registerCors, registerPageSecurity } from './browser-policy.ts';
import { discardRest } from './discard-rest.ts';
import { answerConnectionFault, clientFault, registerErrorHandler } from './faults.ts';
import { type HealthRoutesOptions, registerHealthRoutes } from './health-routes.ts';
import { completeHost, findTargetFault } from './host-guard.ts';
import { createListener, type RequestHandler, type TlsOptions } from './listener.ts';
import { DEFAULT_LISTENER_LIMITS, type ListenerLimits } from './listener-limits.ts';
import { registerNotFound } from './not-found.ts';
import { createOpenCalls } from './open-calls.ts';
import { sendPlain, writePlain } from './plain-answer.ts';
import { registerRpcRoutes } from './rpc-routes.ts';

export interface ServerOptions {
  /** `port` 0 takes a free one. A host name binds one of its addresses. */
  readonly listen: { readonly host: string; readonly port: number };
  readonly tls?: TlsOptions;
  /** Origins whose scripts may call; `*` for any. Empty: only the port's own. */
  readonly corsOrigins: readonly string[];
  /** Names of own headers and trailers that scripts of those origins may read. */
  readonly exposedMetadata?: readonly string[];
  /** Largest request message, in bytes. */
  readonly requestBytes: number;
  readonly limits?: Partial<ListenerLimits>;
  /** How long a shutdown waits for calls in flight, in milliseconds. */
  readonly drainTimeoutMs: number;
  /** Mounts the services. */
  readonly routes: (router: ConnectRouter) => void;
  readonly interceptors?: readonly Interceptor[];
  readonly health: Pick<HealthRoutesOptions, 'reader' | 'readiness'>;
  /** Aborted when the shutdown begins: handlers of streams end then. */
  readonly draining: AbortController;
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

/** @throws when the TLS certificate or key is not usable. Nothing is open before `listen`. */
export async function createServer(options: ServerOptions): Promise<OpenkServer> {
  const { draining, logger, requestBytes } = options;
  const shutdown = new AbortController();
  const calls = createOpenCalls();

  // What every request passes, whatever answers it. A faster lane for some calls belongs here: behind the guard and the
  // count, in front of `next`, which is Fastify.
  const passDoor =
    (next: RequestHandler): RequestHandler =>
    (request, response) => {
      calls.add(response);
      discardRest(request, response);
      const isHttp1 = request.httpVersionMajor === 1;
      if (isHttp1 && draining.signal.aborted) response.setHeader('connection', 'close');
      completeHost(request);
      const fault = findTargetFault(request);
      if (fault === undefined) return next(request, response);
      if (isHttp1) response.setHeader('connection', 'close');
      writePlain(response, { httpStatus: 400, code: Code.InvalidArgument, reason: 'INVALID_TARGET', message: fault });
    };

  let handleRequest: RequestHandler;
  const listener = createListener(
    {
      limits: { ...DEFAULT_LISTENER_LIMITS, ...options.limits },
      ...(options.tls !== undefined && { tls: options.tls }),
    },
    (request, response) => handleRequest(request, response),
  );
  const app = fastify({
    serverFactory(handler) {
      handleRequest = passDoor(handler as RequestHandler);
      return listener.server;
    },
    bodyLimit: requestBytes,
    routerOptions: { maxParamLength: MAX_PATH_PARAMETER_CHARS },
    clientErrorHandler: answerConnectionFault,
    frameworkErrors: (error, _request, reply) => {
      sendPlain(reply, clientFault(error.statusCode ?? 400, error.message));
    },
  });
  // No body is read but by the route that asks for it, so that none is read that nobody limits.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', (_request, _payload, done) => done(null));
  registerErrorHandler(app, logger);
  registerNotFound(app);
  await registerCors(app, options.corsOrigins, options.exposedMetadata ?? []);
  await registerRpcRoutes(app, {
    routes: options.routes,
    interceptors: options.interceptors ?? [],
    requestBytes,
    draining: draining.signal,
    shutdown: shutdown.signal,
  });
  await app.register(async (pages) => {
    await registerPageSecurity(pages);
    registerHealthRoutes(pages, { ...options.health, draining: draining.signal });
  });
  await app.ready();

  const drainAndClose = async () => {
    draining.abort(createError('SHUTTING_DOWN', {}));
    listener.closeSessions();
    if (!(await calls.settled(options.drainTimeoutMs))) {
      logger.warn({ openCalls: calls.count() }, 'calls were still in flight at the end of the drain time: aborted');
      shutdown.abort(createError('SHUTTING_DOWN', {}));
      await calls.settled(LAST_WORDS_MS);
    }
    const force = setTimeout(() => listener.destroyConnections(), LAST_WORDS_MS);
    await app.close();
    await listener.ended();
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
