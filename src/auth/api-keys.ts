// API keys: random and long, so that a plain SHA-256 of one cannot be guessed, and a slow hash would only be a way to keep
// the server busy. Nothing but the hash is ever kept.
import { timingSafeEqual } from 'node:crypto';
import type { Clock } from '../core/clock.ts';
import { createLifetime } from './lifetime.ts';
import { createPrincipal, type Grant, type Identity, isSameGrant, type Principal } from './principal.ts';

export interface ApiKey extends Grant {
  /** Name of the principal. */
  readonly name: string;
  /** Hexadecimal. */
  readonly sha256: string;
  /** Epoch milliseconds; undefined: it does not expire. */
  readonly expiresAtMs: number | undefined;
}

export interface ApiKeys {
  /** Undefined for what is none of these keys. @param digest of the key (`digestOf`) */
  identify(digest: string): Identity | undefined;
  /** Takes others in their place: those that stay the same stay good, all others are taken back. */
  replace(keys: readonly ApiKey[]): void;
  uses(): readonly KeyUse[];
}

/** How a key is used. */
export interface KeyUse {
  readonly name: string;
  /** Epoch milliseconds; undefined: not since the start. */
  readonly lastUsedMs: number | undefined;
  /** Epoch milliseconds; undefined: it does not expire. */
  readonly expiresAtMs: number | undefined;
}

interface KnownKey {
  readonly key: ApiKey;
  readonly digest: Buffer;
  readonly identity: { readonly ok: true; readonly principal: Principal };
}

const EXPIRED: Identity = { ok: false, fault: 'expired' };

export function createApiKeys(clock: Clock): ApiKeys {
  const lastUsed = new Map<string, number>();
  let known = new Map<string, KnownKey>();

  const know = (key: ApiKey): KnownKey => {
    const digest = Buffer.from(key.sha256, 'hex');
    const before = known.get(digest.toString('latin1'));
    if (before?.key.name === key.name && before.key.expiresAtMs === key.expiresAtMs && isSameGrant(before.key, key)) {
      return before;
    }
    const principal = createPrincipal(key.name, key, createLifetime(clock, key.expiresAtMs));
    return { key, digest, identity: { ok: true, principal } };
  };

  return {
    identify(digest) {
      // How long the search takes says nothing of a key: nobody can choose the hash of what he sends.
      const found = known.get(digest);
      if (found === undefined || !timingSafeEqual(found.digest, Buffer.from(digest, 'latin1'))) return undefined;
      const { principal } = found.identity;
      if (principal.lifetime?.isOver()) return EXPIRED;
      lastUsed.set(principal.name, clock.nowMs());
      return found.identity;
    },
    replace(keys) {
      const next = new Map(keys.map(know).map((each) => [each.digest.toString('latin1'), each]));
      const stay = new Set(next.values());
      const before = [...known.values()];
      known = next;
      for (const each of before) {
        if (stay.has(each)) continue;
        each.identity.principal.lifetime?.end();
        lastUsed.delete(each.key.name);
      }
    },
    uses: () =>
      Array.from(known.values(), ({ key: { name, expiresAtMs } }) => ({
        name,
        lastUsedMs: lastUsed.get(name),
        expiresAtMs,
      })),
  };
}
