// Which RPC protocol a request speaks, and an error in the words of that protocol, for calls that reach no method. The
// protocols say the same in three ways: gRPC in trailers, gRPC-Web in headers alone, Connect by HTTP status and JSON.
import type { ConnectError } from '@connectrpc/connect';
import { errorToJson } from '@connectrpc/connect/protocol-connect';
import { setTrailerStatus } from '@connectrpc/connect/protocol-grpc';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { AnyResponse } from '../calls/exchange.ts';
import { httpStatusOf } from '../errors/to-http.ts';
import { encodeGrpcMessage } from './grpc-message.ts';
import { sendPlain } from './plain-answer.ts';

export type RpcProtocol = 'grpc' | 'grpc-web' | 'connect';

const GRPC_WEB = /^application\/grpc-web(?:[+;]|$)/i;
const GRPC = /^application\/grpc(?:[+;]|$)/i;
const CONNECT = /^application\/(?:connect\+)?(?:json|proto)(?:;|$)/i;

/** Undefined for a content type that no RPC protocol has. */
function rpcProtocolOf(contentType: string): RpcProtocol | undefined {
  if (GRPC_WEB.test(contentType)) return 'grpc-web';
  if (GRPC.test(contentType)) return 'grpc';
  return CONNECT.test(contentType) ? 'connect' : undefined;
}

/** `/package.Service/Method` */
const METHOD_PATH = /^\/[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*\/[A-Za-z_]\w*$/;

/** @param target with a query or without */
export function isMethodPath(target: string): boolean {
  const end = target.indexOf('?');
  return METHOD_PATH.test(end < 0 ? target : target.slice(0, end));
}

/** The protocol to answer in, by method, target and content type; undefined where the request is no call of a method. */
export function protocolOfRequest(method: string, target: string, contentType: string): RpcProtocol | undefined {
  const [path = ''] = target.split('?', 1);
  if (method === 'POST') {
    const protocol = rpcProtocolOf(contentType);
    return protocol !== 'connect' || METHOD_PATH.test(path) ? protocol : undefined;
  }
  // A Connect GET carries its message in the query (connectrpc.com/docs/protocol, Unary-Get-Request).
  const isConnectGet = method === 'GET' && /[?&]encoding=/.test(target) && METHOD_PATH.test(path);
  return isConnectGet ? 'connect' : undefined;
}

/** The same as `sendRpcError`, for a request that never gets as far as Fastify. */
export function writeRpcError(
  response: AnyResponse,
  protocol: RpcProtocol,
  error: ConnectError,
  httpStatus: number,
): void {
  if (protocol === 'connect') {
    const body = JSON.stringify(errorToJson(error, undefined));
    response.statusCode = httpStatus;
    for (const [name, value] of error.metadata) response.setHeader(name, value);
    response.setHeader('content-type', 'application/json');
    response.end(body);
    return;
  }
  const trailer = Object.fromEntries(setTrailerStatus(new Headers(), error));
  trailer['grpc-message'] = encodeGrpcMessage(error.rawMessage);
  response.statusCode = 200;
  if (protocol === 'grpc-web') {
    for (const [name, value] of Object.entries(trailer)) response.setHeader(name, value);
    response.setHeader('content-type', 'application/grpc-web+proto');
    response.end();
    return;
  }
  response.setHeader('content-type', 'application/grpc');
  // Now: Node leaves trailers out of an answer whose headers go with its end.
  if ('stream' in response) response.writeHead(200);
  else response.writeHead(200);
  response.addTrailers(trailer);
  response.end();
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
    return reply
      .code(httpStatus)
      .headers({ ...Object.fromEntries(error.metadata), 'content-type': 'application/json' })
      .send(body);
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
  writeRpcError(reply.raw, protocol, error, httpStatus);
  return reply;
}

/** A refusal before any handler, in the caller's protocol, or as REST has it where the request is no call. */
export function sendRefusal(request: FastifyRequest, reply: FastifyReply, error: ConnectError): FastifyReply {
  const protocol = protocolOfRequest(request.method, request.url, request.headers['content-type'] ?? '');
  return protocol === undefined ? sendPlain(reply, error) : sendRpcError(reply, protocol, error, httpStatusOf(error));
}
