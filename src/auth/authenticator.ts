// Whose request it is, by the credentials that it carries and by what the configuration says now. The first kind that it carries
// counts: who shows a wrong one is refused, and not taken for somebody else.
import { hash } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import type { Clock } from '../core/clock.ts';
import { parseSelection } from '../core/selection.ts';
import { type ApiKey, createApiKeys, type KeyUse } from './api-keys.ts';
import { type Credential, createCredentialReader, digestOf } from './credentials.ts';
import { createJwt, type JwtSettings } from './jwt.ts';
import { createLifetime } from './lifetime.ts';
import { createLogin, type Login, type LoginSettings } from './login.ts';
import {
  createAnonymous,
  type Grant,
  type Identity,
  INSTANCE_SECRET,
  instanceName,
  isSameGrant,
  type Principal,
} from './principal.ts';
import { createSessions } from './sessions.ts';
import {
  type CertificateGrant,
  createCertificateCallers,
  createProxyUsers,
  type ProxyUserSettings,
  type VerifiedCertificate,
} from './vouched.ts';

/** A socket, or what HTTP/2 gives in its place. */
export interface Connection {
  readonly remoteAddress?: string | undefined;
}

/** What a request shows. */
export interface Shown {
  readonly headers: IncomingHttpHeaders;
  /** Undefined once it is gone. Asked only where it matters. */
  readonly socket: Connection | undefined;
  /** Address of the caller; undefined once the connection is gone. Asked only where it matters. */
  readonly peer: string | undefined;
}

/** Never throws, nor rejects. A promise only where something has to be asked for. */
export type Authenticate = (shown: Shown) => Identity | Promise<Identity>;

export interface AuthenticatorSettings {
  /** What callers without a credential may do. */
  readonly anonymous: Grant;
  readonly keys: readonly (Omit<ApiKey, 'name'> & { readonly id: string })[];
  readonly jwt?: JwtSettings | undefined;
  readonly oidc?: LoginSettings | undefined;
  readonly mtls?: readonly CertificateGrant[] | undefined;
  readonly proxyUser?: ProxyUserSettings | undefined;
  readonly pingTokens: readonly { readonly component: string; readonly token: string }[];
  /** Whether a secret that is not known is as none: where nobody has said who may do what. */
  readonly ignoresUnknown: boolean;
}

export interface Authenticator {
  readonly authenticate: Authenticate;
  /** From now on. What goes on in the name of somebody who is no longer the same ends. */
  configure(settings: AuthenticatorSettings): void;
  /** Other instances that may probe for this one. From now on, in place of those before. */
  knowInstances(instances: readonly { readonly id: string; readonly sha256: string }[]): void;
  /** Of people; undefined where there is none. */
  login(): Login | undefined;
  /** Who shows a ping token, and the component that it is about. */
  ping(token: string): { readonly principal: Principal; readonly component: string } | undefined;
  /** How the keys of the configuration are used; ping tokens are not among them. */
  keyUses(): readonly KeyUse[];
  /** Asks nobody for anything any more. */
  close(): void;
}

export interface AuthenticatorOptions {
  readonly clock: Clock;
  readonly settings: AuthenticatorSettings;
  /** The client certificate of a connection, where it is verified. */
  readonly certificateOf: (socket: Connection) => VerifiedCertificate | undefined;
  /** Whether a connection comes from a proxy that may say who calls. */
  readonly isTrustedProxy: (socket: Connection) => boolean;
  /** What the log should say. Holds nothing of a credential. */
  readonly notify: (notice: string) => void;
}

const INVALID: Identity = { ok: false, fault: 'invalid' };

