// Requests for what is not there. An RPC client is told in its own protocol that the method does not exist; everybody
// else gets 404.
import { Code, ConnectError } from '@connectrpc/connect';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { sendPlain } from '../protocols/plain-answer.ts';
import { protocolOfRequest, type RpcProtocol, sendRpcError } from '../protocols/rpc-protocol.ts';
import type { CompleteError } from '../rpc/complete-error.ts';

const MAX_ECHO_CHARS = 256;

/** @param completeError what OpenK adds to every error; no interceptor sees these */
export function registerNotFound(app: FastifyInstance, completeError: CompleteError): void {
  app.setNotFoundHandler((request, reply) => {
    const path = pathOf(request);
    const protocol = protocolOfRequest(request.method, request.url, request.headers['content-type'] ?? '');
    return protocol === undefined
      ? sendNothingThere(reply, request.method, path)
      : sendNoMethod(reply, protocol, path, completeError);
  });
}

function sendNoMethod(reply: FastifyReply, protocol: RpcProtocol, path: string, completeError: CompleteError) {
  const error = new ConnectError(`there is no method ${path}: check service and method name`, Code.Unimplemented);
  return sendRpcError(reply, protocol, completeError(error), 404);
}

function sendNothingThere(reply: FastifyReply, method: string, path: string): FastifyReply {
  return sendPlain(reply, {
    httpStatus: 404,
    code: Code.NotFound,
    reason: 'PATH_NOT_FOUND',
    message: `there is nothing at ${method} ${path}`,
  });
}

function pathOf(request: FastifyRequest): string {
  const [path = ''] = request.url.split('?', 1);
  return path.length <= MAX_ECHO_CHARS ? path : `${path.slice(0, MAX_ECHO_CHARS)}…`;
}
