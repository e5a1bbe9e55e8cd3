// What a server stream waits for between two messages: news, the end of its call, the drain of the server. Nothing is
// queued: any number of wakes while the transport is busy is one. Holds what the stream subscribes to, and lets go of it
// at the end of the call even when the transport has abandoned the generator in the middle of a message.
import { Code, ConnectError } from '@connectrpc/connect';

export interface StreamWaitOptions {
  /** Ends the call. */
  readonly signal: AbortSignal;
  /** Fires when the server begins to shut down. */
  readonly draining: AbortSignal;
  /** Calls `wake` at news. The result ends it, and may be called twice. */
  readonly subscribe: (wake: () => void) => () => void;
}

export interface StreamWait {
  /** There is news. Remembered until the next `next`. */
  readonly wake: () => void;
  /**
   * Resolves once there is news or the server drains, at once when that is so already.
   * @throws ConnectError (Canceled, DeadlineExceeded …) once the call has ended.
   */
  next(): Promise<void>;
  /** Ends the subscription. */
  close(): void;
}

export function createStreamWait({ signal, draining, subscribe }: StreamWaitOptions): StreamWait {
  let isWoken = false;
  let resume = () => {};
  const wake = () => {
    isWoken = true;
    resume();
  };
  const unsubscribe = subscribe(wake);
  const onDrain = () => resume();
  const onEndOfCall = () => {
    close();
    resume();
  };
  const close = () => {
    unsubscribe();
    draining.removeEventListener('abort', onDrain);
    signal.removeEventListener('abort', onEndOfCall);
  };
  draining.addEventListener('abort', onDrain);
  signal.addEventListener('abort', onEndOfCall);
  if (signal.aborted) close();
  return {
    wake,
    async next() {
      if (!isWoken && !signal.aborted && !draining.aborted) {
        await new Promise<void>((resolve) => {
          resume = resolve;
        });
      }
      if (signal.aborted) throw endOfCall(signal);
      isWoken = false;
    },
    close,
  };
}

/** HTTP/1.1 aborts with a DOMException, HTTP/2, deadlines and shutdowns with a ConnectError. */
function endOfCall({ reason }: AbortSignal): ConnectError {
  return reason instanceof ConnectError ? reason : new ConnectError('the call was canceled', Code.Canceled);
}
