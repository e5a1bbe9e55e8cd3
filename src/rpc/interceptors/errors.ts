// What callers are told when a call fails: errors of the catalogue as they are, a defect as `internal error` and an id
// that stands in the log. The only place where an unexpected failure ends, for unary calls and streams alike.
import { randomUUID } from 'node:crypto';
import { Code, ConnectError, type Interceptor } from '@connectrpc/connect';
import { createError, isCatalogued, withErrorInfo } from '../errors.ts';

/** Writes an unexpected failure to the log. `method` is `package.Service/Method`. Must not throw. */
export type LogDefect = (id: string, error: unknown, method: string) => void;

/** Codes that Connect gives to what it cannot name; their messages may say anything. */
const UNEXPECTED_CODES: ReadonlySet<Code> = new Set([Code.Internal, Code.Unknown, Code.DataLoss]);

/** Belongs outside of everything that may fail, so first after telemetry. */
export function createErrorInterceptor(options: {
  readonly logDefect: LogDefect;
  /** Makes the ids of defects. Default: random UUIDs. */
  readonly createId?: () => string;
}): Interceptor {
  const { logDefect, createId = randomUUID } = options;
  return (next) => async (request) => {
    const toWire = (error: unknown): ConnectError => {
      const expected = expectedError(error, request.signal);
      if (expected !== undefined) return expected;
      const id = createId();
      logDefect(id, error, `${request.service.typeName}/${request.method.name}`);
      return createError('INTERNAL', { id });
    };
    try {
      const response = await next(request);
      return response.stream ? { ...response, message: mapFailure(response.message, toWire) } : response;
    } catch (error) {
      throw toWire(error);
    }
  };
}

async function* mapFailure<T>(messages: AsyncIterable<T>, toWire: (error: unknown) => ConnectError): AsyncGenerator<T> {
  try {
    yield* messages;
  } catch (error) {
    throw toWire(error);
  }
}

/** The error as the caller may see it; undefined for a defect. */
function expectedError(error: unknown, signal: AbortSignal): ConnectError | undefined {
  if (error instanceof ConnectError) {
    if (isCatalogued(error)) return error;
    // A write to a caller who is gone fails with any code; the signal then has that failure as its reason.
    const callEnded = signal.aborted && error === signal.reason;
    return callEnded || !UNEXPECTED_CODES.has(error.code) ? withErrorInfo(error) : undefined;
  }
  // HTTP/1.1 aborts with a DOMException, HTTP/2 with a ConnectError.
  const callEnded = signal.aborted && error === signal.reason && isAbort(error);
  return callEnded ? withErrorInfo(new ConnectError('the call was canceled', Code.Canceled)) : undefined;
}

function isAbort(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'name' in error && error.name === 'AbortError';
}
