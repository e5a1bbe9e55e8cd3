// What the worker and its tabs say to each other beside messages.ts, so that each notices that the other is gone: no event says so.
import type { FromFeed, ToFeed } from './messages.ts';

export type ToWorker =
  | ToFeed
  /** The tab is new here: it wants everything, or what has come since it began. */
  | { readonly type: 'join'; readonly beginning?: string }
  /** The answer to `ping`. */
  | { readonly type: 'pong' };

export type FromWorker =
  | FromFeed
  | { readonly type: 'ping' }
  /** The tab is not known here (any more); it may join. */
  | { readonly type: 'unknown' };

export const PING_MS = 5_000;
/** A tab that is frozen, or gone without a word, is sent nothing more: what waits for it would only grow. */
export const UNANSWERED_PINGS = 6;
/** So long may a worker be silent. */
export const WORKER_SILENCE_MS = 3 * PING_MS;

/** The one channel of browsers that have no SharedWorker: all tabs and the one worker hear everything. */
export type OnChannel =
  | { readonly from: string; readonly message: ToWorker }
  /** Without `to`: for all tabs. */
  | { readonly to?: string; readonly message: FromWorker };
