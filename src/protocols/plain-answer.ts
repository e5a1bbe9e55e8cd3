// What callers get who ask for something that is not there, in a way that does not fit, or that failed: JSON of the form
// of google.rpc.Status, as REST answers it. Calls that have an RPC protocol get the error of that protocol instead.
import { Code } from '@connectrpc/connect';
import type { FastifyReply } from 'fastify';
import { ERROR_DOMAIN } from '../rpc/errors.ts';
import type { AnyResponse } from '../transport/listener.ts';

export interface PlainAnswer {
  readonly httpStatus: number;
  readonly code: Code;
  /** For programs: UPPER_SNAKE_CASE. */
  readonly reason: string;
  /** For people: what is wrong, and what to do. */
  readonly message: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** The body of an answer, for where there is no response object yet. */
export function plainBody({ code, reason, message }: PlainAnswer): string {
  const errorInfo = { '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason, domain: ERROR_DOMAIN };
  return JSON.stringify({ code, message, details: [errorInfo] });
}

const HEADERS = {
  'content-type': 'application/json',
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
};

/** Answers a request that never gets as far as Fastify. */
export function writePlain(response: AnyResponse, answer: PlainAnswer): void {
  const body = plainBody(answer);
  response.statusCode = answer.httpStatus;
  const headers = { ...HEADERS, 'content-length': String(Buffer.byteLength(body)), ...answer.headers };
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  response.end(body);
}

export function sendPlain(reply: FastifyReply, answer: PlainAnswer): FastifyReply {
  return reply
    .code(answer.httpStatus)
    .headers({ ...HEADERS, ...answer.headers })
    .send(plainBody(answer));
}

export function methodNotAllowed(path: string, method: string, allowed: readonly string[]): PlainAnswer {
  const allow = allowed.join(', ');
  return {
    httpStatus: 405,
    code: Code.Unimplemented,
    reason: 'METHOD_NOT_ALLOWED',
    message: `${path} does not take ${method}: use ${allow}`,
    headers: { allow },
  };
}
