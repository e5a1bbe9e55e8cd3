// An exchange of HTTP/1.1. It carries no trailers here: gRPC, the one protocol that has any, is not spoken over it.
import { IncomingMessage, type ServerResponse } from 'node:http';
import { Code, ConnectError } from '@connectrpc/connect';
import type { Body } from '../calls/envelope.ts';
import type { RawHeaders, Transport, TransportListener } from '../calls/exchange.ts';

/** Node writes a short text in one piece with its headers, and bytes in a second. */
const MAX_TEXT_BYTES = 8_192;

/**
 * A request whose body goes straight to the lane that has taken it: by the events of a stream it takes a tenth of a call.
 * To anybody else it is Node's own. Servers in front of a lane make their requests of it (`IncomingMessage` of `http.createServer`).
 */
export class LaneRequest extends IncomingMessage {
  #listener: TransportListener | undefined;

  /** From now on. Not to be called once anybody has begun to read. */
  handTo(listener: TransportListener): void {
    this.#listener = listener;
  }

  /** Node's parser calls it, as all who fill a stream do. */
  override push(chunk: Buffer | null, encoding?: BufferEncoding): boolean {
    const listener = this.#listener;
    if (listener === undefined) return super.push(chunk, encoding);
    if (chunk === null) {
      super.push(null);
      listener.onEnd();
    } else {
      listener.onData(chunk);
    }
    return true;
  }
}

const TRANSPORT = Symbol('transport');
type Response = ServerResponse & { [TRANSPORT]?: Http1Transport };

function onClose(this: Response): void {
  this[TRANSPORT]?.onClose();
}
/** Told by `close` too. */
function ignore(): void {}

export class Http1Transport implements Transport {
  readonly isHttp2 = false;
  readonly headers: LaneRequest['headers'];
  listener: TransportListener | undefined;
  readonly #request: LaneRequest;
  readonly #response: Response;
  isClosed = false;

  constructor(request: LaneRequest, response: ServerResponse) {
    this.#request = request;
    this.#response = response;
    this.headers = request.headers;
  }

  get url(): string {
    const scheme = 'encrypted' in this.#request.socket ? 'https' : 'http';
    return new URL(this.#request.url ?? '', `${scheme}://${this.headers.host}`).href;
  }

  get peer(): string | undefined {
    return this.#request.socket.remoteAddress;
  }

  closeReason(): unknown {
    // It is an error of the request only while that is not complete.
    if (this.#request.complete) return undefined;
    const error: (Error & { code?: string }) | null = this.#request.errored;
    if (error === null) return undefined;
    return ConnectError.from(error, error.code === 'ECONNRESET' ? Code.Aborted : Code.Internal);
  }

  listen(listener: TransportListener): void {
    this.listener = listener;
    const response = this.#response;
    response[TRANSPORT] = this;
    response.on('error', ignore).on('close', onClose);
    this.#request.handTo(listener);
  }

  onClose(): void {
    this.isClosed = true;
    this.listener?.onClose();
  }

  start(status: number, headers: RawHeaders): void {
    this.#response.writeHead(status, headers);
  }

  write(bytes: Buffer): boolean {
    return this.#response.write(bytes);
  }

  drained(): Promise<void> {
    return nextOf(this.#response);
  }

  end(body: Body | undefined): void {
    if (body !== undefined && body.bytes.length <= MAX_TEXT_BYTES) this.#response.end(body.text, 'latin1');
    else this.#response.end(body?.bytes);
  }

  cut(): void {
    this.#response.once('finish', () => this.#request.socket.destroy());
  }

  destroy(): void {
    this.#request.socket.destroy();
  }
}

/** Settles when `stream` drains or closes. */
export function nextOf(stream: NodeJS.EventEmitter): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      stream.off('drain', done);
      stream.off('close', done);
      resolve();
    };
    stream.on('drain', done);
    stream.on('close', done);
  });
}
