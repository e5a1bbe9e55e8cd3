// Requests larger than they may be are refused in many places: by the pipeline, by Connect's own handlers, before and after
// what was compressed is opened. All of them say so in Connect's words, and every error gets its last word here.
import { Code } from '@connectrpc/connect';
import type { CompleteError } from '../errors/from-connect.ts';

const TOO_LARGE = /^message (?:size|is)\b.* larger than configured readMaxBytes \d+/;

/** The same, with a count of each error that refuses a request for its size. */
export function countOversized(completeError: CompleteError, onOversized: () => void): CompleteError {
  return (error) => {
    if (error.code === Code.ResourceExhausted && TOO_LARGE.test(error.rawMessage)) onOversized();
    return completeError(error);
  };
}