export function createAuthenticator(options: AuthenticatorOptions): Authenticator {
  const { clock, settings, certificateOf, isTrustedProxy, notify } = options;
  const keys = createApiKeys(clock);
  const instances = createApiKeys(clock);
  /** Components by the digests of their tokens. */
  let pinged: ReadonlyMap<string, string> = new Map();
  const setKeys = ({ keys: configured, pingTokens }: AuthenticatorSettings) => {
    keys.replace([...configured.map(({ id, ...key }) => ({ ...key, name: `key:${id}` })), ...pingTokens.map(toKey)]);
    pinged = new Map(pingTokens.map(({ component, token }) => [digestOf(token), component]));
  };
  const identifyNobody = (grant: Grant) => {
    const lifetime = createLifetime(clock);
    const identity: Identity = { ok: true, principal: createAnonymous(grant, lifetime) };
    return { identity, lifetime };
  };
  let current = settings;
  let nobody = identifyNobody(settings.anonymous);
  const jwt = createReplaceable((next: JwtSettings) => createJwt({ clock, settings: next, notify }));
  const oidc = createReplaceable((next: LoginSettings) => {
    const sessions = createSessions(clock, next);
    return { sessions, login: createLogin({ clock, settings: next, sessions, notify }), close: sessions.close };
  });
  const certificates = createReplaceable((next: readonly CertificateGrant[]) => createCertificateCallers(clock, next));
  const proxyUsers = createReplaceable((next: ProxyUserSettings) => createProxyUsers(clock, next));
  const configureAll = (next: AuthenticatorSettings) => {
    setKeys(next);
    jwt.configure(next.jwt);
    oidc.configure(next.oidc);
    certificates.configure(next.mtls);
    proxyUsers.configure(next.proxyUser);
  };
  configureAll(settings);

  const readCredential = createCredentialReader();
  const identifyCredential = ({ secret, digest }: Credential) =>
    keys.identify(digest) ?? instances.identify(digest) ?? jwt.current?.identify(secret, digest);
  /** Whoever stands behind the connection, where the request itself shows nothing. */
  const identifyConnection = ({ headers, socket }: Shown): Identity | undefined => {
    if (socket === undefined) return undefined;
    const user = proxyUsers.current && isTrustedProxy(socket) ? proxyUsers.current.identify(headers) : undefined;
    if (user !== undefined) return user;
    const certificate = certificates.current && certificateOf(socket);
    return certificate && certificates.current?.identify(certificate);
  };

  return {
    keyUses() {
      const names = new Set(current.keys.map(({ id }) => `key:${id}`));
      return keys.uses().filter(({ name }) => names.has(name));
    },
    configure(next) {
      const { anonymous } = current;
      const { lifetime } = nobody;
      current = next;
      configureAll(next);
      if (isSameGrant(anonymous, next.anonymous)) return;
      nobody = identifyNobody(next.anonymous);
      lifetime.end();
    },
    knowInstances(others) {
      instances.replace(
        others.map(({ id, sha256 }) => ({
          name: instanceName(id),
          sha256,
          expiresAtMs: undefined,
          allow: ['PROBE'],
        })),
      );
    },
    authenticate(shown) {
      const credential = readCredential(shown);
      if (credential !== undefined) {
        const identity = credential === 'malformed' ? undefined : identifyCredential(credential);
        const isIgnored = current.ignoresUnknown && !isOfInstance(credential);
        if (identity !== undefined || !isIgnored) return identity ?? INVALID;
      }
      const session = oidc.current?.sessions.identify(shown.headers);
      if (session !== undefined) return session;
      if (proxyUsers.current === undefined && certificates.current === undefined) return nobody.identity;
      return identifyConnection(shown) ?? nobody.identity;
    },
    login: () => oidc.current?.login,
    ping(token) {
      const digest = digestOf(token);
      const component = pinged.get(digest);
      const identity = component === undefined ? undefined : keys.identify(digest);
      return component !== undefined && identity?.ok ? { component, principal: identity.principal } : undefined;
    },
    close() {
      jwt.current?.close();
      oidc.current?.close();
    },
  };
}

/** One that is not known yet is not taken for somebody without a credential, who might be somebody else. */
function isOfInstance(credential: Credential | 'malformed'): boolean {
  return credential !== 'malformed' && credential.secret.startsWith(INSTANCE_SECRET);
}

/** Made of its settings, and anew when these change; while they are the same it stays, and with it what it knows. */
function createReplaceable<Settings, Made extends { close(): void }>(make: (settings: Settings) => Made) {
  let key: string | undefined;
  const replaceable = {
    current: undefined as Made | undefined,
    configure(next: Settings | undefined) {
      // Without functions, of which there are new ones each time.
      const nextKey = JSON.stringify(next);
      if (nextKey === key) return;
      key = nextKey;
      replaceable.current?.close();
      replaceable.current = next && make(next);
    },
  };
  return replaceable;
}

/** Good for reports of one component. */
function toKey({ component, token }: { readonly component: string; readonly token: string }): ApiKey {
  return {
    name: `ping:${component}`,
    sha256: hash('sha256', token),
    expiresAtMs: undefined,
    allow: ['REPORT'],
    selection: parseSelection([`id=${component}`]),
  };
}
