// Whose request it is, by the credentials that it carries and by what the configuration says now. The first kind that it carries
// counts: who shows a wrong one is refused, and not taken for somebody else.
import { hash } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import type { Clock } from '../core/clock.ts';
import { parseSelection } from '../core/selection.ts';
import { type ApiKey, createApiKeys, type KeyUse } from './api-keys.ts';
import { digestOf, secretOf } from './credentials.ts';
import { createJwt, type Jwt, type JwtSettings } from './jwt.ts';
import { createLifetime } from './lifetime.ts';
import { createAnonymous, type Grant, type Identity, isSameGrant } from './principal.ts';

/** What a request shows. */
export interface Shown {
  readonly headers: IncomingHttpHeaders;
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
  readonly pingTokens: readonly { readonly component: string; readonly token: string }[];
  /** Whether a secret that is not known is as none: where nobody has said who may do what. */
  readonly ignoresUnknown: boolean;
}

export interface Authenticator {
  readonly authenticate: Authenticate;
  /** From now on. What goes on in the name of somebody who is no longer the same ends. */
  configure(settings: AuthenticatorSettings): void;
  /** How the keys of the configuration are used; ping tokens are not among them. */
  keyUses(): readonly KeyUse[];
  /** Asks nobody for anything any more. */
  close(): void;
}

export interface AuthenticatorOptions {
  readonly clock: Clock;
  readonly settings: AuthenticatorSettings;
  /** What the log should say. Holds nothing of a credential. */
  readonly notify: (notice: string) => void;
}

const INVALID: Identity = { ok: false, fault: 'invalid' };

export function createAuthenticator({ clock, settings, notify }: AuthenticatorOptions): Authenticator {
  const keys = createApiKeys(clock);
  const setKeys = ({ keys: configured, pingTokens }: AuthenticatorSettings) =>
    keys.replace([...configured.map(({ id, ...key }) => ({ ...key, name: `key:${id}` })), ...pingTokens.map(toKey)]);
  const identifyNobody = (grant: Grant) => {
    const lifetime = createLifetime(clock);
    const identity: Identity = { ok: true, principal: createAnonymous(grant, lifetime) };
    return { identity, lifetime };
  };
  let jwt: Jwt | undefined;
  /** While its settings are the same it stays, and with it what it knows. Functions are not part of their JSON. */
  const setJwt = (before: JwtSettings | undefined, next: JwtSettings | undefined) => {
    if (jwt !== undefined && JSON.stringify(before) === JSON.stringify(next)) return;
    jwt?.close();
    jwt = next && createJwt({ clock, settings: next, notify });
  };
  let current = settings;
  let nobody = identifyNobody(settings.anonymous);
  setKeys(settings);
  setJwt(undefined, settings.jwt);

  const identifySecret = (secret: string) => {
    const digest = digestOf(secret);
    return keys.identify(digest) ?? jwt?.identify(secret, digest);
  };

  return {
    keyUses() {
      const names = new Set(current.keys.map(({ id }) => `key:${id}`));
      return keys.uses().filter(({ name }) => names.has(name));
    },
    configure(next) {
      const { anonymous, jwt: before } = current;
      const { lifetime } = nobody;
      current = next;
      setKeys(next);
      setJwt(before, next.jwt);
      if (isSameGrant(anonymous, next.anonymous)) return;
      nobody = identifyNobody(next.anonymous);
      lifetime.end();
    },
    authenticate({ headers }) {
      const credential = secretOf(headers);
      if (credential !== undefined) {
        const identity = credential === 'malformed' ? undefined : identifySecret(credential.secret);
        if (identity !== undefined || !current.ignoresUnknown) return identity ?? INVALID;
      }
      return nobody.identity;
    },
    close: () => jwt?.close(),
  };
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
