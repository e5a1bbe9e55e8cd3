// Calls an implementation through its interceptors, message in, message out: no encoding between caller and handler.
import { create, type DescMessage, isMessage, type Message, type MessageInitShape } from '@bufbuild/protobuf';
import {
  Code,
  ConnectError,
  type Interceptor,
  type MethodImplSpec,
  type StreamResponse,
  type UnaryResponse,
} from '@connectrpc/connect';
import { CallContext, chain, createRequest, createResponse } from '../../calls/call-context.ts';
import { isThenable } from '../../calls/invoke.ts';
import type { AnswerHeaders, RestCall } from './call.ts';

export interface UnaryAnswer {
  readonly message: Message;
  readonly headers: AnswerHeaders;
}

export interface StreamAnswer {
  readonly messages: AsyncIterable<Message>;
  /** To be asked once the first message is there: handlers of streams begin to run then. */
  readonly headers: () => AnswerHeaders;
}

/** A promise only where the handler or an interceptor makes one. Fails with whatever those throw. */
export type InvokeUnary = (message: Message, call: RestCall) => UnaryAnswer | Promise<UnaryAnswer>;
export type InvokeStream = (message: Message, call: RestCall) => StreamAnswer | Promise<StreamAnswer>;

type SpecOf<Kind extends MethodImplSpec['kind']> = Extract<MethodImplSpec, { kind: Kind }>;

export function createUnaryInvoker(spec: SpecOf<'unary'>, interceptors: readonly Interceptor[]): InvokeUnary {
  const { method, impl } = spec;
  if (interceptors.length === 0) {
    const toAnswer = (answer: MessageInitShape<DescMessage>, call: RestCall): UnaryAnswer => ({
      message: completeMessage(method.output, answer),
      headers: call.answerHeaders,
    });
    return (message, call) => {
      const answer = impl(message, new CallContext(call));
      return isThenable(answer) ? answer.then((value) => toAnswer(value, call)) : toAnswer(answer, call);
    };
  }
  return async (message, call) => {
    let innermost: UnaryResponse | undefined;
    const response = await chain(interceptors, async (request) => {
      if (request.stream) throw notThisKind();
      const answer = await impl(request.message, new CallContext(call, request));
      innermost = createResponse(call, { stream: false, message: completeMessage(method.output, answer) });
      return innermost;
    })(createRequest(call, { stream: false, message }));
    if (response.stream) throw notThisKind();
    return { message: response.message, headers: headersOf(call, response, innermost) };
  };
}

export function createStreamInvoker(
  spec: SpecOf<'server_streaming'>,
  interceptors: readonly Interceptor[],
): InvokeStream {
  const { method, impl } = spec;
  if (interceptors.length === 0) {
    return (message, call) => ({
      messages: completeMessages(method.output, impl(message, new CallContext(call))),
      headers: () => call.answerHeaders,
    });
  }
  return async (message, call) => {
    let innermost: StreamResponse | undefined;
    const response = await chain(interceptors, async (request) => {
      if (!request.stream) throw notThisKind();
      const messages = impl(await onlyMessage(request.message), new CallContext(call, request));
      innermost = createResponse(call, { stream: true, message: completeMessages(method.output, messages) });
      return innermost;
    })(createRequest(call, { stream: true, message: once(message) }));
    if (!response.stream) throw notThisKind();
    return { messages: response.message, headers: () => headersOf(call, response, innermost) };
  };
}

/** An interceptor that passed on the response as it was has touched no headers but through it. */
function headersOf(
  call: RestCall,
  response: UnaryResponse | StreamResponse,
  innermost: UnaryResponse | StreamResponse | undefined,
): AnswerHeaders {
  return response === innermost ? call.answerHeaders : { header: response.header, trailer: response.trailer };
}

function completeMessage<Desc extends DescMessage>(desc: Desc, answer: MessageInitShape<Desc>): Message {
  return isMessage(answer, desc) ? answer : create(desc, answer);
}

async function* completeMessages<Desc extends DescMessage>(
  desc: Desc,
  answers: AsyncIterable<MessageInitShape<Desc>>,
): AsyncGenerator<Message> {
  for await (const answer of answers) yield completeMessage(desc, answer);
}

async function* once<T>(value: T): AsyncGenerator<T> {
  yield value;
}

/** Reads to the end, so that interceptors see the end of the request too. */
async function onlyMessage<T>(messages: AsyncIterable<T>): Promise<T> {
  let only: { readonly message: T } | undefined;
  for await (const message of messages) only ??= { message };
  if (only === undefined) throw notThisKind();
  return only.message;
}

function notThisKind(): ConnectError {
  return new ConnectError('an interceptor changed the kind of the call', Code.Internal);
}
