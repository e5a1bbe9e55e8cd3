// What a server stream waits for between two messages: news, the end of its call, the drain of the server. Nothing is
// queued: any number of wakes while the transport is busy is one.
import { Code, ConnectError } from '@connectrpc/connect';

export interface StreamWait {
  /** There is news. Remembered until the next `next`. */
  readonly wake: () => void;
  /**
   * Resolves once there is news or the server drains, at once when that is so already.
   * @throws ConnectError (Canceled, DeadlineExceeded …) once the call has ended.
   */
  next(): Promise<void>;
  /** Lets go of both signals. */
  close(): void;
}

/** @param signal Ends the call. @param draining Fires when the server begins to shut down; lives as long as the process. */
export function createStreamWait(signal: AbortSignal, draining: AbortSignal): StreamWait {
  let isWoken = false;
  let resume = () => {};
  const onAbort = () => resume();
  signal.addEventListener('abort', onAbort);
  draining.addEventListener('abort', onAbort);
  return {
    wake() {
      isWoken = true;
      resume();
    },
    async next() {
      if (!isWoken && !signal.aborted && !draining.aborted) {
        await new Promise<void>((resolve) => {
          resume = resolve;
        });
      }
      if (signal.aborted) throw endOfCall(signal);
      isWoken = false;
    },
    close() {
      signal.removeEventListener('abort', onAbort);
      draining.removeEventListener('abort', onAbort);
    },
  };
}

/** HTTP/1.1 aborts with a DOMException, HTTP/2, deadlines and shutdowns with a ConnectError. */
function endOfCall({ reason }: AbortSignal): ConnectError {
  return reason instanceof ConnectError ? reason : new ConnectError('the call was canceled', Code.Canceled);
}
