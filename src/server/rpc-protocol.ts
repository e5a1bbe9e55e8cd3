// Which RPC protocol a request speaks, and an error in the words of that protocol, for calls that reach no method. The
// protocols have three ways to say the same: gRPC and gRPC-Web by status in the headers alone, Connect by HTTP status and JSON.
import type { JsonObject } from '@bufbuild/protobuf';
import type { ConnectError } from '@connectrpc/connect';
import { errorToJson } from '@connectrpc/connect/protocol-connect';
import { setTrailerStatus } from '@connectrpc/connect/protocol-grpc';
import type { FastifyReply } from 'fastify';

export type RpcProtocol = 'grpc' | 'grpc-web' | 'connect';

const GRPC_WEB = /^application\/grpc-web(?:[-+;]|$)/i;
const GRPC = /^application\/grpc(?:[+;]|$)/i;
const CONNECT = /^application\/(?:connect\+)?(?:json|proto)(?:;|$)/i;

/** Undefined for a content type that no RPC protocol has. */
export function rpcProtocolOf(contentType: string): RpcProtocol | undefined {
  if (GRPC_WEB.test(contentType)) return 'grpc-web';
  if (GRPC.test(contentType)) return 'grpc';
  return CONNECT.test(contentType) ? 'connect' : undefined;
}

/** @param httpStatus What Connect answers; gRPC and gRPC-Web answer 200 whatever the error. */
export function sendRpcError(
  reply: FastifyReply,
  protocol: RpcProtocol,
  error: ConnectError,
  httpStatus: number,
): FastifyReply {
  if (protocol === 'connect') {
    const body: JsonObject = errorToJson(error, undefined);
    return reply.code(httpStatus).header('content-type', 'application/json').send(JSON.stringify(body));
  }
  // A response of headers alone, "Trailers-Only" in gRPC's own words (PROTOCOL-HTTP2.md, Responses).
  const trailer = setTrailerStatus(new Headers(), error);
  const contentType = protocol === 'grpc' ? 'application/grpc' : 'application/grpc-web+proto';
  return reply
    .code(200)
    .headers({ ...Object.fromEntries(trailer), 'content-type': contentType })
    .send();
}
