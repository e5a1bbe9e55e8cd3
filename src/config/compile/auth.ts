// What `auth` says, as data, or what is wrong with it.
import {
  type ApiKey,
  type CertificateGrant,
  type Config,
  type Jwt,
  type Oidc,
  type ProxyUser,
  type Role,
  Scope as ScopeEnum,
} from '../../../gen/openk/config/v1/config_pb.ts';
import { isSecureUrl } from '../../core/secure-url.ts';
import { parseSelection, type Selection } from '../../core/selection.ts';
import { IN_A_STEP, type Steps } from '../../core/steps.ts';
import { durationToMs } from '../duration.ts';
import type { Path, PathFault } from '../fault.ts';
import type { KnownFaults } from './consequences.ts';
import type { WrittenComponent } from './written-component.ts';

export type ScopeName = Exclude<keyof typeof ScopeEnum, 'UNSPECIFIED'>;

export interface Grant {
  readonly allow: readonly ScopeName[];
  /** Undefined: all components. */
  readonly selection: Selection | undefined;
}

export interface KeyGrant extends Grant {
  readonly id: string;
  /** Hexadecimal, lower case. */
  readonly sha256: string;
  /** Epoch milliseconds; undefined: it does not expire. */
  readonly expiresAtMs: number | undefined;
}

export interface RoleGrant extends Grant {
  readonly when: string;
}

export interface JwtGrants {
  readonly issuer: string;
  readonly audience: string;
  readonly algorithms: readonly string[];
  /** Undefined: as the configuration of the issuer says. */
  readonly jwksUri: string | undefined;
  readonly clockSkewMs: number;
  readonly roles: readonly RoleGrant[];
}

export interface OidcGrants {
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** An origin. */
  readonly publicUrl: string;
  readonly scopes: readonly string[];
  readonly sessionMs: number;
  readonly refreshMs: number;
  /** Base64 of 32 bytes each. Empty: made of the client's secret. */
  readonly sessionKeys: readonly string[];
  readonly roles: readonly RoleGrant[];
}

export interface CertificateNameGrant extends Grant {
  readonly san: string;
}

export interface ProxyUserGrants {
  /** In lower case. */
  readonly header: string;
  /** In lower case; undefined: groups are not said. */
  readonly groupsHeader: string | undefined;
  readonly roles: readonly RoleGrant[];
}

export interface AuthSettings {
  readonly anonymous: Grant;
  readonly keys: readonly KeyGrant[];
  readonly jwt: JwtGrants | undefined;
  readonly oidc: OidcGrants | undefined;
  /** Undefined where there are none. */
  readonly mtls: readonly CertificateNameGrant[] | undefined;
  readonly proxyUser: ProxyUserGrants | undefined;
}

/** Why the condition of a role cannot be used; undefined when it can. */
export type RoleCheck = (when: string) => string | undefined;

/** A secret by which one heartbeat may be reported. */
export interface PingToken {
  readonly component: string;
  readonly token: string;
}

/** Undefined where there is no `auth`. Of one in which `checkAuth` finds nothing wrong. */
export function toAuthSettings({ auth }: Config): AuthSettings | undefined {
  return (
    auth && {
      anonymous: toGrant(auth.anonymous ?? NOTHING),
      keys: auth.keys.map(toKey),
      jwt: auth.jwt && toJwt(auth.jwt),
      oidc: auth.oidc && toOidc(auth.oidc),
      mtls: auth.mtls.length === 0 ? undefined : auth.mtls.map(({ san, ...grant }) => ({ san, ...toGrant(grant) })),
      proxyUser: auth.proxyUser && toProxyUser(auth.proxyUser),
    }
  );
}

/** @param components undefined: a probe, which has none */
export function* toPingTokens(components: readonly (WrittenComponent | undefined)[]): Steps<readonly PingToken[]> {
  const tokens: PingToken[] = [];
  for (let index = 0; index < components.length; index++) {
    if (index % IN_A_STEP === 0) yield;
    const written = components[index];
    if (written?.kind.case !== 'heartbeat' || written.kind.value.pingToken === '') continue;
    tokens.push({ component: written.id, token: written.kind.value.pingToken });
  }
  return tokens;
}

interface WrittenGrant {
  readonly allow: readonly ScopeEnum[];
  readonly select: readonly string[];
}

