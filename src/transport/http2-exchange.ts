// An exchange on a stream of HTTP/2.
import { constants, type IncomingHttpHeaders, type ServerHttp2Stream } from 'node:http2';
import { Readable } from 'node:stream';
import type { Body } from '../calls/envelope.ts';
import type { Exchange, ExchangeListener, RawHeaders } from '../calls/exchange.ts';
import type { ClientAddressOf } from './client-address.ts';
import { nextOf, toUrl } from './http1-exchange.ts';

const { HTTP2_HEADER_STATUS, NGHTTP2_INTERNAL_ERROR, NGHTTP2_NO_ERROR } = constants;
/** Trailers are announced before anybody knows them. */
const WAIT_FOR_TRAILERS = { waitForTrailers: true };
const AS_A_WHOLE = { endStream: true };

const NO_HEADERS: readonly unknown[] = [];

/** Each listener of a stream costs as much as a tenth of a call does, and a closure for it again: these serve all. */
const EXCHANGE = Symbol('exchange');
type Stream = ServerHttp2Stream & { [EXCHANGE]?: Http2Exchange | undefined };

/** In place of a stream's own, as Node calls it: events for a body that is mostly there at once take a tenth of a call. */
function push(this: Stream, chunk: Buffer | null): boolean {
  const exchange = this[EXCHANGE];
  if (chunk !== null) {
    exchange?.listener?.onData(chunk);
  } else if (exchange?.mayEndStream || this.closed) {
    Readable.prototype.push.call(this, null);
    // `end` comes to who reads. After trailers of a request Node does not do so by itself.
    if (!this.closed) this.read(0);
  } else {
    exchange?.onEnd();
  }
  return true;
}
/** What is closed ends, too. */
function onEnd(this: Stream): void {
  if (!this.closed) this[EXCHANGE]?.onEnd();
}
function onClose(this: Stream): void {
  this[EXCHANGE]?.listener?.onClose();
  // V8 makes a function of each Writable in the old generation, and that keeps the stream: let it keep no more than that.
  this[EXCHANGE] = undefined;
}
function onWantTrailers(this: Stream): void {
  this[EXCHANGE]?.sendTrailers();
}
export class Http2Exchange implements Exchange {
  readonly isHttp2 = true;
  #headers: IncomingHttpHeaders | undefined;
  /** In place of those: name, value, name, value. */
  #flatHeaders: readonly unknown[] = NO_HEADERS;
  listener: ExchangeListener | undefined;
  readonly #stream: Stream;
  readonly #hasTrailers: boolean;
  readonly #addressOf: ClientAddressOf;
  #answerHeaders: RawHeaders | undefined;
  #trailers: Readonly<Record<string, string>> | undefined;
  #isCut = false;
  #endsWithHead = false;

  /** @param stream With a listener for its errors. @param hasTrailers Whether the answer ends with trailers. */
  constructor(
    stream: ServerHttp2Stream,
    headers: IncomingHttpHeaders,
    hasTrailers: boolean,
    addressOf: ClientAddressOf,
  ) {
    this.#stream = stream;
    this.#headers = headers;
    this.#hasTrailers = hasTrailers;
    this.#addressOf = addressOf;
  }

  /**
   * Whether the end of the request may be that of the stream's readable half, before the stream is closed. Node destroys such a stream with its
   * last frame, in which the last write of an answer without trailers is still under way, and makes an error for that which nobody
   * gets: a twelfth of a short answer.
   */
  get mayEndStream(): boolean {
    return this.#hasTrailers;
  }

