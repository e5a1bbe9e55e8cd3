// Whether an access token is what it says (RFC 7515, 7519, 8725 and 9068), by jose.
import {
  decodeJwt,
  errors,
  type JWTPayload,
  type JWTVerifyGetKey,
  type JWTVerifyOptions,
  jwtVerify,
  type ProtectedHeaderParameters,
} from 'jose';
import { Unverifiable } from './provider-keys.ts';

export type Verified =
  | { readonly ok: true; readonly claims: JWTPayload }
  | { readonly ok: false; readonly fault: 'invalid' | 'expired' | 'unverifiable' }
  /** It names a key that is not known. */
  | {
      readonly ok: false;
      readonly fault: 'unknown-key';
      /** Epoch milliseconds, by the token's own word; 0 where it does not say it. */
      readonly issuedAtMs: number;
    };

/** @param findKey as jose calls it; throws Unverifiable where keys cannot be asked for */
export async function verifyToken(
  token: string,
  findKey: JWTVerifyGetKey,
  expected: JWTVerifyOptions,
): Promise<Verified> {
  try {
    return { ok: true, claims: await verifyByAny(token, findKey, expected) };
  } catch (error) {
    if (error instanceof Unverifiable) return { ok: false, fault: 'unverifiable' };
    if (error instanceof errors.JWTExpired) return { ok: false, fault: 'expired' };
    if (!(error instanceof errors.JWKSNoMatchingKey)) return { ok: false, fault: 'invalid' };
    return { ok: false, fault: 'unknown-key', issuedAtMs: issuedAtMs(token) };
  }
}

/** A token that names no key may be signed by any of them. */
async function verifyByAny(token: string, findKey: JWTVerifyGetKey, expected: JWTVerifyOptions): Promise<JWTPayload> {
  try {
    return await verify(token, findKey, expected);
  } catch (error) {
    if (!(error instanceof errors.JWKSMultipleMatchingKeys)) throw error;
    for await (const key of error) {
      try {
        return await verify(token, key, expected);
      } catch (fault) {
        if (!(fault instanceof errors.JWSSignatureVerificationFailed)) throw fault;
      }
    }
    throw new errors.JWSSignatureVerificationFailed();
  }
}

async function verify(
  token: string,
  key: JWTVerifyGetKey | CryptoKey,
  expected: JWTVerifyOptions,
): Promise<JWTPayload> {
  // One function and not two, which TypeScript cannot choose from.
  const { payload, protectedHeader } = await jwtVerify(token, key as JWTVerifyGetKey, expected);
  if (!isAccessToken(protectedHeader, payload)) throw new errors.JWTInvalid('it is no access token');
  return payload;
}

/** What providers put into ID tokens alone (OpenID Connect Core, sections 2 and 3.3.2.11). */
const ID_TOKEN_CLAIMS = ['nonce', 'at_hash', 'c_hash', 's_hash'];

/**
 * Whether it was made for a resource server. RFC 9068 says so by its type; of others, which are most, all that is known to be
 * something else is refused: ID tokens by their claims, or by the claim `typ` of Keycloak. So are tokens that only the holder
 * of a key may use (`cnf`, RFC 7800), since nobody asks here for the proof.
 */
function isAccessToken({ typ = 'JWT' }: ProtectedHeaderParameters, claims: JWTPayload): boolean {
  if (claims.cnf !== undefined) return false;
  const type = typ.toLowerCase().replace(/^application\//, '');
  if (type === 'at+jwt') return true;
  if (type !== 'jwt' || ID_TOKEN_CLAIMS.some((claim) => Object.hasOwn(claims, claim))) return false;
  const { typ: kind = 'Bearer' } = claims;
  return typeof kind === 'string' && kind.toLowerCase() === 'bearer';
}

/** Of a token that nobody has verified; 0 where it does not say it. */
function issuedAtMs(token: string): number {
  try {
    const { iat } = decodeJwt(token);
    return typeof iat === 'number' ? iat * 1000 : 0;
  } catch {
    return 0;
  }
}
