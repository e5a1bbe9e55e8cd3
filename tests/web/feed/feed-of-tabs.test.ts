// The feed against a real server: what tabs are sent, in which parts, and what they may ask.
import { createGrpcWebTransport } from '@connectrpc/connect-node';
import { afterEach, expect, it } from '@jest/globals';
import { HealthStatus } from '../../../gen/openk/common/v1/common_pb.ts';
import type { FromWorker } from '../../../web/src/feed/between.ts';
import { createFeed, type Feed, type Tab } from '../../../web/src/feed/feed-of-tabs.ts';
import { connectHealthClient, type RunningOpenk, runOpenk } from '../../support/running-openk.ts';

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

it('sends everything in parts, and then what changes', async () => {
  const ids = Array.from({ length: 1_200 }, (_, n) => `job-${n}`);
  const openk = await start(configOf(ids));
  const tab = join(openFeed(openk.address));
  await tab.until('live');
  const parts = tab.ofType('update');
  expect(tab.messages[0]).toEqual({ type: 'reset' });
  expect(parts.map(({ health }) => health.length)).toEqual([500, 500, 201]);
  expect(parts.flatMap(({ health }) => health.map(({ id }) => id)).sort()).toEqual([...ids, 'system'].sort());
  expect(parts.flatMap(({ about }) => about).find(({ id }) => id === 'job-7')).toEqual({
    id: 'job-7',
    displayName: '',
    kind: 'heartbeat',
    labels: { team: 'payments' },
    parents: ['system'],
  });

  tab.clear();
  await report(openk.address, 'job-7');
  const update = await tab.until('update');
  expect(update.health.find(({ id }) => id === 'job-7')).toMatchObject({ status: 'HEALTHY', causedBy: [] });
  await tab.until('live');

  tab.clear();
  await openk.reloadWith(configOf(['job-0', 'new']));
  expect((await tab.until('removed')).ids).toContain('job-7');
  await tab.until('live');
  expect(tab.ofType('update').flatMap(({ about }) => about.map(({ id }) => id))).toContain('new');
});

it('sends a tab that comes later the same, without asking the server again', async () => {
  const openk = await start(configOf(['one']));
  const feed = openFeed(openk.address);
  const [first, second] = [join(feed), join(feed)];
  await first.until('live');
  await second.until('live');
  await first.until('alerts');
  const third = join(feed);
  expect(third.messages.map(({ type }) => type)).toEqual(['reset', 'update', 'live', 'alerts']);
  expect(third.messages).toEqual(second.messages.slice(-4));
});

it('goes on behind what the first tab has begun with, and sends others what they lack', async () => {
  const openk = await start(configOf(['one', 'two']));
  const begin = async () => (await fetch(`${openk.address}/dashboard.json`)).text();
  const beginning = await begin();
  await report(openk.address, 'one');
  const feed = openFeed(openk.address);
  const first = join(feed, beginning);
  await first.until('live');
  expect(first.ofType('update').map(({ health }) => health.map(({ id }) => id).sort())).toEqual([['one', 'system']]);
  expect(first.ofType('reset')).toEqual([]);

  await first.until('alerts');
  const same = join(feed, await begin());
  const older = join(feed, beginning);
  // And no more than that.
  expect(older.messages.map(({ type }) => type)).toEqual(['update', 'live', 'alerts']);
  const lacking = older.ofType('update')[0]!;
  expect([lacking.health.map(({ id }) => id).sort(), lacking.about]).toEqual([['one', 'system'], []]);
  await report(openk.address, 'two');
  await same.until('update', ({ health }) => health.some(({ id }) => id === 'two'));
  expect(same.ofType('reset')).toEqual([]);
});

it('sends everything to a tab that has begun before the server was another', async () => {
  const openk = await start(configOf(['one']));
  const beginning = JSON.parse(await (await fetch(`${openk.address}/dashboard.json`)).text());
  const tab = join(openFeed(openk.address), JSON.stringify({ ...beginning, revision: '99999999999999' }));
  expect((await tab.until('update')).health.length).toBe(2);
  expect(tab.ofType('reset').length).toBe(1);
  await tab.until('live');
});

it('says at once that the server is gone, and goes on with another', async () => {
  const openk = await start(configOf(['one']));
  const tab = join(openFeed(openk.address));
  await tab.until('live');
  await openk.close();
  expect(await tab.until('lost')).toMatchObject({ reason: expect.any(String) });
});

it('sends a tab that has begun before a reload what there is no more, and what is new', async () => {
  const openk = await start(configOf(['one', 'two', 'gone']));
  const beginning = await (await fetch(`${openk.address}/dashboard.json`)).text();
  await openk.reloadWith(configOf(['one', 'two', 'new']));
  const feed = openFeed(openk.address);
  await join(feed).until('live');
  const late = join(feed, beginning);
  expect(late.ofType('reset')).toEqual([]);
  expect(late.ofType('removed')).toEqual([{ type: 'removed', ids: ['gone'] }]);
  expect(late.ofType('update').flatMap(({ about }) => about.map(({ id }) => id))).toEqual(['new']);
  expect(late.ofType('update').flatMap(({ health }) => health.map(({ id }) => id))).not.toContain('two');
});

