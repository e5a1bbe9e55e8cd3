// An exchange of HTTP/1.1. It carries no trailers here: gRPC, the one protocol that has any, is not spoken over it.
import { IncomingMessage, type ServerResponse } from 'node:http';
import { announcesBody } from '../calls/announced-body.ts';
import type { Body } from '../calls/envelope.ts';
import type { Exchange, ExchangeListener, RawHeaders } from '../calls/exchange.ts';
import type { ClientAddressOf } from './client-address.ts';

/** Node writes a short text in one piece with its headers, and bytes in a second. */
const MAX_TEXT_BYTES = 8_192;

/**
 * A request whose body goes straight to the call that it is of: by the events of a stream that takes a tenth of a call. To
 * anybody else it is Node's own. The servers make their requests of it (`IncomingMessage` of `http.createServer`).
 */
export class DirectRequest extends IncomingMessage {
  #listener: ExchangeListener | undefined;
  /** Asks for the body where the caller waits for that (RFC 9110, section 10.1.1), once. */
  askForBody: (() => void) | undefined;
  /** Whether it named no host, and has got the server's own. */
  hasOwnHost = false;

  /** What has come, and all that will. Not to be called once anybody has begun to read. */
  handTo(listener: ExchangeListener): void {
    const chunks: Buffer[] = [];
    if (this.readableLength > 0) for (let chunk = this.read(); chunk !== null; chunk = this.read()) chunks.push(chunk);
    this.#listener = listener;
    for (const chunk of chunks) listener.onData(chunk);
    // Of a request that had to wait for its turn the end may have come too.
    if (this.complete) listener.onEnd();
  }

  /** Node's parser calls it, as all who fill a stream do. */
  override push(chunk: Buffer | null, encoding?: BufferEncoding): boolean {
    const listener = this.#listener;
    if (listener === undefined) return super.push(chunk, encoding);
    if (chunk === null) {
      this.#listener = undefined;
      listener.onEnd();
    } else {
      listener.onData(chunk);
    }
    return true;
  }
}

const EXCHANGE = Symbol('exchange');
type Response = ServerResponse & { [EXCHANGE]?: Http1Exchange };

function onClose(this: Response): void {
  this[EXCHANGE]?.onClose();
}
/** Whose answer this is has ended its half of the connection, and may be gone. */
export function clientHasEnded(answer: Response): void {
  answer[EXCHANGE]?.listener?.onClientEnd?.();
}
/** `close` comes too. */
function ignore(): void {}

export class Http1Exchange implements Exchange {
  readonly isHttp2 = false;
  readonly headers: DirectRequest['headers'];
  listener: ExchangeListener | undefined;
  readonly #request: DirectRequest;
  readonly #response: Response;
  readonly #addressOf: ClientAddressOf;
  isClosed = false;

  constructor(request: DirectRequest, response: ServerResponse, addressOf: ClientAddressOf) {
    this.#request = request;
    this.#response = response;
    this.#addressOf = addressOf;
    this.headers = request.headers;
  }

  get method(): string {
    return this.#request.method ?? '';
  }

  readonly mayAnswerEarly = true;

  get announcesBody(): boolean {
    return announcesBody(this.headers);
  }

  get url(): string {
    const scheme = 'encrypted' in this.#request.socket ? 'https' : 'http';
    return toUrl(scheme, this.headers.host, this.#request.url);
  }

  get socket() {
    return this.#request.socket;
  }

  get peer(): string | undefined {
    return this.#addressOf(this.#request.socket, this.headers);
  }

  proceed(): void {
    this.#request.askForBody?.();
  }

  listen(listener: ExchangeListener): void {
    this.listener = listener;
    const response = this.#response;
    response[EXCHANGE] = this;
    response.on('error', ignore).on('close', onClose);
    // Its connection may have gone while it waited in the buffers of TLS: then nothing closes any more.
    if (this.#request.socket.destroyed) setImmediate(() => this.onClose());
    this.#request.handTo(listener);
  }

  onClose(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.listener?.onClose();
  }

  start(status: number, headers: RawHeaders): void {
    this.#response.writeHead(status, headers);
  }

  answerWithHead(status: number, headers: RawHeaders): void {
    this.start(status, headers);
    this.end(undefined);
  }

  flush(): void {
    this.#response.flushHeaders();
  }

  write(bytes: Buffer): boolean {
    return this.#response.write(bytes);
  }

  drained(): Promise<void> {
    return nextOf(this.#response);
  }

  end(body: Body | undefined): void {
    // Node takes over what is left of a body that nobody has read of, and counts nothing of it.
    if (!this.#request.complete) this.#request.read(0);
    if (body !== undefined && body.bytes.length <= MAX_TEXT_BYTES) this.#response.end(body.text, 'latin1');
    else this.#response.end(body?.bytes);
  }

  cut(): void {
    if (this.#response.writableFinished) this.#request.socket.destroy();
    else this.#response.once('finish', () => this.#request.socket.destroy());
  }

  destroy(): void {
    this.#request.socket.destroy();
  }
}

/** An authority has no meaning to a call, and some clients send what no URL takes: then a host that stands for it. */
export function toUrl(scheme: 'http' | 'https', authority: string | undefined, target = ''): string {
  return (URL.parse(target, `${scheme}://${authority}`) ?? new URL(target, `${scheme}://localhost`)).href;
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
