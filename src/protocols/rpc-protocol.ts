// Which RPC protocol a request speaks, and an error in the words of that protocol, for calls that reach no method. The
// protocols say the same in three ways: gRPC in trailers, gRPC-Web in headers alone, Connect by HTTP status and JSON.
import type { ConnectError } from '@connectrpc/connect';
import { errorToJson } from '@connectrpc/connect/protocol-connect';
import { setTrailerStatus } from '@connectrpc/connect/protocol-grpc';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { AnyRequest, AnyResponse } from '../calls/exchange.ts';
import { httpStatusOf } from '../errors/to-http.ts';
import { encodeGrpcMessage } from './grpc-message.ts';
import { plainAnswer, sendAnswer, sendPlain, type WholeAnswer, writeAnswer } from './plain-answer.ts';

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

/** @param httpStatus what Connect answers; gRPC and gRPC-Web answer 200 whatever the error */
function rpcAnswer(protocol: RpcProtocol, error: ConnectError, httpStatus: number): WholeAnswer {
  if (protocol === 'connect') {
    const headers = { ...Object.fromEntries(error.metadata), 'content-type': 'application/json' };
    return { status: httpStatus, headers, body: JSON.stringify(errorToJson(error, undefined)) };
  }
  const trailers = Object.fromEntries(setTrailerStatus(new Headers(), error));
  trailers['grpc-message'] = encodeGrpcMessage(error.rawMessage);
  // Of gRPC-Web headers alone: "Trailers-Only" in gRPC's own words (PROTOCOL-HTTP2.md, Responses).
  return protocol === 'grpc'
    ? { status: 200, headers: { 'content-type': 'application/grpc' }, body: '', trailers }
    : { status: 200, headers: { ...trailers, 'content-type': 'application/grpc-web+proto' }, body: '' };
}

/** @param httpStatus what Connect answers */
export function sendRpcError(
  reply: FastifyReply,
  protocol: RpcProtocol,
  error: ConnectError,
  httpStatus = httpStatusOf(error),
): FastifyReply {
  // Fastify writes its headers past Node's list of them, where telemetry reads how the call ended.
  if (protocol === 'grpc-web') reply.raw.setHeader('grpc-status', error.code);
  return sendAnswer(reply, rpcAnswer(protocol, error, httpStatus));
}

/** A refusal before any handler, in the caller's protocol, or as REST has it where the request is no call. */
export function sendRefusal(request: FastifyRequest, reply: FastifyReply, error: ConnectError): FastifyReply {
  const protocol = protocolOfRequest(request.method, request.url, request.headers['content-type'] ?? '');
  return protocol === undefined ? sendPlain(reply, error) : sendRpcError(reply, protocol, error);
}

/** The same, for a request that never gets as far as Fastify. */
export function writeRefusal(
  { method = '', url = '', headers }: AnyRequest,
  response: AnyResponse,
  error: ConnectError,
) {
  const protocol = protocolOfRequest(method, url, headers['content-type'] ?? '');
  writeAnswer(response, protocol ? rpcAnswer(protocol, error, httpStatusOf(error)) : plainAnswer(error));
}
