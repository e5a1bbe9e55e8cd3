// One call while it runs: what a handler and interceptors may ask about it, made when they first ask. Most never ask, and
// Headers, signals and URLs are most of what a call costs with Connect's own handlers.
import { Code, ConnectError, type ContextValues, createContextValues } from '@connectrpc/connect';
import type { Compression } from '@connectrpc/connect/protocol';
import { clientGone } from './client-gone.ts';
import { Body } from './envelope.ts';
import type { Exchange, RawHeaders } from './exchange.ts';
import { GzipBody } from './gzip-body.ts';
import { fromRawHeaders, toRawHeaders, toWebHeaders } from './node-headers.ts';
import type { Admission, Call, EndObserver, Route, Tenant } from './protocol.ts';

/** What all calls of a port share. */
export interface CallEnvironment {
  /** Aborts the signals of all calls with its reason. One listener at it serves them all. */
  readonly shutdown: AbortSignal | undefined;
  /** The calls of which somebody wants to know when they end. */
  readonly openSignals: Set<RunningCall>;
  /** The last word on every error. */
  readonly completeError: ((error: ConnectError) => ConnectError) | undefined;
  /** Called with what was thrown where nothing should be. */
  readonly onDefect: (error: unknown) => void;
  /** Adds what the port says with every answer, whatever protocol it is of. */
  readonly addHeaders: ((exchange: Exchange, headers: RawHeaders) => void) | undefined;
}

export class RunningCall implements Call, Tenant {
  readonly route: Route;
  readonly exchange: Exchange;
  /** Undefined until it is known. */
  admission: Admission | undefined;
  /** Of the answer; undefined for none. */
  readonly compression: Compression | undefined;
  readonly takesGzip: boolean;
  sentMessages = 0;
  readonly #environment: CallEnvironment;
  /** By the monotonic clock. */
  readonly #deadlineMs: number | undefined;
  readonly #gzip: GzipBody | undefined;
  #controller: AbortController | undefined;
  /** Of who asked for no signal. */
  #endListener: EventListenerObject | undefined;
  #watchesEnd = false;
  #timer: NodeJS.Timeout | undefined;
  #isOver = false;
  #overReason: unknown;
  #endObserved: EndObserver | undefined;
  #header: Headers | undefined;
  #values: ContextValues | undefined;
  #url: string | undefined;
  #responseHeader: Headers | undefined;
  #replacedHeader: Headers | undefined;
  #responseTrailer: Headers | undefined;

  constructor(
    route: Route,
    exchange: Exchange,
    environment: CallEnvironment,
    timeoutMs: number | undefined,
    compression: Compression | undefined,
    takesGzip: boolean,
  ) {
    this.route = route;
    this.exchange = exchange;
    this.compression = compression;
    this.takesGzip = takesGzip;
    this.#gzip = takesGzip && route.kind === 'server_streaming' ? new GzipBody() : undefined;
    this.#environment = environment;
    this.#deadlineMs = timeoutMs === undefined ? undefined : performance.now() + timeoutMs;
    this.#endObserved = route.observe?.(exchange);
  }

  /** Reports to who observes the call how it ended; `code` is undefined when all went well. Only the first report counts. */
  observeEnd(code: Code | undefined): void {
    const endObserved = this.#endObserved;
    this.#endObserved = undefined;
    try {
      endObserved?.(code, this.sentMessages);
    } catch (defect) {
      this.#environment.onDefect(defect);
    }
  }

  /** The last resort of an exception that nobody has foreseen: it ends this call, and reaches nobody else. */
  breakOff(defect: unknown): void {
    this.#environment.onDefect(defect);
    this.giveUp();
  }

  /** There is no way to answer: the caller learns by the end of the exchange that it failed. */
  giveUp(): void {
    this.observeEnd(this.exchange.isClosed ? Code.Canceled : Code.Internal);
    this.exchange.destroy();
  }

  /** What the caller may know of a failure. */
  errorOf(reason: unknown): ConnectError {
    const error = reason instanceof ConnectError ? reason : this.#unexpected(reason);
    return this.#environment.completeError?.(error) ?? error;
  }

  /** A handler may well fail with the reason why its call is over; anything else is a defect. */
  #unexpected(reason: unknown): ConnectError {
    if (this.#isOver && reason === this.#overReason) return new ConnectError('the call was canceled', Code.Canceled);
    this.#environment.onDefect(reason);
    return new ConnectError('internal error', Code.Internal, undefined, undefined, reason);
  }

  /** Begins the answer. @param headers Not to be used again. */
  start(httpStatus: number, headers: RawHeaders): void {
    this.#environment.addHeaders?.(this.exchange, headers);
    this.exchange.start(httpStatus, headers);
  }

  answerWithHead(httpStatus: number, headers: RawHeaders): void {
    this.#environment.addHeaders?.(this.exchange, headers);
    this.exchange.answerWithHead(httpStatus, headers);
  }

  /** What is sent for a message of a stream. */
  toSend(message: Body): Buffer | Promise<Buffer> {
    return this.#gzip === undefined ? message.bytes : this.#gzip.add(message);
  }

