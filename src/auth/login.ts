// Login of people at an OpenID provider: the code flow with PKCE, state and nonce. What is to be known at its end waits in a cookie of
// the browser that began it, and nowhere else.
import * as openid from 'openid-client';
import type { Clock } from '../core/clock.ts';
import type { Claims } from './roles.ts';
import { createSeal } from './sealed.ts';
import type { SessionSettings, Sessions } from './sessions.ts';

export interface LoginSettings extends SessionSettings {
  readonly scopes: readonly string[];
}

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
  ): Promise<LoginResult<{ readonly to: string; readonly session: string }>>;
  readonly sessionMs: number;
  readonly end: Sessions['end'];
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

const TIMEOUT_S = 5;
const CLOCK_SKEW_S = 60;
const MAX_BYTES = 1024 * 1024;
const MAX_TO_CHARS = 1_024;
const DISCOVERED_MS = 3_600_000;
const NOTICE_MS = 30_000;
/** Callers beyond it have to wait: each is a request of ours to the provider. */
const MAX_AT_ONCE = 50;

const UNAVAILABLE = { ok: false, fault: 'unavailable' } as const;

export function createLogin({ clock, settings, sessions, notify }: LoginOptions): Login {
  const { issuer, clientId, clientSecret, publicUrl, scopes } = settings;
  const seal = createSeal(clock, settings, 'login');
  let saidAtMs = Number.NEGATIVE_INFINITY;
  const say = (what: string, error?: unknown) => {
    if (clock.monotonicMs() - saidAtMs < NOTICE_MS) return;
    saidAtMs = clock.monotonicMs();
    notify(`login: ${what}${error === undefined ? '' : `: ${messageOf(error)}`}`);
  };

  let discovered: { readonly configuration: openid.Configuration; readonly atMs: number } | undefined;
  let discovering: Promise<openid.Configuration> | undefined;
  const discover = async () => {
    const configuration = await openid.discovery(
      new URL(issuer),
      clientId,
      { [openid.clockTolerance]: CLOCK_SKEW_S },
      authenticateClient(clientSecret),
      {
        timeout: TIMEOUT_S,
        [openid.customFetch]: fetchBounded,
        // The configuration takes http on the loopback alone.
        execute: [
          openid.enableNonRepudiationChecks,
          ...(issuer.startsWith('http:') ? [openid.allowInsecureRequests] : []),
        ],
      },
    );
    discovered = { configuration, atMs: clock.monotonicMs() };
    return configuration;
  };
  /** One request for all who ask meanwhile. What is known goes on being used while the provider is down. */
  const configured = (): Promise<openid.Configuration> => {
    const known = discovered;
    if (known !== undefined && clock.monotonicMs() - known.atMs < DISCOVERED_MS) {
      return Promise.resolve(known.configuration);
    }
    discovering ??= discover()
      .catch((error: unknown) => {
        if (known === undefined) throw error;
        return known.configuration;
      })
      .finally(() => {
        discovering = undefined;
      });
    return discovering;
  };

  /** What the provider claims of somebody; userinfo has what some leave out of the ID token, and never goes before it. */
  const claimsOf = async (configuration: openid.Configuration, answer: Awaited<ReturnType<typeof exchange>>) => {
    const token: openid.IDToken | undefined = answer.claims();
    if (token === undefined) throw new Error('there is no ID token');
    const { nonce: _nonce, at_hash: _hash, exp: _exp, iat: _iat, jti: _jti, ...claims } = token;
    if (configuration.serverMetadata().userinfo_endpoint === undefined) return claims;
    return { ...(await openid.fetchUserInfo(configuration, answer.access_token, token.sub)), ...claims };
  };
  const exchange = (configuration: openid.Configuration, query: string, begun: Begun) =>
    openid.authorizationCodeGrant(configuration, new URL(`${publicUrl}${CALLBACK}${query}`), {
      pkceCodeVerifier: begun.verifier,
      expectedState: begun.state,
      expectedNonce: begun.nonce,
      idTokenExpected: true,
    });
  const logIn = async (claims: Claims, to: string) => {
    const judgement = sessions.judge(claims);
    if ('missing' in judgement) {
      say(
        `people are refused whose claim ${JSON.stringify(judgement.missing)} the provider keeps back, so that auth.oidc.roles cannot be judged`,
      );
      return { ok: false, fault: 'claims_missing' } as const;
    }
    if (judgement.grant.allow.length === 0) return { ok: false, fault: 'no_role' } as const;
    const session = await sessions.begin(claims);
    if (session !== undefined) return { ok: true, to, session } as const;
    say('people are refused whose claims are too large for a cookie: let the provider send fewer');
    return { ok: false, fault: 'claims_too_large' } as const;
  };
  let atOnce = 0;

  return {
    sessionMs: settings.sessionMs,
    end: sessions.end,
    async begin(to) {
      try {
        const configuration = await configured();
        const begun: Begun = {
          verifier: openid.randomPKCECodeVerifier(),
          state: openid.randomState(),
          nonce: openid.randomNonce(),
          to: toOwnPath(to),
        };
        const location = openid.buildAuthorizationUrl(configuration, {
          redirect_uri: `${publicUrl}${CALLBACK}`,
          scope: scopes.join(' '),
          code_challenge: await openid.calculatePKCECodeChallenge(begun.verifier),
          code_challenge_method: 'S256',
          state: begun.state,
          nonce: begun.nonce,
        });
        const cookie = await seal.seal({ ...begun }, clock.nowMs() + LOGIN_MS);
        return { ok: true, location: location.href, cookie };
      } catch (error) {
        say('the identity provider cannot be asked', error);
        return UNAVAILABLE;
      }
    },
    async finish(query, cookie) {
      const begun = cookie === undefined ? undefined : await seal.open(cookie);
      if (!isBegun(begun) || new URLSearchParams(query).get('state') !== begun.state)
        return { ok: false, fault: 'stale' };
      if (atOnce >= MAX_AT_ONCE) return UNAVAILABLE;
      atOnce++;
      try {
        const configuration = await configured();
        const answer = await exchange(configuration, query, begun);
        return await logIn(await claimsOf(configuration, answer), begun.to);
      } catch (error) {
        if (error instanceof openid.AuthorizationResponseError) return { ok: false, fault: 'denied' };
        if (error instanceof openid.ResponseBodyError && error.error === 'invalid_grant') {
          return { ok: false, fault: 'stale' };
        }
        say('the identity provider did not complete it', error);
        return UNAVAILABLE;
      } finally {
        atOnce--;
      }
    },
  };
}

