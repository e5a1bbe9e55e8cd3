// A call through its interceptors to its implementation. As Connect does it, but that the objects in between make their
// parts when asked.
import { create, type DescMessage, type Message } from '@bufbuild/protobuf';
import { Code, ConnectError, type StreamRequest, type UnaryRequest, type UnaryResponse } from '@connectrpc/connect';
import type { RunningCall } from './call.ts';
import { CallContext, chain, createRequest, createResponse } from './call-context.ts';
import type { RequestReader } from './protocol.ts';

type UnaryImpl = (input: Message, context: CallContext) => unknown;
type StreamImpl = (input: Message, context: CallContext) => AsyncIterable<Message>;

/** A promise only where the implementation or an interceptor makes one. @throws whatever those throw */
export function invokeUnary(call: RunningCall, input: Message): Message | Promise<Message> {
  const { spec, interceptors } = call.route;
  if (interceptors.length > 0) return invokeIntercepted(call, input);
  const answer = (spec.impl as UnaryImpl)(input, new CallContext(call));
  const { output } = spec.method;
  return isThenable(answer) ? answer.then((message) => normalize(output, message)) : normalize(output, answer);
}

async function invokeIntercepted(call: RunningCall, input: Message): Promise<Message> {
  const { spec, interceptors } = call.route;
  const implementation = spec.impl as UnaryImpl;
  let own: UnaryResponse | undefined;
  const innermost = async (request: UnaryRequest | StreamRequest) => {
    const answer = await implementation(request.message as Message, new CallContext(call, request));
    own = createResponse(call, { stream: false, message: normalize(spec.method.output, answer) });
    return own;
  };
  const response = await chain(interceptors, innermost)(createRequest(call, { stream: false, message: input }));
  if (response !== own) {
    copyHeaders(response.header, call.responseHeader);
    copyHeaders(response.trailer, call.responseTrailer);
  }
  return response.message as Message;
}

/** Not `instanceof`: a promise may come from another realm, or from another library. */
export function isThenable<T>(value: T | PromiseLike<T> | unknown): value is Promise<T> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';
}

/** The answers in order, as the implementation makes them. Its `next` rejects with whatever the request, the implementation and the interceptors throw. */
export function invokeStream(call: RunningCall, reader: RequestReader): AsyncIterator<Message> {
  const { spec, interceptors } = call.route;
  if (interceptors.length > 0) return invokeInterceptedStream(call, reader);
  const implementation = spec.impl as unknown as StreamImpl;
  try {
    const input = reader.message();
    if (isThenable<Message>(input)) return invokeLater(call, input);
    return implementation(input, new CallContext(call))[Symbol.asyncIterator]();
  } catch (reason) {
    return { next: () => Promise.reject(reason) };
  }
}

async function* invokeLater(call: RunningCall, input: Promise<Message>): AsyncGenerator<Message, void> {
  yield* (call.route.spec.impl as unknown as StreamImpl)(await input, new CallContext(call));
}

async function* invokeInterceptedStream(call: RunningCall, reader: RequestReader): AsyncGenerator<Message, void> {
  const { spec, interceptors } = call.route;
  const implementation = spec.impl as unknown as StreamImpl;
  const innermost = async (request: UnaryRequest | StreamRequest) => {
    const messages = implementation(await onlyMessage(request), new CallContext(call, request));
    return createResponse(call, { stream: true, message: normalizeEach(spec.method.output, messages) });
  };
  const response = await chain(interceptors, innermost)(createRequest(call, { stream: true, message: later(reader) }));
  if (response.header !== call.responseHeader) call.replaceHeader(response.header);
  yield* response.message as AsyncIterable<Message>;
  if (response.trailer !== call.responseTrailer) copyHeaders(response.trailer, call.responseTrailer);
}

/** Reads to the end, so that interceptors see the end of the request too. */
async function onlyMessage(request: UnaryRequest | StreamRequest): Promise<Message> {
  let only: Message | undefined;
  for await (const message of request.message as AsyncIterable<Message>) only ??= message;
  if (only === undefined) throw new ConnectError('an interceptor took away the message of the request', Code.Internal);
  return only;
}

async function* later(reader: RequestReader): AsyncGenerator<Message, void> {
  yield await reader.message();
}

function normalize(desc: DescMessage, message: unknown): Message {
  return create(desc, message as Message);
}

async function* normalizeEach(desc: DescMessage, messages: AsyncIterable<Message>): AsyncGenerator<Message> {
  for await (const message of messages) yield normalize(desc, message);
}

function copyHeaders(from: Headers, to: Headers): void {
  if (from === to) return;
  for (const name of [...to.keys()]) to.delete(name);
  for (const [name, value] of from) to.append(name, value);
}
