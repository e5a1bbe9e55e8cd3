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
   * Rejects with a ConnectError (Canceled, DeadlineExceeded …) once the call has ended.
   */
  next(): Promise<void>;
  /** Ends the subscription. */
  close(): void;
}

export function createStreamWait(options: StreamWaitOptions): StreamWait {
  return new Waiting(options);
}

/** A class, and the listener of both signals itself, since there may be thousands: closures take more room than all else. */
class Waiting implements StreamWait, EventListenerObject {
  readonly #signal: AbortSignal;
  readonly #draining: AbortSignal;
  readonly #unsubscribe: () => void;
  #isWoken = false;
  #waiting: PromiseWithResolvers<void> | undefined;

  constructor({ signal, draining, subscribe }: StreamWaitOptions) {
    this.#signal = signal;
    this.#draining = draining;
    this.#unsubscribe = subscribe(this.wake);
    draining.addEventListener('abort', this);
    signal.addEventListener('abort', this);
    if (signal.aborted) this.close();
  }

  readonly wake = (): void => {
    this.#isWoken = true;
    this.#resume();
  };

  handleEvent(): void {
    if (this.#signal.aborted) this.close();
    this.#resume();
  }

  next(): Promise<void> {
    this.#waiting = Promise.withResolvers();
    const { promise } = this.#waiting;
    if (this.#isWoken || this.#signal.aborted || this.#draining.aborted) this.#resume();
    return promise;
  }

  #resume(): void {
    if (this.#waiting === undefined) return;
    const { resolve, reject } = this.#waiting;
    this.#waiting = undefined;
    if (this.#signal.aborted) {
      reject(endOfCall(this.#signal));
      return;
    }
    this.#isWoken = false;
    resolve();
  }

  close(): void {
    this.#unsubscribe();
    this.#draining.removeEventListener('abort', this);
    this.#signal.removeEventListener('abort', this);
  }
}

/** HTTP/1.1 aborts with a DOMException, HTTP/2, deadlines and shutdowns with a ConnectError. */
function endOfCall({ reason }: AbortSignal): ConnectError {
  return reason instanceof ConnectError ? reason : new ConnectError('the call was canceled', Code.Canceled);
}
