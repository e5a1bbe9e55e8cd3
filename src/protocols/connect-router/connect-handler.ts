// A handler of Connect's with four things put right that its Node adapter gets wrong on a port that others share: gRPC
// messages that people can read, errors with as much detail as all others, requests that are looked at as in the pipeline, and
// that stay readable when the handler has had enough of them.

import { ConnectError, createContextKey } from '@connectrpc/connect';
import {
  assertByteStreamRequest,
  type UniversalHandler,
  type UniversalHandlerFn,
  type UniversalServerRequest,
  type UniversalServerResponse,
} from '@connectrpc/connect/protocol';
import type { Tenant, Term } from '../../calls/protocol.ts';
import { type AnswerCompletion, completeAnswer } from './complete-answer.ts';
import type { ReadableRequests } from './readable-request.ts';
import { createRequestBody } from './request-body.ts';

/** How long a call may go on. */
export const TERM = createContextKey<Term | undefined>(undefined);

export function adaptHandler(
  handler: UniversalHandler,
  readable: ReadableRequests,
  completion: AnswerCompletion,
): UniversalHandler {
  const { protocolNames, service, method, requestPath, allowedMethods, supportedContentType } = handler;
  // Of these a client sends one message and half-closes, so that what is left of the request will come.
  const takesOneMessage = method.methodKind === 'unary' || method.methodKind === 'server_streaming';
  const handle: UniversalHandlerFn = async (unbounded) => {
    const term = method.methodKind === 'unary' ? undefined : unbounded.contextValues?.get(TERM);
    const request = term === undefined ? unbounded : endWith(term, unbounded);
    const answer = async (adapted: UniversalServerRequest) => completeAnswer(await handler(adapted), completion);
    const fault = request.method === 'GET' ? await findQueryFault(request.url, readable) : undefined;
    if (fault !== undefined) return answer(withFault(request, fault));
    assertByteStreamRequest(request);
    const { chunks, skipRest } = createRequestBody(request.body);
    return adaptAnswer(await answer(readable.adapt(request, chunks)), takesOneMessage ? skipRest : undefined);
  };
  return Object.assign(handle, { protocolNames, service, method, requestPath, allowedMethods, supportedContentType });
}

/** The same request, that ends when whoever calls may go on no more. */
function endWith(term: Term, request: UniversalServerRequest): UniversalServerRequest {
  const controller = new AbortController();
  const tenant: Tenant = { expel: () => controller.abort(term.reason()) };
  request.signal.addEventListener('abort', () => term.leave(tenant), { once: true });
  term.enter(tenant);
  return { ...request, signal: AbortSignal.any([request.signal, controller.signal]) };
}

async function findQueryFault(url: string, readable: ReadableRequests): Promise<ConnectError | undefined> {
  try {
    await readable.checkQuery(new URL(url).searchParams);
    return undefined;
  } catch (error) {
    return ConnectError.from(error);
  }
}

/** The handler says what else is wrong first, and then the fault, which it has no place for but in a body. */
function withFault(request: UniversalServerRequest, fault: ConnectError): UniversalServerRequest {
  const header = new Headers(request.header);
  header.set('content-type', 'application/json');
  return { ...request, method: 'POST', header, body: failing(fault) };
}

async function* failing(fault: ConnectError): AsyncGenerator<Uint8Array> {
  yield await Promise.reject<Uint8Array>(fault);
}

/** @param before what to wait for before anything is answered: headers go out with the first chunk, or with the end */
function adaptAnswer(response: UniversalServerResponse, before?: () => Promise<void>): UniversalServerResponse {
  const { body } = response;
  return body === undefined || before === undefined ? response : { ...response, body: sendAfter(body, before) };
}

async function* sendAfter(body: AsyncIterable<Uint8Array>, before: () => Promise<void>): AsyncGenerator<Uint8Array> {
  let isFirst = true;
  for await (const chunk of body) {
    if (isFirst) await before();
    isFirst = false;
    yield chunk;
  }
  if (isFirst) await before();
}
