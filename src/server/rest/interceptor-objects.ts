// The requests and responses that interceptors see. What they seldom read is made when they do; yet it is a property of
// the object itself, since interceptors copy such objects by spreading them. The getters are the same for all objects, so
// that these share one hidden class (call.ts says why that matters).
import type { Message } from '@bufbuild/protobuf';
import type { StreamRequest, StreamResponse, UnaryRequest, UnaryResponse } from '@connectrpc/connect';
import type { RestCall } from './call.ts';

const CALL = Symbol('call');

interface OfCall {
  readonly [CALL]: RestCall;
}

function lazily<T>(read: (call: RestCall) => T): PropertyDescriptor & ThisType<OfCall> {
  return {
    enumerable: true,
    configurable: true,
    get() {
      return read(this[CALL]);
    },
  };
}

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

export function createRequest(call: RestCall, content: Unary): UnaryRequest;
export function createRequest(call: RestCall, content: Stream): StreamRequest;
export function createRequest(call: RestCall, { stream, message }: Unary | Stream): object {
  const { method, httpMethod: requestMethod, url } = call;
  const request = { stream, message, method, service: method.parent, requestMethod, url, [CALL]: call };
  Object.defineProperty(request, 'signal', SIGNAL);
  Object.defineProperty(request, 'header', HEADER);
  return Object.defineProperty(request, 'contextValues', CONTEXT_VALUES);
}

export function createResponse(call: RestCall, content: Unary): UnaryResponse;
export function createResponse(call: RestCall, content: Stream): StreamResponse;
export function createResponse(call: RestCall, { stream, message }: Unary | Stream): object {
  const { method } = call;
  const response = { stream, message, method, service: method.parent, [CALL]: call };
  Object.defineProperty(response, 'header', RESPONSE_HEADER);
  return Object.defineProperty(response, 'trailer', RESPONSE_TRAILER);
}
