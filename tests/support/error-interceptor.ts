// What the guard of our services does with errors, as an interceptor: for services of tests, so that the pipeline and handlers are
// tried with one.
import type { ConnectError, HandlerContext, Interceptor, StreamRequest, UnaryRequest } from '@connectrpc/connect';
import { type ErrorsToWire, toWireError } from '../../src/errors/from-failure.ts';

export function createErrorInterceptor(options: ErrorsToWire): Interceptor {
  return (next) => async (request) => {
    const fail = (error: unknown) => toWireError(error, contextOf(request), options);
    try {
      const response = await next(request);
      return response.stream ? { ...response, message: mapFailure(response.message, fail) } : response;
    } catch (error) {
      throw fail(error);
    }
  };
}

function contextOf(request: UnaryRequest | StreamRequest): Pick<HandlerContext, 'signal' | 'service' | 'method'> {
  const { signal, service, method } = request;
  return { signal, service, method };
}

async function* mapFailure<T>(messages: AsyncIterable<T>, fail: (error: unknown) => ConnectError): AsyncGenerator<T> {
  try {
    yield* messages;
  } catch (error) {
    throw fail(error);
  }
}
