// A real identity provider (oidc-provider) on a port of the loopback, whose keys a test has too: it can sign what no provider
// would.
import './one-realm.ts';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type CryptoKey, exportJWK, generateKeyPair, type JWK, type JWTPayload, SignJWT } from 'jose';
import Provider from 'oidc-provider';
import { listen } from './upstreams/tcp.ts';

export const AUDIENCE = 'https://openk.test';
/** At which people log in to OpenK, wherever it listens. */
export const PUBLIC_URL = 'https://openk.test';
export const LOGIN_CLIENT = { client_id: 'openk', client_secret: 'secret-of-the-client' };
const CLIENT = { client_id: 'program', client_secret: 'program-secret' };

export interface IdentityProvider {
  readonly issuer: string;
  /** How often its keys have been asked for. */
  readonly keyRequests: () => number;
  /** From the provider itself, for a program (client credentials). */
  issueToken(): Promise<string>;
  /** Signed with the key that the provider uses now. Claims that are undefined are left out. */
  sign(claims?: JWTPayload, header?: object, nowMs?: number): Promise<string>;
  /** The public key that it uses now. */
  readonly publicKey: () => JWK;
  /** Uses another key from now on, and forgets those before. */
  rotate(): Promise<void>;
  /** Who logs in from now on; undefined: whoever it is says no. Default: alice, who alone is in the groups. */
  setPerson(name: string | undefined): void;
  /** Whom the provider does not know any more, or in other groups than they were. */
  dismiss(name: string): void;
  setGroups(groups: readonly string[]): void;
  /** Stops answering, as a provider that is down. */
  setDown(isDown: boolean): void;
  close(): Promise<void>;
}

interface GrantContext {
  readonly oidc: { readonly client: { readonly clientId: string }; readonly session: { readonly accountId: string } };
}

/** What the provider keeps, over rotations of its key. */
function createAdapter() {
  const stored = new Map<string, Record<string, unknown>>();
  const find = async (test: (payload: Record<string, unknown>) => boolean) => [...stored.values()].find(test);
  return (model: string) => ({
    async upsert(id: string, payload: Record<string, unknown>) {
      stored.set(`${model}:${id}`, payload);
    },
    find: async (id: string) => stored.get(`${model}:${id}`),
    findByUid: (uid: string) => find((payload) => payload.uid === uid),
    findByUserCode: (code: string) => find((payload) => payload.userCode === code),
    async consume(id: string) {
      const payload = stored.get(`${model}:${id}`);
      if (payload !== undefined) payload.consumed = Math.floor(Date.now() / 1000);
    },
    async destroy(id: string) {
      stored.delete(`${model}:${id}`);
    },
    async revokeByGrantId(grantId: string) {
      for (const [key, payload] of stored) if (payload.grantId === grantId) stored.delete(key);
    },
  });
}

/** @param groups what its tokens claim */
export async function startIdentityProvider(claimed: readonly string[] = ['sre']): Promise<IdentityProvider> {
  let provider: Provider;
  let key: { readonly privateKey: CryptoKey; readonly publicJwk: JWK; readonly kid: string };
  let keyRequests = 0;
  let isDown = false;
  let groups = claimed;
  const dismissed = new Set<string>();
  let person: string | undefined = 'alice';
  let generation = 0;
  const server = await listen(
    createServer((request, response) => {
      if (request.url === '/jwks') keyRequests++;
      if (isDown) response.writeHead(503).end();
      else if (request.url?.startsWith('/interaction/') === true) void answerPerson(request, response);
      else provider.callback()(request, response);
    }),
  );
  const issuer = `http://${server.target}`;
  const answerPerson = (request: IncomingMessage, response: ServerResponse) =>
    provider.interactionFinished(
      request,
      response,
      person === undefined ? { error: 'access_denied' } : { login: { accountId: person }, consent: {} },
    );
  const adapter = createAdapter();
  const rotate = async () => {
    const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true });
    const kid = `key-${++generation}`;
    key = { privateKey, publicJwk: await exportJWK(publicKey), kid };
    provider = new Provider(issuer, {
      adapter,
      jwks: { keys: [{ ...(await exportJWK(privateKey)), kid, alg: 'ES256', use: 'sig' }] },
      clients: [
        { ...CLIENT, grant_types: ['client_credentials'], redirect_uris: [], response_types: [] },
        // With refresh tokens, each of which it takes once.
        {
          ...LOGIN_CLIENT,
          grant_types: ['authorization_code', 'refresh_token'],
          redirect_uris: [`${PUBLIC_URL}/auth/callback`],
        },
      ],
      claims: { openid: ['sub', 'groups'], profile: ['name'], email: ['email'] },
      findAccount: (_context: unknown, id: string) =>
        dismissed.has(id)
          ? undefined
          : {
              accountId: id,
              claims: () => ({
                sub: id,
                name: 'A Person',
                email: 'person@example.com',
                groups: id === 'alice' ? groups : [],
              }),
            },
      rotateRefreshToken: true,
      // Nobody is asked for consent.
      async loadExistingGrant({ oidc: { client, session } }: GrantContext) {
        const grant = new provider.Grant({ clientId: client.clientId, accountId: session.accountId });
        grant.addOIDCScope('openid profile email offline_access');
        await grant.save();
        return grant;
      },
      interactions: { url: (_context: unknown, { uid }: { readonly uid: string }) => `/interaction/${uid}` },
      cookies: { keys: ['of this test'] },
      clientDefaults: { id_token_signed_response_alg: 'ES256' },
      features: {
        revocation: { enabled: true },
        clientCredentials: { enabled: true },
        devInteractions: { enabled: false },
        resourceIndicators: {
          enabled: true,
          defaultResource: (_context: unknown, client: { readonly clientId: string }) =>
            client.clientId === CLIENT.client_id ? AUDIENCE : undefined,
          getResourceServerInfo: () => ({
            scope: 'read',
            audience: AUDIENCE,
            accessTokenFormat: 'jwt',
            accessTokenTTL: 600,
            jwt: { sign: { alg: 'ES256' } },
          }),
        },
      },
      extraTokenClaims: () => ({ groups }),
      clientBasedCORS: () => false,
      ttl: { ClientCredentials: 600 },
    });
  };
  await rotate();

  return {
    issuer,
    keyRequests: () => keyRequests,
    async issueToken() {
      const response = await fetch(`${issuer}/token`, {
        method: 'POST',
        headers: { authorization: `Basic ${btoa(`${CLIENT.client_id}:${CLIENT.client_secret}`)}` },
        body: new URLSearchParams({ grant_type: 'client_credentials', resource: AUDIENCE }),
      });
      const text = await response.text();
      const { access_token: token } = JSON.parse(text) as { readonly access_token?: string };
      if (token === undefined) throw new Error(`the provider answered ${response.status}: ${text}`);
      return token;
    },
    sign(claims = {}, header = {}, nowMs = Date.now()) {
      const nowS = Math.floor(nowMs / 1000);
      const all = { iss: issuer, aud: AUDIENCE, sub: 'alice', iat: nowS, exp: nowS + 600, groups, ...claims };
      const payload = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
      return new SignJWT(payload)
        .setProtectedHeader({ alg: 'ES256', kid: key.kid, typ: 'at+jwt', ...header })
        .sign(key.privateKey);
    },
    publicKey: () => key.publicJwk,
    rotate,
    setPerson(name) {
      person = name;
    },
    dismiss(name) {
      dismissed.add(name);
    },
    setGroups(value) {
      groups = value;
    },
    setDown(value) {
      isDown = value;
    },
    close: () => server.close(),
  };
}