const SCOPE_NAMES: ReadonlyMap<ScopeEnum, ScopeName> = new Map(
  Object.entries(ScopeEnum).map(([name, scope]) => [scope, name as ScopeName]),
);

const NOTHING: WrittenGrant = { allow: [], select: [] };

function toKey({ id, sha256, expires, ...grant }: ApiKey): KeyGrant {
  const expiresAtMs = expires && Number(expires.seconds) * 1000 + expires.nanos / 1_000_000;
  return { id, sha256: sha256.toLowerCase(), expiresAtMs, ...toGrant(grant) };
}

const DEFAULT_ALGORITHMS = ['RS256', 'PS256', 'ES256', 'ES384', 'EdDSA'];
const DEFAULT_CLOCK_SKEW_MS = 60_000;

function toJwt({ issuer, audience, algorithms, jwksUri, clockSkew, roles }: Jwt): JwtGrants {
  return {
    issuer,
    audience,
    algorithms: algorithms.length === 0 ? DEFAULT_ALGORITHMS : algorithms,
    jwksUri: jwksUri === '' ? undefined : jwksUri,
    clockSkewMs: clockSkew === undefined ? DEFAULT_CLOCK_SKEW_MS : durationToMs(clockSkew),
    roles: roles.map(toRole),
  };
}

const DEFAULT_SCOPES = ['openid', 'profile', 'email'];
const DEFAULT_SESSION_MS = 8 * 3_600_000;
const DEFAULT_REFRESH_MS = 15 * 60_000;

function toOidc({ session, refresh, ...oidc }: Oidc): OidcGrants {
  const { issuer, clientId, clientSecret, publicUrl, scopes, sessionKeys, roles } = oidc;
  return {
    issuer,
    clientId,
    clientSecret,
    publicUrl: new URL(publicUrl).origin,
    scopes: scopes.length === 0 ? DEFAULT_SCOPES : scopes,
    sessionMs: session === undefined ? DEFAULT_SESSION_MS : durationToMs(session),
    refreshMs: refresh === undefined ? DEFAULT_REFRESH_MS : durationToMs(refresh),
    sessionKeys,
    roles: roles.map(toRole),
  };
}

function toProxyUser({ header, groupsHeader, roles }: ProxyUser): ProxyUserGrants {
  return {
    header: header.toLowerCase(),
    groupsHeader: groupsHeader === '' ? undefined : groupsHeader.toLowerCase(),
    roles: roles.map(toRole),
  };
}

function toRole({ when, ...grant }: Role): RoleGrant {
  return { when, ...toGrant(grant) };
}

function toGrant({ allow, select }: WrittenGrant): Grant {
  return {
    allow: allow.flatMap((scope) => SCOPE_NAMES.get(scope) ?? []),
    selection: select.length === 0 ? undefined : parseSelection(select),
  };
}

/** What the rules of the schema cannot see. */
export function* checkAuth(
  { auth, tls, server }: Pick<Config, 'auth' | 'tls' | 'server'>,
  known: KnownFaults,
  checkRole: RoleCheck,
): Steps<readonly PathFault[]> {
  if (auth === undefined) return [];
  const faults: PathFault[] = [...checkSelect(auth.anonymous ?? NOTHING, ['auth', 'anonymous'])];
  const ids = new Set<string>();
  const digests = new Set<string>();
  for (const [index, key] of auth.keys.entries()) {
    yield;
    const path = ['auth', 'keys', index];
    const sha256 = key.sha256.toLowerCase();
    if (ids.has(key.id)) faults.push({ path: [...path, 'id'], message: 'is the id of another key too' });
    if (digests.has(sha256)) faults.push({ path: [...path, 'sha256'], message: 'is the same key as another one' });
    ids.add(key.id);
    digests.add(sha256);
    faults.push(...checkSelect(key, path));
  }
  if (auth.jwt !== undefined) faults.push(...checkJwt(auth.jwt, ['auth', 'jwt'], checkRole));
  if (auth.oidc !== undefined) faults.push(...checkOidc(auth.oidc, ['auth', 'oidc'], checkRole));
  faults.push(...checkCertificateGrants(auth.mtls, (tls?.clientCaFile ?? '') !== ''));
  if (auth.proxyUser !== undefined) {
    const path = ['auth', 'proxy_user'];
    const hasProxies = (server?.trustedProxies.length ?? 0) > 0;
    if (!hasProxies) faults.push({ path, message: 'needs server.trusted_proxies: nobody else is believed' });
    faults.push(...checkRoles(auth.proxyUser.roles, path, checkRole));
  }
  return faults.filter(({ path }) => !known.touch(path) && !known.explain(path));
}

