// What of `auth` can be wrong although its schema is kept, each with its place.
import { describe, expect, it } from '@jest/globals';
import { faultsOf, parseValid } from './support.ts';

const jwt = (keys: string) => `components: []\nauth: { jwt: { audience: a, ${keys} } }\n`;
const ROLES = 'roles: [ { when: "claims.a == \'b\'", allow: [READ] } ]';

describe('auth.jwt', () => {
  it.each([
    ['http://idp.example.com', 'auth.jwt.issuer: must be https, or http on the loopback'],
    ['http://127.0.0.1.example.com', 'auth.jwt.issuer: must be https, or http on the loopback'],
    ['ftp://localhost', 'auth.jwt.issuer: must be https, or http on the loopback'],
  ])('%s is no issuer that could be trusted', (issuer, fault) => {
    expect(faultsOf(jwt(`issuer: "${issuer}", ${ROLES}`))).toEqual([expect.stringContaining(fault)]);
  });

  it.each(['https://idp.example.com/', 'http://localhost:8080', 'http://[::1]:1', 'http://127.0.0.1:1'])(
    '%s is one',
    (issuer) => {
      expect(parseValid(jwt(`issuer: "${issuer}", ${ROLES}`)).auth?.jwt).toMatchObject({
        issuer,
        clockSkewMs: 60_000,
        algorithms: expect.not.arrayContaining(['HS256', 'none']),
      });
    },
  );

  it('takes keys from nowhere that others can change', () => {
    expect(faultsOf(jwt(`issuer: "https://a.example", jwks_uri: "http://a.example/keys", ${ROLES}`))).toEqual([
      expect.stringContaining('auth.jwt.jwks_uri: must be https'),
    ]);
  });

  it('has no algorithm of shared secrets', () => {
    expect(faultsOf(jwt(`issuer: "https://a.example", algorithms: [HS256], ${ROLES}`))).toEqual([
      expect.stringContaining('auth.jwt.algorithms[0]'),
    ]);
  });

  it.each([
    ['claims.a ==', 'does not compile'],
    ['claim.a', 'it names what there is not; there are claims'],
    ["'a'", 'is never true'],
    ["claims.a = 'b'", 'write == to compare'],
  ])('refuses the condition %s with its place', (when, fault) => {
    const faults = faultsOf(
      jwt(`issuer: "https://a.example", roles: [ { when: "${when}", allow: [READ], select: ["("] } ]`),
    );
    expect(faults).toEqual([
      expect.stringMatching(/^openk.yaml:2:\d+: auth\.jwt\.roles\[0\]\.when: /),
      expect.stringContaining('auth.jwt.roles[0].select[0]: is not a selector'),
    ]);
    expect(faults[0]).toContain(fault);
  });
});

describe('auth.oidc', () => {
  const oidc = (changed: Readonly<Record<string, string>>) => {
    const keys = { issuer: '"https://a.example"', client_secret: 's', public_url: '"https://b.example"', ...changed };
    const written = Object.entries(keys).map(([key, value]) => `${key}: ${value}`);
    return `components: []\nauth: { oidc: { client_id: a, ${written.join(', ')}, ${ROLES} } }\n`;
  };

  it('has defaults, and an address without a slash', () => {
    expect(parseValid(oidc({ public_url: '"https://b.example/"' })).auth?.oidc).toMatchObject({
      publicUrl: 'https://b.example',
      scopes: ['openid', 'profile', 'email'],
      sessionMs: 28_800_000,
      refreshMs: 900_000,
      sessionKeys: [],
    });
  });

  it.each([
    [{ issuer: '"http://a.example"' }, 'auth.oidc.issuer: must be https, or http on the loopback'],
    [{ public_url: '"http://b.example"' }, 'auth.oidc.public_url: must be https, or http on the loopback'],
    [{ public_url: '"https://b.example/openk"' }, 'auth.oidc.public_url: must be scheme, host and port alone'],
    [{ public_url: '"https://me@b.example"' }, 'auth.oidc.public_url: must be scheme, host and port alone'],
    [{ scopes: '[groups]' }, 'auth.oidc.scopes: must have openid among them'],
    [{ scopes: '[openid, "a b"]' }, 'auth.oidc.scopes[1]: must be visible characters'],
    [{ session: '1s' }, 'auth.oidc.session'],
    [{ session_keys: '["c2hvcnQ="]' }, 'auth.oidc.session_keys[0]: must be 32 bytes in base64'],
    [{ session_keys: '[a, b, c]' }, 'auth.oidc.session_keys'],
  ])('refuses %j', (changed, fault) => {
    expect(faultsOf(oidc(changed))).toContainEqual(expect.stringContaining(fault));
  });
});

describe('who vouches for callers must be known', () => {
  it.each([
    ['auth: { mtls: [ { san: a, allow: [READ] } ] }', 'auth.mtls: needs tls.client_ca_file'],
    ['auth: { mtls: [ { san: a, allow: [READ] }, { san: a, allow: [READ] } ] }', 'auth.mtls[1].san: is there already'],
    [`auth: { proxy_user: { header: Remote-User, ${ROLES} } }`, 'auth.proxy_user: needs server.trusted_proxies'],
  ])('%s', (auth, fault) => {
    expect(faultsOf(`components: []\n${auth}\n`)).toContainEqual(expect.stringContaining(fault));
  });
});
