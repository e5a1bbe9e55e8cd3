// Access tokens of a real identity provider on the loopback, and what people make of them who want in.
import '../support/one-realm.ts';
import { createHmac } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { exportSPKI, generateKeyPair, importJWK, SignJWT } from 'jose';
import { digestOf } from '../../src/auth/credentials.ts';
import { createJwt, type Jwt, type JwtSettings } from '../../src/auth/jwt.ts';
import type { Identity } from '../../src/auth/principal.ts';
import { createFakeClock, type FakeClock } from '../support/fake-clock.ts';
import { AUDIENCE, type IdentityProvider, startIdentityProvider } from '../support/identity-provider.ts';

let provider: IdentityProvider;
let clock: FakeClock;
let jwt: Jwt;
let notices: string[];

const START_MS = Math.floor(Date.now() / 1000) * 1000;
const S = START_MS / 1000;

beforeAll(async () => {
  provider = await startIdentityProvider();
});
afterAll(() => provider.close());

beforeEach(() => start());
afterEach(() => jwt.close());

function start(settings: Partial<JwtSettings> = {}) {
  clock = createFakeClock(START_MS);
  notices = [];
  jwt = createJwt({
    clock,
    settings: {
      issuer: provider.issuer,
      audience: AUDIENCE,
      algorithms: ['RS256', 'ES256'],
      jwksUri: undefined,
      clockSkewMs: 60_000,
      roles: [{ when: "claims.groups.exists(g, g == 'sre')", allow: ['EXPLAIN'] }],
      ...settings,
    },
    notify: (notice) => notices.push(notice),
  });
}

async function identify(token: string): Promise<Identity | undefined> {
  return await jwt.identify(token, digestOf(token));
}

/** `jwt:NAME SCOPES`, or the fault. */
async function shown(token: string): Promise<string> {
  const identity = await identify(token);
  if (identity === undefined) return 'no JWT';
  if (!identity.ok) return identity.fault;
  return [identity.principal.name, ...identity.principal.scopes].join(' ');
}

const base64 = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');

it('takes what the provider issues', async () => {
  expect(await shown(await provider.issueToken())).toBe('jwt:program EXPLAIN STATUS_PAGES READ');
});

describe('takes, and refuses', () => {
  const FINE = 'jwt:alice EXPLAIN STATUS_PAGES READ';
  it.each([
    ['an access token', {}, {}, FINE],
    ['one of several audiences', { aud: ['https://other.test', AUDIENCE] }, {}, FINE],
    ['the long form of its type', {}, { typ: 'application/AT+JWT' }, FINE],
    ['a type that says nothing', {}, { typ: 'JWT' }, FINE],
    ['no type', {}, { typ: undefined }, FINE],
    ['an access token of Keycloak', { typ: 'Bearer' }, { typ: 'JWT' }, FINE],
    ['no key id, where there is one key', {}, { kid: undefined }, FINE],
    ['a role of nobody', { groups: ['dev'] }, {}, 'jwt:alice'],
    ['a missing claim', { groups: undefined }, {}, 'jwt:alice'],
    ['a claim of another type', { groups: 'sre' }, {}, 'jwt:alice'],
    [
      'a program that is named as client alone',
      { sub: undefined, client_id: 'ci' },
      {},
      'jwt:ci EXPLAIN STATUS_PAGES READ',
    ],
    ['a name that would break lines', { sub: 'a\nb\u202e' }, {}, 'jwt:a?b? EXPLAIN STATUS_PAGES READ'],
    ['another audience', { aud: 'https://other.test' }, {}, 'invalid'],
    ['no audience', { aud: undefined }, {}, 'invalid'],
    ['an issuer with a slash at its end', { iss: 'SLASH' }, {}, 'invalid'],
    ['no issuer', { iss: undefined }, {}, 'invalid'],
    ['no expiry', { exp: undefined }, {}, 'invalid'],
    ['an expiry that is a text', { exp: '99999999999' as never }, {}, 'invalid'],
    ['what expired within the clock skew', { exp: S - 50 }, {}, FINE],
    ['what expired', { exp: S - 70 }, {}, 'expired'],
    ['what begins within the clock skew', { nbf: S + 50 }, {}, FINE],
    ['what begins later', { nbf: S + 70 }, {}, 'invalid'],
    ['what is issued later', { iat: S + 70 }, {}, 'invalid'],
    ['an ID token, by its nonce', { nonce: 'x' }, { typ: 'JWT' }, 'invalid'],
    ['an ID token, by the hash of an access token', { at_hash: 'x' }, { typ: 'JWT' }, 'invalid'],
    ['an ID token of Keycloak', { typ: 'ID' }, { typ: 'JWT' }, 'invalid'],
    ['a refresh token of Keycloak', { typ: 'Refresh' }, { typ: 'JWT' }, 'invalid'],
    ['a logout token', {}, { typ: 'logout+jwt' }, 'invalid'],
    ['a token that takes the proof of a key', { cnf: { jkt: 'x' } }, {}, 'invalid'],
    ['a header that must be understood', {}, { crit: ['exp'], exp: 1 } as never, 'invalid'],
  ])('%s', async (_name, claims: Record<string, unknown>, header: object, expected) => {
    const said = claims.iss === 'SLASH' ? { ...claims, iss: `${provider.issuer}/` } : claims;
    expect(await shown(await provider.sign(said, header).catch(() => unsignable(claims, header)))).toBe(expected);
  });

  /** jose does not sign what it would not verify. */
  function unsignable(claims: object, header: object): string {
    return `${base64({ alg: 'ES256', ...header })}.${base64(claims)}.AAAA`;
  }
});