interface Begun {
  readonly verifier: string;
  readonly state: string;
  readonly nonce: string;
  readonly to: string;
}

function isBegun(sealed: object | undefined): sealed is Begun {
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

/** As the provider has it, and by Basic where it does not say (OpenID Connect Core, section 9). */
function authenticateClient(secret: string): openid.ClientAuth {
  const basic = openid.ClientSecretBasic(secret);
  const post = openid.ClientSecretPost(secret);
  return (server, client, body, headers) => {
    const methods = server.token_endpoint_auth_methods_supported ?? ['client_secret_basic'];
    return (methods.includes('client_secret_basic') ? basic : post)(server, client, body, headers);
  };
}

const fetchBounded: openid.CustomFetch = async (url, options) => {
  const { body, status, statusText, headers } = await fetch(url, options as RequestInit);
  let bytes = 0;
  const bounded = body?.pipeThrough(
    new TransformStream<Uint8Array, Uint8Array>({
      transform(chunk, controller) {
        bytes += chunk.length;
        if (bytes > MAX_BYTES) controller.error(new Error(`an answer of more than ${MAX_BYTES} bytes`));
        else controller.enqueue(chunk);
      },
    }),
  );
  return new Response(bounded ?? null, { status, statusText, headers });
};

/** Nothing of what was sent or answered, which may hold secrets: kinds and codes alone. */
function messageOf(error: unknown): string {
  const { message, code, cause } = error as Error & {
    readonly code?: string;
    readonly cause?: { readonly code?: string };
  };
  return [error instanceof openid.ResponseBodyError ? error.error : message, code, cause?.code]
    .filter((part) => typeof part === 'string')
    .join(', ')
    .slice(0, 300);
}