  endStream(body: Body | undefined, trailers: Readonly<Record<string, string>> | undefined): void {
    this.exchange.end(this.#gzip === undefined ? body : new Body(this.#gzip.end(body)), trailers);
  }

  get method() {
    return this.route.spec.method;
  }

  get protocolName() {
    return this.route.protocol.name;
  }

  get httpMethod() {
    return this.exchange.method;
  }

  get header(): Headers {
    this.#header ??= toWebHeaders(this.exchange.headers);
    return this.#header;
  }

  get url(): string {
    this.#url ??= this.exchange.url;
    return this.#url;
  }

  get values(): ContextValues {
    this.#values ??= this.admission?.contextOf(this.exchange.peer) ?? createContextValues();
    return this.#values;
  }

  get responseHeader(): Headers {
    this.#responseHeader ??= fromRawHeaders(this.route.protocol.presetHeaders(this));
    return this.#responseHeader;
  }

  /** Answers with these headers, whatever the handler does with its own. */
  replaceHeader(header: Headers): void {
    this.#replacedHeader = header;
  }

  /** The headers of the answer: as the handler has made them, where it did. */
  answerHeaders(): RawHeaders {
    const header = this.#replacedHeader ?? this.#responseHeader;
    if (header === undefined) return this.route.protocol.presetHeaders(this);
    const headers = toRawHeaders(header, this.exchange.isHttp2);
    // An interceptor may answer with headers of its own, and leaves out what it need not know.
    return header.has('content-type') ? headers : [...this.route.protocol.presetHeaders(this), ...headers];
  }

  get responseTrailer(): Headers {
    this.#responseTrailer ??= new Headers(this.route.protocol.presetTrailers);
    return this.#responseTrailer;
  }

  /** Whether anybody has asked for the trailers, and may have set some. */
  get hasTrailers(): boolean {
    return this.#responseTrailer !== undefined;
  }

  /** Whether anybody has asked for the headers, and may have set some. */
  get hasHeaders(): boolean {
    return this.#responseHeader !== undefined || this.#replacedHeader !== undefined;
  }

  /** Milliseconds until the deadline, negative after it; undefined without one. */
  remainingMs(): number | undefined {
    return this.#deadlineMs === undefined ? undefined : this.#deadlineMs - performance.now();
  }

  /** Fires at the deadline, when the caller is gone, at the shutdown, and after the call. */
  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      this.#watchEnd();
      if (this.#isOver) this.#controller.abort(this.#overReason);
    }
    return this.#controller.signal;
  }

  // The part of a signal that a stream needs, for one listener, without a signal.

  get aborted(): boolean {
    this.#watchEnd();
    return this.#isOver;
  }

  get reason(): unknown {
    return this.#overReason;
  }

  addEventListener(_type: 'abort', listener: EventListenerObject): void {
    this.#watchEnd();
    if (!this.#isOver) this.#endListener = listener;
  }

  removeEventListener(_type: 'abort', listener: EventListenerObject): void {
    if (this.#endListener === listener) this.#endListener = undefined;
  }

  #watchEnd(): void {
    if (this.#watchesEnd || this.#isOver) return;
    this.#watchesEnd = true;
    const { shutdown, openSignals } = this.#environment;
    openSignals.add(this);
    const remainingMs = this.remainingMs();
    if (remainingMs !== undefined) this.#waitForDeadline(remainingMs);
    if (this.exchange.isClosed) this.abort(clientGone());
    if (shutdown?.aborted) this.abort(shutdown.reason);
  }

  #waitForDeadline(remainingMs: number): void {
    if (remainingMs <= 0) {
      this.abort(deadlineExceeded());
      return;
    }
    // A timer of Node's holds 24.8 days. Those of as many milliseconds share one list.
    const waitMs = Math.min(Math.ceil(remainingMs), MAX_TIMER_MS);
    this.#timer = setTimeout(() => this.#waitForDeadline(remainingMs - waitMs), waitMs);
  }

  /** From now on it ends when whoever calls may go on no more. */
  stayWhileAdmitted(): void {
    if (!this.#isOver) this.admission?.term?.enter(this);
  }

  expel(): void {
    this.abort(this.admission?.term?.reason());
  }

  /** Ends the call for its handler. Only the first reason counts. */
  abort(reason: unknown): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#overReason = reason ?? ABORTED;
    this.admission?.term?.leave(this);
    if (!this.#watchesEnd) return;
    clearTimeout(this.#timer);
    this.#environment.openSignals.delete(this);
    this.#controller?.abort(this.#overReason);
    this.#endListener?.handleEvent(ENDED);
    this.#endListener = undefined;
  }
}

/** In the words of Connect's own handlers. */
export function deadlineExceeded(): ConnectError {
  return new ConnectError('the operation timed out', Code.DeadlineExceeded);
}

const MAX_TIMER_MS = 2 ** 31 - 1;
/** What a listener gets, as of a signal. */
const ENDED = new Event('abort');
/** What `abort()` without a reason makes for each call anew, with its stack. */
const ABORTED = new DOMException('This operation was aborted', 'AbortError');