  get headers(): IncomingHttpHeaders {
    if (this.#headers !== undefined) return this.#headers;
    const headers: Record<string, unknown> = Object.create(null);
    for (let at = 0; at < this.#flatHeaders.length; at += 2)
      headers[`${this.#flatHeaders[at]}`] = this.#flatHeaders[at + 1];
    return headers as IncomingHttpHeaders;
  }

  get isClosed(): boolean {
    return this.#stream.destroyed || this.#stream.closed;
  }

  get method(): string {
    return this.headers[':method'] ?? '';
  }

  /**
   * A client that hears its answer may end its request there. Short of its content-length, that is an error of the protocol,
   * and the stream is reset with the answer in it (RFC 9113, section 8.1.1).
   */
  get mayAnswerEarly(): boolean {
    return this.headers['content-length'] === undefined;
  }

  get announcesBody(): boolean {
    const { 'content-length': length } = this.headers;
    return length === undefined ? !this.#stream.endAfterHeaders : length !== '0';
  }

  get url(): string {
    const { ':scheme': scheme, ':authority': authority, ':path': path } = this.headers;
    return toUrl(scheme === 'https' ? 'https' : 'http', authority, path);
  }

  get socket() {
    return this.#stream.session?.socket;
  }

  get peer(): string | undefined {
    return this.#addressOf(this.#stream.session?.socket, this.headers);
  }

  proceed(): void {
    if (this.headers.expect === '100-continue') this.#stream.additionalHeaders({ [HTTP2_HEADER_STATUS]: 100 });
  }

  listen(listener: ExchangeListener): void {
    const stream = this.#stream;
    this.listener = listener;
    stream[EXCHANGE] = this;
    stream.on('close', onClose);
    if (stream.endAfterHeaders) {
      // Nothing to read, so that it ends when it is closed.
      stream.pause();
      listener.onEnd();
      return;
    }
    stream.on('end', onEnd);
    // What has come with the headers, chunk by chunk. Reading begins with it.
    const chunks: Buffer[] = [];
    for (let chunk: Buffer | null = stream.read(); chunk !== null; chunk = stream.read()) chunks.push(chunk);
    stream.push = push;
    for (const chunk of chunks) listener.onData(chunk);
  }

  /** Clients of Node end a stream that they reset, right before: half a body that looks whole must not be taken for it. */
  onEnd(): void {
    const tellsLength = this.#hasTrailers || this.headers['content-length'] !== undefined;
    if (tellsLength) this.listener?.onEnd();
    else setImmediate(() => !this.isClosed && this.listener?.onEnd());
  }

  start(status: number, headers: RawHeaders): void {
    headers.push(HTTP2_HEADER_STATUS, `${status}`);
    this.#answerHeaders = headers;
    if (this.#hasTrailers) {
      this.#stream.on('wantTrailers', onWantTrailers);
      this.#stream.respond(headers, WAIT_FOR_TRAILERS);
    } else {
      this.#stream.respond(headers);
    }
  }

  answerWithHead(status: number, headers: RawHeaders): void {
    headers.push(HTTP2_HEADER_STATUS, `${status}`);
    this.#endsWithHead = true;
    this.#stream.respond(headers, AS_A_WHOLE);
  }

  sendTrailers(): void {
    try {
      if (!this.isClosed) this.#stream.sendTrailers(this.#trailers ?? {});
    } catch {
      // Metadata that HTTP does not take: there is no way to answer.
      this.destroy();
    }
    // Once the trailers are out: a reset would overtake them.
    if (this.#isCut) setImmediate(() => setImmediate(() => this.#stream.close(NGHTTP2_NO_ERROR)));
  }

  /** Heads are sent at once. */
  flush(): void {}

  write(bytes: Buffer): boolean {
    // A stream may last for days, and hardly anybody asks for them again: the object of Node is four times as large.
    if (this.#headers !== undefined) {
      this.#flatHeaders = Object.entries(this.#headers).flat();
      this.#headers = undefined;
    }
    // They are sent. Node keeps them with the stream, for who asks what was.
    if (this.#answerHeaders !== undefined) {
      this.#answerHeaders.length = 0;
      this.#answerHeaders = undefined;
    }
    return this.#stream.write(bytes);
  }

  drained(): Promise<void> {
    return nextOf(this.#stream);
  }

  end(body: Body | undefined, trailers: Readonly<Record<string, string>> | undefined): void {
    this.#trailers = trailers;
    this.#stream.end(body?.bytes);
  }

  cut(): void {
    // A client that goes on sending asks for it again and again: once the answer is written it is not yet out.
    if (this.#isCut) return;
    this.#isCut = true;
    if (this.#stream.writableFinished) this.#stream.close(NGHTTP2_NO_ERROR);
    else if (!this.#hasTrailers || this.#endsWithHead)
      this.#stream.once('finish', () => this.#stream.close(NGHTTP2_NO_ERROR));
  }

  destroy(): void {
    this.#stream.close(NGHTTP2_INTERNAL_ERROR);
  }
}
