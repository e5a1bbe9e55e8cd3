// An exchange of HTTP/1.1. It carries no trailers here: gRPC, the one protocol that has any, is not spoken over it.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Code, ConnectError } from '@connectrpc/connect';
import type { RawHeaders, Transport, TransportListener } from './transport.ts';

/** Node writes a short text in one piece with its headers, and bytes in a second. */
const MAX_TEXT_BYTES = 8_192;

const TRANSPORT = Symbol('transport');
type Owned<T> = T & { [TRANSPORT]?: Http1Transport };

function onData(this: Owned<IncomingMessage>, chunk: Buffer): void {
  this[TRANSPORT]?.listener?.onData(chunk);
}
function onEnd(this: Owned<IncomingMessage>): void {
  this[TRANSPORT]?.listener?.onEnd();
}
function onClose(this: Owned<ServerResponse>): void {
  this[TRANSPORT]?.onClose();
}
/** Told by `close` too. */
function ignore(): void {}

export class Http1Transport implements Transport {
  readonly isHttp2 = false;
  readonly headers: IncomingMessage['headers'];
  listener: TransportListener | undefined;
  readonly #request: Owned<IncomingMessage>;
  readonly #response: Owned<ServerResponse>;
  isClosed = false;

  constructor(request: IncomingMessage, response: ServerResponse) {
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
    const error: (Error & { code?: string }) | null = this.#request.errored;
    if (error === null) return undefined;
    return ConnectError.from(error, error.code === 'ECONNRESET' ? Code.Aborted : Code.Internal);
  }

  listen(listener: TransportListener): void {
    this.listener = listener;
    const request = this.#request;
    const response = this.#response;
    request[TRANSPORT] = this;
    response[TRANSPORT] = this;
    request.on('data', onData).on('end', onEnd).on('error', ignore);
    response.on('error', ignore).on('close', onClose);
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

  end(bytes: Buffer | undefined): void {
    if (bytes !== undefined && bytes.length <= MAX_TEXT_BYTES) this.#response.end(bytes.toString('latin1'), 'latin1');
    else this.#response.end(bytes);
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
