// Pages that very many read are answered without Fastify after the first reader (ADR 84): with the same bytes and headers, and
// not to requests that get another answer.
import '../support/one-realm.ts';
import { hash } from 'node:crypto';
import { request as http1Request } from 'node:http';
import { connect } from 'node:http2';
import { buffer } from 'node:stream/consumers';
import { ConnectError, createContextValues } from '@connectrpc/connect';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { SESSION_COOKIE } from '../../src/auth/sessions.ts';
import type { Exchange, ExchangeListener } from '../../src/calls/exchange.ts';
import { createSharedAnswers } from '../../src/transport/shared-answers.ts';
import { turn } from '../services/support/streams.ts';
import { type RunningOpenk, runOpenk } from '../support/running-openk.ts';

const ORIGIN = 'https://www.example.com';
const config = (access: string) => `
server: { allowed_hosts: [ status.example.com, 127.0.0.1 ] }
cors: { allowed_origins: [ "${ORIGIN}" ] }
auth: { keys: [ { id: operator, sha256: "${hash('sha256', 'secret')}", allow: [READ, REPORT] } ] }
limits: { calls_per_second_per_client: 1000 }
components: [ { id: web, heartbeat: { period: 24h } } ]
status_pages:
  - { id: shown, title: Shown, access: ${access}, embed_origins: [ "${ORIGIN}" ], groups: [ { title: All, components: [ web ] } ], names: { web: Shop } }
`;
const OPERATOR = { authorization: 'Bearer secret' };
const FORMS = ['/status/shown', '/embed/shown', '/status/shown/feed.atom', '/status/shown/api/v2/summary.json'];

interface Seen {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: string;
}
type Ask = (path: string, headers?: Readonly<Record<string, string>>, method?: string) => Promise<Seen>;

let openk: RunningOpenk;
beforeAll(async () => {
  openk = await runOpenk(config('PUBLIC'));
});
afterAll(() => openk.close());

const overHttp1: Ask = (path, headers = {}, method = 'GET') =>
  new Promise((resolve, reject) => {
    const request = http1Request(`${openk.address}${path}`, { headers, method, agent: false });
    request.on('error', reject).on('response', async (response) => {
      const { date: _date, ...rest } = response.headers;
      resolve({ status: response.statusCode!, headers: rest, body: (await buffer(response)).toString('latin1') });
    });
    request.end();
  });

const overHttp2: Ask = async (path, headers = {}, method = 'GET') => {
  const session = connect(openk.address);
  const stream = session.request({ ':path': path, ':method': method, ...headers });
  const [response, body] = await Promise.all([
    new Promise<Record<string, unknown>>((resolve, reject) => stream.on('response', resolve).on('error', reject)),
    buffer(stream),
  ]);
  session.close();
  const { ':status': status, date: _date, ...rest } = response;
  return { status: Number(status), headers: rest, body: body.toString('latin1') };
};

