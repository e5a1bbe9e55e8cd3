// Requests for what is not there. An RPC client reads in its own protocol that the method does not exist; everybody
// else gets 404.
import { Code, ConnectError } from '@connectrpc/connect';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { CompleteError } from '../errors/from-connect.ts';
import { refusal } from '../errors/to-connect.ts';
import { sendPlain } from '../protocols/plain-answer.ts';
import { protocolOfRequest, type RpcProtocol, sendRpcError } from '../protocols/rpc-protocol.ts';
import { methodAsSent } from '../protocols/unusual-method.ts';

const MAX_ECHO_CHARS = 256;

/** @param completeError what OpenK adds to every error; no interceptor sees these */
export function registerNotFound(app: FastifyInstance, completeError: CompleteError): void {
  app.setNotFoundHandler((request, reply) => {
    const path = pathOf(request);
    const protocol = protocolOfRequest(request.method, request.url, request.headers['content-type'] ?? '');
    return protocol === undefined
      ? sendPlain(reply, refusal('PATH_NOT_FOUND', { method: methodAsSent(request.raw), path }))
      : sendNoMethod(reply, protocol, path, completeError);
  });
}

function sendNoMethod(reply: FastifyReply, protocol: RpcProtocol, path: string, completeError: CompleteError) {
  const error = new ConnectError(
    `there is no method ${path.slice(0, MAX_ECHO_CHARS)}: check service and method name`,
    Code.Unimplemented,
  );
  return sendRpcError(reply, protocol, completeError(error), 404);
}

function pathOf(request: FastifyRequest): string {
  const [path = ''] = request.url.split('?', 1);
  return path;
}
