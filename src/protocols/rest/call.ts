// One call while it runs: what its handler and interceptors may ask about it, made when they first ask.
import type { DescMethod } from '@bufbuild/protobuf';
import { Code, ConnectError, type ContextValues } from '@connectrpc/connect';
import type { Caller, ContextOfClient, EndObserver, ObserveCall } from '../../calls/call.ts';
import type { CallParts } from '../../calls/call-context.ts';
import { toWebHeaders } from '../../calls/node-headers.ts';
import type { AnyRequest, AnyResponse } from '../../transport/listener.ts';
import { isGone } from './any-response.ts';

/** The calls that have a signal; one listener at the shutdown signal serves them all. */
export interface OpenSignals {
  readonly shutdown: AbortSignal;
  readonly calls: Set<RestCall>;
}

/** What handlers and interceptors want to say beside the message; undefined where nobody touched it. */
export interface AnswerHeaders {
  readonly header: Headers | undefined;
  readonly trailer: Headers | undefined;
}

export interface CallOptions {
  readonly openSignals: OpenSignals;
  readonly observe?: ObserveCall | undefined;
  readonly contextOfClient: ContextOfClient;
  /** Told of what an observer throws. */
  readonly onDefect: (error: unknown) => void;
  /** Called once, when the answer is complete or its connection is gone. */
  readonly onClosed?: (() => void) | undefined;
}

export class RestCall implements Caller, CallParts {
  readonly protocolName = 'rest';
  readonly method: DescMethod;
  readonly request: AnyRequest;
  readonly response: AnyResponse;
  sentMessages = 0;
  readonly #openSignals: OpenSignals;
  readonly #contextOfClient: ContextOfClient;
  readonly #onDefect: (error: unknown) => void;
  #endObserved: EndObserver | undefined;
  #controller: AbortController | undefined;
  #isOver = false;
  #header: Headers | undefined;
  #values: ContextValues | undefined;
  #responseHeader: Headers | undefined;
  #responseTrailer: Headers | undefined;

  constructor(method: DescMethod, request: AnyRequest, response: AnyResponse, options: CallOptions) {
    const { openSignals, observe, contextOfClient, onDefect, onClosed } = options;
    this.method = method;
    this.request = request;
    this.response = response;
    this.#openSignals = openSignals;
    this.#contextOfClient = contextOfClient;
    this.#onDefect = onDefect;
    this.#endObserved = observe?.(this);
    response.once('close', () => {
      this.#onGone();
      onClosed?.();
    });
  }

  /** Tells who observes the call how it ended; `code` is undefined when all went well. Only the first word counts. */
  observeEnd(code: Code | undefined): void {
    const endObserved = this.#endObserved;
    this.#endObserved = undefined;
    try {
      endObserved?.(code, this.sentMessages);
    } catch (defect) {
      this.#onDefect(defect);
    }
  }

  /** For a call that is over already, nothing. */
  #onGone(): void {
    this.observeEnd(Code.Canceled);
    if (this.#controller !== undefined) this.abort(new ConnectError('the client went away', Code.Canceled));
  }

  get headers() {
    return this.request.headers;
  }

  get peer(): string | undefined {
    return this.request.socket.remoteAddress;
  }

  get httpMethod(): string {
    return this.request.method ?? '';
  }

  get url(): string {
    const { request } = this;
    const authority = 'authority' in request ? request.authority : request.headers.host;
    const scheme = 'encrypted' in request.socket ? 'https' : 'http';
    return `${scheme}://${authority ?? 'localhost'}${request.url}`;
  }

  get header(): Headers {
    this.#header ??= toWebHeaders(this.request.headers);
    return this.#header;
  }

  get values(): ContextValues {
    this.#values ??= this.#contextOfClient(this.peer);
    return this.#values;
  }

  get responseHeader(): Headers {
    this.#responseHeader ??= new Headers();
    return this.#responseHeader;
  }

  get responseTrailer(): Headers {
    this.#responseTrailer ??= new Headers();
    return this.#responseTrailer;
  }

  /** As far as somebody asked for them. */
  get answerHeaders(): AnswerHeaders {
    return { header: this.#responseHeader, trailer: this.#responseTrailer };
  }

  /** REST has no header for a deadline. */
  remainingMs(): undefined {
    return undefined;
  }

  /** Fires when the client is gone, when the server aborts calls, and when the call is over. */
  get signal(): AbortSignal {
    if (this.#controller === undefined) this.#createSignal();
    return this.#controller!.signal;
  }

  #createSignal(): void {
    this.#controller = new AbortController();
    if (this.#isOver) {
      this.#controller.abort(callIsOver());
      return;
    }
    const { shutdown, calls } = this.#openSignals;
    calls.add(this);
    if (shutdown.aborted) this.abort(shutdown.reason);
    else if (isGone(this.response)) this.#onGone();
  }

  /** Ends the call for its handler. Only the first reason counts. */
  abort(reason: unknown): void {
    this.#controller?.abort(reason);
  }

  /** The call is over: its signal fires, and nothing of it is left. */
  end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    if (this.#controller === undefined) return;
    this.#openSignals.calls.delete(this);
    this.abort(callIsOver());
  }
}

function callIsOver(): ConnectError {
  return new ConnectError('the call is over', Code.Canceled);
}