describe.each([
  ['HTTP/1.1', overHttp1],
  ['HTTP/2', overHttp2],
] as const)('over %s', (_version, ask) => {
  it.each(FORMS.flatMap((path) => ['gzip', 'identity'].map((coding) => [path, coding] as const)))(
    'readers of %s by %s get what the first one got',
    async (path, coding) => {
      const headers = { 'accept-encoding': coding };
      const first = await ask(path, headers);
      expect([first.status, first.headers['content-encoding']]).toEqual([200, coding === 'gzip' ? 'gzip' : undefined]);
      for (let n = 0; n < 3; n++) expect(await ask(path, headers)).toEqual(first);
    },
  );

  it('other requests get other answers', async () => {
    const plain = await ask('/status/shown');
    const { etag } = plain.headers;
    expect(await ask('/status/shown', { 'if-none-match': String(etag) })).toMatchObject({ status: 304, body: '' });
    expect(await ask('/status/shown', {}, 'HEAD')).toMatchObject({ status: 200, body: '', headers: { etag } });
    expect(await ask('/status/shown', {}, 'DELETE')).toMatchObject({ status: 405 });
    const withSession = await ask('/status/shown', { cookie: `${SESSION_COOKIE}=abc` });
    expect(withSession.headers['cache-control']).toBe('private, no-cache');
    const foreign = await ask('/status/shown', { origin: ORIGIN });
    expect(foreign.headers['access-control-allow-origin']).toBe(ORIGIN);
    expect(await ask('/status/shown?x=1')).toMatchObject({ status: 200, body: plain.body });
  });

  it('all of many readers at once get what the first one got', async () => {
    const first = await ask('/status/shown');
    const all = await Promise.all(Array.from({ length: 40 }, () => ask('/status/shown')));
    for (const seen of all) expect(seen).toEqual(first);
  });

  it('a reader gets the page as it is, and none that is gone', async () => {
    const report = (status: string) =>
      fetch(`${openk.address}/v1/components/web:report`, {
        method: 'POST',
        headers: { ...OPERATOR, 'content-type': 'application/json' },
        body: JSON.stringify({ status }),
      });
    for (const [status, word] of [
      ['HEALTHY', 'All systems are operational'],
      ['UNHEALTHY', 'All systems are down'],
    ] as const) {
      expect((await report(status)).status).toBe(200);
      let seen: Seen;
      do seen = await ask('/status/shown', { 'accept-encoding': 'identity' });
      while (!seen.body.includes(word));
    }
    expect(await openk.reloadWith(config('PRIVATE'))).toBe(true);
    expect(await ask('/status/shown')).toMatchObject({ status: 404 });
    expect(await openk.reloadWith(config('PUBLIC'))).toBe(true);
    expect(await ask('/status/shown')).toMatchObject({ status: 200 });
  });
});

it('each reader is counted', async () => {
  const count = async () => {
    const metrics = await (await fetch(`${openk.address}/metrics`, { headers: OPERATOR })).text();
    const line =
      /^http_server_request_duration_seconds_count\{[^}]*http_request_method="GET"[^}]*http_response_status_code="200"[^}]*\} (\d+)/m;
    return Number(line.exec(metrics)?.[1]);
  };
  const before = await count();
  for (let n = 0; n < 5; n++) await overHttp1('/status/shown');
  // And the question before.
  expect((await count()) - before).toBe(6);
});

