// The tab's side of the feed.
import { type FromWorker, PING_MS, WORKER_SILENCE_MS } from './between.ts';
import { askDefinition } from './definitions.ts';
import { type Link, openLink } from './link.ts';
import type { FromFeed, Method, ToFeed } from './messages.ts';

export type News = Exclude<FromFeed, { readonly type: 'answer' | 'failure' }>;

export interface Feed {
  /** What comes, in its order. Who subscribes at once misses nothing. */
  subscribe(listener: (news: News) => void): () => void;
  /** Asks once. @throws CallFailed, and what the signal was aborted with */
  call(method: Method, request: unknown, signal?: AbortSignal): Promise<unknown>;
  /** Asks the server again now. */
  retry(): void;
  close(): void;
}

export class CallFailed extends Error {
  /** As in `Code` of Connect: NotFound, PermissionDenied, Unavailable and so on. */
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

interface Pending {
  readonly resolve: (json: unknown) => void;
  readonly reject: (error: unknown) => void;
}

export function connectFeed(): Feed {
  const listeners = new Set<(news: News) => void>();
  const pending = new Map<number, Pending>();
  const closed = new AbortController();
  let calls = 0;
  let heardAt = Date.now();
  const publish = (news: News) => {
    for (const listener of listeners) listener(news);
  };
  const settle = (call: number, how: (pending: Pending) => void) => {
    const waiting = pending.get(call);
    pending.delete(call);
    if (waiting !== undefined) how(waiting);
  };
  const receive = (message: FromWorker) => {
    heardAt = Date.now();
    if (message.type === 'ping') link.post({ type: 'pong' });
    else if (message.type === 'unknown') join();
    else if (message.type === 'answer') settle(message.call, ({ resolve }) => resolve(message.json));
    else if (message.type === 'failure')
      settle(message.call, ({ reject }) => reject(new CallFailed(message.code, message.message)));
    else publish(message);
  };
  let link: Link = openLink(receive);
  const join = () => {
    for (const call of pending.keys())
      settle(call, ({ reject }) => reject(new CallFailed('Unavailable', 'the connection was lost')));
    heardAt = Date.now();
    link.join();
  };
  const leave = () => {
    link.post({ type: 'close' });
    link.close();
  };
  // No event says that a worker has ended. After a sleep of the computer its messages come with, or soon after, this.
  let wasSilent = false;
  const watchdog = setInterval(() => {
    const isSilent = Date.now() - heardAt > WORKER_SILENCE_MS;
    if (isSilent && wasSilent) {
      const at = heardAt;
      join();
      publish({ type: 'lost', at, reason: 'the connection of this browser is being made again', retryAt: Date.now() });
    }
    wasSilent = isSilent && !wasSilent;
  }, PING_MS / 5);

  const on = (target: EventTarget, type: string, listener: (event: Event) => void) =>
    target.addEventListener(type, listener, { signal: closed.signal });
  const retry = () => link.post({ type: 'retry' });
  on(self, 'online', retry);
  on(document, 'visibilitychange', () => {
    if (document.visibilityState === 'visible') retry();
  });
  on(self, 'pagehide', leave);
  on(self, 'pageshow', (event) => {
    if ((event as PageTransitionEvent).persisted) link = openLink(receive);
  });

  return {
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    call(method, request, signal) {
      if (signal?.aborted === true) return Promise.reject(signal.reason);
      if (method === 'getComponent') return askDefinition(request, signal);
      const call = calls++;
      const post = (message: ToFeed) => link.post(message);
      return new Promise((resolve, reject) => {
        pending.set(call, { resolve, reject });
        signal?.addEventListener('abort', () =>
          settle(call, () => {
            post({ type: 'cancel', call });
            reject(signal.reason);
          }),
        );
        post({ type: 'call', call, method, request });
      });
    },
    retry,
    close() {
      closed.abort();
      clearInterval(watchdog);
      leave();
    },
  };
}
