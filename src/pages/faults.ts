// What goes wrong outside of every handler's own errors. A defect becomes `internal error` and an id that stands in the
// log; bytes that are no HTTP become a short answer and the end of the connection.
import { randomUUID } from 'node:crypto';
import { type IncomingHttpHeaders, type ServerResponse, STATUS_CODES } from 'node:http';
import type { Http2ServerResponse } from 'node:http2';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { ConnectError } from '@connectrpc/connect';
import type { FastifyError, FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import type { AnyRequest } from '../calls/exchange.ts';
import { refusal } from '../errors/to-connect.ts';
import { plainAnswer, sendPlain, writeAnswer } from '../protocols/plain-answer.ts';

export function registerErrorHandler(app: FastifyInstance, logger: Logger): void {
  app.setErrorHandler((error: FastifyError, request, reply) => {
    const httpStatus = error.statusCode ?? 500;
    if (httpStatus >= 400 && httpStatus < 500) return sendPlain(reply, clientFault(error, request.headers));
    const id = randomUUID();
    logger.error({ err: error, id, method: request.method, route: request.routeOptions.url }, 'internal error');
    return sendPlain(reply, refusal('INTERNAL', { id }));
  });
}

/** Something of Fastify's own: its message is about the request and says nothing of the inside. */
export function clientFault(
  { statusCode, message }: Pick<FastifyError, 'statusCode' | 'message'>,
  headers: IncomingHttpHeaders,
): ConnectError {
  if (statusCode === 414) return refusal('PATH_TOO_LONG', {});
  if (statusCode !== 415) return refusal('BAD_REQUEST', { fault: message });
  return refusal('UNSUPPORTED_CONTENT_TYPE', { contentType: headers['content-type'], accepted: ['application/json'] });
}

/** By Node's code. */
function connectionFault({ code }: { readonly code?: string }): ConnectError {
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return refusal('REQUEST_TIMEOUT', {});
  if (code === 'HPE_HEADER_OVERFLOW') return refusal('HEADERS_TOO_LARGE', {});
  return refusal('BAD_REQUEST', { fault: 'this is not a valid HTTP request' });
}

/** Answers bytes that Node could not parse, and ends the connection. For TLS, also a handshake that failed. */
export function answerConnectionFault(error: Error & { code?: string }, socket: Socket): void {
  if (socket.writable && error.code !== 'ECONNRESET' && !isAnswering(socket)) {
    socket.write(lastAnswer(connectionFault(error)));
  }
  socket.destroy();
}

/** Over HTTP/1.1 a CONNECT comes with the bare connection. */
export function refuseTunnel({ headers, url }: AnyRequest, answer: Http2ServerResponse | Duplex): void {
  const path = `${headers[':authority'] ?? url}`;
  const error = refusal('METHOD_NOT_ALLOWED', { method: 'CONNECT', path, allowed: ['GET', 'HEAD', 'POST'] });
  if ('stream' in answer) {
    writeAnswer(answer, plainAnswer(error));
  } else {
    answer.end(lastAnswer(error));
    answer.resume().once('finish', () => answer.destroy());
  }
}

/** Of a connection of HTTP/1.1. */
function lastAnswer(error: ConnectError): string {
  const { status, headers, body } = plainAnswer(error);
  const all = { ...headers, 'content-length': Buffer.byteLength(body), connection: 'close' };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}`);
  return `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${lines.join('\r\n')}\r\n\r\n${body}`;
}

/** Whether an answer has begun, in whose middle nothing else may be written. As Node itself looks, for want of an API. */
function isAnswering(socket: Socket & { _httpMessage?: ServerResponse | null }): boolean {
  return socket._httpMessage?.headersSent === true;
}
