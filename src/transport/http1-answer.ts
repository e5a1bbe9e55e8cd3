// The answers of HTTP/1.1. One that begins before its request has come in full may be the last of its connection, and a client
// that takes the connection for usable sends its next request into the end of it: so the answer says that it is the last.
// And the server ends its own half of the connection first, for what still comes would be answered with a reset, which
// may overtake the answer (RFC 9112, sections 9.3 and 9.6).
import { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { announcesBody, mayBeCut } from '../calls/announced-body.ts';
import type { AnyResponse } from '../calls/exchange.ts';
import type { DirectRequest } from './http1-exchange.ts';

/** Answers that are soon over, and go out in full also to a client that has ended its half of the connection: `nc` does so behind its request. */
const soonOver = new WeakSet<object>();
export function goesOutInFull(answer: AnyResponse): void {
  soonOver.add(answer);
}

/**
 * Ends a connection when its client ends its half, as Node does for all answers that are on their way: of a call that may mean that nobody
 * waits for it any more. @param socket of a server with `httpAllowHalfOpen`
 */
export function endWithClient(socket: Socket & { _httpMessage?: ServerResponse | null }): void {
  socket.on('end', () => {
    // As Node itself looks, for want of an API.
    const answer = socket._httpMessage;
    if (!answer || !soonOver.has(answer)) socket.end();
  });
}

/** Answers whose client gets `lingerMs` to end its half of the connection after them. */
export function answersThatLinger(lingerMs: number): typeof ServerResponse<DirectRequest> {
  return class extends ServerResponse<DirectRequest> {
    // biome-ignore lint/suspicious/noExplicitAny: it has several forms, of which none is looked at
    override writeHead(...head: [number, ...any[]]): this {
      const { complete, headers, socket } = this.req;
      if (!complete && announcesBody(headers)) {
        if (mayBeCut(headers)) this.shouldKeepAlive = false;
        linger(socket, lingerMs);
      }
      return super.writeHead(...head);
    }
  };
}

/** In place of Node's own, with which it ends a connection after its last answer. */
function linger(socket: Socket, lingerMs: number): void {
  socket.destroySoon = () => {
    socket.end();
    const force = setTimeout(() => socket.destroy(), lingerMs);
    socket.once('close', () => clearTimeout(force));
  };
}
