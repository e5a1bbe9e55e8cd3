// What a browser keeps for OpenK in a cookie: encrypted, so that nobody can read or make one who has not got the key, and complete,
// so that every instance with the same keys can read it, after a restart too.
import { hkdfSync } from 'node:crypto';
import type { JWTPayload } from 'jose';
import type { Clock } from '../core/clock.ts';

export interface SealSettings {
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** Base64 of 32 bytes each; the first encrypts, all read. Empty: made of the client's secret. */
  readonly sessionKeys: readonly string[];
}

export interface Seal {
  seal(claims: JWTPayload, expiresAtMs: number): Promise<string>;
  /** Undefined for what is not sealed with one of the keys for the same purpose, or has expired. */
  open(sealed: string): Promise<JWTPayload | undefined>;
}

const ENCRYPTION = 'A256GCM';
const KEY_BYTES = 32;

/** @param purpose what is sealed for one is nothing for another */
export function createSeal(clock: Clock, settings: SealSettings, purpose: 'login' | 'session'): Seal {
  const keys = keysOf(settings);
  // A client of the same secret elsewhere is somebody else.
  const issuer = JSON.stringify([settings.issuer, settings.clientId]);
  return {
    async seal(claims, expiresAtMs) {
      const { EncryptJWT } = await import('jose');
      return new EncryptJWT(claims)
        .setProtectedHeader({ alg: 'dir', enc: ENCRYPTION })
        .setIssuer(issuer)
        .setAudience(purpose)
        .setExpirationTime(Math.floor(expiresAtMs / 1000))
        .encrypt(keys[0]!);
    },
    async open(sealed) {
      const { jwtDecrypt } = await import('jose');
      const options = {
        issuer,
        audience: purpose,
        requiredClaims: ['exp'],
        currentDate: new Date(clock.nowMs()),
        keyManagementAlgorithms: ['dir'],
        contentEncryptionAlgorithms: [ENCRYPTION],
      };
      for (const key of keys) {
        const opened = await jwtDecrypt(sealed, key, options).catch(() => undefined);
        if (opened !== undefined) return opened.payload;
      }
      return undefined;
    },
  };
}

function keysOf({ issuer, clientId, clientSecret, sessionKeys }: SealSettings): readonly Uint8Array[] {
  if (sessionKeys.length > 0) return sessionKeys.map((key) => new Uint8Array(Buffer.from(key, 'base64')));
  const derived = hkdfSync('sha256', clientSecret, JSON.stringify([issuer, clientId]), 'openk sessions', KEY_BYTES);
  return [new Uint8Array(derived)];
}
