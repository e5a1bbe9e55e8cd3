// What OpenK asks an OpenID provider, by openid-client: where people log in, who they are, and whether they still are.
import * as openid from 'openid-client';
import type { Clock } from '../core/clock.ts';
import type { Claims } from './roles.ts';

export interface OpenidProviderSettings {
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly scopes: readonly string[];
}

/** What is to be known at the end of a login, and to nobody but the browser that began it. */
export interface Begun {
  readonly verifier: string;
  readonly state: string;
  readonly nonce: string;
}

/** Whom the provider has logged in. */
export interface LoggedIn {
  readonly claims: Claims;
  /** Undefined where the provider gives none. */
  readonly refreshToken: string | undefined;
}

/** All reject where the provider cannot be asked, or answers what is not valid. */
export interface OpenidProvider {
  /** @param redirectUri where it sends the browser back to */
  begin(redirectUri: string): Promise<{ readonly begun: Begun; readonly location: string }>;
  /** @param url the redirect URI with what the browser came back with */
  exchange(url: URL, begun: Begun): Promise<LoggedIn>;
  /** @param before what it claimed; without a new ID token that stands where userinfo says nothing else */
  refresh(refreshToken: string, before: Claims): Promise<LoggedIn>;
  /** Takes a refresh token back, where the provider can do that. */
  revoke(refreshToken: string): Promise<void>;
}

const TIMEOUT_S = 5;
const CLOCK_SKEW_S = 60;
const MAX_BYTES = 1024 * 1024;
const DISCOVERED_MS = 3_600_000;

export function createOpenidProvider(clock: Clock, settings: OpenidProviderSettings): OpenidProvider {
  const { issuer, clientId, clientSecret, scopes } = settings;
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

  /** What userinfo adds. */
  const ask = async (configuration: openid.Configuration, accessToken: string, sub: string): Promise<Claims> =>
    configuration.serverMetadata().userinfo_endpoint === undefined
      ? {}
      : openid.fetchUserInfo(configuration, accessToken, sub);

  return {
    async begin(redirectUri) {
      const configuration = await configured();
      const begun: Begun = {
        verifier: openid.randomPKCECodeVerifier(),
        state: openid.randomState(),
        nonce: openid.randomNonce(),
      };
      const location = openid.buildAuthorizationUrl(configuration, {
        redirect_uri: redirectUri,
        scope: scopes.join(' '),
        code_challenge: await openid.calculatePKCECodeChallenge(begun.verifier),
        code_challenge_method: 'S256',
        state: begun.state,
        nonce: begun.nonce,
        // No provider gives a refresh token by this scope without it (OpenID Connect Core, section 11).
        ...(scopes.includes('offline_access') && { prompt: 'consent' }),
      });
      return { begun, location: location.href };
    },
    async exchange(url, begun) {
      const configuration = await configured();
      const answer = await openid.authorizationCodeGrant(configuration, url, {
        pkceCodeVerifier: begun.verifier,
        expectedState: begun.state,
        expectedNonce: begun.nonce,
        idTokenExpected: true,
      });
      const token = answer.claims();
      if (token === undefined) throw new Error('there is no ID token');
      // Some leave out of the ID token what userinfo has, which never goes before it.
      const more = await ask(configuration, answer.access_token, token.sub);
      return { claims: { ...more, ...lasting(token) }, refreshToken: answer.refresh_token };
    },
    async refresh(refreshToken, before) {
      const configuration = await configured();
      const answer = await openid.refreshTokenGrant(configuration, refreshToken);
      const token = answer.claims();
      const sub = String(before.sub);
      if (token !== undefined && token.sub !== sub) throw new Error('the refreshed ID token is about somebody else');
      const more = await ask(configuration, answer.access_token, sub);
      return {
        claims: token === undefined ? { ...before, ...more } : { ...more, ...lasting(token) },
        // One that is not replaced stays good (RFC 6749, section 6).
        refreshToken: answer.refresh_token ?? refreshToken,
      };
    },
    async revoke(refreshToken) {
      const configuration = await configured();
      if (configuration.serverMetadata().revocation_endpoint === undefined) return;
      await openid.tokenRevocation(configuration, refreshToken, { token_type_hint: 'refresh_token' });
    },
  };
}

/** What is not about the token itself. */
function lasting(token: openid.IDToken) {
  const { nonce: _nonce, at_hash: _hash, exp: _exp, iat: _iat, jti: _jti, ...claims } = token;
  return claims;
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
