// Login of people at a real OpenID provider on the loopback, as their browsers see it, and as those do who want in without.
import '../support/one-realm.ts';
import { randomBytes } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { HealthService } from '../../gen/openk/health/v1/health_pb.ts';
import { toOwnPath } from '../../src/auth/login.ts';
import type { Identity } from '../../src/auth/principal.ts';
import type { Claims } from '../../src/auth/roles.ts';
import { createSeal } from '../../src/auth/sealed.ts';
import { createSessions, SESSION_COOKIE, type SessionSettings } from '../../src/auth/sessions.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import {
  type IdentityProvider,
  LOGIN_CLIENT,
  PUBLIC_URL,
  startIdentityProvider,
} from '../support/identity-provider.ts';
import { type RunningOpenk, runOpenk } from '../support/running-openk.ts';
import { openWays } from './ways.ts';

const CONFIG = (issuer: string, more = '') => `
auth:
  oidc:
    issuer: ${issuer}
    client_id: ${LOGIN_CLIENT.client_id}
    client_secret: ${LOGIN_CLIENT.client_secret}
    public_url: ${PUBLIC_URL}
    roles: [{ when: "'sre' in claims.groups && claims.email != ''", allow: [EXPLAIN] }]
${more}
components: [{ id: backup, heartbeat: { period: 1h } }]
`;

interface Page {
  readonly status: number;
  readonly url: string;
  readonly headers: Headers;
  readonly text: string;
}

/** As much of one as logs in: cookies by origin, and redirects. Finds the public address of OpenK where an instance listens. */
function createBrowser(openkAt: () => string) {
  const jars = new Map<string, Map<string, string>>();
  const jarOf = (url: string) => {
    const { origin } = new URL(url);
    const jar = jars.get(origin) ?? new Map<string, string>();
    jars.set(origin, jar);
    return jar;
  };
  const visited: string[] = [];
  const ask = async (url: string, init: RequestInit = {}): Promise<Page> => {
    const jar = jarOf(url);
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ');
    visited.push(url);
    const response = await fetch(url.replace(PUBLIC_URL, openkAt()), {
      redirect: 'manual',
      ...init,
      headers: { accept: 'text/html,*/*;q=0.8', ...(cookie !== '' && { cookie }), ...init.headers },
    });
    for (const line of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      if (value === '' || /max-age=0/i.test(line)) jar.delete(name);
      else jar.set(name, value);
    }
    return { status: response.status, url, headers: response.headers, text: await response.text() };
  };
  return {
    visited,
    openkJar: () => jarOf(PUBLIC_URL),
    ask,
    /** @param until stops before it asks there */
    async open(path: string, until = (_url: string) => false): Promise<Page> {
      let page = await ask(`${PUBLIC_URL}${path}`);
      for (let hop = 0; hop < 12 && page.status >= 300 && page.status < 400; hop++) {
        const next = new URL(page.headers.get('location') ?? '', page.url).href;
        if (until(next)) return { ...page, url: next };
        page = await ask(next);
      }
      return page;
    },
  };
}

const isCallback = (url: string) => url.startsWith(`${PUBLIC_URL}/auth/callback`);

