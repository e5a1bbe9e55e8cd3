// What goes wrong outside of every handler's own errors. A defect becomes `internal error` and an id that stands in the
// log; bytes that are no HTTP become a short answer and the end of the connection.
import { randomUUID } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { Code } from '@connectrpc/connect';
import type { FastifyError, FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import { type PlainAnswer, plainBody, sendPlain } from '../protocols/plain-answer.ts';

export function registerErrorHandler(app: FastifyInstance, logger: Logger): void {
  app.setErrorHandler((error: FastifyError, request, reply) => {
    const httpStatus = error.statusCode ?? 500;
    if (httpStatus >= 400 && httpStatus < 500) return sendPlain(reply, clientFault(httpStatus, error.message));
    const id = randomUUID();
    logger.error({ err: error, id, method: request.method, route: request.routeOptions.url }, 'internal error');
    return sendPlain(reply, {
      httpStatus: 500,
      code: Code.Internal,
      reason: 'INTERNAL',
      message: `internal error ${id}`,
    });
  });
}

/** Something of Fastify's own: its message is about the request and says nothing of the inside. */
export function clientFault(httpStatus: number, message: string): PlainAnswer {
  const code = httpStatus === 413 ? Code.ResourceExhausted : Code.InvalidArgument;
  return { httpStatus, code, reason: 'BAD_REQUEST', message };
}

const CONNECTION_FAULTS: Readonly<Record<string, { httpStatus: number; phrase: string; message: string }>> = {
  ERR_HTTP_REQUEST_TIMEOUT: {
    httpStatus: 408,
    phrase: 'Request Timeout',
    message: 'the request was not complete in time',
  },
  HPE_HEADER_OVERFLOW: {
    httpStatus: 431,
    phrase: 'Request Header Fields Too Large',
    message:
      'the request line and the headers are larger than 16 KiB: send a long list in the body of a POST (/v1/health:watch, /v1/components:list, or any method by Connect)',
  },
};
const NOT_HTTP = { httpStatus: 400, phrase: 'Bad Request', message: 'this is not a valid HTTP request' };

/** Answers bytes that Node could not parse, and ends the connection. For TLS, also a handshake that failed. */
export function answerConnectionFault(error: Error & { code?: string }, socket: Socket): void {
  if (socket.writable && error.code !== 'ECONNRESET' && !isAnswering(socket)) {
    const { httpStatus, phrase, message } = CONNECTION_FAULTS[error.code ?? ''] ?? NOT_HTTP;
    const body = plainBody(clientFault(httpStatus, message));
    const head = [
      `HTTP/1.1 ${httpStatus} ${phrase}`,
      'content-type: application/json',
      `content-length: ${Buffer.byteLength(body)}`,
      'connection: close',
    ];
    socket.write(`${head.join('\r\n')}\r\n\r\n${body}`);
  }
  socket.destroy();
}

/** Whether an answer has begun, in whose middle nothing else may be written. As Node itself looks, for want of an API. */
function isAnswering(socket: Socket & { _httpMessage?: ServerResponse | null }): boolean {
  return socket._httpMessage?.headersSent === true;
}
