// Server streams of what is new. Nothing is queued: a stream that is woken reads what there is to send once its
// transport takes a message, and any number of wakes before that is one. Each holds what it subscribes to, and lets go
// of it at the end of its call even when the transport has abandoned it in the middle of a message.
import { Code, ConnectError } from '@connectrpc/connect';
import type { EndOfCall } from './end-of-call.ts';
import { createFairWakeUps, type FairWakeUps } from './fair-wake-ups.ts';

export interface News<T> {
  /** Ends the call. */
  readonly signal: EndOfCall;
  /** Calls `wake` at news. The result ends it, and may be called twice. */
  readonly subscribe: (wake: () => void) => () => void;
  /**
   * Asked at the start, after wakes (within `wake`, if the stream waits), and while the server drains. Undefined: nothing to
   * send. What it throws ends the stream. Must not wake.
   */
  readonly read: () => T | undefined;
  /** May wake the stream when it has waited for too long. Called when it begins to wait; the result ends that. */
  readonly whileQuiet?: (wake: () => void) => () => void;
}

/**
 * A stream that fails with a ConnectError (Canceled, DeadlineExceeded …) once its call has ended, even when there is news. One
 * `next` or `poll` at a time.
 */
export interface NewsStream<T> extends AsyncIterableIterator<T, undefined> {
  /**
   * As `next`, but without promises, of which thousands of streams would hold thousands: what is to be sent now, or undefined, and
   * `reader` resumes when it is worth asking again. @throws what `next` rejects with
   */
  poll(reader: Reader): T | undefined;
}

export interface Reader {
  /** Must not throw. */
  resume(): void;
}

/** For all streams of a service: many that have news at once go on by fair wake-ups. @param draining Fires when the server begins to shut down. */
export function createNewsStreams(draining: AbortSignal): <T>(news: News<T>) => NewsStream<T> {
  const shared: Shared = { draining, wakeUps: createFairWakeUps(), open: new Set() };
  // One listener for all: an AbortSignal looks through those that it has for each that it gets.
  draining.addEventListener('abort', () => {
    for (const stream of shared.open) stream.wake();
  });
  return (news) => new Waiting(news, shared);
}

interface Shared {
  readonly draining: AbortSignal;
  readonly wakeUps: FairWakeUps;
  readonly open: Set<{ wake(): void }>;
}

/**
 * No generator, and the listener of its signal itself, since there may be thousands: a generator takes three promises for
 * a message, and closures take more room than all else.
 */
class Waiting<T> implements NewsStream<T>, EventListenerObject {
  readonly #news: News<T>;
  readonly #shared: Shared;
  readonly #unsubscribe: () => void;
  #isWoken = true;
  #isOver = false;
  #reader: Reader | undefined;
  #endQuiet: (() => void) | undefined;

  constructor(news: News<T>, shared: Shared) {
    this.#news = news;
    this.#shared = shared;
    this.#unsubscribe = news.subscribe(this.wake);
    shared.open.add(this);
    news.signal.addEventListener('abort', this);
    if (news.signal.aborted) this.#release();
  }

  readonly wake = (): void => {
    if (this.#isWoken) return;
    this.#isWoken = true;
    if (this.#reader !== undefined) this.#shared.wakeUps.add(this);
  };

  /** The call has ended. */
  handleEvent(): void {
    this.#release();
    this.resume();
  }

  resume(): void {
    const reader = this.#reader;
    this.#reader = undefined;
    reader?.resume();
  }

  poll(reader: Reader): T | undefined {
    if (this.#isOver) return undefined;
    try {
      const value = this.#ask();
      if (value === undefined) {
        this.#reader = reader;
        this.#endQuiet ??= this.#news.whileQuiet?.(this.wake);
      }
      return value;
    } catch (reason) {
      this.#end();
      throw reason;
    }
  }

  next(): Promise<IteratorResult<T, undefined>> {
    return new Promise((resolve, reject) => {
      const reader: Reader = {
        resume: () => {
          try {
            const value = this.poll(reader);
            if (value !== undefined) resolve({ done: false, value });
            else if (this.#isOver) resolve(DONE);
          } catch (reason) {
            reject(reason);
          }
        },
      };
      reader.resume();
    });
  }

  #ask(): T | undefined {
    const { signal, read } = this.#news;
    if (signal.aborted) throw endOfCall(signal);
    if (!this.#isWoken && !this.#shared.draining.aborted) return undefined;
    this.#isWoken = false;
    this.#stopQuiet();
    return read();
  }

  async return(): Promise<IteratorReturnResult<undefined>> {
    this.#end();
    this.resume();
    return DONE;
  }

  [Symbol.asyncIterator]() {
    return this;
  }

  #end(): void {
    this.#isOver = true;
    this.#release();
  }

  #release(): void {
    this.#stopQuiet();
    this.#unsubscribe();
    this.#shared.open.delete(this);
    this.#news.signal.removeEventListener('abort', this);
  }

  #stopQuiet(): void {
    this.#endQuiet?.();
    this.#endQuiet = undefined;
  }
}

const DONE: IteratorReturnResult<undefined> = { done: true, value: undefined };

/** HTTP/1.1 aborts with a DOMException, HTTP/2, deadlines and shutdowns with a ConnectError. */
function endOfCall({ reason }: EndOfCall): ConnectError {
  return reason instanceof ConnectError ? reason : new ConnectError('the call was canceled', Code.Canceled);
}
