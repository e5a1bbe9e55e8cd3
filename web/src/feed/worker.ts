// The worker that holds the one stream: shared by all tabs, or, in browsers without shared workers, of one tab and reached through a channel.
// Its address has a hash of what it does, so that tabs from before a deployment keep theirs.
import { createGrpcWebTransport } from '@connectrpc/connect-web';
import type { FromWorker, OnChannel, ToWorker } from './between.ts';
import { call } from './call.ts';
import { createFeed, type Tab } from './feed-of-tabs.ts';
import { LAST_HOUR, readSeries } from './latencies.ts';

/** Where the page is: a proxy may have put a path before ours. The script lies in a folder of it. */
const BASE = new URL('..', self.location.href);

const feed = createFeed({
  transport: createGrpcWebTransport({ baseUrl: BASE.href.replace(/\/$/, '') }),
  askLatency: async (id) => readSeries(await call(BASE.href, 'getAvailability', { component: id, ...LAST_HOUR })),
  refreshLogin: () =>
    fetch(new URL('auth/refresh', BASE), { method: 'POST' }).then(
      ({ ok }) => ok,
      () => false,
    ),
  async loginAt() {
    // The page itself sends to the login those who are not logged in.
    const page = await fetch(BASE, { method: 'HEAD', redirect: 'manual', headers: { accept: 'text/html' } });
    return page.type === 'opaqueredirect' ? BASE.href : undefined;
  },
});
self.addEventListener('online', feed.retry);

if ('onconnect' in self) {
  (self as unknown as SharedWorkerGlobalScope).onconnect = ({ ports: [port] }) => {
    if (port === undefined) return;
    let tab: Tab | undefined;
    port.onmessage = ({ data }: MessageEvent<ToWorker>) => {
      if (data.type !== 'join') return tab?.receive(data);
      const post = (message: FromWorker) => port.postMessage(message);
      tab = feed.join(post, () => port.close(), data.beginning);
    };
  };
} else {
  self.onmessage = ({ data }: MessageEvent<string>) => serveChannel(new BroadcastChannel(data));
}

function serveChannel(channel: BroadcastChannel): void {
  const tabs = new Map<string, Tab>();
  const say = (message: OnChannel) => channel.postMessage(message);
  channel.onmessage = ({ data }: MessageEvent<OnChannel>) => {
    if (!('from' in data)) return;
    const { from, message } = data;
    if (message.type !== 'join') {
      const tab = tabs.get(from);
      if (tab === undefined) say({ to: from, message: { type: 'unknown' } });
      else tab.receive(message);
      return;
    }
    tabs.get(from)?.receive({ type: 'close' });
    const post = (answer: FromWorker) => say({ to: from, message: answer });
    tabs.set(
      from,
      feed.join(post, () => tabs.delete(from)),
    );
  };
  // Those of a worker that was before this one.
  say({ message: { type: 'unknown' } });
}