describe('an answer is sent again', () => {
  const PLAIN = {
    method: 'GET',
    target: '/status/x',
    headers: { host: 'a', 'accept-encoding': 'gzip, br', 'user-agent': 'b' },
  };
  let [isCurrent, isGone, mustRefuse, isRefused] = [true, false, false, false];
  let nowMs = 0;
  let sent: [status: number, headers: readonly string[], body: string][] = [];
  let listeners: ExchangeListener[] = [];
  let open = 0;
  beforeEach(async () => {
    await turn();
    [isCurrent, isGone, mustRefuse, isRefused] = [true, false, false, false];
    [sent, listeners] = [[], []];
  });
  const exchangeWith = (more: { isClosed?: boolean }) =>
    Object.assign(more, {
      socket: undefined,
      peer: '192.0.2.1',
      listen(listener: ExchangeListener) {
        listeners.push(listener);
        listener.onEnd();
      },
      start: (status: number, headers: string[]) => void sent.push([status, headers, '']),
      end(body: { readonly text: string } | undefined) {
        sent.at(-1)![2] = body!.text;
      },
    }) as unknown as Exchange;
  const closeAll = () => {
    for (const listener of listeners.splice(0)) listener.onClose();
  };
  const shared = createSharedAnswers({
    mustRefuse: () => mustRefuse,
    admit: () => ({
      refused: isRefused ? new ConnectError('too many') : undefined,
      contextOf: () => createContextValues(),
    }),
    visit: undefined,
    calls: { opened: () => open++, closed: () => open-- },
    monotonicMs: () => nowMs,
    onDefect: (defect) => {
      throw defect;
    },
  });
  const keep = (url = PLAIN.target, more: Readonly<Record<string, string>> = {}, method = 'GET', text = 'page') => {
    const request = { method, url, headers: { ...PLAIN.headers, ...more } };
    const page = { isCurrent: () => isCurrent, isGone: () => isGone };
    shared.keep(request, { etag: 'e', 'set-of': ['1', '2'], gone: undefined, age: 3 }, Buffer.from(text), page);
  };
  const take = (more: object = {}, exchange: { isClosed?: boolean } = {}) =>
    shared.take({ ...PLAIN, ...more }, () => exchangeWith(exchange));
  const bodies = () => sent.map(([, , body]) => body);

  it('to who asks alike, whole, and is over then', () => {
    keep();
    expect(take()).toBe(true);
    expect(take({ headers: { host: 'c', 'accept-encoding': 'gzip;q=0.5', accept: '*/*' } })).toBe(true);
    const headers = ['etag', 'e', 'set-of', '1', 'set-of', '2', 'age', '3', 'content-length', '4'];
    expect(sent).toEqual([
      [200, headers, 'page'],
      [200, headers, 'page'],
    ]);
    expect(open).toBe(2);
    closeAll();
    expect(open).toBe(0);
  });

  it.each([
    ['authorization', 'Bearer x'],
    ['x-api-key', 'x'],
    ['cookie', 'a=b'],
    ['origin', 'https://a.example'],
    ['if-none-match', '"e"'],
    ['range', 'bytes=0-1'],
    ['expect', '100-continue'],
    ['content-length', '1'],
    ['transfer-encoding', 'chunked'],
  ])('not to who sends %s, and none of his is kept', (name, value) => {
    keep();
    expect(take({ headers: { ...PLAIN.headers, [name]: value } })).toBe(false);
    keep('/status/other', { [name]: value });
    expect(take({ target: '/status/other' })).toBe(false);
  });

  it('not by another method, at another address, or in another coding', () => {
    keep();
    for (const more of [
      { method: 'HEAD' },
      { target: '/status/y' },
      { target: '/status/x?' },
      { headers: { host: 'a' } },
    ])
      expect([more, take(more)]).toEqual([more, false]);
    keep('/status/x?a', {});
    keep('/status/z', {}, 'HEAD');
    expect([take({ target: '/status/x?a' }), take({ target: '/status/z' })]).toEqual([false, false]);
  });

  it('not where it is refused', () => {
    keep();
    mustRefuse = true;
    expect(take()).toBe(false);
    [mustRefuse, isRefused] = [false, true];
    expect(take()).toBe(false);
    isRefused = false;
    expect(take()).toBe(true);
    closeAll();
    expect(open).toBe(0);
  });

  it('a few in each turn, in order, and not to who is gone by then', async () => {
    keep();
    const goes = { isClosed: false };
    for (let n = 0; n < 5; n++) expect(take()).toBe(true);
    expect(take({}, goes)).toBe(true);
    expect([sent.length, open]).toEqual([2, 6]);
    goes.isClosed = true;
    listeners.pop()!.onClose();
    expect(open).toBe(5);
    const counts = [];
    while (sent.length < 5) {
      await turn();
      counts.push(sent.length);
    }
    await turn();
    expect(sent).toHaveLength(5);
    expect(counts).toEqual([4, 5]);
    closeAll();
    expect(open).toBe(0);
  });

  it('to the others while one gets the next one made, for a moment', async () => {
    keep();
    nowMs += 1_000_000;
    expect(take()).toBe(true);
    isCurrent = false;
    nowMs += 250;
    expect([take(), take(), take()]).toEqual([false, true, true]);
    isCurrent = true;
    keep(PLAIN.target, {}, 'GET', 'next');
    expect(take()).toBe(true);
    await turn();
    expect(bodies()).toEqual(['page', 'page', 'page', 'next']);
    closeAll();
  });

  it.each([
    ['nobody has asked for longer than that', false],
    ['one has gone to get the next one made, and that takes longer', true],
  ])('to nobody once its page has changed, where %s', (_when, isAskedAtOnce) => {
    keep();
    isCurrent = false;
    if (isAskedAtOnce) expect([take(), take()]).toEqual([false, true]);
    nowMs += 251;
    expect(take()).toBe(false);
    isCurrent = true;
    // Forgotten.
    expect(take()).toBe(false);
    closeAll();
  });

  it('to nobody where its page had changed before it was made', () => {
    isCurrent = false;
    keep('/status/late');
    isCurrent = true;
    expect(take({ target: '/status/late' })).toBe(false);
  });

  it('to nobody once its page is gone', () => {
    keep();
    isGone = true;
    expect(take()).toBe(false);
    isGone = false;
    expect(take()).toBe(false);
  });
});
