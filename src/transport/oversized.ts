// Requests larger than they may be are refused in many places: by the pipeline, by Connect's own handlers, before and after
// what was compressed is opened. All of them but REST say so in Connect's words, and every error gets its last word here.
import { Code } from '@connectrpc/connect';
import type { CompleteError } from '../errors/from-connect.ts';
import { hasReason } from '../errors/to-connect.ts';

const TOO_LARGE = /^message (?:size|is)\b.* larger than configured readMaxBytes \d+/;

/** The same, with a count of each error that refuses a request for its size. */
export function countOversized(completeError: CompleteError, onOversized: () => void): CompleteError {
  return (error) => {
    const isTooLarge = TOO_LARGE.test(error.rawMessage) || hasReason(error, 'BODY_TOO_LARGE');
    if (error.code === Code.ResourceExhausted && isTooLarge) onOversized();
    return completeError(error);
  };
}