describe('does not take for signed', () => {
  const claims = () => ({ iss: provider.issuer, aud: AUDIENCE, sub: 'mallory', exp: S + 600, groups: ['sre'] });

  it('what is not signed', async () => {
    expect(await shown(`${base64({ alg: 'none' })}.${base64(claims())}.`)).toBe('no JWT');
    expect(await shown(`${base64({ alg: 'none' })}.${base64(claims())}.AAAA`)).toBe('invalid');
  });

  it('what is signed with the public key as a shared secret', async () => {
    const key = (await importJWK(provider.publicKey(), 'ES256', { extractable: true })) as CryptoKey;
    for (const secret of [await exportSPKI(key), JSON.stringify(provider.publicKey())]) {
      const text = `${base64({ alg: 'HS256', kid: 'key-1', typ: 'at+jwt' })}.${base64(claims())}`;
      const token = `${text}.${createHmac('sha256', secret).update(text).digest('base64url')}`;
      expect(await shown(token)).toBe('invalid');
    }
  });

  it('what brings its own key, or says where it is', async () => {
    const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true });
    const jwk = { ...(await crypto.subtle.exportKey('jwk', publicKey)) } as never;
    for (const own of [{ jwk }, { jku: 'https://mallory.test/keys' }, {}]) {
      const token = await new SignJWT(claims())
        .setProtectedHeader({ alg: 'ES256', kid: 'key-1', typ: 'at+jwt', ...own })
        .sign(privateKey);
      expect(await shown(token)).toBe('invalid');
    }
  });

  it('an algorithm that is not configured', async () => {
    jwt.close();
    start({ algorithms: ['RS256'] });
    expect(await shown(await provider.sign())).toBe('invalid');
  });

  it.each([['', 'a', 'a.b', 'a.b.c.d.e', `${'a'.repeat(20_000)}.b.c`]])('what is no JWT', async (...texts) => {
    for (const text of texts) expect(await shown(text)).toBe('no JWT');
  });

  it.each([['eyJhbGciOiJFUzI1NiJ9.AA.AA', 'AA.AA.AA', 'bnVsbA.bnVsbA.AA']])(
    'what has the form of one',
    async (...texts) => {
      for (const text of texts) expect(await shown(text)).toBe('invalid');
    },
  );
});

