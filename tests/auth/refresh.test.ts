// People stay logged in as long as a real OpenID provider says that they are who they were.
import '../support/one-realm.ts';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { createLogin, type LoginFault } from '../../src/auth/login.ts';
import type { Principal } from '../../src/auth/principal.ts';
import { createSessions, SESSION_COOKIE } from '../../src/auth/sessions.ts';
import { createFakeClock, type FakeClock } from '../support/fake-clock.ts';
import {
  type IdentityProvider,
  LOGIN_CLIENT,
  PUBLIC_URL,
  startIdentityProvider,
} from '../support/identity-provider.ts';

const MINUTE = 60_000;

let provider: IdentityProvider;
let clock: FakeClock;
let notices: string[];

beforeEach(async () => {
  provider = await startIdentityProvider();
  clock = createFakeClock();
  notices = [];
});
afterEach(() => provider.close());

/** An instance; all that are opened here have the same keys. */
function openInstance({ scopes = ['openid', 'profile', 'email', 'offline_access'], sessionMs = 60 * MINUTE } = {}) {
  const settings = {
    issuer: provider.issuer,
    clientId: LOGIN_CLIENT.client_id,
    clientSecret: LOGIN_CLIENT.client_secret,
    publicUrl: PUBLIC_URL,
    scopes,
    sessionMs,
    refreshMs: 15 * MINUTE,
    sessionKeys: [],
    roles: [
      { when: "'sre' in claims.groups", allow: ['ADMIN' as const] },
      { when: "'guests' in claims.groups", allow: ['READ' as const] },
    ],
  };
  const sessions = createSessions(clock, settings);
  const login = createLogin({ clock, settings, sessions, notify: (notice) => notices.push(notice) });
  const headersOf = (cookie: string) => ({ cookie: `${SESSION_COOKIE}=${cookie}` });
  const principalOf = async (cookie: string): Promise<Principal | string> => {
    const identity = await sessions.identify(headersOf(cookie));
    return identity?.ok ? identity.principal : (identity?.fault ?? 'none');
  };
  return {
    /** With a browser that follows the provider until it comes back. */
    async logIn(): Promise<string> {
      const begun = await login.begin('/');
      if (!begun.ok) throw new Error(begun.fault);
      const jar = new Map<string, string>();
      let url = begun.location;
      for (let hop = 0; hop < 12 && !url.startsWith(PUBLIC_URL); hop++) {
        const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ');
        const { headers, status } = await fetch(url, { redirect: 'manual', headers: { cookie } });
        for (const line of headers.getSetCookie()) jar.set(line.split('=')[0]!, /=([^;]*)/.exec(line)![1]!);
        const location = headers.get('location');
        if (location === null) throw new Error(`the provider answered ${status} at ${url}`);
        url = new URL(location, url).href;
      }
      const done = await login.finish(new URL(url).search, begun.cookie);
      if (!done.ok) throw new Error(done.fault);
      return done.session.cookie;
    },
    async scopesOf(cookie: string): Promise<readonly string[] | string> {
      const principal = await principalOf(cookie);
      return typeof principal === 'string' ? principal : [...principal.scopes].sort();
    },
    principalOf,
    async refresh(cookie: string): Promise<{ cookie: string; forMs: number } | LoginFault | 'nothing to ask by'> {
      const result = await login.refresh(headersOf(cookie));
      if (result === undefined) return 'nothing to ask by';
      return result.ok ? result.session : result.fault;
    },
    logOut: (cookie: string) => login.end(headersOf(cookie)),
  };
}

const cookieIn = (refreshed: { cookie: string } | string) => {
  if (typeof refreshed === 'string') throw new Error(refreshed);
  return refreshed.cookie;
};

it('counts until the provider is to be asked again, then only as it says now', async () => {
  const openk = openInstance();
  const cookie = await openk.logIn();
  expect(await openk.scopesOf(cookie)).toContain('ADMIN');
  await clock.advance(15 * MINUTE - 1_000);
  expect(await openk.scopesOf(cookie)).toContain('ADMIN');
  await clock.advance(1_000);
  expect(await openk.scopesOf(cookie)).toBe('expired');
  provider.setGroups(['guests']);
  const next = cookieIn(await openk.refresh(cookie));
  expect(await openk.scopesOf(next)).toEqual(['READ', 'STATUS_PAGES']);
  expect((await openk.principalOf(next)) as Principal).toMatchObject({ name: 'oidc:alice' });
});

