// The port between a call and how it looks on the wire: each protocol finds the requests that are its calls, reads their
// messages and writes their answers. Everything else about a call is the same for all of them.
import type { IncomingHttpHeaders } from 'node:http';
import type { DescMethod, Message } from '@bufbuild/protobuf';
import type { Code, ConnectError, ContextValues, Interceptor, MethodImplSpec } from '@connectrpc/connect';
import type { Compression } from '@connectrpc/connect/protocol';
import type { Body, Envelope } from './envelope.ts';
import type { Exchange, RawHeaders } from './exchange.ts';

export type ProtocolName = 'grpc' | 'grpc-web' | 'connect' | 'rest';

/** What a protocol is given of a call that it answers. */
export interface Call {
  readonly route: Route;
  readonly exchange: Exchange;
  /** Of the answer; undefined for none. */
  readonly compression: Compression | undefined;
  /** Whether the body of the answer as a whole may be gzipped, as for browsers, that know no compression of messages. */
  readonly takesGzip: boolean;
  /** Of the answer, as the handler sees and changes them. */
  readonly responseHeader: Headers;
  readonly responseTrailer: Headers;
  /** Whether anybody has asked for the trailers, and may have set some. */
  readonly hasTrailers: boolean;
  /** Whether anybody has asked for the headers, and may have set some. */
  readonly hasHeaders: boolean;
  /** The headers of the answer: as the handler has made them, where it did. */
  answerHeaders(): RawHeaders;
  /** Begins the answer. @param headers Not to be used again. */
  start(httpStatus: number, headers: RawHeaders): void;
  /** The whole answer, which is a head alone. @param headers Not to be used again. */
  answerWithHead(httpStatus: number, headers: RawHeaders): void;
  /** Ends the answer of a stream. */
  endStream(body: Body | undefined, trailers: Readonly<Record<string, string>> | undefined): void;
}

/** How calls look in one form of a protocol: its answers, and what of it stands in headers. */
export interface Protocol {
  readonly name: ProtocolName;
  /** Whether answers end with trailers of HTTP. */
  readonly hasTrailers: boolean;
  /** Names the codings that the caller takes; undefined where answers are never compressed. */
  readonly acceptEncodingHeader: string | undefined;
  /** Whether its answers may be gzipped as a whole, where no compression was agreed upon by that header. */
  readonly gzipsBody: boolean;
  /** The deadline that the request names. */
  readTimeout(headers: IncomingHttpHeaders): Timeout | undefined;
  /** Headers of every answer, before a handler adds its own. */
  presetHeaders(call: Call): RawHeaders;
  /** Metadata behind every answer, before a handler adds its own. */
  readonly presetTrailers: Readonly<Record<string, string>> | undefined;
  /** Writes the answer of a unary call: a message, or an error. May throw, and reject, where HTTP does not take the metadata. */
  answer(call: Call, outcome: Outcome): Promise<void> | undefined;
}

/** How the answers of a server stream look. */
export interface StreamProtocol extends Protocol {
  /** How long the head of an answer waits for the first message, so that an error can be its HTTP status; undefined: for ever. */
  readonly headWaitMs: number | undefined;
  /** One message as it is sent. */
  frame(call: Call, message: Message): Body | Promise<Body>;
  /** Writes the end of a stream. @param isStarted whether the head is out */
  end(call: Call, error: ConnectError | undefined, isStarted: boolean): Promise<void>;
}

export interface Timeout {
  readonly timeoutMs?: number;
  readonly error?: ConnectError | undefined;
}

export type Outcome =
  | { readonly message: Envelope; readonly error?: undefined }
  | { readonly message?: undefined; readonly error: ConnectError };

/** The request of a call, chunk by chunk, into its one message. */
export interface RequestReader {
  /** True once nothing that follows can change what is read: the rest need not be kept. */
  push(chunk: Buffer): boolean;
  /** The body is complete. */
  end(): void;
  /** @throws ConnectError */
  message(): Message | Promise<Message>;
  /** Whether it is known that the request is refused, whatever follows. */
  readonly isRefused: boolean;
}

/** A request that is a call. */
export interface Match {
  readonly route: Route;
  /** Of the request: a caller who says nothing else takes it for the answer too. */
  readonly compression?: Compression | undefined;
  /** @param fault what is wrong before anything is read */
  createReader(exchange: Exchange, fault: ConnectError | undefined): RequestReader;
}

/** A request before it is anybody's. */
export interface RequestHead {
  readonly method: string;
  /** As it was sent. */
  readonly target: string;
  readonly headers: IncomingHttpHeaders & { readonly ':authority'?: string | undefined };
  /** Whether it named no host, which HTTP/1.0 need not, and has got the server's own. */
  readonly hasOwnHost?: boolean;
}

/** Undefined where the request is no call of these protocols. */
export type FindCall = (head: RequestHead) => Match | undefined;

/** A method in one form of one protocol: what all its calls share. */
export type Route = RouteParts &
  (
    | { readonly kind: 'unary'; readonly protocol: Protocol }
    | { readonly kind: 'server_streaming'; readonly protocol: StreamProtocol }
  );

interface RouteParts {
  readonly spec: MethodImplSpec;
  readonly interceptors: readonly Interceptor[];
  /** @throws ConnectError */
  readonly encode: (message: Message) => Envelope;
  readonly observe: ObserveCall | undefined;
}

/** Asked once for each method and protocol. */
export type ObserveMethod = (method: DescMethod, protocol: ProtocolName) => ObserveCall;
/** Called when a call of a method starts; the result is called once, with how it ended. */
export type ObserveCall = (caller: Caller) => EndObserver;
/** @param code undefined when all went well */
export type EndObserver = (code: Code | undefined, messages: number) => void;
export type Caller = Pick<Exchange, 'headers' | 'peer'>;

/** Whether a call may begin, and in whose name. */
export interface Admission {
  /** Why it may not. */
  readonly refused?: ConnectError | undefined;
  /** What handlers are given of the caller. @param address undefined once the connection is gone */
  readonly contextOf: (address: string | undefined) => ContextValues;
  /** How long it may go on; undefined: for as long as it likes. */
  readonly term?: Term | undefined;
}

/** A time that many calls may go on for. */
export interface Term {
  /** What ends the calls in the end. */
  readonly reason: () => ConnectError;
  enter(call: Tenant): void;
  leave(call: Tenant): void;
}

export interface Tenant {
  /** Called at the end of the term, once. */
  expel(): void;
}

/** A promise only where something has to be asked for. Neither throws nor rejects. */
export type Admit = (method: DescMethod, exchange: Exchange) => Admission | Promise<Admission>;