describe('with a browser', () => {
  let provider: IdentityProvider;
  let openk: RunningOpenk;
  let browser: ReturnType<typeof createBrowser>;
  let at: string;

  beforeAll(async () => {
    provider = await startIdentityProvider();
    openk = await runOpenk(CONFIG(provider.issuer));
  });
  afterAll(async () => {
    await openk.close();
    await provider.close();
  });
  beforeEach(() => {
    at = openk.address;
    browser = createBrowser(() => at);
  });
  afterEach(() => {
    provider.setPerson('alice');
    provider.setDown(false);
  });

  const health = async (headers: Record<string, string> = {}) =>
    (
      await browser.ask(`${PUBLIC_URL}/v1/components/backup/health`, {
        headers: { accept: 'application/json', ...headers },
      })
    ).status;

  it('logs in, goes where somebody wanted to go, and calls from there', async () => {
    const page = await browser.open('/docs/?a=b');
    expect([page.status, page.url]).toEqual([200, `${PUBLIC_URL}/docs/?a=b`]);
    expect(browser.visited[1]).toBe(`${PUBLIC_URL}/auth/login?to=%2Fdocs%2F%3Fa%3Db`);
    expect([...browser.openkJar().keys()]).toEqual([SESSION_COOKIE]);
    expect(page.headers.get('cache-control')).toMatch(/private|no-store/);
    expect(page.headers.get('vary')).toContain('cookie');
    const { status, headers } = await browser.ask(`${PUBLIC_URL}/v1/components/backup/health`);
    expect([status, headers.get('vary')]).toEqual([200, expect.stringContaining('cookie')]);
    expect(headers.get('cache-control')).toContain('private');
  });

  it('gives cookies that no script and no other host gets', async () => {
    const login = await browser.ask(`${PUBLIC_URL}/auth/login`);
    expect(login.headers.getSetCookie()).toEqual([
      expect.stringMatching(/^__Host-openk-login=[\w.-]+; Path=\/; Max-Age=600; HttpOnly; Secure; SameSite=Lax$/),
    ]);
    const callback = await browser.ask((await browser.open('/auth/login', isCallback)).url);
    expect(callback.headers.getSetCookie()).toEqual([
      '__Host-openk-login=; Path=/; Max-Age=0; HttpOnly; Secure; SameSite=Lax',
      expect.stringMatching(/^__Host-openk=[\w.-]+; Path=\/; Max-Age=28800; HttpOnly; Secure; SameSite=Lax$/),
    ]);
  });

  it('sends browsers alone to the login, and for pages alone', async () => {
    const statusOf = async (path: string, accept: string) =>
      (await browser.ask(`${PUBLIC_URL}${path}`, { headers: { accept } })).status;
    expect(await statusOf('/metrics', 'text/html')).toBe(303);
    expect(await statusOf('/metrics', '*/*')).toBe(401);
    expect(await statusOf('/v1/components/backup/health', 'text/html')).toBe(401);
    expect(await statusOf('/livez', 'text/html')).toBe(200);
  });

  it('is a credential in every way to call, and only of pages of its own', async () => {
    await browser.open('/docs/');
    const cookie = [...browser.openkJar()].map(([name, value]) => `${name}=${value}`).join('; ');
    const ways = openWays(openk.address);
    const question = { method: HealthService.method.getHealth, request: { component: 'backup' } };
    const endings = async (more: Record<string, string>) => {
      const found = new Set<string>();
      for (const way of ways.all) found.add(await way.call(question, { cookie, ...more }));
      return [...found];
    };
    expect(await endings({})).toEqual(['Ok']);
    expect(await endings({ 'sec-fetch-site': 'same-origin' })).toEqual(['Ok']);
    for (const site of ['same-site', 'cross-site']) {
      expect(await endings({ 'sec-fetch-site': site, origin: 'https://evil.openk.test' })).not.toContain('Ok');
    }
    expect(await endings({ origin: 'https://evil.openk.test' })).not.toContain('Ok');
    // What a request says aloud goes before.
    expect(await endings({ authorization: 'Bearer wrong' })).toEqual(['Unauthenticated']);
    ways.close();
  });

  it.each([
    ['another state', (url: string) => url.replace(/state=[^&]*/, 'state=other')],
    ['no state', (url: string) => url.replace(/state=[^&]*/, '')],
    ['another code', (url: string) => url.replace(/code=[^&]*/, 'code=other')],
    ['nothing', () => `${PUBLIC_URL}/auth/callback`],
  ])('refuses a callback with %s', async (_name, change) => {
    const { url } = await browser.open('/auth/login', isCallback);
    const page = await browser.ask(change(url));
    expect([page.status, page.text]).toEqual([400, expect.stringContaining('begun in another browser')]);
    expect([...browser.openkJar()]).toEqual([]);
  });

  it('refuses a callback that is replayed, by the same browser and by another', async () => {
    const { url } = await browser.open('/auth/login', isCallback);
    const jar = new Map(browser.openkJar());
    expect((await browser.ask(url)).status).toBe(303);
    expect((await browser.ask(url)).status).toBe(400);
    const other = createBrowser(() => at);
    for (const [name, value] of jar) other.openkJar().set(name, value);
    expect((await other.ask(url)).status).toBe(400);
    expect([...other.openkJar()]).toEqual([]);
  });

  it('begins at one instance and ends at another, which takes the session too', async () => {
    const second = await runOpenk(CONFIG(provider.issuer));
    const { url } = await browser.open('/auth/login?to=/docs/', isCallback);
    at = second.address;
    expect((await browser.ask(url)).status).toBe(303);
    expect(await health()).toBe(200);
    at = openk.address;
    expect(await health()).toBe(200);
    await second.close();
  });

  it('logs out, and what goes on in the name of the session ends', async () => {
    await browser.open('/docs/');
    const [[name, value] = ['', '']] = browser.openkJar();
    const watching = await fetch(`${openk.address}/v1/health:watch?components=backup`, {
      headers: { cookie: `${name}=${value}` },
    });
    expect(watching.status).toBe(200);
    const foreign = { 'sec-fetch-site': 'cross-site', origin: 'https://evil.test' };
    const post = (headers: Record<string, string>) =>
      browser.ask(`${PUBLIC_URL}/auth/logout`, { method: 'POST', headers });
    expect((await post(foreign)).status).toBe(403);
    expect(await health()).toBe(200);
    const page = await post({ 'sec-fetch-site': 'same-origin' });
    expect([page.status, page.text]).toEqual([200, expect.stringContaining('logged out')]);
    expect([...browser.openkJar()]).toEqual([]);
    expect(await watching.text()).toContain('CREDENTIALS_EXPIRED');
    browser.openkJar().set(name, value);
    expect(await health()).toBe(401);
  });

  it('is asked about again by a script of a page, and by a login', async () => {
    const again = await runOpenk(CONFIG(provider.issuer, '    scopes: [openid, email, offline_access]'));
    at = again.address;
    const refresh = async (headers: Record<string, string> = {}) =>
      (await browser.ask(`${PUBLIC_URL}/auth/refresh`, { method: 'POST', headers })).status;
    expect(await refresh()).toBe(401);
    await browser.open('/docs/');
    const first = browser.openkJar().get(SESSION_COOKIE);
    expect(await refresh({ 'sec-fetch-site': 'cross-site', origin: 'https://evil.test' })).toBe(403);
    expect(browser.openkJar().get(SESSION_COOKIE)).toBe(first);
    expect(await refresh({ 'sec-fetch-site': 'same-origin' })).toBe(204);
    const second = browser.openkJar().get(SESSION_COOKIE);
    expect(second).not.toBe(first);
    browser.visited.length = 0;
    expect((await browser.open('/auth/login?to=/docs/')).url).toBe(`${PUBLIC_URL}/docs/`);
    expect(browser.visited).toEqual([`${PUBLIC_URL}/auth/login?to=/docs/`, `${PUBLIC_URL}/docs/`]);
    expect(browser.openkJar().get(SESSION_COOKIE)).not.toBe(second);
    expect(await health()).toBe(200);
    await again.close();
  });

  it.each([
    ['nobody', 'bob', 'no role here holds for you'],
    ['whoever says no at the provider', undefined, 'has not logged you in'],
  ])('gives no session to %s', async (_who, person, words) => {
    provider.setPerson(person);
    const page = await browser.open('/docs/');
    expect([page.status, page.text]).toEqual([403, expect.stringContaining(words)]);
    expect([...browser.openkJar()]).toEqual([]);
  });

  it('judges a session by the roles that there are now', async () => {
    await browser.open('/docs/');
    expect(await health()).toBe(200);
    await openk.reloadWith(CONFIG(provider.issuer).replace("'sre'", "'boss'"));
    expect(await health()).toBe(403);
    await openk.reloadWith(CONFIG(provider.issuer));
    expect(await health()).toBe(200);
    await openk.reloadWith('components: [{ id: backup, heartbeat: { period: 1h } }]');
    expect((await browser.ask(`${PUBLIC_URL}/auth/login`)).status).toBe(404);
    await openk.reloadWith(CONFIG(provider.issuer));
  });

  it('says so where the provider is down, and logs no secret', async () => {
    const fresh = await runOpenk(CONFIG(provider.issuer));
    at = fresh.address;
    provider.setDown(true);
    const begin = await browser.ask(`${PUBLIC_URL}/auth/login`);
    expect([begin.status, begin.text]).toEqual([503, expect.stringContaining('does not answer as it should')]);
    provider.setDown(false);
    const { url } = await browser.open('/auth/login', isCallback);
    provider.setDown(true);
    const finish = await browser.ask(url);
    expect([finish.status, [...browser.openkJar()]]).toEqual([503, []]);
    expect(fresh.log.map(({ msg }) => msg)).toContainEqual(expect.stringContaining('login: '));
    const said = JSON.stringify([fresh.log, openk.log]);
    const { searchParams } = new URL(url);
    for (const secret of [LOGIN_CLIENT.client_secret, searchParams.get('code'), searchParams.get('state')]) {
      expect(said).not.toContain(secret);
    }
    expect(said).not.toContain('eyJ');
    await fresh.close();
  });
});

