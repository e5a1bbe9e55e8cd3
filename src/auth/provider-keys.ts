// The public keys of an identity provider. They are asked for before they are needed, again after a while, and when a token
// names one that is not known: then not more often than once in 30 s, since anybody can name a key. While the provider cannot
// be asked, those that are known go on being used.
import type { createLocalJWKSet, JWTVerifyGetKey } from 'jose';
import type { Clock } from '../core/clock.ts';
import { isSecureUrl } from '../core/secure-url.ts';
import { fetchJson } from './fetch-json.ts';

export interface ProviderKeys {
  /** @throws Unverifiable, or an error of jose where there is no such key */
  readonly find: JWTVerifyGetKey;
  /** Epoch milliseconds of when they were last asked for with success; undefined before. */
  readAtMs(): number | undefined;
  /** Asks for them where they are not known yet. Never rejects. */
  prepare(): Promise<void>;
  close(): void;
}

export interface ProviderKeysOptions {
  readonly clock: Clock;
  /** To the letter. */
  readonly issuer: string;
  /** Undefined: as the configuration of the provider says. */
  readonly jwksUri: string | undefined;
  /** Called when they can no longer be asked for, and when they can again. */
  readonly notify: (notice: string) => void;
}

/** Whether a token is good cannot be found out at present. */
export class Unverifiable extends Error {}

/** A key that the provider takes back is refused after this at the latest. */
const MAX_AGE_MS = 300_000;
const COOL_DOWN_MS = 30_000;
/** While none is known. */
const FIRST_COOL_DOWN_MS = 5_000;

export function createProviderKeys({ clock, issuer, jwksUri, notify }: ProviderKeysOptions): ProviderKeys {
  const closed = new AbortController();
  let keys: JWTVerifyGetKey | undefined;
  let keysAtMs = 0;
  let readAtMs: number | undefined;
  let askedAtMs = Number.NEGATIVE_INFINITY;
  let asking: Promise<void> | undefined;
  let fault: string | undefined;

  const ask = async () => {
    try {
      keys = await readKeys(issuer, jwksUri, closed.signal);
      keysAtMs = clock.monotonicMs();
      readAtMs = clock.nowMs();
      if (fault !== undefined) notify(`the keys of the issuer ${issuer} can be asked for again`);
      fault = undefined;
    } catch (error) {
      if (closed.signal.aborted) return;
      const { message } = error as Error;
      if (message !== fault) notify(`the keys of the issuer ${issuer} cannot be asked for: ${message}`);
      fault = message;
    }
  };
  /** Not more often than it may be. */
  const refresh = async () => {
    const coolDownMs = keys === undefined ? FIRST_COOL_DOWN_MS : COOL_DOWN_MS;
    if (asking === undefined) {
      if (clock.monotonicMs() - askedAtMs < coolDownMs) return;
      askedAtMs = clock.monotonicMs();
      asking = ask().finally(() => {
        asking = undefined;
      });
    }
    await asking;
  };

  return {
    async find(header, token) {
      if (keys === undefined) await refresh();
      else if (clock.monotonicMs() - keysAtMs >= MAX_AGE_MS) void refresh();
      if (keys === undefined) throw new Unverifiable();
      try {
        return await keys(header, token);
      } catch (error) {
        const { errors } = await import('jose');
        if (!(error instanceof errors.JWKSNoMatchingKey)) throw error;
        await refresh();
        // It may be one that the provider has begun to use, and cannot say so.
        if (fault !== undefined) throw new Unverifiable();
        return await keys(header, token);
      }
    },
    readAtMs: () => readAtMs,
    prepare: refresh,
    close: () => closed.abort(),
  };
}

/** @throws Error whose message is for the log */
async function readKeys(issuer: string, jwksUri: string | undefined, signal: AbortSignal): Promise<JWTVerifyGetKey> {
  const uri = jwksUri ?? (await discoverKeys(issuer, signal));
  const document = await fetchJson(uri, signal);
  const jose = await import('jose');
  try {
    return jose.createLocalJWKSet(document as Parameters<typeof createLocalJWKSet>[0]);
  } catch {
    throw new Error(`${uri} answered what is no set of keys`);
  }
}

/** OpenID Connect Discovery, section 4. */
async function discoverKeys(issuer: string, signal: AbortSignal): Promise<string> {
  const url = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
  const document = await fetchJson(url, signal);
  const { issuer: named, jwks_uri: uri } = (document ?? {}) as {
    readonly issuer?: unknown;
    readonly jwks_uri?: unknown;
  };
  if (named !== issuer)
    throw new Error(`${url} is of another issuer, ${JSON.stringify(named)}: write that one, to the letter`);
  if (typeof uri !== 'string' || !isSecureUrl(uri)) throw new Error(`${url} names no jwks_uri that is https`);
  return uri;
}
