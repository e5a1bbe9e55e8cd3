// Requests with a method that no route takes, WebDAV's for instance: where there is something they get 405, and elsewhere 404, as those
// with any other method that does not fit. Fastify knows none of them, and finds no route: to it they have a method that it
// knows, and that nothing is ever served by.
import type { IncomingMessage } from 'node:http';
import type { AnyRequest } from '../calls/exchange.ts';

const STAND_IN = 'TRACE';

const AS_SENT = Symbol('method as it was sent');
type Request = AnyRequest & { [AS_SENT]?: string };

/** @param known methods that there are routes for */
export function standInForMethod(request: Request, known: ReadonlySet<string>): void {
  const { method = '' } = request;
  if (known.has(method)) return;
  request[AS_SENT] = method;
  // Node's type has it for HTTP/1.1 alone.
  (request as IncomingMessage).method = STAND_IN;
}

/** For people. */
export function methodAsSent(request: Request): string {
  return request[AS_SENT] ?? request.method ?? '';
}
