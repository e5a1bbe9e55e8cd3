// A handler of Connect's with two things put right that its Node adapter gets wrong on a port that others share: gRPC
// messages that people can read, and requests that stay readable when the handler has had enough of them.

import type { Code } from '@connectrpc/connect';
import type {
  UniversalHandler,
  UniversalHandlerFn,
  UniversalServerRequest,
  UniversalServerResponse,
} from '@connectrpc/connect/protocol';
import { codeFromString } from '@connectrpc/connect/protocol-connect';
import { createRequestBody } from './request-body.ts';
import { relaxGrpcMessage } from './wire/grpc-message.ts';

type Refused = ((code: Code) => void) | undefined;

/** @param refused told the code of every answer that has it at the end of its body */
export function adaptHandler(handler: UniversalHandler, refused: Refused): UniversalHandler {
  const { protocolNames, service, method, requestPath, allowedMethods, supportedContentType } = handler;
  // Of these a client sends one message and half-closes, so that what is left of the request will come.
  const takesOneMessage = method.methodKind === 'unary' || method.methodKind === 'server_streaming';
  const handle: UniversalHandlerFn = async (request) => {
    if (!isAsyncIterable(request.body)) return adaptAnswer(await handler(request), refused);
    const { chunks, skipRest } = createRequestBody(request.body);
    return adaptAnswer(await handler({ ...request, body: chunks }), refused, takesOneMessage ? skipRest : undefined);
  };
  return Object.assign(handle, { protocolNames, service, method, requestPath, allowedMethods, supportedContentType });
}

function isAsyncIterable(body: UniversalServerRequest['body']): body is AsyncIterable<Uint8Array> {
  return typeof body === 'object' && body !== null && Symbol.asyncIterator in body;
}

/** @param before what to wait for before anything is answered: headers go out with the first chunk, or with the end */
function adaptAnswer(
  response: UniversalServerResponse,
  refused: Refused,
  before?: () => Promise<void>,
): UniversalServerResponse {
  const { trailer, body } = response;
  if (body === undefined) return response;
  return { ...response, body: adaptBody(body, before, trailer, refused) };
}

async function* adaptBody(
  body: AsyncIterable<Uint8Array>,
  before: (() => Promise<void>) | undefined,
  trailer: Headers | undefined,
  refused: Refused,
): AsyncGenerator<Uint8Array> {
  let isFirst = true;
  let last: Uint8Array | undefined;
  for await (const chunk of body) {
    if (isFirst) await before?.();
    isFirst = false;
    last = chunk;
    yield chunk;
  }
  const code = last && codeOfLastFrame(last);
  if (code !== undefined) refused?.(code);
  if (isFirst) await before?.();
  // Only gRPC has HTTP trailers; the others carry their status in the body. The status is there once the body has ended.
  if (trailer !== undefined) relaxGrpcMessage(trailer);
}

const CONNECT_END_FLAG = 0b10;
const GRPC_WEB_END_FLAG = 0b1000_0000;
const PREFIX_BYTES = 5;

/** Of a stream of Connect's and of gRPC-Web, which say at their end how it went; undefined for all else, and for OK. */
function codeOfLastFrame(frame: Uint8Array): Code | undefined {
  const [flags] = frame;
  if (flags !== CONNECT_END_FLAG && flags !== GRPC_WEB_END_FLAG) return undefined;
  const payload = Buffer.from(frame).toString('utf8', PREFIX_BYTES);
  if (flags === GRPC_WEB_END_FLAG) return Number(/^grpc-status: *(\d+)/im.exec(payload)?.[1]) || undefined;
  const { error } = JSON.parse(payload) as { error?: { code?: string } };
  return error?.code === undefined ? undefined : codeFromString(error.code);
}