it('asks for latencies when a tab does, and sends them to that tab', async () => {
  const openk = await start(configOf(['one']));
  const feed = openFeed(openk.address);
  const [tab, other] = [join(feed), join(feed)];
  tab.receive({ type: 'latencies', ids: ['one', 'three'] });
  await tab.until('latency', ({ id }) => id === 'three');
  expect(tab.ofType('latency')).toEqual([
    { type: 'latency', id: 'one', series: [3] },
    { type: 'latency', id: 'three', series: [5] },
  ]);
  expect(other.ofType('latency')).toEqual([]);
});

it('sends alerts, and what changes of them', async () => {
  const openk = await start(`${configOf(['one'])}
alerts:
  channels: [ { id: hook, webhook: { url: "http://127.0.0.1:9/" } } ]
  routes: [ { id: all, to: [ hook ] } ]
`);
  const feed = openFeed(openk.address);
  const tab = join(feed);
  expect(await tab.until('alerts')).toEqual({ type: 'alerts', isAll: true, alerts: [] });
  await report(openk.address, 'one', HealthStatus.UNHEALTHY);
  const opened = await tab.until('alerts', ({ isAll }) => !isAll);
  expect(opened.alerts).toMatchObject([
    { component: 'one', route: 'all', state: 'OPEN', status: 'UNHEALTHY', severity: 'critical', consequences: 1 },
  ]);
  expect(Math.abs(opened.alerts[0]!.since - Date.now())).toBeLessThan(60_000);
  await report(openk.address, 'one');
  await tab.until('alerts', ({ alerts }) => alerts.some(({ state }) => state === 'RESOLVED'));
  expect(join(feed).ofType('alerts')).toEqual([{ type: 'alerts', isAll: true, alerts: [] }]);
});

it('says that nobody is logged in, and where people can', async () => {
  const openk = await start(`${configOf(['one'])}\nauth: { anonymous: { allow: [STATUS_PAGES] } }`);
  const feed = createFeed({
    transport: transportTo(openk.address),
    askLatency: async () => [],
    refreshLogin: async () => false,
    loginAt: async () => 'https://a.example/',
  });
  ends.push(() => feed.close());
  const lost = await join(feed).until('lost', ({ login }) => login !== undefined);
  expect(lost).toMatchObject({ reason: 'nobody is logged in', login: 'https://a.example/' });
});

it('goes on once the login could be prolonged, and asks for that once', async () => {
  const openk = await start(`${configOf(['one'])}\nauth: { anonymous: { allow: [STATUS_PAGES] } }`);
  let asked = 0;
  const feed = createFeed({
    transport: transportTo(openk.address),
    askLatency: async () => [],
    async refreshLogin() {
      if (asked++ === 0) await openk.reloadWith(`${configOf(['one'])}\nauth: { anonymous: { allow: [READ] } }`);
      return true;
    },
    loginAt: async () => 'https://a.example/',
  });
  ends.push(() => feed.close());
  const tab = join(feed);
  await tab.until('live');
  await openk.reloadWith(`${configOf(['one'])}\nauth: { anonymous: { allow: [STATUS_PAGES] } }`);
  await tab.until('lost', ({ login }) => login !== undefined);
  expect(asked).toBe(1);
});

it('forgets tabs that have left', async () => {
  const openk = await start(configOf(['one']));
  const tab = join(openFeed(openk.address));
  await tab.until('live');
  tab.receive({ type: 'close' });
  expect(tab.hasLeft()).toBe(true);
  tab.clear();
  tab.receive({ type: 'retry' });
  await report(openk.address, 'one');
  expect(tab.messages).toEqual([]);
});

async function start(text: string): Promise<RunningOpenk> {
  const openk = await runOpenk(text);
  ends.push(() => openk.close());
  return openk;
}

function openFeed(address: string): Feed {
  const feed = createFeed({
    transport: transportTo(address),
    askLatency: async (id) => [id.length],
    refreshLogin: async () => false,
    loginAt: async () => undefined,
  });
  ends.push(() => feed.close());
  return feed;
}

const transportTo = (baseUrl: string) => createGrpcWebTransport({ baseUrl, httpVersion: '1.1' });

async function report(address: string, component: string, status: HealthStatus = HealthStatus.HEALTHY): Promise<void> {
  const client = connectHealthClient(address);
  await client.reportHealth({ component, status });
  client.close();
}

function configOf(ids: readonly string[]): string {
  const heartbeat = 'heartbeat: { period: 1h, grace: 10m }';
  return `components:\n${ids.map((id) => `  - { id: ${id}, ${heartbeat}, labels: { team: payments } }`).join('\n')}`;
}

function join(feed: Feed, beginning?: string) {
  type OfType<T> = Extract<FromWorker, { readonly type: T }>;
  const messages: FromWorker[] = [];
  let hasLeft = false;
  let wake = () => {};
  const tab: Tab = feed.join(
    (message) => {
      messages.push(message);
      wake();
    },
    () => {
      hasLeft = true;
    },
    beginning,
  );
  const ofType = <T extends FromWorker['type']>(type: T) =>
    messages.filter((message): message is OfType<T> => message.type === type);
  return {
    messages,
    ofType,
    receive: tab.receive,
    hasLeft: () => hasLeft,
    clear: () => messages.splice(0),
    /** The first of this type that matches. */
    async until<T extends FromWorker['type']>(type: T, matches = (_: OfType<T>) => true): Promise<OfType<T>> {
      for (;;) {
        const found = ofType(type).find(matches);
        if (found !== undefined) return found;
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    },
  };
}
