// What callers get who ask for something that is not there, in a way that does not fit, or that failed: JSON of the form
// of google.rpc.Status, as REST answers it. Calls that have an RPC protocol get the error of that protocol instead.
import type { ConnectError } from '@connectrpc/connect';
import type { FastifyReply } from 'fastify';
import type { AnyResponse } from '../calls/exchange.ts';
import { httpStatusOf, retryAfterSeconds, statusJson } from '../errors/to-http.ts';

/** The body of an answer, for where there is no response object yet. */
export function plainBody(error: ConnectError): string {
  return JSON.stringify(statusJson(error));
}

function headersOf(error: ConnectError): Record<string, string> {
  const retryAfterS = retryAfterSeconds(error);
  return {
    'content-type': 'application/json',
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    ...(retryAfterS !== undefined && { 'retry-after': String(retryAfterS) }),
    ...Object.fromEntries(error.metadata),
  };
}

/** Answers a request that never gets as far as Fastify. */
export function writePlain(response: AnyResponse, error: ConnectError): void {
  const body = plainBody(error);
  response.statusCode = httpStatusOf(error);
  const headers = { 'content-length': String(Buffer.byteLength(body)), ...headersOf(error) };
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  response.end(body);
}

export function sendPlain(reply: FastifyReply, error: ConnectError): FastifyReply {
  return reply.code(httpStatusOf(error)).headers(headersOf(error)).send(plainBody(error));
}
