// One call while it runs: what a handler and interceptors may ask about it, made when they first ask. Most never ask, and
// Headers, signals and URLs are most of what a call costs with Connect's own handlers.

import type { MethodImplSpec } from '@connectrpc/connect';
import { Code, ConnectError, type ContextValues, type Interceptor } from '@connectrpc/connect';
import type { Compression, UniversalHandlerOptions } from '@connectrpc/connect/protocol';
import { grpcStatusOk } from '@connectrpc/connect/protocol-grpc';
import type { CallParts } from './call-context.ts';
import type { Codec } from './codec.ts';
import type { RawHeaders, Transport } from './exchange.ts';
import type { Format } from './formats.ts';
import { toPairs, toRawHeaders, toWebHeaders } from './node-headers.ts';

/** A method in one format: what all its calls share. */
export interface Route {
  readonly spec: MethodImplSpec;
  readonly httpMethod: 'GET' | 'POST';
  readonly interceptors: Interceptor[];
  readonly format: Format;
  readonly codec: Codec;
  /** For the details of errors. */
  readonly jsonOptions: UniversalHandlerOptions['jsonOptions'] | undefined;
  readonly observe: ObserveCall | undefined;
  readonly completeError: ((error: ConnectError) => ConnectError) | undefined;
  /** Told of what was thrown where nothing should be. */
  readonly onDefect: (error: unknown) => void;
  /** What handlers may ask about the caller. */
  readonly contextOfClient: ContextOfClient;
}

/** @param address undefined once the connection is gone */
export type ContextOfClient = (address: string | undefined) => ContextValues;

/** Told of each call of a method over a protocol: when it starts, and by what it returns, once, how it ended. */
export type ObserveCall = (caller: Caller) => EndObserver;
/** @param code undefined when all went well */
export type EndObserver = (code: Code | undefined, messages: number) => void;
export type Caller = Pick<Transport, 'headers' | 'peer'>;

/** The calls that have a signal; one listener at the shutdown signal serves them all. */
export interface OpenSignals {
  readonly shutdown: AbortSignal | undefined;
  readonly calls: Set<Call>;
}

export class Call implements CallParts {
  readonly route: Route;
  readonly transport: Transport;
  /** Of the answer; undefined for none. */
  readonly compression: Compression | undefined;
  sentMessages = 0;
  /** By the monotonic clock. */
  readonly #deadlineMs: number | undefined;
  readonly #openSignals: OpenSignals;
  #controller: AbortController | undefined;
  #timer: NodeJS.Timeout | undefined;
  #isOver = false;
  #overReason: unknown;
  #endObserved: EndObserver | undefined;
  #header: Headers | undefined;
  #values: ContextValues | undefined;
  #url: string | undefined;
  #responseHeader: Headers | undefined;
  #responseTrailer: Headers | undefined;

  constructor(
    route: Route,
    transport: Transport,
    options: {
      readonly timeoutMs: number | undefined;
      readonly compression: Compression | undefined;
      readonly openSignals: OpenSignals;
    },
  ) {
    this.route = route;
    this.transport = transport;
    this.compression = options.compression;
    this.#deadlineMs = options.timeoutMs === undefined ? undefined : performance.now() + options.timeoutMs;
    this.#openSignals = options.openSignals;
    this.#endObserved = route.observe?.(transport);
  }

  /** Tells who observes the call how it ended; `code` is undefined when all went well. Only the first word counts. */
  observeEnd(code: Code | undefined): void {
    const endObserved = this.#endObserved;
    this.#endObserved = undefined;
    try {
      endObserved?.(code, this.sentMessages);
    } catch (defect) {
      this.route.onDefect(defect);
    }
  }

  /** The last resort of an exception that nobody has foreseen: it ends this call, and reaches nobody else. */
  breakOff(defect: unknown): void {
    this.route.onDefect(defect);
    this.transport.destroy();
  }

  get method() {
    return this.route.spec.method;
  }

  get protocolName() {
    return this.route.format.protocol;
  }

  get httpMethod() {
    return this.route.httpMethod;
  }

  get header(): Headers {
    this.#header ??= toWebHeaders(this.transport.headers);
    return this.#header;
  }

  get url(): string {
    this.#url ??= this.transport.url;
    return this.#url;
  }

  get values(): ContextValues {
    this.#values ??= this.route.contextOfClient(this.transport.peer);
    return this.#values;
  }

  get responseHeader(): Headers {
    this.#responseHeader ??= new Headers(toPairs(this.#presetHeaders()));
    return this.#responseHeader;
  }

  /** What the protocol alone sets. */
  #presetHeaders(): RawHeaders {
    const { contentType, encodingHeader, isEnveloped } = this.route.format;
    // An enveloped answer says what it may compress, any other what it has compressed.
    if (!isEnveloped || this.compression === undefined) return ['content-type', contentType];
    return ['content-type', contentType, encodingHeader, this.compression.name];
  }

  /** The headers of the answer: as the handler has made them, where it did. */
  answerHeaders(): RawHeaders {
    if (this.#responseHeader === undefined) return this.#presetHeaders();
    return toRawHeaders(this.#responseHeader, this.transport.isHttp2);
  }

  get responseTrailer(): Headers {
    const isGrpc = this.route.format.protocol !== 'connect';
    this.#responseTrailer ??= new Headers(isGrpc ? { 'grpc-status': grpcStatusOk } : undefined);
    return this.#responseTrailer;
  }

  /** Whether anybody has asked for the trailers, and may have set some. */
  get hasTrailers(): boolean {
    return this.#responseTrailer !== undefined;
  }

  /** Milliseconds until the deadline, negative after it; undefined without one. */
  remainingMs(): number | undefined {
    return this.#deadlineMs === undefined ? undefined : this.#deadlineMs - performance.now();
  }

  /** Fires at the deadline, when the caller is gone, at the shutdown, and after the call. */
  get signal(): AbortSignal {
    if (this.#controller === undefined) this.#createSignal();
    return this.#controller!.signal;
  }

  #createSignal(): void {
    this.#controller = new AbortController();
    if (this.#isOver) {
      this.#controller.abort(this.#overReason);
      return;
    }
    const { shutdown, calls } = this.#openSignals;
    calls.add(this);
    const remainingMs = this.remainingMs();
    if (remainingMs !== undefined) this.#waitForDeadline(remainingMs);
    if (this.transport.isClosed) this.abort(this.transport.closeReason());
    if (shutdown?.aborted) this.abort(shutdown.reason);
  }

  #waitForDeadline(remainingMs: number): void {
    if (remainingMs <= 0) {
      this.abort(new ConnectError('the operation timed out', Code.DeadlineExceeded));
      return;
    }
    // A timer of Node's holds 24.8 days.
    const waitMs = Math.min(remainingMs, MAX_TIMER_MS);
    this.#timer = setTimeout(() => this.#waitForDeadline(remainingMs - waitMs), waitMs);
  }

  /** Ends the call for its handler. Only the first reason counts. */
  abort(reason: unknown): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#overReason = reason ?? ABORTED;
    if (this.#controller === undefined) return;
    clearTimeout(this.#timer);
    this.#openSignals.calls.delete(this);
    this.#controller.abort(this.#overReason);
  }
}

const MAX_TIMER_MS = 2 ** 31 - 1;
/** What `abort()` without a reason makes for each call anew, with its stack. */
const ABORTED = new DOMException('This operation was aborted', 'AbortError');
