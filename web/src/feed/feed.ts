// The tab's side of the feed: everything as it was when the page came, and from there on what the worker sends.
import { readBeginning } from './beginning.ts';
import { type FromWorker, PING_MS, type ToWorker, WORKER_SILENCE_MS } from './between.ts';
import { call } from './call.ts';
import { type Link, openLink } from './link.ts';
import type { FromFeed, Method } from './messages.ts';

export interface Feed {
  /** What comes, in its order. Who subscribes at once misses nothing. */
  subscribe(listener: (news: FromFeed) => void): () => void;
  /** Asks once. @throws Error with words for people, and what the signal was aborted with */
  call(method: Method, request: unknown, signal?: AbortSignal): Promise<unknown>;
  /** Asks for latencies of the last hour: they come as news. */
  askLatencies(ids: readonly string[]): void;
  /** Asks the server again now. */
  retry(): void;
  close(): void;
}

/** Components that are taken at once: more would keep the page from drawing. */
const PART = 2_000;

export function connectFeed(): Feed {
  const listeners = new Set<(news: FromFeed) => void>();
  const closed = new AbortController();
  let heardAt = Date.now();
  const publish = (news: FromFeed) => {
    for (const listener of listeners) listener(news);
  };
  const receive = (message: FromWorker) => {
    heardAt = Date.now();
    if (message.type === 'ping') post({ type: 'pong' });
    else if (message.type === 'unknown') join();
    else publish(message);
  };
  /** Undefined until the page has begun. */
  let link: Link | undefined;
  const post = (message: ToWorker) => link?.post(message);
  const join = () => {
    heardAt = Date.now();
    link?.join();
  };
  const begin = async () => {
    const text = await askBeginning();
    heardAt = Date.now();
    if (text !== undefined) {
      const { revision, health, about } = readBeginning(text);
      publish({ type: 'reset' });
      for (let from = 0; from < health.length; from += PART) {
        await nextTask();
        publish({ type: 'update', health: health.slice(from, from + PART), about: about.slice(from, from + PART) });
      }
      await nextTask();
      publish({ type: 'begun', revision, at: heardAt });
      // Drawn first: the worker takes some of the same processor.
      await nextTask();
    }
    if (!closed.signal.aborted) link = openLink(receive, text);
  };
  void begin();
  const leave = () => {
    post({ type: 'close' });
    link?.close();
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
  const retry = () => post({ type: 'retry' });
  on(self, 'online', retry);
  on(document, 'visibilitychange', () => {
    if (document.visibilityState === 'visible') retry();
  });
  on(self, 'pagehide', leave);
  on(self, 'pageshow', (event) => {
    // One that has not begun goes on with it.
    if ((event as PageTransitionEvent).persisted && link !== undefined) link = openLink(receive);
  });

  return {
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    call: (method, request, signal) => call(document.baseURI, method, request, signal),
    askLatencies: (ids) => post({ type: 'latencies', ids }),
    retry,
    close() {
      closed.abort();
      clearInterval(watchdog);
      leave();
    },
  };
}

/** @returns undefined where the server does not say it: what is wrong is then said of the stream */
async function askBeginning(): Promise<string | undefined> {
  try {
    // The page has asked for it already, before this program was there.
    const answer = await fetch(new URL('dashboard.json', document.baseURI));
    return answer.ok ? await answer.text() : undefined;
  } catch {
    return undefined;
  }
}

/** Pictures are drawn between two tasks. */
function nextTask(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve));
}