it('expels what goes on in its name when the provider is to be asked', async () => {
  const openk = openInstance();
  const { lifetime } = (await openk.principalOf(await openk.logIn())) as Principal;
  let expelled = 0;
  lifetime?.enter({ expel: () => expelled++ });
  await clock.advance(14 * MINUTE);
  expect(expelled).toBe(0);
  await clock.advance(MINUTE);
  expect([expelled, clock.pendingTimers]).toEqual([1, 0]);
});

it('goes on and on, and ends when the first login would have', async () => {
  const openk = openInstance({ sessionMs: 50 * MINUTE });
  let cookie = await openk.logIn();
  for (const left of [35, 20, 5]) {
    await clock.advance(15 * MINUTE);
    const refreshed = await openk.refresh(cookie);
    expect(refreshed).toMatchObject({ forMs: left * MINUTE });
    cookie = cookieIn(refreshed);
  }
  await clock.advance(5 * MINUTE);
  expect([await openk.scopesOf(cookie), await openk.refresh(cookie)]).toEqual(['invalid', 'nothing to ask by']);
});

it('asks once for all pages of a browser: a refresh token is taken once', async () => {
  const openk = openInstance();
  const cookie = await openk.logIn();
  await clock.advance(15 * MINUTE);
  const [one, other] = await Promise.all([openk.refresh(cookie), openk.refresh(cookie)]);
  const late = await openk.refresh(cookie);
  expect([cookieIn(other), cookieIn(late)]).toEqual([cookieIn(one), cookieIn(one)]);
  await clock.advance(61_000);
  // The provider takes it for stolen.
  expect(await openk.refresh(cookie)).toBe('stale');
});

it('is over for somebody who was dismissed, with what goes on in their name', async () => {
  const openk = openInstance();
  const cookie = await openk.logIn();
  const { lifetime } = (await openk.principalOf(cookie)) as Principal;
  provider.dismiss('alice');
  expect(await openk.refresh(cookie)).toBe('stale');
  expect([lifetime?.isOver(), await openk.refresh(cookie)]).toEqual([true, 'nothing to ask by']);
});

it('is over where no role holds any more', async () => {
  const openk = openInstance();
  const cookie = await openk.logIn();
  provider.setGroups(['strangers']);
  expect(await openk.refresh(cookie)).toBe('no_role');
  expect(await openk.refresh(cookie)).toBe('nothing to ask by');
});

it('goes on while the provider is down, a minute at a time', async () => {
  const openk = openInstance();
  let cookie = await openk.logIn();
  await clock.advance(15 * MINUTE);
  provider.setDown(true);
  cookie = cookieIn(await openk.refresh(cookie));
  expect(await openk.scopesOf(cookie)).toContain('ADMIN');
  await clock.advance(MINUTE);
  expect(await openk.scopesOf(cookie)).toBe('expired');
  provider.setDown(false);
  provider.setGroups(['guests']);
  cookie = cookieIn(await openk.refresh(cookie));
  expect(await openk.scopesOf(cookie)).toEqual(['READ', 'STATUS_PAGES']);
  expect(notices).toEqual([expect.stringContaining('login: the identity provider did not complete it')]);
  expect(notices.join()).not.toContain(cookie);
});

it('is asked about at another instance with the same keys', async () => {
  const cookie = await openInstance().logIn();
  await clock.advance(15 * MINUTE);
  const other = openInstance();
  expect(await other.scopesOf(cookieIn(await other.refresh(cookie)))).toContain('ADMIN');
});

it('gives its refresh token back when it is logged out', async () => {
  const openk = openInstance();
  const cookie = await openk.logIn();
  await openk.logOut(cookie);
  expect(await openk.refresh(cookie)).toBe('nothing to ask by');
  // Elsewhere a copy of the cookie is not known to be over; the provider knows.
  expect(await openInstance().refresh(cookie)).toBe('stale');
});

it('needs no refresh token', async () => {
  const openk = openInstance({ scopes: ['openid', 'profile', 'email'] });
  const cookie = await openk.logIn();
  await clock.advance(59 * MINUTE);
  expect(await openk.scopesOf(cookie)).toContain('ADMIN');
  expect(await openk.refresh(cookie)).toBe('nothing to ask by');
});

it('leaves out the refresh token where the claims take all the room', async () => {
  const openk = openInstance();
  provider.setGroups(['sre', 'x'.repeat(2_700)]);
  const cookie = await openk.logIn();
  expect(cookie.length).toBeLessThan(4_096);
  expect(await openk.scopesOf(cookie)).toContain('ADMIN');
  await clock.advance(59 * MINUTE);
  expect(await openk.scopesOf(cookie)).toContain('ADMIN');
});
