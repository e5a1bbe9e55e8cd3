// Login of people at an OpenID provider: the code flow with PKCE, state and nonce. What is to be known at its end waits in a cookie of
// the browser that began it, and nowhere else.
import type { IncomingHttpHeaders } from 'node:http';
import type { Clock } from '../core/clock.ts';
import { onFirstUse } from '../core/on-first-use.ts';
import { digestOf } from './credentials.ts';
import { describeFault, isRefused } from './openid-faults.ts';
import type { Begun, OpenidProviderSettings } from './openid-provider.ts';
import { createSeal } from './sealed.ts';
import type { HeldSession, NewSession, Person, SessionSettings, Sessions } from './sessions.ts';

export interface LoginSettings extends SessionSettings, OpenidProviderSettings {}

/** Why nobody is logged in. */
export type LoginFault =
  /** It was begun elsewhere, too long ago, or is over already. */
  | 'stale'
  /** The provider says no. */
  | 'denied'
  /** No role holds. */
  | 'no_role'
  /** A role asks for a claim that the provider keeps back. */
  | 'claims_missing'
  | 'claims_too_large'
  | 'unavailable';

export type LoginResult<Done> = ({ readonly ok: true } & Done) | { readonly ok: false; readonly fault: LoginFault };

export interface Login {
  /** @param to where to go in the end: a path of OpenK's own, or it is `/` */
  begin(to: string): Promise<LoginResult<{ readonly location: string; readonly cookie: string }>>;
  /** @param query of the callback, with its `?` @param cookie of `begin` */
  finish(
    query: string,
    cookie: string | undefined,
  ): Promise<LoginResult<{ readonly to: string; readonly session: NewSession }>>;
  /** Asks the provider whether somebody is still who they were. Undefined where a request carries no session that it can be asked about. */
  refresh(headers: IncomingHttpHeaders): Promise<LoginResult<{ readonly session: NewSession }> | undefined>;
  /** Ends the session that a request carries: here, and at the provider what it gave for it. */
  end(headers: IncomingHttpHeaders): Promise<void>;
}

export interface LoginOptions {
  readonly clock: Clock;
  readonly settings: LoginSettings;
  readonly sessions: Sessions;
  /** What the log should say. Holds nothing of a credential. */
  readonly notify: (notice: string) => void;
}

export const LOGIN_MS = 600_000;
export const CALLBACK = '/auth/callback';

const MAX_TO_CHARS = 1_024;
const NOTICE_MS = 30_000;
/** Callers beyond it have to wait: each is a request of ours to the provider. */
const MAX_AT_ONCE = 50;
/** How long several requests with the same refresh token get the same session. */
const REFRESHED_MS = 60_000;
const MAX_REFRESHED = 10_000;
/** After which the provider is asked again that could not be. */
const UNAVAILABLE_MS = 60_000;

const UNAVAILABLE = { ok: false, fault: 'unavailable' } as const;

