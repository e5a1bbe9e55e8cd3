// Keeps a stream open for as long as the feed exists: notices when nothing comes any more, and asks again.
import { Code, ConnectError } from '@connectrpc/connect';

export interface Lost {
  /** When something was last heard; 0 where nothing ever was. */
  readonly at: number;
  readonly error: ConnectError;
  readonly retryAt: number;
}

export interface Watching<T> {
  /** Opens a stream. Ends it, by an error or not, once the signal is aborted. */
  readonly open: (signal: AbortSignal) => AsyncIterable<T>;
  readonly receive: (message: T) => void;
  /** Called at once when a stream has ended, and for each that could not be opened. */
  readonly lost: (lost: Lost) => void;
  /** How often the server says at least that the stream goes on, in milliseconds. */
  readonly keepAliveMs: number;
}

export interface Watcher {
  /** Asks again now where no stream is open; also where one is open and silent for longer than it may be. */
  retry(): void;
  close(): void;
}

/** Two keep-alive messages that did not come. */
export const silenceMs = (keepAliveMs: number) => 2 * keepAliveMs + 500;
/** After this, a stream that somebody asks about is not believed any more: one keep-alive message did not come. */
export const doubtMs = (keepAliveMs: number) => keepAliveMs + 1_000;
const CHECK_MS = 250;
const SHORTEST_WAIT_MS = 250;
/** So long a restart takes, at the most. */
const RESTART_MS = 10_000;
const LONGEST_WAIT_MS = 10_000;

export function keepWatching<T>({ open, receive, lost, keepAliveMs }: Watching<T>): Watcher {
  let heardAt = 0;
  let lostAt: number | undefined;
  let attempt = new AbortController();
  let attemptedAt = 0;
  let wake: (() => void) | undefined;
  let isClosed = false;

  // By the clock and not by one timer for each message: timers stand still while a computer sleeps.
  const silence = () => Date.now() - Math.max(heardAt, attemptedAt);
  const giveUpAfter = (ms: number) => {
    if (wake !== undefined || silence() < ms) return;
    attempt.abort(new ConnectError('the server is silent', Code.DeadlineExceeded));
  };
  const watchdog = setInterval(giveUpAfter, CHECK_MS, silenceMs(keepAliveMs));

  const run = async () => {
    while (!isClosed) {
      attempt = new AbortController();
      attemptedAt = Date.now();
      let error = new ConnectError('the server has ended the stream', Code.Unavailable);
      try {
        for await (const message of open(attempt.signal)) {
          heardAt = Date.now();
          lostAt = undefined;
          receive(message);
        }
      } catch (caught) {
        error = ConnectError.from(attempt.signal.aborted ? attempt.signal.reason : caught);
      }
      if (isClosed) return;
      lostAt ??= Date.now();
      const wait = waitAfter(Date.now() - lostAt);
      lost({ at: heardAt, error, retryAt: Date.now() + wait });
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, wait);
        wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
      wake = undefined;
    }
  };
  void run();

  return {
    retry() {
      wake?.();
      giveUpAfter(doubtMs(keepAliveMs));
    },
    close() {
      isClosed = true;
      clearInterval(watchdog);
      attempt.abort();
      wake?.();
    },
  };
}

/** As soon as may be while it may be a restart, then a tenth of how long it is gone: a long outage costs nobody much. Not all browsers at once. */
function waitAfter(goneMs: number): number {
  const wait = goneMs < RESTART_MS ? SHORTEST_WAIT_MS : Math.min(goneMs / 10, LONGEST_WAIT_MS);
  return wait * (0.75 + Math.random() / 4);
}
