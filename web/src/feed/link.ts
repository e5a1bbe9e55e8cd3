// How a tab reaches the worker that holds the stream.
import { type FromWorker, type OnChannel, type ToWorker, WORKER_SILENCE_MS } from './between.ts';

export interface Link {
  post(message: ToWorker): void;
  /** Asks for everything once more, as a new tab. */
  join(): void;
  close(): void;
}

type Receive = (message: FromWorker) => void;

/** @param beginning what this tab has begun with, as it came: a worker that knows nothing yet goes on behind it, and sends no more than that */
export function openLink(receive: Receive, beginning?: string): Link {
  return 'SharedWorker' in self ? openShared(receive, beginning) : openChannel(receive);
}

function openShared(receive: Receive, beginning: string | undefined): Link {
  const open = (begun?: string) => {
    const worker = new SharedWorker(new URL('./worker.ts', import.meta.url), { type: 'module', name: 'openk' });
    const { port } = worker;
    worker.onerror = () => receive(notLoaded());
    port.onmessage = ({ data }: MessageEvent<FromWorker>) => receive(data);
    port.postMessage({ type: 'join', ...(begun !== undefined && { beginning: begun }) } satisfies ToWorker);
    return port;
  };
  let port = open(beginning);
  return {
    post: (message) => port.postMessage(message),
    join() {
      port.close();
      port = open();
    },
    close: () => port.close(),
  };
}

/** The page is tried again as one of which nothing is heard. */
function notLoaded(): FromWorker {
  const reason = 'the program of its stream could not be loaded';
  return { type: 'lost', at: 0, reason, retryAt: Date.now() + WORKER_SILENCE_MS };
}

/** One tab, the one that has the lock, runs the worker; all speak with it through a channel. Without locks each tab has a worker. */
function openChannel(receive: Receive): Link {
  const id = String(Math.random());
  const { locks } = navigator as { readonly locks?: LockManager };
  const name = locks === undefined ? `openk ${id}` : `openk ${import.meta.url}`;
  const channel = new BroadcastChannel(name);
  const closed = new AbortController();
  const post = (message: ToWorker) => channel.postMessage({ from: id, message } satisfies OnChannel);
  channel.onmessage = ({ data }: MessageEvent<OnChannel>) => {
    if ('from' in data || (data.to !== undefined && data.to !== id)) return;
    receive(data.message);
  };
  const run = () => {
    const worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module', name: 'openk' });
    worker.onerror = () => receive(notLoaded());
    worker.postMessage(name);
    return new Promise<void>((resolve) =>
      closed.signal.addEventListener('abort', () => {
        worker.terminate();
        resolve();
      }),
    );
  };
  if (locks === undefined) void run();
  // Rejects for a tab that leaves before it was its turn.
  else locks.request(name, { signal: closed.signal }, run).catch(() => {});
  const join = () => post({ type: 'join' });
  join();
  return {
    post,
    join,
    close() {
      closed.abort();
      channel.close();
    },
  };
}
