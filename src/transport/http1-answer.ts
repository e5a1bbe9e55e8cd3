// The answers of HTTP/1.1. One that begins before its request has come in full may be the last of its connection, and a client
// that takes the connection for usable sends its next request into the end of it: so the answer says that it is the last.
// And the server ends its own half of the connection first, for what still comes would be answered with a reset, which
// may overtake the answer (RFC 9112, sections 9.3 and 9.6).
import { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { announcesBody, mayBeCut } from '../calls/announced-body.ts';
import type { AnyResponse } from '../calls/exchange.ts';
import { clientHasEnded, type DirectRequest } from './http1-exchange.ts';

/**
 * Answers to which a client that ends its half of the connection is one that has left: streams, which go on until somebody has had enough, and
 * what hears of it by the end of the connection alone.
 */
const endWithTheirClients = new WeakSet<object>();
export function endsWithClient(answer: AnyResponse): void {
  endWithTheirClients.add(answer);
}

/**
 * Ends a connection when its client ends its half, unless another answer is on its way: that goes out in full, since `nc` ends its half
 * behind its request. Its handler hears that the client may be gone, as in Go's net/http.
 * @param socket of a server with `httpAllowHalfOpen`
 */
export function endWithClient(socket: Socket & { _httpMessage?: ServerResponse | null }): void {
  socket.on('end', () => {
    // As Node itself looks, for want of an API.
    const answer = socket._httpMessage;
    if (!answer || endWithTheirClients.has(answer)) socket.end();
    else clientHasEnded(answer);
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
