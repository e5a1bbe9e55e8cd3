// What ends a stream from outside: its deadline, a caller who goes, a shutdown. An AbortSignal with its controller and a listener
// takes seven hundred bytes for as long as the stream is open, and thousands are.
import type { HandlerContext } from '@connectrpc/connect';

/** The part of an AbortSignal that a stream needs. */
export interface EndOfCall {
  readonly aborted: boolean;
  readonly reason: unknown;
  addEventListener(type: 'abort', listener: EventListenerObject): void;
  removeEventListener(type: 'abort', listener: EventListenerObject): void;
}

/** @param context of the pipeline (calls/call-context.ts), or of Connect, which has a signal only */
export function endOf(context: HandlerContext & { readonly end?: EndOfCall }): EndOfCall {
  return context.end ?? context.signal;
}
