// REST on the one port: the room in rest/ behind one route for each first segment (`/v1*`), so that CORS and whatever else
// Fastify does for every request hold here too. What OpenK's errors look like is said here, once.
import { randomUUID } from 'node:crypto';
import { METHODS } from 'node:http';
import { createRegistry, type DescFile, isMessage, type Registry } from '@bufbuild/protobuf';
import { ConnectError, type ConnectRouter, type Interceptor } from '@connectrpc/connect';
import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import { ErrorInfoSchema, file_google_rpc_error_details } from '../../gen/google/rpc/error_details_pb.ts';
import { HealthService, WatchHealthResponseSchema } from '../../gen/openk/health/v1/health_pb.ts';
import { nearestName } from '../core/nearest.ts';
import { createError, ERROR_DOMAIN } from '../rpc/errors.ts';
import { correctContentType } from './curl-content-type.ts';
import { ANY_METHOD } from './rest/path-router.ts';
import { collectProcedures } from './rest/procedures.ts';
import type { RestErrors } from './rest/rest-errors.ts';
import { createRestHandler, type RestHandler } from './rest/rest-handler.ts';
import type { ResumableStream } from './rest/resume.ts';

export interface RestRoutesOptions {
  readonly routes: (router: ConnectRouter) => void;
  readonly interceptors: readonly Interceptor[];
  /** Largest body, in bytes. */
  readonly requestBytes: number;
  /** Once it fires, new calls are refused. */
  readonly draining: AbortSignal;
  /** Once it fires, calls in flight are aborted with its reason. */
  readonly shutdown: AbortSignal;
  readonly logger: Logger;
}

/** Goes behind CORS. @throws HttpRuleError for a google.api.http option that cannot be served. */
export function registerRestRoutes(app: FastifyInstance, options: RestRoutesOptions): RestHandler {
  const { routes, interceptors, requestBytes, draining, shutdown, logger } = options;
  const procedures = collectProcedures(routes, interceptors);
  const rest = createRestHandler({
    procedures,
    errors: createRestErrors(logger),
    nearestName,
    registry: createTypeRegistry(procedures.map(({ method }) => method.parent.file)),
    resumable: [RESUMABLE_WATCH],
    requestBytes,
    draining,
    shutdown,
  });
  for (const method of rest.httpMethods) {
    const isNew = method !== ANY_METHOD && METHODS.includes(method) && !app.supportedMethods.includes(method);
    if (isNew) app.addHttpMethod(method, { hasBody: true });
  }
  for (const segment of rest.firstSegments) {
    app.route({
      method: app.supportedMethods,
      // What comes behind, a verb too, is for the router of REST.
      url: `/${segment}*`,
      // Before Fastify looks at the body, which REST reads by itself.
      onRequest(request, reply, done) {
        const answer = rest.find(request.raw);
        if (answer === undefined) return done();
        correctContentType(request.raw);
        reply.hijack();
        for (const [name, value] of Object.entries(reply.getHeaders())) {
          if (value !== undefined) reply.raw.setHeader(name, value);
        }
        answer(reply.raw);
      },
      handler: (_request, reply) => reply.callNotFound(),
    });
  }
  return rest;
}

/** A browser that lost the stream goes on where it was. */
const RESUMABLE_WATCH: ResumableStream = {
  method: HealthService.method.watchHealth,
  lastEventIdField: 'since_revision',
  eventId: (message) =>
    isMessage(message, WatchHealthResponseSchema) ? message.event.value?.revision.toString() : undefined,
};

function createRestErrors(logger: Logger): RestErrors {
  return {
    invalidRequest: (violations) => createError('INVALID_REQUEST', { violations }),
    refused(code, reason, message) {
      const error = new ConnectError(message, code);
      error.details.push({ desc: ErrorInfoSchema, value: { reason, domain: ERROR_DOMAIN } });
      return error;
    },
    shuttingDown: () => createError('SHUTTING_DOWN', {}),
    defect(error, method) {
      const id = randomUUID();
      logger.error({ id, err: error, method }, 'a REST call failed unexpectedly');
      return createError('INTERNAL', { id });
    },
  };
}

/** Every type that the services know, and those of error details. */
function createTypeRegistry(files: readonly DescFile[]): Registry {
  const all = new Set<DescFile>();
  const add = (file: DescFile) => {
    if (all.has(file)) return;
    all.add(file);
    file.dependencies.forEach(add);
  };
  [...files, file_google_rpc_error_details].forEach(add);
  return createRegistry(...all);
}
