// Which RPC protocol a request speaks, and an error in the words of that protocol, for calls that reach no method. The
// protocols say the same in three ways: gRPC in trailers, gRPC-Web in headers alone, Connect by HTTP status and JSON.
import type { ConnectError } from '@connectrpc/connect';
import { errorToJson } from '@connectrpc/connect/protocol-connect';
import { setTrailerStatus } from '@connectrpc/connect/protocol-grpc';
import type { FastifyReply } from 'fastify';
import { encodeGrpcMessage } from './wire/grpc-message.ts';

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
    const body = JSON.stringify(errorToJson(error, undefined));
    return reply.code(httpStatus).header('content-type', 'application/json').send(body);
  }
  const trailer = Object.fromEntries(setTrailerStatus(new Headers(), error));
  trailer['grpc-message'] = encodeGrpcMessage(error.rawMessage);
  if (protocol === 'grpc-web') {
    // Fastify writes its headers past Node's list of them, where telemetry reads how the call ended.
    reply.raw.setHeader('grpc-status', error.code);
    // Headers alone: "Trailers-Only" in gRPC's own words (PROTOCOL-HTTP2.md, Responses).
    return reply
      .code(200)
      .headers({ ...trailer, 'content-type': 'application/grpc-web+proto' })
      .send();
  }
  // Fastify would end such an answer with an empty DATA frame, and gRPC clients then look for trailers.
  reply.hijack();
  reply.raw.writeHead(200, { 'content-type': 'application/grpc' });
  reply.raw.addTrailers(trailer);
  reply.raw.end();
  return reply;
}
