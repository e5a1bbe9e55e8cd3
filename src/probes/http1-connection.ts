// One HTTP/1.1 connection that asks one request after another. It owns the socket: nothing else ends it, and whatever the
// target does on it becomes the end of the request that is under way. What the bytes of an answer mean, http1-answer.ts knows.

import type { Socket } from 'node:net';
import type { Cancellation } from '../core/cancellation.ts';
import type { Clock } from '../core/clock.ts';
import type { Intake } from './dial.ts';
import type { HttpConnection, OnPhases, RawAnswer } from './http-connection.ts';
import type { HttpRequest } from './http-request.ts';
import { AnswerCut, type AnswerLimits, AnswerReader } from './http1-answer.ts';

const inCapitals = createCapitals();
/** RFC 9110, section 8.6: methods whose body is missed where nothing is said of it. */
const EXPECTS_BODY = new Set(['POST', 'PUT', 'PATCH']);

export interface Http1Options {
  readonly clock: Clock;
  readonly limits: AnswerLimits;
  /** Whether another request may follow. */
  readonly keepAlive: boolean;
}

/**
 * @param socket connected, past its TLS handshake where there is one
 * @param intake of the socket
 */
export function createHttp1Connection(socket: Socket, intake: Intake, options: Http1Options): HttpConnection {
  return new Http1Connection(socket, intake, options);
}

/** No literal with getters: see `AnswerReader`. */
class Http1Connection implements HttpConnection {
  readonly #socket: Socket;
  readonly #intake: Intake;
  readonly #options: Http1Options;
  #reusable = false;
  #unanswered = false;

  constructor(socket: Socket, intake: Intake, options: Http1Options) {
    this.#socket = socket;
    this.#intake = intake;
    this.#options = options;
  }

  get usable(): boolean {
    return this.#reusable && !this.#socket.destroyed;
  }
  get closedUnanswered(): boolean {
    return this.#unanswered;
  }

  // What comes before anybody asks is no answer: a server says so that it has waited long enough.
  readonly #onIdle = () => {
    this.#reusable = false;
    this.#socket.destroy();
  };

  exchange(request: HttpRequest, signal: Cancellation, onPhases: OnPhases): Promise<RawAnswer> {
    signal.throwIfAborted();
    const socket = this.#socket;
    const intake = this.#intake;
    const { clock, limits, keepAlive } = this.#options;
    if (keepAlive) socket.off('end', this.#onIdle);
    this.#reusable = false;
    this.#unanswered = false;
    return new Promise<RawAnswer>((resolve, reject) => {
      const askedMs = clock.monotonicMs();
      const reader = new AnswerReader(request.method, limits);
      let firstByteMs: number | undefined;

      const settle = () => {
        signal.removeEventListener('abort', onAbort);
        intake.take = ignore;
        socket.off('end', onEnd);
        socket.off('error', fail);
        socket.off('close', onClose);
      };
      const fail = (error: unknown) => {
        settle();
        this.#unanswered = firstByteMs === undefined && !signal.aborted;
        socket.destroy();
        reject(error);
      };
      const finish = () => {
        settle();
        this.#reusable = keepAlive && reader.reusable;
        if (this.#reusable) {
          intake.take = this.#onIdle;
          socket.on('end', this.#onIdle);
        } else socket.destroy();
        if (firstByteMs !== undefined) onPhases({ firstByteMs, bodyMs: clock.monotonicMs() - askedMs - firstByteMs });
        resolve({ ...reader.head!, body: reader.body(), bodyTruncated: reader.truncated });
      };
      const onData = (bytes: Buffer) => {
        if (firstByteMs === undefined) {
          firstByteMs = clock.monotonicMs() - askedMs;
          onPhases({ firstByteMs });
        }
        try {
          if (reader.feed(bytes)) finish();
        } catch (error) {
          fail(error);
        }
      };
      const onEnd = () => {
        try {
          reader.end();
          finish();
        } catch (error) {
          fail(error);
        }
      };
      const onClose = () => fail(new AnswerCut(undefined));
      const onAbort = () => fail(signal.reason);

      signal.addEventListener('abort', onAbort);
      intake.take = onData;
      socket.on('end', onEnd);
      socket.on('error', fail);
      socket.on('close', onClose);
      write(socket, request, keepAlive);
    });
  }

  close(): void {
    this.#socket.destroy();
  }
}

function ignore(): void {}

function write(socket: Socket, request: HttpRequest, keepAlive: boolean): void {
  const { method, place, headers, body } = request;
  let head = `${method} ${place.path} HTTP/1.1\r\n`;
  if (headers.host === undefined) head += `Host: ${place.authority}\r\n`;
  for (const name of Object.keys(headers)) head += `${inCapitals(name)}: ${headers[name]}\r\n`;
  head += keepAlive ? 'Connection: keep-alive\r\n' : 'Connection: close\r\n';
  const length = body === undefined ? 0 : Buffer.byteLength(body);
  if (length > 0 || EXPECTS_BODY.has(method)) head += `Content-Length: ${length}\r\n`;
  head += '\r\n';
  if (body === undefined) socket.write(head, 'latin1');
  else socket.write(Buffer.concat([Buffer.from(head, 'latin1'), Buffer.from(body)]));
}

/** As most clients write them: some servers know no others. */
function createCapitals(): (name: string) => string {
  // Names come from the configuration, so that there are few.
  const known = new Map<string, string>();
  return (name) => {
    let written = known.get(name);
    if (written === undefined) {
      written = name.replace(/(^|-)[a-z]/g, (letter) => letter.toUpperCase());
      known.set(name, written);
    }
    return written;
  };
}
