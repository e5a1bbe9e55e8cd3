// Calls an implementation through its interceptors, message in, message out: no encoding between caller and handler. What
// a call seldom needs (signal, headers, context values) is made when it is asked for; made always, as Connect does it,
// these cost more than the call.
import { create, type DescMessage, isMessage, type Message, type MessageInitShape } from '@bufbuild/protobuf';
import {
  Code,
  ConnectError,
  type ContextValues,
  createContextValues,
  type HandlerContext,
  type Interceptor,
  type MethodImplSpec,
  type StreamRequest,
  type StreamResponse,
  type UnaryRequest,
  type UnaryResponse,
} from '@connectrpc/connect';

/** What there is to know of one call. The functions run when a handler or an interceptor asks. */
export interface CallOrigin {
  readonly protocolName: string;
  readonly httpMethod: string;
  readonly url: string;
  readonly requestHeader: () => Headers;
  /** Fires when the caller is gone or the server aborts the call. */
  readonly signal: () => AbortSignal;
}

/** What handlers and interceptors want to say beside the message; undefined where nobody touched it. */
export interface AnswerHeaders {
  readonly header: Headers | undefined;
  readonly trailer: Headers | undefined;
}

export interface UnaryAnswer {
  readonly message: Message;
  readonly headers: AnswerHeaders;
}

export interface StreamAnswer {
  readonly messages: AsyncIterable<Message>;
  /** To be asked once the first message is there: handlers of streams begin to run then. */
  readonly headers: () => AnswerHeaders;
}

/** Rejects with whatever handler or interceptors throw. */
export type InvokeUnary = (message: Message, origin: CallOrigin) => Promise<UnaryAnswer>;
export type InvokeStream = (message: Message, origin: CallOrigin) => Promise<StreamAnswer>;

type SpecOf<Kind extends MethodImplSpec['kind']> = Extract<MethodImplSpec, { kind: Kind }>;

export function createUnaryInvoker(spec: SpecOf<'unary'>, interceptors: readonly Interceptor[]): InvokeUnary {
  const { method, impl } = spec;
  return async (message, origin) => {
    const parts = createCallParts(origin);
    let innermost: UnaryResponse | undefined;
    const response = await chain(interceptors, async (request) => {
      if (request.stream) throw notThisKind();
      const answer = await impl(request.message, contextOf(spec, parts, request, origin));
      innermost = unaryResponse(spec, parts, completeMessage(method.output, answer));
      return innermost;
    })(unaryRequest(spec, parts, message, origin));
    if (response.stream) throw notThisKind();
    return { message: response.message, headers: answerHeaders(parts, response, innermost) };
  };
}

export function createStreamInvoker(
  spec: SpecOf<'server_streaming'>,
  interceptors: readonly Interceptor[],
): InvokeStream {
  const { method, impl } = spec;
  return async (message, origin) => {
    const parts = createCallParts(origin);
    let innermost: StreamResponse | undefined;
    const response = await chain(interceptors, async (request) => {
      if (!request.stream) throw notThisKind();
      const messages = impl(await onlyMessage(request.message), contextOf(spec, parts, request, origin));
      innermost = streamResponse(spec, parts, completeMessages(method.output, messages));
      return innermost;
    })(streamRequest(spec, parts, message, origin));
    if (!response.stream) throw notThisKind();
    return { messages: response.message, headers: () => answerHeaders(parts, response, innermost) };
  };
}

type Invoke = ReturnType<Interceptor>;

/** The first is the outermost. */
function chain(interceptors: readonly Interceptor[], innermost: Invoke): Invoke {
  return interceptors.reduceRight<Invoke>((next, interceptor) => interceptor(next), innermost);
}

/** Made once for a call, each when it is first asked for. */
interface CallParts {
  readonly requestHeader: Headers;
  readonly responseHeader: Headers;
  readonly responseTrailer: Headers;
  readonly values: ContextValues;
  readonly signal: AbortSignal;
  /** The response headers as far as somebody asked for them. */
  touched(): AnswerHeaders;
}

function createCallParts(origin: CallOrigin): CallParts {
  let requestHeader: Headers | undefined;
  let header: Headers | undefined;
  let trailer: Headers | undefined;
  let values: ContextValues | undefined;
  return {
    get requestHeader() {
      requestHeader ??= origin.requestHeader();
      return requestHeader;
    },
    get responseHeader() {
      header ??= new Headers();
      return header;
    },
    get responseTrailer() {
      trailer ??= new Headers();
      return trailer;
    },
    get values() {
      values ??= createContextValues();
      return values;
    },
    get signal() {
      return origin.signal();
    },
    touched: () => ({ header, trailer }),
  };
}

function unaryRequest({ method }: SpecOf<'unary'>, parts: CallParts, message: Message, origin: CallOrigin) {
  return {
    stream: false,
    method,
    message,
    service: method.parent,
    requestMethod: origin.httpMethod,
    url: origin.url,
    get signal() {
      return parts.signal;
    },
    get header() {
      return parts.requestHeader;
    },
    get contextValues() {
      return parts.values;
    },
  } satisfies UnaryRequest;
}

function streamRequest({ method }: SpecOf<'server_streaming'>, parts: CallParts, message: Message, origin: CallOrigin) {
  return {
    stream: true,
    method,
    message: once(message),
    service: method.parent,
    requestMethod: origin.httpMethod,
    url: origin.url,
    signal: parts.signal,
    get header() {
      return parts.requestHeader;
    },
    get contextValues() {
      return parts.values;
    },
  } satisfies StreamRequest;
}

function unaryResponse({ method }: SpecOf<'unary'>, parts: CallParts, message: Message) {
  return {
    stream: false,
    method,
    message,
    service: method.parent,
    get header() {
      return parts.responseHeader;
    },
    get trailer() {
      return parts.responseTrailer;
    },
  } satisfies UnaryResponse;
}

function streamResponse({ method }: SpecOf<'server_streaming'>, parts: CallParts, message: AsyncIterable<Message>) {
  return {
    stream: true,
    method,
    message,
    service: method.parent,
    get header() {
      return parts.responseHeader;
    },
    get trailer() {
      return parts.responseTrailer;
    },
  } satisfies StreamResponse;
}

/** What the handler sees: of the request as the interceptors passed it on. */
function contextOf(
  { method }: MethodImplSpec,
  parts: CallParts,
  request: UnaryRequest | StreamRequest,
  origin: CallOrigin,
): HandlerContext {
  return {
    method,
    service: method.parent,
    protocolName: origin.protocolName,
    requestMethod: origin.httpMethod,
    url: origin.url,
    timeoutMs: () => undefined,
    get signal() {
      return request.signal;
    },
    get requestHeader() {
      return request.header;
    },
    get values() {
      return request.contextValues;
    },
    get responseHeader() {
      return parts.responseHeader;
    },
    get responseTrailer() {
      return parts.responseTrailer;
    },
  };
}

/** An interceptor that passed on the response as it was has touched no headers but through it. */
function answerHeaders(
  parts: CallParts,
  response: UnaryResponse | StreamResponse,
  innermost: UnaryResponse | StreamResponse | undefined,
): AnswerHeaders {
  return response === innermost ? parts.touched() : { header: response.header, trailer: response.trailer };
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
