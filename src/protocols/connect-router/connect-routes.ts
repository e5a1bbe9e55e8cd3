// The Connect handlers on their paths: one route for each method answers gRPC, gRPC-Web and Connect. What those handlers
// refuse with an empty body (a wrong HTTP method or content type) is refused before them, with a reason.
import type { IncomingHttpHeaders } from 'node:http';
import { MethodOptions_IdempotencyLevel } from '@bufbuild/protobuf/wkt';
import type { ConnectError, ConnectRouter, Interceptor } from '@connectrpc/connect';
import type { UniversalHandler } from '@connectrpc/connect/protocol';
import { fastifyConnectPlugin } from '@connectrpc/connect-fastify';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { acceptedCodings, COMPRESSIONS, compressionNamed } from '../../calls/compression.ts';
import type { AnyRequest } from '../../calls/exchange.ts';
import type { RecordedMethod } from '../../calls/methods.ts';
import type { Admission } from '../../calls/protocol.ts';
import { refusal } from '../../errors/to-connect.ts';
import { UNBUFFERED } from '../enveloped.ts';
import { parseMediaType } from '../media-type.ts';
import { sendPlain } from '../plain-answer.ts';
import { sendRefusal } from '../rpc-protocol.ts';
import { methodAsSent } from '../unusual-method.ts';
import { addVary } from '../vary.ts';
import type { AnswerCompletion } from './complete-answer.ts';
import { adaptHandler, TERM } from './connect-handler.ts';
import { createReadableRequests, type ReadableOptions } from './readable-request.ts';

export interface ConnectRoutesOptions extends ReadableOptions, AnswerCompletion {
  readonly routes: (router: ConnectRouter) => void;
  /** What those mount. */
  readonly methods: readonly RecordedMethod[];
  readonly interceptors: readonly Interceptor[];
  /** Of a request that has been let in. */
  readonly admissionOf: (request: AnyRequest) => Admission;
  /** Of whoever calls; undefined once the connection is gone. */
  readonly addressOf: (request: AnyRequest) => string | undefined;
  /** Once it fires, new calls are refused. */
  readonly draining: AbortSignal;
  /** Once it fires, calls in flight are aborted with its reason. */
  readonly shutdown: AbortSignal;
}

export async function registerConnectRoutes(app: FastifyInstance, options: ConnectRoutesOptions): Promise<void> {
  const { routes, methods, interceptors, requestBytes, draining, shutdown } = options;
  const handlers = new Map<string, UniversalHandler>();
  await app.register(async (scope) => {
    scope.addHook('onRequest', async (request, reply) => {
      const handler = handlers.get(request.routeOptions.url ?? '');
      if (handler === undefined) return undefined;
      spellPlainly(request.raw.headers);
      addHeaders(handler, request, reply);
      const refused = findRefusal(handler, request);
      if (refused === undefined) return undefined;
      // gRPC has no status for a codec that there is not: clients make one of 415 (PROTOCOL-HTTP2.md, Requests).
      return isAnyGrpc(request) ? sendPlain(reply, refused) : sendRefusal(request, reply, refused);
    });
    await scope.register(fastifyConnectPlugin, {
      routes(router) {
        routes(router);
        // The plugin mounts what it finds in this array afterwards.
        for (const [index, handler] of router.handlers.entries()) {
          const { method } = handler;
          const recorded = methods.find(({ spec }) => spec.method === method);
          const readable = createReadableRequests(method, recorded?.options ?? {}, options);
          router.handlers[index] = adaptHandler(handler, readable, options);
          handlers.set(handler.requestPath, handler);
        }
      },
      interceptors: [...interceptors],
      readMaxBytes: requestBytes,
      acceptCompression: [...COMPRESSIONS],
      shutdownSignal: shutdown,
      contextValues({ raw }) {
        const { contextOf, term } = options.admissionOf(raw);
        return contextOf(options.addressOf(raw)).set(TERM, term);
      },
      requestGate() {
        if (draining.aborted) throw refusal('SHUTTING_DOWN', {});
      },
    });
  });
}