export function createLogin({ clock, settings, sessions, notify }: LoginOptions): Login {
  const { publicUrl } = settings;
  const openProvider = onFirstUse(async () => {
    const { createOpenidProvider } = await import('./openid-provider.ts');
    return createOpenidProvider(clock, settings);
  });
  const seal = createSeal(clock, settings, 'login');
  let saidAtMs = Number.NEGATIVE_INFINITY;
  const say = (what: string, error?: unknown) => {
    if (clock.monotonicMs() - saidAtMs < NOTICE_MS) return;
    saidAtMs = clock.monotonicMs();
    notify(`login: ${what}${error === undefined ? '' : `: ${describeFault(error)}`}`);
  };

  const judge = ({ claims }: Person): LoginFault | undefined => {
    const judgement = sessions.judge(claims);
    if (!('missing' in judgement)) return judgement.grant.allow.length === 0 ? 'no_role' : undefined;
    say(
      `people are refused whose claim ${JSON.stringify(judgement.missing)} the provider keeps back, so that auth.oidc.roles cannot be judged`,
    );
    return 'claims_missing';
  };
  /** @param before the session that it goes on from */
  const admit = async (person: Person, before?: HeldSession): Promise<LoginResult<{ session: NewSession }>> => {
    const fault = judge(person);
    if (fault !== undefined) return { ok: false, fault };
    const session = await sessions.begin(person, before);
    if (session !== undefined) return { ok: true, session };
    say('people are refused whose claims are too large for a cookie: let the provider send fewer');
    return { ok: false, fault: 'claims_too_large' };
  };

  let atOnce = 0;
  /** @param ask the provider, which is asked so much at once and no more */
  const bounded = async <Done>(ask: () => Promise<LoginResult<Done>>, ifUnable: () => Promise<LoginResult<Done>>) => {
    if (atOnce >= MAX_AT_ONCE) return ifUnable();
    atOnce++;
    try {
      return await ask();
    } catch (error) {
      const fault = isRefused(error);
      if (fault !== undefined) return { ok: false, fault } as const;
      say('the identity provider did not complete it', error);
      return ifUnable();
    } finally {
      atOnce--;
    }
  };

  /** By digest of the refresh token: several pages of a browser ask at once, and a provider takes a token once. The oldest first. */
  const refreshed = new Map<
    string,
    { readonly result: Promise<LoginResult<{ session: NewSession }>>; readonly atMs: number }
  >();
  const refreshOnce = (held: HeldSession) => {
    const digest = digestOf(held.refreshToken);
    const nowMs = clock.monotonicMs();
    for (const [key, { atMs }] of refreshed) {
      if (nowMs - atMs < REFRESHED_MS && refreshed.size < MAX_REFRESHED) break;
      refreshed.delete(key);
    }
    const { result } = refreshed.get(digest) ?? { result: refresh(held) };
    if (!refreshed.has(digest)) refreshed.set(digest, { result, atMs: nowMs });
    return result;
  };
  const refresh = (held: HeldSession) =>
    bounded(
      async () => admit(await (await openProvider()).refresh(held.refreshToken, held.claims), held),
      // Who they were they still are, until it can be asked: the page is needed the most while others are down too.
      () => admit(held, { ...held, askAgainAtMs: clock.nowMs() + UNAVAILABLE_MS }),
    );

  return {
    async begin(to) {
      try {
        const provider = await openProvider();
        const { begun, location } = await provider.begin(`${publicUrl}${CALLBACK}`);
        const cookie = await seal.seal({ ...begun, to: toOwnPath(to) }, clock.nowMs() + LOGIN_MS);
        return { ok: true, location, cookie };
      } catch (error) {
        say('the identity provider cannot be asked', error);
        return UNAVAILABLE;
      }
    },
    async finish(query, cookie) {
      const begun = cookie === undefined ? undefined : await seal.open(cookie);
      if (!isBegun(begun) || new URLSearchParams(query).get('state') !== begun.state) {
        return { ok: false, fault: 'stale' };
      }
      return bounded(
        async () => {
          const provider = await openProvider();
          const admitted = await admit(await provider.exchange(new URL(`${publicUrl}${CALLBACK}${query}`), begun));
          return admitted.ok ? { ...admitted, to: begun.to } : admitted;
        },
        async () => UNAVAILABLE,
      );
    },
    async refresh(headers) {
      const held = await sessions.held(headers);
      if (held === undefined) return undefined;
      const result = await refreshOnce(held);
      if (!result.ok) await sessions.end(headers);
      return result;
    },
    async end(headers) {
      const held = await sessions.held(headers);
      await sessions.end(headers);
      if (held === undefined) return;
      const provider = await openProvider();
      await provider.revoke(held.refreshToken).catch((error) => say('a refresh token cannot be revoked', error));
    },
  };
}

function isBegun(sealed: object | undefined): sealed is Begun & { readonly to: string } {
  const { verifier, state, nonce, to } = (sealed ?? {}) as Record<string, unknown>;
  return [verifier, state, nonce, to].every((part) => typeof part === 'string');
}

const BASE = 'http://openk.invalid';

/** Browsers take `//host`, `/\host` and `/<tab>/host` for another host. */
export function toOwnPath(to: string): string {
  const isPath = /^\/(?![/\\])[!-[\]-~]*$/.test(to) && to.length <= MAX_TO_CHARS;
  const url = isPath ? URL.parse(to, BASE) : null;
  if (url?.origin !== BASE || url.pathname.startsWith('//') || url.pathname.startsWith('/auth/')) return '/';
  return `${url.pathname}${url.search}`;
}
