// A call through its interceptors to its implementation. As Connect does it, but that the objects in between make their
// parts when asked. These have them as properties of their own, since interceptors copy such objects by spreading them.
import { create, type DescMessage, type DescMethod, type Message } from '@bufbuild/protobuf';
import {
  Code,
  ConnectError,
  type Interceptor,
  type StreamRequest,
  type StreamResponse,
  type UnaryRequest,
  type UnaryResponse,
} from '@connectrpc/connect';
import { type Call, CallContext } from './call.ts';

type AnyFn = ReturnType<Interceptor>;
type UnaryImpl = (input: Message, context: CallContext) => unknown;
type StreamImpl = (input: Message, context: CallContext) => AsyncIterable<Message>;

/** The one message of a request. @throws ConnectError */
export function readSingle(messages: Iterable<Message>): Message {
  let first: Message | undefined;
  for (const message of messages) {
    if (first !== undefined) throw extraMessage('unary');
    first = message;
  }
  if (first === undefined) throw missingMessage('unary');
  return first;
}

async function readSingleLater(messages: AsyncIterable<Message>): Promise<Message> {
  let first: Message | undefined;
  for await (const message of messages) {
    if (first !== undefined) throw extraMessage('server-streaming');
    first = message;
  }
  if (first === undefined) throw missingMessage('server-streaming');
  return first;
}

const missingMessage = (kind: string) =>
  new ConnectError(`protocol error: missing input message for ${kind} method`, Code.Unimplemented);
const extraMessage = (kind: string) =>
  new ConnectError(`protocol error: received extra input message for ${kind} method`, Code.Unimplemented);

/** @throws whatever the implementation and the interceptors throw */
export async function invokeUnary(call: Call, input: Message): Promise<Message> {
  const { spec, interceptors } = call.route;
  const implementation = spec.impl as UnaryImpl;
  const { output } = spec.method;
  if (interceptors.length === 0) return normalize(output, await implementation(input, new CallContext(call)));
  let own: object | undefined;
  const innermost = async (request: UnaryRequest | StreamRequest) => {
    const message = normalize(output, await implementation(request.message as Message, new CallContext(call, request)));
    own = createResponse(call, { stream: false, message });
    return own as UnaryResponse;
  };
  const response = await wrap(innermost, interceptors)(createRequest(call, { stream: false, message: input }));
  if (response !== own) takeMetadata(call, response);
  return response.message as Message;
}

/** The answers in order. @throws whatever the implementation and the interceptors throw */
export async function* invokeStream(call: Call, input: AsyncIterable<Message>): AsyncGenerator<Message, void> {
  const { spec, interceptors } = call.route;
  const implementation = spec.impl as unknown as StreamImpl;
  if (interceptors.length === 0) {
    yield* normalizeEach(spec.method.output, implementation(await readSingleLater(input), new CallContext(call)));
    return;
  }
  const innermost = async (request: UnaryRequest | StreamRequest) => {
    const single = await readSingleLater(request.message as AsyncIterable<Message>);
    const message = normalizeEach(spec.method.output, implementation(single, new CallContext(call, request)));
    return createResponse(call, { stream: true, message }) as StreamResponse;
  };
  const response = await wrap(innermost, interceptors)(createRequest(call, { stream: true, message: input }));
  if (response.header !== call.responseHeader) copyHeaders(response.header, call.responseHeader);
  yield* response.message as AsyncIterable<Message>;
  if (response.trailer !== call.responseTrailer) copyHeaders(response.trailer, call.responseTrailer);
}

/** For each call anew, as Connect does: an interceptor may keep something for one call. */
function wrap(innermost: AnyFn, interceptors: readonly Interceptor[]): AnyFn {
  return interceptors.reduceRight<AnyFn>((next, interceptor) => interceptor(next), innermost);
}

function normalize(desc: DescMessage, message: unknown): Message {
  return create(desc, message as Message);
}

async function* normalizeEach(desc: DescMessage, messages: AsyncIterable<Message>): AsyncGenerator<Message> {
  for await (const message of messages) yield normalize(desc, message);
}

/** The part of an object that its call answers for. */
interface OfCall {
  readonly [CALL]: Call;
}
const CALL = Symbol('call');

function lazily<T>(read: (call: Call) => T): PropertyDescriptor & ThisType<OfCall> {
  return {
    enumerable: true,
    configurable: true,
    get() {
      return read(this[CALL]);
    },
  };
}

const REQUEST_PARTS = {
  url: lazily((call) => call.url),
  signal: lazily((call) => call.signal),
  header: lazily((call) => call.header),
  contextValues: lazily((call) => call.values),
};

const RESPONSE_PARTS = {
  header: lazily((call) => call.responseHeader),
  trailer: lazily((call) => call.responseTrailer),
};

interface Content {
  readonly stream: boolean;
  readonly message: Message | AsyncIterable<Message>;
}

function createRequest(call: Call, { stream, message }: Content): UnaryRequest | StreamRequest {
  const method: DescMethod = call.route.spec.method;
  const request = { stream, message, method, service: method.parent, requestMethod: 'POST', [CALL]: call };
  return Object.defineProperties(request, REQUEST_PARTS) as unknown as UnaryRequest;
}

function createResponse(call: Call, { stream, message }: Content): object {
  const method: DescMethod = call.route.spec.method;
  const response = { stream, message, method, service: method.parent, [CALL]: call };
  return Object.defineProperties(response, RESPONSE_PARTS);
}

function takeMetadata(call: Call, { header, trailer }: UnaryResponse | StreamResponse): void {
  copyHeaders(header, call.responseHeader);
  copyHeaders(trailer, call.responseTrailer);
}

function copyHeaders(from: Headers, to: Headers): void {
  if (from === to) return;
  for (const name of [...to.keys()]) to.delete(name);
  for (const [name, value] of from) to.append(name, value);
}
