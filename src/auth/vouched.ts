// Callers whom somebody else vouches for: an authority with a client certificate, or a login proxy with a header. Both are judged
// at each call, so that what they come to is kept: one identity for each certificate, and for each user.
import type { IncomingHttpHeaders } from 'node:http';
import type { Clock } from '../core/clock.ts';
import { createLifetime } from './lifetime.ts';
import { createPrincipal, type Grant, type Identity } from './principal.ts';
import { compileRoles, type Role } from './roles.ts';

/** A client certificate that TLS has verified. One object for each connection. */
export interface VerifiedCertificate {
  /** URIs, DNS names in lower case and email addresses. */
  readonly names: readonly string[];
  /** Epoch milliseconds. */
  readonly expiresAtMs: number;
}

export interface CertificateGrant extends Grant {
  readonly san: string;
}

export interface ProxyUserSettings {
  /** In lower case. */
  readonly header: string;
  /** In lower case. */
  readonly groupsHeader: string | undefined;
  readonly roles: readonly Role[];
}

export interface Vouched<Shown> {
  /** Undefined where nobody vouches for anybody. */
  identify(shown: Shown): Identity | undefined;
  /** Ends what goes on in the name of its callers. */
  close(): void;
}

const INVALID: Identity = { ok: false, fault: 'invalid' };
const EXPIRED: Identity = { ok: false, fault: 'expired' };

/** By a name in it. The first grant that matches counts. */
export function createCertificateCallers(
  clock: Clock,
  grants: readonly CertificateGrant[],
): Vouched<VerifiedCertificate> {
  const all = createLifetime(clock);
  const places = new Map(grants.map(({ san }, place) => [san, place]));
  const identities = new WeakMap<VerifiedCertificate, Extract<Identity, { ok: true }>>();
  const find = (certificate: VerifiedCertificate) => {
    const matching = certificate.names.flatMap((name) => places.get(name) ?? []);
    const grant = grants[Math.min(...matching)];
    if (grant === undefined) return undefined;
    const lifetime = createLifetime(clock, certificate.expiresAtMs, all);
    const identity = { ok: true, principal: createPrincipal(`mtls:${grant.san}`, grant, lifetime) } as const;
    identities.set(certificate, identity);
    return identity;
  };
  return {
    identify(certificate) {
      const identity = identities.get(certificate) ?? find(certificate);
      return identity?.principal.lifetime?.isOver() === true ? EXPIRED : identity;
    },
    close: all.end,
  };
}

const MAX_USERS = 10_000;
const MAX_CHARS = 8_192;

/** By headers, which must be of a proxy that is trusted. */
export function createProxyUsers(
  clock: Clock,
  { header, groupsHeader, roles }: ProxyUserSettings,
): Vouched<IncomingHttpHeaders> {
  const all = createLifetime(clock);
  const judge = compileRoles(roles);
  const identities = new Map<string, Identity>();
  const find = (user: string, groups: string): Identity => {
    const listed = groups.split(',').flatMap((group) => group.trim() || []);
    const judgement = judge({ user, groups: listed });
    if ('missing' in judgement) return INVALID;
    return {
      ok: true,
      principal: createPrincipal(`proxy:${user}`, judgement.grant, createLifetime(clock, undefined, all)),
    };
  };
  return {
    identify(headers) {
      const user = headers[header];
      if (user === undefined || user === '') return undefined;
      const groups = String((groupsHeader && headers[groupsHeader]) ?? '');
      // Two headers, one of which the proxy has let pass, are one with a comma.
      if (typeof user !== 'string' || user.includes(',') || user.length + groups.length > MAX_CHARS) return INVALID;
      const key = `${user}\n${groups}`;
      let identity = identities.get(key);
      if (identity === undefined) {
        if (identities.size >= MAX_USERS) identities.clear();
        identity = find(user, groups);
        identities.set(key, identity);
      }
      return identity;
    },
    close: all.end,
  };
}
