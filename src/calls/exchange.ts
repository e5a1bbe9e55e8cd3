// One request and its answer, as a call sees them over either HTTP version: straight on Node's own objects, without the
// compatible API in between.
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2';
import type { Body } from './envelope.ts';

/** A request of either HTTP version, through Node's compatible API. */
export type AnyRequest = IncomingMessage | Http2ServerRequest;
export type AnyResponse = ServerResponse | Http2ServerResponse;

/** Name, value, name, value, as Node takes them: an object would be copied. */
export type RawHeaders = string[];

export interface ExchangeListener {
  onData(chunk: Buffer): void;
  /** The request is complete. */
  onEnd(): void;
  /** For what may be given up: the caller may be gone, and gets its answer all the same where there is one. */
  onClientEnd?(): void;
  /** Answered, or broken off by either side. */
  onClose(): void;
}

export interface Exchange {
  /** The connection, for what is known of it alone; undefined once it is gone. Nobody reads from it, or writes. */
  readonly socket: { readonly remoteAddress?: string | undefined } | undefined;
  readonly method: string;
  readonly headers: IncomingHttpHeaders;
  /** As the caller wrote it, normalized. */
  readonly url: string;
  /** Address of the caller; undefined once the connection is gone. */
  readonly peer: string | undefined;
  /** Whether the caller announced a body, which may still be empty. */
  readonly announcesBody: boolean;
  /** Whether an answer may leave before the request is complete, and still arrives. */
  readonly mayAnswerEarly: boolean;
  /** HTTP/2 has no use for `connection` and its like, and refuses them. */
  readonly isHttp2: boolean;
  readonly isClosed: boolean;
  /** Asks for the body of a request that waits to be asked (`Expect: 100-continue`). */
  proceed(): void;
  listen(listener: ExchangeListener): void;
  /** @param headers Not to be used again. */
  start(status: number, headers: RawHeaders): void;
  /** The whole answer, which is a head alone. @param headers Not to be used again. */
  answerWithHead(status: number, headers: RawHeaders): void;
  /** Sends the head of the answer by itself. */
  flush(): void;
  /** False: it takes no more before `drained`. */
  write(bytes: Buffer): boolean;
  /** Settles when it takes more, or is closed. */
  drained(): Promise<void>;
  end(body: Body | undefined, trailers: Readonly<Record<string, string>> | undefined): void;
  /** Ends the exchange once the answer is out, for a caller who goes on sending. */
  cut(): void;
  /** Ends it at once, as failed. */
  destroy(): void;
}
