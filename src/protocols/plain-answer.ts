// What callers get who ask for something that is not there, in a way that does not fit, or that failed: JSON of the form
// of google.rpc.Status, as REST answers it. Calls that have an RPC protocol get the error of that protocol instead.
import type { Registry } from '@bufbuild/protobuf';
import type { ConnectError } from '@connectrpc/connect';
import type { FastifyReply } from 'fastify';
import type { AnyResponse } from '../calls/exchange.ts';
import { httpStatusOf, retryAfterSeconds, statusJson } from '../errors/to-http.ts';

/** An answer of HTTP, sent by Node or by Fastify. */
export interface WholeAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Empty: there is none. */
  readonly body: string;
  readonly trailers?: Readonly<Record<string, string>>;
}

/** @param registry as `statusJson` takes it */
export function plainAnswer(error: ConnectError, registry?: Registry): WholeAnswer {
  const retryAfterS = retryAfterSeconds(error);
  const headers = {
    'content-type': 'application/json',
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    ...(retryAfterS !== undefined && { 'retry-after': String(retryAfterS) }),
    ...Object.fromEntries(error.metadata),
  };
  return { status: httpStatusOf(error), headers, body: JSON.stringify(statusJson(error, registry)) };
}

/** Answers a request that never gets as far as Fastify. */
export function writeAnswer(response: AnyResponse, { status, headers, body, trailers }: WholeAnswer): void {
  response.statusCode = status;
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  if (body !== '') response.setHeader('content-length', Buffer.byteLength(body));
  if (trailers !== undefined) {
    // Now: Node leaves trailers out of an answer whose headers go with its end.
    if ('stream' in response) response.writeHead(status);
    else response.writeHead(status);
    response.addTrailers(trailers);
  }
  if (body === '') response.end();
  else response.end(body);
}

export function sendAnswer(reply: FastifyReply, answer: WholeAnswer): FastifyReply {
  const { status, headers, body, trailers } = answer;
  if (trailers === undefined)
    return reply
      .code(status)
      .headers(headers)
      .send(body || undefined);
  // Fastify would end such an answer with an empty DATA frame, and gRPC clients then look for trailers.
  reply.hijack();
  writeAnswer(reply.raw, answer);
  return reply;
}

export function sendPlain(reply: FastifyReply, error: ConnectError): FastifyReply {
  return sendAnswer(reply, plainAnswer(error));
}