describe('the keys of the provider', () => {
  it('are asked for once in 30 seconds, however many tokens name unknown ones', async () => {
    await shown(await provider.sign());
    const before = provider.keyRequests();
    const storm = async (name: string) => {
      const tokens = Array.from({ length: 50 }, (_, n) =>
        provider.sign({}, { kid: `${name}-${n}` }, clock.nowMs() - 5000),
      );
      return new Set(await Promise.all(tokens.map(async (token) => shown(await token))));
    };
    expect(await storm('early')).toEqual(new Set(['invalid']));
    expect(provider.keyRequests() - before).toBe(0);
    await clock.advance(30_000);
    expect(await storm('late')).toEqual(new Set(['invalid']));
    await clock.advance(29_999);
    // One of these may be new.
    expect(await storm('again')).toEqual(new Set(['unverifiable']));
    expect(provider.keyRequests() - before).toBe(1);
  });

  it('are taken when the provider begins to use another one', async () => {
    const old = await provider.sign();
    await shown(old);
    await provider.rotate();
    await clock.advance(1_500);
    const next = await provider.sign({}, {}, clock.nowMs());
    // Nobody can know yet that it is no good.
    expect(await shown(next)).toBe('unverifiable');
    await clock.advance(30_000);
    expect(await shown(next)).toMatch(/^jwt:alice /);
    // It is remembered, as is that the key before it is gone.
    expect(await shown(old)).toMatch(/^jwt:alice /);
  });

  it('that are taken back are refused after five minutes', async () => {
    const old = [
      await provider.sign({ jti: '1' }),
      await provider.sign({ jti: '2' }),
      await provider.sign({ jti: '3' }),
    ];
    expect(await shown(old[0]!)).toMatch(/^jwt:alice /);
    await provider.rotate();
    await clock.advance(300_000);
    const before = provider.keyRequests();
    await shown(old[1]!);
    while (provider.keyRequests() === before) await new Promise(setImmediate);
    await shown(await provider.sign({}, {}, clock.nowMs()));
    expect(await shown(old[2]!)).toBe('invalid');
  });

  it('go on being used while the provider is down', async () => {
    await shown(await provider.sign());
    provider.setDown(true);
    await clock.advance(600_000);
    expect(await shown(await provider.sign({ jti: 'x' }, {}, clock.nowMs()))).toMatch(/^jwt:alice /);
    expect(await shown(await provider.sign({}, { kid: 'other' }, clock.nowMs()))).toBe('unverifiable');
    expect(notices).toEqual([
      expect.stringMatching(/^the keys of the issuer .* cannot be asked for: .* answered 503$/),
    ]);
    provider.setDown(false);
    await clock.advance(30_000);
    expect(await shown(await provider.sign({}, { kid: 'other' }, clock.nowMs()))).toBe('invalid');
    expect(notices[1]).toMatch(/can be asked for again$/);
  });

  it('that were never known make tokens unverifiable, until they are', async () => {
    jwt.close();
    provider.setDown(true);
    start();
    const token = await provider.sign();
    expect(await shown(token)).toBe('unverifiable');
    provider.setDown(false);
    expect(await shown(token)).toBe('unverifiable');
    await clock.advance(5_000);
    expect(await shown(token)).toMatch(/^jwt:alice /);
  });

  it('are not taken from who calls himself another', async () => {
    jwt.close();
    start({ issuer: `${provider.issuer}/` });
    expect(await shown(await provider.sign({ iss: `${provider.issuer}/` }))).toBe('unverifiable');
    expect(notices).toEqual([expect.stringContaining('is of another issuer')]);
  });
});

it('remembers a token until it expires', async () => {
  const token = await provider.sign({ exp: S + 100 });
  const first = await identify(token);
  expect(jwt.identify(token, digestOf(token))).toBe(first);
  await clock.advance(160_000);
  expect(await shown(token)).toBe('expired');
  expect(await shown(token)).toBe('expired');
});

it('ends what goes on at the expiry, and when it is closed', async () => {
  const ended: string[] = [];
  for (const [name, exp] of [
    ['early', S + 100],
    ['late', S + 500],
  ] as const) {
    const identity = await identify(await provider.sign({ exp }));
    if (identity?.ok) identity.principal.lifetime?.enter({ expel: () => void ended.push(name) });
  }
  await clock.advance(159_000);
  expect(ended).toEqual([]);
  await clock.advance(1_000);
  expect(ended).toEqual(['early']);
  jwt.close();
  expect(ended).toEqual(['early', 'late']);
  expect(clock.pendingTimers).toBe(0);
});

describe('groups that are too many for a token', () => {
  it.each([
    ['distributed claims', { _claim_names: { groups: 'src1' }, groups: undefined }],
    ['hasgroups', { hasgroups: true, groups: undefined }],
  ])('%s are no missing groups, and are logged once', async (_name, claims) => {
    expect(await shown(await provider.sign({ ...claims, jti: '1' }))).toBe('invalid');
    expect(await shown(await provider.sign({ ...claims, jti: '2' }))).toBe('invalid');
    expect(notices).toEqual([expect.stringContaining('"groups" is too large')]);
  });

  it('do not matter to roles that come before and ask for something else', async () => {
    jwt.close();
    start({
      roles: [
        { when: "'admin' in claims.roles", allow: ['ADMIN'] },
        { when: "'sre' in claims.groups", allow: ['READ'] },
      ],
    });
    const claims = { hasgroups: true, groups: undefined };
    expect(await shown(await provider.sign({ ...claims, roles: ['admin'] }))).toMatch(/^jwt:alice .*ADMIN/);
    expect(await shown(await provider.sign({ ...claims, roles: [] }))).toBe('invalid');
  });
});