/** Connect knows media types and codings in one spelling only. */
function spellPlainly(headers: IncomingHttpHeaders): void {
  const type = parseMediaType(headers['content-type'] ?? '');
  if (type !== undefined) headers['content-type'] = type;
  const accepted = headers['accept-encoding'];
  if (typeof accepted === 'string' && accepted !== '')
    headers['accept-encoding'] = acceptedCodings(accepted).join(', ') || 'identity';
}

function isAnyGrpc({ method, headers }: FastifyRequest): boolean {
  return method === 'POST' && /^application\/grpc/.test(headers['content-type'] ?? '');
}

/** Of a request, and of who says in answer to it what may stand there: by how content types begin. */
const CODINGS = {
  'application/grpc': ['grpc-encoding', 'grpc-accept-encoding'],
  'application/connect+': ['connect-content-encoding', 'connect-accept-encoding'],
  '': ['content-encoding', 'accept-encoding'],
} as const;

/** A client that sends a coding that we lack reads which ones we have (grpc's compression.md; RFC 9110, section 12.5.3). Connect's handlers leave it out. */
function nameCodings({ headers, method, query }: FastifyRequest, reply: FastifyReply): void {
  const contentType = headers['content-type'] ?? '';
  const [, [field, accepted]] = Object.entries(CODINGS).find(([start]) => contentType.startsWith(start))!;
  const coding = method === 'GET' ? (query as { readonly compression?: unknown }).compression : headers[field];
  const isKnown = coding === undefined || coding === 'identity' || compressionNamed(String(coding)) !== undefined;
  if (!isKnown) void reply.header(accepted, COMPRESSIONS.map(({ name }) => name).join(','));
}

/** As the pipeline has them. */
function addHeaders({ method }: UniversalHandler, request: FastifyRequest, reply: FastifyReply): void {
  nameCodings(request, reply);
  const isGrpc = /^application\/grpc(?:\+|$)/.test(request.headers['content-type'] ?? '');
  const isBrowserStream = method.methodKind !== 'unary' && !isGrpc;
  if (isBrowserStream) void reply.headers(Object.fromEntries([UNBUFFERED]));
  if (!isBrowserStream && request.method !== 'GET') return;
  addVary(reply, 'accept-encoding');
}

function findRefusal(handler: UniversalHandler, request: FastifyRequest): ConnectError | undefined {
  const { method, raw } = request;
  const { methodKind, idempotency } = handler.method;
  // Connect itself takes a GET of a stream, and answers it with nothing.
  const takesGet = methodKind === 'unary' && idempotency === MethodOptions_IdempotencyLevel.NO_SIDE_EFFECTS;
  const allowed = takesGet ? ['POST', 'GET'] : ['POST'];
  if (!allowed.includes(method)) {
    return refusal('METHOD_NOT_ALLOWED', { method: methodAsSent(raw), path: handler.requestPath, allowed });
  }
  if (method !== 'POST') {
    // A GET has no body, and so no content type: its query says how the message is written.
    const encoding = new URL(request.url, 'http://localhost').searchParams.get('encoding') ?? undefined;
    const isKnown = encoding === 'json' || encoding === 'proto';
    return isKnown ? undefined : refusal('UNSUPPORTED_MESSAGE_ENCODING', { encoding });
  }
  const contentType = request.headers['content-type'];
  const { messageContentTypes, isWrong } = connectContentTypes(handler);
  if (contentType !== undefined && handler.supportedContentType(contentType) && !isWrong(contentType)) return undefined;
  const accepted = [...messageContentTypes, 'application/grpc', 'application/grpc-web'];
  return refusal('UNSUPPORTED_CONTENT_TYPE', { contentType, accepted });
}

/** Connect has one content type for a single message and another for streams, where the method decides. */
function connectContentTypes(handler: UniversalHandler) {
  return handler.method.methodKind === 'unary'
    ? {
        messageContentTypes: ['application/json', 'application/proto'],
        isWrong: (contentType: string) => /^application\/(?:connect\+|grpc-web-text)/i.test(contentType),
      }
    : {
        messageContentTypes: ['application/connect+json', 'application/connect+proto'],
        isWrong: (contentType: string) => /^application\/(?:(?:json|proto)(?:;|$)|grpc-web-text)/i.test(contentType),
      };
}