function checkJwt({ issuer, jwksUri, roles }: Jwt, path: Path, checkRole: RoleCheck): readonly PathFault[] {
  return [
    ...checkSecure(issuer, [...path, 'issuer']),
    ...(jwksUri === '' ? [] : checkSecure(jwksUri, [...path, 'jwks_uri'])),
    ...checkRoles(roles, path, checkRole),
  ];
}

function checkOidc(
  { issuer, publicUrl, scopes, sessionKeys, roles }: Oidc,
  path: Path,
  checkRole: RoleCheck,
): readonly PathFault[] {
  const url = URL.parse(publicUrl);
  const isOrigin = url !== null && [`${url.origin}/`, url.origin].includes(publicUrl);
  return [
    ...checkSecure(issuer, [...path, 'issuer']),
    ...checkSecure(publicUrl, [...path, 'public_url']),
    ...(isOrigin ? [] : [{ path: [...path, 'public_url'], message: 'must be scheme, host and port alone' }]),
    ...(scopes.length === 0 || scopes.includes('openid')
      ? []
      : [{ path: [...path, 'scopes'], message: 'must have openid among them' }]),
    ...sessionKeys.flatMap((key, index) =>
      isKey(key) ? [] : [{ path: [...path, 'session_keys', index], message: 'must be 32 bytes in base64' }],
    ),
    ...checkRoles(roles, path, checkRole),
  ];
}

function isKey(base64: string): boolean {
  const bytes = Buffer.from(base64, 'base64');
  return bytes.length === 32 && bytes.toString('base64') === base64;
}

function checkCertificateGrants(grants: readonly CertificateGrant[], hasAuthority: boolean): readonly PathFault[] {
  const faults: PathFault[] = [];
  if (grants.length > 0 && !hasAuthority) {
    faults.push({
      path: ['auth', 'mtls'],
      message: 'needs tls.client_ca_file: the authorities that certificates must come from',
    });
  }
  const names = new Set<string>();
  for (const [index, grant] of grants.entries()) {
    const path = ['auth', 'mtls', index];
    if (names.has(grant.san)) faults.push({ path: [...path, 'san'], message: 'is there already: the first counts' });
    names.add(grant.san);
    faults.push(...checkSelect(grant, path));
  }
  return faults;
}

function checkSecure(url: string, path: Path): readonly PathFault[] {
  return isSecureUrl(url) ? [] : [{ path, message: 'must be https, or http on the loopback' }];
}

function checkRoles(roles: readonly Role[], path: Path, checkRole: RoleCheck): readonly PathFault[] {
  return roles.flatMap((role, index) => {
    const at = [...path, 'roles', index];
    const message = checkRole(role.when);
    return [...(message === undefined ? [] : [{ path: [...at, 'when'], message }]), ...checkSelect(role, at)];
  });
}

const SELECTOR_MESSAGE =
  'is not a selector: write team=payments, team!=payments, team for any value, id=NAME or id=nightly-*, and commas between what must hold together';

function checkSelect({ select }: WrittenGrant, path: Path): readonly PathFault[] {
  return select.flatMap((selector, index) =>
    parseSelection([selector]) === undefined ? [{ path: [...path, 'select', index], message: SELECTOR_MESSAGE }] : [],
  );
}

/** A token of two components could not be meant for one of them. @param components as of `toPingTokens` */
export function* checkPingTokens(
  components: readonly (WrittenComponent | undefined)[],
  known: KnownFaults,
): Steps<readonly PathFault[]> {
  const faults: PathFault[] = [];
  const seen = new Set<string>();
  for (let index = 0; index < components.length; index++) {
    if (index % IN_A_STEP === 0) yield;
    const kind = components[index]?.kind;
    if (kind?.case !== 'heartbeat' || kind.value.pingToken === '') continue;
    const { pingToken } = kind.value;
    const path = ['components', index, 'heartbeat', 'ping_token'];
    if (seen.has(pingToken) && !known.touch(path)) {
      faults.push({ path, message: 'is the token of another component too: each needs its own' });
    }
    seen.add(pingToken);
  }
  return faults;
}
