// An exchange of HTTP/1.1. It carries no trailers here: gRPC, the one protocol that has any, is not spoken over it.
import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { Code, ConnectError } from '@connectrpc/connect';
import type { Transport, TransportListener } from './transport.ts';

export class Http1Transport implements Transport {
  readonly isHttp2 = false;
  readonly #request: IncomingMessage;
  readonly #response: ServerResponse;
  isClosed = false;

  constructor(request: IncomingMessage, response: ServerResponse) {
    this.#request = request;
    this.#response = response;
  }

  get headers() {
    return this.#request.headers;
  }

  get url(): string {
    const scheme = 'encrypted' in this.#request.socket ? 'https' : 'http';
    return new URL(this.#request.url ?? '', `${scheme}://${this.headers.host}`).href;
  }

  closeReason(): unknown {
    const error: (Error & { code?: string }) | null = this.#request.errored;
    if (error === null) return undefined;
    return ConnectError.from(error, error.code === 'ECONNRESET' ? Code.Aborted : Code.Internal);
  }

  listen(listener: TransportListener): void {
    this.#request.on('data', (chunk: Buffer) => listener.onData(chunk));
    this.#request.on('end', () => listener.onEnd());
    // Told by `close` too.
    this.#request.on('error', ignore);
    this.#response.on('error', ignore);
    this.#response.once('close', () => {
      this.isClosed = true;
      listener.onClose();
    });
  }

  start(status: number, headers: OutgoingHttpHeaders): void {
    this.#response.writeHead(status, headers);
  }

  write(bytes: Uint8Array): boolean {
    return this.#response.write(bytes);
  }

  drained(): Promise<void> {
    return nextOf(this.#response);
  }

  end(bytes: Uint8Array | undefined): void {
    this.#response.end(bytes);
  }

  cut(): void {
    this.#response.once('finish', () => this.#request.socket.destroy());
  }

  destroy(): void {
    this.#request.socket.destroy();
  }
}

function ignore(): void {}

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
