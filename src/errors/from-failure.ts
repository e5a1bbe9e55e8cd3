// What callers receive when a call fails: errors of the catalogue as they are, a defect as `internal error` and an id
// that stands in the log. The only place where an unexpected failure ends.
import { randomUUID } from 'node:crypto';
import { Code, ConnectError, type HandlerContext } from '@connectrpc/connect';
import { isCatalogued, refusal, withErrorInfo } from './to-connect.ts';

/** Writes an unexpected failure to the log. `method` is `package.Service/Method`. Must not throw. */
export type LogDefect = (id: string, error: unknown, method: string) => void;

export interface ErrorsToWire {
  readonly logDefect: LogDefect;
  /** Makes the ids of defects. Default: random UUIDs. */
  readonly createId?: () => string;
}

type FailedCall = Pick<HandlerContext, 'signal' | 'service' | 'method'>;

/** Codes that Connect gives to what it cannot name; their messages may say anything. */
const UNEXPECTED_CODES: ReadonlySet<Code> = new Set([Code.Internal, Code.Unknown, Code.DataLoss]);

/** The error as the caller may see it. */
export function toWireError(
  error: unknown,
  context: FailedCall,
  { logDefect, createId = randomUUID }: ErrorsToWire,
): ConnectError {
  const expected = expectedError(error, context);
  if (expected !== undefined) return expected;
  const id = createId();
  logDefect(id, error, `${context.service.typeName}/${context.method.name}`);
  return refusal('INTERNAL', { id });
}

/** Undefined for a defect. */
function expectedError(error: unknown, context: FailedCall): ConnectError | undefined {
  if (error instanceof ConnectError) {
    if (isCatalogued(error)) return error;
    // A write to a caller who is gone fails with any code; the signal then has that failure as its reason.
    return hasEnded(context, error) || !UNEXPECTED_CODES.has(error.code) ? withErrorInfo(error) : undefined;
  }
  // HTTP/1.1 aborts with a DOMException, HTTP/2 with a ConnectError.
  if (!isAbort(error) || !hasEnded(context, error)) return undefined;
  return withErrorInfo(new ConnectError('the call was canceled', Code.Canceled));
}

function hasEnded({ signal }: FailedCall, reason: unknown): boolean {
  return signal.aborted && reason === signal.reason;
}

function isAbort(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'name' in error && error.name === 'AbortError';
}