describe('goes, after the login,', () => {
  it.each([
    ['/docs/', '/docs/'],
    ['/docs/?a=b%2F&c', '/docs/?a=b%2F&c'],
    ['', '/'],
    ['docs', '/'],
    ['//evil.test', '/'],
    ['/\\evil.test', '/'],
    ['\\\\evil.test', '/'],
    ['/\t/evil.test', '/'],
    ['/\n/evil.test', '/'],
    ['/..//evil.test', '/'],
    ['/.//evil.test', '/'],
    ['/a/../..//evil.test', '/'],
    ['https://evil.test', '/'],
    ['javascript:alert(1)', '/'],
    ['/docs\r\nset-cookie: a=b', '/'],
    ['/auth/login', '/'],
    ['/%2F/evil', '/%2F/evil'],
    [`/${'a'.repeat(2000)}`, '/'],
  ])('for %j to %s', (to, expected) => {
    expect(toOwnPath(to)).toBe(expected);
  });
});

describe('a session', () => {
  const key = () => randomBytes(32).toString('base64');
  const SETTINGS: SessionSettings = {
    issuer: 'https://login.test',
    clientId: 'openk',
    clientSecret: 'secret',
    publicUrl: PUBLIC_URL,
    sessionMs: 3_600_000,
    refreshMs: 900_000,
    sessionKeys: [],
    roles: [{ when: "claims.sub == 'alice'", allow: ['READ'] }],
  };
  const clock = createFakeClock();
  const open = (settings: Partial<SessionSettings> = {}) => createSessions(clock, { ...SETTINGS, ...settings });
  const show = async (sessions: ReturnType<typeof open>, cookie: string | undefined) => {
    const identity = (await sessions.identify({ cookie: `a=b; ${SESSION_COOKIE}=${cookie}` })) as Identity;
    return identity.ok ? identity.principal.name : identity.fault;
  };
  const begin = async (sessions = open(), claims: Claims = { sub: 'alice' }) =>
    (await sessions.begin({ claims }))?.cookie;

  it('ends, also where nobody has seen it before', async () => {
    const sessions = open();
    const cookie = await begin(sessions);
    expect(await show(sessions, cookie)).toBe('oidc:alice');
    await clock.advance(3_599_000);
    expect(await show(sessions, cookie)).toBe('oidc:alice');
    await clock.advance(2_000);
    expect(await show(sessions, cookie)).toBe('expired');
    expect(await show(open(), cookie)).toBe('invalid');
  });

  it('holds in every part of its cookie', async () => {
    const cookie = (await begin()) ?? '';
    const parts = cookie.split('.');
    for (const [index, part] of parts.entries()) {
      if (part === '') continue;
      const flipped = `${part[0] === 'A' ? 'B' : 'A'}${part.slice(1)}`;
      expect(await show(open(), parts.with(index, flipped).join('.'))).toBe('invalid');
    }
    for (const other of ['', 'x', `${cookie}.`, 'a'.repeat(10_000)]) expect(await show(open(), other)).toBe('invalid');
  });

  it('is read with the keys of now, and was read with those before', async () => {
    const [first, second, third] = [key(), key(), key()];
    const cookie = await begin(open({ sessionKeys: [first] }));
    expect(await show(open({ sessionKeys: [second, first] }), cookie)).toBe('oidc:alice');
    expect(await show(open({ sessionKeys: [third, second] }), cookie)).toBe('invalid');
    expect(await show(open(), cookie)).toBe('invalid');
    expect(await show(open({ sessionKeys: [first], clientId: 'other' }), cookie)).toBe('invalid');
    expect(await show(open({ sessionKeys: [first], issuer: 'https://other.test' }), cookie)).toBe('invalid');
  });

  it('is not what was sealed for a login', async () => {
    const sealed = await createSeal(clock, SETTINGS, 'login').seal(
      { id: 'x', claims: { sub: 'alice' } },
      clock.nowMs() + 600_000,
    );
    expect(await show(open(), sealed)).toBe('invalid');
  });

  it('has bounds, within which a browser keeps it', async () => {
    const sessions = open();
    const cookie = await begin(sessions, { sub: 'alice', groups: 'g'.repeat(2_850) });
    expect(`${SESSION_COOKIE}=${cookie}`.length).toBeLessThanOrEqual(4096);
    expect(await show(sessions, cookie)).toBe('oidc:alice');
    expect(await begin(sessions, { sub: 'alice', groups: 'g'.repeat(2_950) })).toBeUndefined();
  });

  it('that is logged out is over where it was, and nobody else is', async () => {
    const sessions = open();
    const [one, other] = [await begin(sessions), await begin(sessions, { sub: 'alice', n: 2 })];
    await sessions.end({ cookie: `${SESSION_COOKIE}=${one}` });
    expect([await show(sessions, one), await show(sessions, one)]).toEqual(['expired', 'invalid']);
    expect(await show(sessions, other)).toBe('oidc:alice');
  });
});
