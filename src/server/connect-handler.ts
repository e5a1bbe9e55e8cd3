// A handler of Connect's with two things put right that its Node adapter gets wrong on a port that others share: gRPC
// messages that people can read, and requests that stay readable when the handler has had enough of them.
import type {
  UniversalHandler,
  UniversalHandlerFn,
  UniversalServerRequest,
  UniversalServerResponse,
} from '@connectrpc/connect/protocol';
import { relaxGrpcMessage } from './grpc-message.ts';

export function adaptHandler(handler: UniversalHandler): UniversalHandler {
  const handle: UniversalHandlerFn = async (request) => relaxMessage(await handler(keepReadable(request)));
  const { protocolNames, service, method, requestPath, allowedMethods, supportedContentType } = handler;
  return Object.assign(handle, { protocolNames, service, method, requestPath, allowedMethods, supportedContentType });
}

/**
 * A handler that refuses a message stops reading in its middle, and that destroys Node's request, but not its connection:
 * the rest of the message would block it for ever. Without `return` and `throw` the request survives, to be read to its
 * end by somebody else (discard-rest.ts).
 */
function keepReadable(request: UniversalServerRequest): UniversalServerRequest {
  const { body } = request;
  if (!isAsyncIterable(body)) return request;
  const readOnly = (): AsyncIterator<Uint8Array> => {
    const iterator = body[Symbol.asyncIterator]();
    return { next: () => iterator.next() };
  };
  return { ...request, body: { [Symbol.asyncIterator]: readOnly } };
}

function isAsyncIterable(body: UniversalServerRequest['body']): body is AsyncIterable<Uint8Array> {
  return typeof body === 'object' && body !== null && Symbol.asyncIterator in body;
}

function relaxMessage(response: UniversalServerResponse): UniversalServerResponse {
  const { trailer, body } = response;
  // Only gRPC has HTTP trailers; the others carry their status in the body.
  if (trailer === undefined || body === undefined) return response;
  return { ...response, body: followedBy(body, () => relaxGrpcMessage(trailer)) };
}

/** The status is in the trailer once the body has ended. */
async function* followedBy<T>(body: AsyncIterable<T>, finish: () => void): AsyncGenerator<T> {
  yield* body;
  finish();
}
