// The Connect handlers on their paths: one route for each method answers gRPC, gRPC-Web and Connect. What those handlers
// refuse with an empty body (a wrong HTTP method or content type) is refused before them, with a reason.
import { Code, type ConnectRouter, type Interceptor } from '@connectrpc/connect';
import type { Compression, UniversalHandler } from '@connectrpc/connect/protocol';
import { fastifyConnectPlugin } from '@connectrpc/connect-fastify';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { OnUnread } from '../../calls/message-reader.ts';
import { type RecordedMethod, recordMethods } from '../../calls/methods.ts';
import type { CompleteError } from '../../rpc/complete-error.ts';
import { createError } from '../../rpc/errors.ts';
import { contextOfClient } from '../../services/client-address.ts';
import { correctContentType } from '../curl-content-type.ts';
import { methodNotAllowed, type PlainAnswer, sendPlain } from '../plain-answer.ts';
import { adaptHandler } from './connect-handler.ts';
import { createReadableRequests } from './readable-request.ts';

export interface RpcRoutesOptions {
  readonly routes: (router: ConnectRouter) => void;
  readonly interceptors: readonly Interceptor[];
  /** Largest message that is read, in bytes. */
  readonly requestBytes: number;
  /** Once it fires, new calls are refused. */
  readonly draining: AbortSignal;
  /** Once it fires, calls in flight are aborted with its reason. */
  readonly shutdown: AbortSignal;
  /** What requests and answers may be compressed with, the best first. */
  readonly compressions: readonly Compression[];
  /** The last word on every error. */
  readonly completeError: CompleteError;
  /** What becomes of requests that cannot be read. Left out: errors, in the words of the reader. */
  readonly onUnread?: OnUnread | undefined;
  /** Told how a call was refused, where its status of HTTP does not tell. */
  readonly refused?: ((code: Code) => void) | undefined;
}

/** Resolves to the methods that are there. */
export async function registerRpcRoutes(app: FastifyInstance, options: RpcRoutesOptions): Promise<RecordedMethod[]> {
  const { routes, interceptors, requestBytes, draining, shutdown, compressions } = options;
  const methods: RecordedMethod[] = [];
  const handlers = new Map<string, UniversalHandler>();
  await app.register(async (scope) => {
    scope.addHook('onRequest', async (request, reply) => {
      const handler = handlers.get(request.routeOptions.url ?? '');
      if (handler?.method.methodKind === 'unary') correctContentType(request.raw);
      const refusal = handler === undefined ? undefined : findRefusal(handler, request);
      return refusal === undefined ? undefined : sendPlain(reply, refusal);
    });
    await scope.register(fastifyConnectPlugin, {
      routes(router) {
        routes(recordMethods(router, methods));
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
      acceptCompression: [...compressions],
      shutdownSignal: shutdown,
      contextValues: ({ raw }) => contextOfClient(raw.socket.remoteAddress),
      requestGate() {
        if (draining.aborted) throw createError('SHUTTING_DOWN', {});
      },
    });
  });
  return methods;
}

function findRefusal(handler: UniversalHandler, request: FastifyRequest): PlainAnswer | undefined {
  if (!handler.allowedMethods.includes(request.method)) {
    return methodNotAllowed(handler.requestPath, request.method, [...new Set(handler.allowedMethods)]);
  }
  // A GET has no body, and so no content type.
  if (request.method !== 'POST') return undefined;
  const contentType = request.headers['content-type'] ?? '';
  const { messageContentTypes, isWrong } = connectContentTypes(handler);
  if (handler.supportedContentType(contentType) && !isWrong(contentType)) return undefined;
  const accepted = [...messageContentTypes, 'application/grpc', 'application/grpc-web'];
  const is = contentType === '' ? 'missing' : JSON.stringify(contentType.slice(0, 128));
  return {
    httpStatus: 415,
    code: Code.InvalidArgument,
    reason: 'UNSUPPORTED_CONTENT_TYPE',
    message: `the content type of ${handler.requestPath} is ${is}: send one of ${accepted.join(', ')}`,
    headers: { 'accept-post': accepted.join(', ') },
  };
}

/** Connect has one content type for a single message and another for streams, where the method decides. */
function connectContentTypes(handler: UniversalHandler) {
  return handler.method.methodKind === 'unary'
    ? {
        messageContentTypes: ['application/json', 'application/proto'],
        isWrong: (contentType: string) => /^application\/connect\+/i.test(contentType),
      }
    : {
        messageContentTypes: ['application/connect+json', 'application/connect+proto'],
        isWrong: (contentType: string) => /^application\/(?:json|proto)(?:;|$)/i.test(contentType),
      };
}
