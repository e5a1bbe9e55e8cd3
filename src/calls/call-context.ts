// What handlers and interceptors are given of a call, whatever protocol brought it. Its parts are made when somebody asks.
// The requests and responses of interceptors have them as properties of their own, since interceptors copy such objects by
// spreading them; the getters are the same for all, so that these objects share one hidden class: one of its own for each
// would live in the old space of V8, and keep alive whatever it closes over until the next full collection.
import type { Message } from '@bufbuild/protobuf';
import type {
  HandlerContext,
  Interceptor,
  StreamRequest,
  StreamResponse,
  UnaryRequest,
  UnaryResponse,
} from '@connectrpc/connect';
import type { RunningCall } from './call.ts';

/** What a handler is given. `request` is what the interceptors have made of it; undefined where there are none. */
export class CallContext implements HandlerContext {
  readonly #call: RunningCall;
  readonly #request: UnaryRequest | StreamRequest | undefined;

  constructor(call: RunningCall, request?: UnaryRequest | StreamRequest) {
    this.#call = call;
    this.#request = request;
  }

  get method() {
    return this.#call.method;
  }
  get service() {
    return this.#request === undefined ? this.#call.method.parent : this.#request.service;
  }
  get protocolName() {
    return this.#call.protocolName;
  }
  get requestMethod() {
    return this.#call.httpMethod;
  }
  get url() {
    return this.#call.url;
  }
  get requestHeader() {
    return this.#request === undefined ? this.#call.header : this.#request.header;
  }
  get signal() {
    return this.#request === undefined ? this.#call.signal : this.#request.signal;
  }
  /** In place of the signal, where it is the call's own (services/end-of-call.ts). */
  get end() {
    return this.#request === undefined ? this.#call : undefined;
  }
  get values() {
    return this.#request === undefined ? this.#call.values : this.#request.contextValues;
  }
  get responseHeader() {
    return this.#call.responseHeader;
  }
  get responseTrailer() {
    return this.#call.responseTrailer;
  }
  get timeoutMs() {
    return () => this.#call.remainingMs();
  }
}

const CALL = Symbol('call');

interface OfCall {
  readonly [CALL]: RunningCall;
}

function lazily<T>(read: (call: RunningCall) => T): PropertyDescriptor & ThisType<OfCall> {
  return {
    enumerable: true,
    configurable: true,
    get() {
      return read(this[CALL]);
    },
  };
}

const URL_PART = lazily((call) => call.url);
const SIGNAL = lazily((call) => call.signal);
const HEADER = lazily((call) => call.header);
const CONTEXT_VALUES = lazily((call) => call.values);
const RESPONSE_HEADER = lazily((call) => call.responseHeader);
const RESPONSE_TRAILER = lazily((call) => call.responseTrailer);

interface Unary {
  readonly stream: false;
  readonly message: Message;
}
interface Stream {
  readonly stream: true;
  readonly message: AsyncIterable<Message>;
}

export function createRequest(call: RunningCall, content: Unary): UnaryRequest;
export function createRequest(call: RunningCall, content: Stream): StreamRequest;
export function createRequest(call: RunningCall, { stream, message }: Unary | Stream): object {
  const { method, httpMethod: requestMethod } = call;
  const request = { stream, message, method, service: method.parent, requestMethod, [CALL]: call };
  Object.defineProperty(request, 'url', URL_PART);
  Object.defineProperty(request, 'signal', SIGNAL);
  Object.defineProperty(request, 'header', HEADER);
  return Object.defineProperty(request, 'contextValues', CONTEXT_VALUES);
}

export function createResponse(call: RunningCall, content: Unary): UnaryResponse;
export function createResponse(call: RunningCall, content: Stream): StreamResponse;
export function createResponse(call: RunningCall, { stream, message }: Unary | Stream): object {
  const { method } = call;
  const response = { stream, message, method, service: method.parent, [CALL]: call };
  Object.defineProperty(response, 'header', RESPONSE_HEADER);
  return Object.defineProperty(response, 'trailer', RESPONSE_TRAILER);
}

type Invoke = ReturnType<Interceptor>;

/** For each call anew, as Connect does: an interceptor may keep something for one call. The first is the outermost. */
export function chain(interceptors: readonly Interceptor[], innermost: Invoke): Invoke {
  return interceptors.reduceRight<Invoke>((next, interceptor) => interceptor(next), innermost);
}
