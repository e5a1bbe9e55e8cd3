// What OpenK adds to the errors that Connect makes by itself, before any implementation of ours runs: a message that cannot
// be read, a compression that there is not, a method that there is not.
import { Code, type ConnectError } from '@connectrpc/connect';
import type { Violation } from './catalogue.ts';
import { isCatalogued, refusal, withErrorInfo } from './to-connect.ts';

export type CompleteError = (error: ConnectError) => ConnectError;

/** With `ErrorInfo`; and what cannot be read is an invalid request, whichever code Connect has for it. */
export const completeError: CompleteError = (error) => {
  if (isCatalogued(error)) return error;
  const violation = findUnreadable(error);
  return violation === undefined ? withErrorInfo(error) : refusal('INVALID_REQUEST', { violations: [violation] });
};

/** Connect's words for a binary message that it cannot read; its code for that is `internal`, as if we were at fault. */
const UNREADABLE_BINARY = /^parse binary: (.*)/s;
const UNREADABLE_FIELD = /^cannot decode field (?:\w+\.)*(\w+) from JSON: (.*)/s;
const UNREADABLE_MESSAGE = /^cannot decode (?:message|enum) ([\w.]+) from JSON:? (.*)/s;

/** Connect's words for what is compressed and damaged; where it is cut short, its code for that is `internal` too. */
const DAMAGED = 'decompression failed';

function findUnreadable({ code, rawMessage }: ConnectError): Violation | undefined {
  const mayBeOfCaller = code === Code.Internal || code === Code.InvalidArgument;
  if (mayBeOfCaller && rawMessage === DAMAGED) return { field: '', description: 'it is compressed, and damaged' };
  if (code === Code.Internal) {
    const [, reason] = UNREADABLE_BINARY.exec(rawMessage) ?? [];
    return reason === undefined ? undefined : { field: '', description: `not a message of this method: ${reason}` };
  }
  if (code !== Code.InvalidArgument) return undefined;
  const [, field, fault] = UNREADABLE_FIELD.exec(rawMessage) ?? [];
  if (field !== undefined && fault !== undefined) return { field, description: fault };
  // The reader does not say which field it is in.
  const [, type, reason] = UNREADABLE_MESSAGE.exec(rawMessage) ?? [];
  return type === undefined ? undefined : { field: '', description: `no ${type}: ${reason}` };
}
