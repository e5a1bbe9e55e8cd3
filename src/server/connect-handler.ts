// A handler of Connect's with three things put right that its Node adapter gets wrong on a port that others share: gRPC
// messages that people can read, errors that tell as much as all others, and requests that stay readable when the handler
// has had enough of them.

import type { Code } from '@connectrpc/connect';
import type {
  UniversalHandler,
  UniversalHandlerFn,
  UniversalServerRequest,
  UniversalServerResponse,
} from '@connectrpc/connect/protocol';
import type { CompleteError } from '../rpc/complete-error.ts';
import { completeEndFrame, completePlain, completeTrailer } from './complete-answer.ts';
import { createRequestBody } from './request-body.ts';
import { relaxGrpcMessage } from './wire/grpc-message.ts';

export interface Adaptation {
  /** The last word on every error. */
  readonly completeError: CompleteError;
  /** Told the code of every answer that has it at the end of its body. */
  readonly refused?: ((code: Code) => void) | undefined;
}

export function adaptHandler(handler: UniversalHandler, adaptation: Adaptation): UniversalHandler {
  const { protocolNames, service, method, requestPath, allowedMethods, supportedContentType } = handler;
  // Of these a client sends one message and half-closes, so that what is left of the request will come.
  const takesOneMessage = method.methodKind === 'unary' || method.methodKind === 'server_streaming';
  const handle: UniversalHandlerFn = async (request) => {
    if (!isAsyncIterable(request.body)) return adaptAnswer(await handler(request), adaptation);
    const { chunks, skipRest } = createRequestBody(request.body);
    const response = await handler({ ...request, body: chunks });
    return adaptAnswer(response, adaptation, takesOneMessage ? skipRest : undefined);
  };
  return Object.assign(handle, { protocolNames, service, method, requestPath, allowedMethods, supportedContentType });
}

function isAsyncIterable(body: UniversalServerRequest['body']): body is AsyncIterable<Uint8Array> {
  return typeof body === 'object' && body !== null && Symbol.asyncIterator in body;
}

/** @param before what to wait for before anything is answered: headers go out with the first chunk, or with the end */
async function adaptAnswer(
  response: UniversalServerResponse,
  adaptation: Adaptation,
  before?: () => Promise<void>,
): Promise<UniversalServerResponse> {
  const completed = await completePlain(response, adaptation.completeError);
  const { header, trailer, body } = completed;
  if (body === undefined) return completed;
  const isEnveloped = ENVELOPED.test(header?.get('content-type') ?? '');
  return { ...completed, body: adaptBody(body, { isEnveloped, before, trailer }, adaptation) };
}

const ENVELOPED = /^application\/(?:grpc|connect\+)/;

async function* adaptBody(
  body: AsyncIterable<Uint8Array>,
  answer: {
    readonly isEnveloped: boolean;
    readonly before: (() => Promise<void>) | undefined;
    readonly trailer: Headers | undefined;
  },
  { completeError, refused }: Adaptation,
): AsyncGenerator<Uint8Array> {
  const { isEnveloped, before, trailer } = answer;
  let isFirst = true;
  for await (const chunk of body) {
    if (isFirst) await before?.();
    isFirst = false;
    const { frame, code } = isEnveloped ? completeEndFrame(chunk, completeError) : { frame: chunk };
    if (code !== undefined) refused?.(code);
    yield frame;
  }
  if (isFirst) await before?.();
  // Only gRPC has HTTP trailers; the others carry their status in the body. The status is there once the body has ended.
  if (trailer === undefined) return;
  completeTrailer(trailer, completeError);
  relaxGrpcMessage(trailer);
}
