// Access tokens of an identity provider (JWT: RFC 7519, 8725 and 9068), for OpenK as the resource server. A token is verified
// once, and remembered until it expires.
import {
  decodeJwt,
  errors,
  type JWTPayload,
  type JWTVerifyGetKey,
  jwtVerify,
  type ProtectedHeaderParameters,
} from 'jose';
import type { Clock } from '../core/clock.ts';
import { createLifetime } from './lifetime.ts';
import { createPrincipal, type Identity } from './principal.ts';
import { createProviderKeys, Unverifiable } from './provider-keys.ts';
import { createRemembered } from './remembered.ts';
import { compileRoles, type Role } from './roles.ts';

export interface JwtSettings {
  /** To the letter. */
  readonly issuer: string;
  readonly audience: string;
  readonly algorithms: readonly string[];
  /** Undefined: as the configuration of the issuer says. */
  readonly jwksUri: string | undefined;
  readonly clockSkewMs: number;
  readonly roles: readonly Role[];
}

export interface Jwt {
  /** Undefined for what is no JWT. @param digest of the token */
  identify(token: string, digest: string): Identity | Promise<Identity> | undefined;
  /** Ends what goes on in the name of its tokens. */
  close(): void;
}

export interface JwtOptions {
  readonly clock: Clock;
  readonly settings: JwtSettings;
  /** What the log should say. Holds nothing of a token. */
  readonly notify: (notice: string) => void;
}

const INVALID: Identity = { ok: false, fault: 'invalid' };
const EXPIRED: Identity = { ok: false, fault: 'expired' };
const UNVERIFIABLE: Identity = { ok: false, fault: 'unverifiable' };

const MAX_CHARS = 16_384;
const JWT = /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$/;

export function createJwt({ clock, settings, notify }: JwtOptions): Jwt {
  const { issuer, audience, clockSkewMs } = settings;
  const algorithms = [...settings.algorithms];
  const judge = compileRoles(settings.roles);
  const keys = createProviderKeys({ clock, issuer, jwksUri: settings.jwksUri, notify });
  const remembered = createRemembered();
  const all = createLifetime(clock);
  const saidMissing = new Set<string>();
  void keys.prepare();

  const verify = async (token: string, key: JWTVerifyGetKey | CryptoKey): Promise<JWTPayload> => {
    const options = {
      issuer,
      audience,
      algorithms,
      requiredClaims: ['exp'],
      clockTolerance: clockSkewMs / 1000,
      currentDate: new Date(clock.nowMs()),
    };
    // One function and not two, which TypeScript cannot choose from.
    const { payload, protectedHeader } = await jwtVerify(token, key as JWTVerifyGetKey, options);
    if (!isAccessToken(protectedHeader, payload)) throw new errors.JWTInvalid('it is no access token');
    return payload;
  };
  /** A token that names no key may be signed by any of them. */
  const verifyByAny = async (token: string): Promise<JWTPayload> => {
    try {
      return await verify(token, keys.find);
    } catch (error) {
      if (!(error instanceof errors.JWKSMultipleMatchingKeys)) throw error;
      for await (const key of error) {
        try {
          return await verify(token, key);
        } catch (fault) {
          if (!(fault instanceof errors.JWSSignatureVerificationFailed)) throw fault;
        }
      }
      throw new errors.JWSSignatureVerificationFailed();
    }
  };
  const find = async (token: string): Promise<Identity> => {
    try {
      return identityOf(await verifyByAny(token));
    } catch (error) {
      if (error instanceof Unverifiable) return UNVERIFIABLE;
      if (error instanceof errors.JWTExpired) return EXPIRED;
      // A key that the provider uses since they were last asked for.
      const isNewer = error instanceof errors.JWKSNoMatchingKey && issuedAtMs(token) > (keys.readAtMs() ?? 0);
      return isNewer ? UNVERIFIABLE : INVALID;
    }
  };
  const identityOf = (claims: JWTPayload): Identity => {
    const { exp = 0, iat = 0 } = claims;
    if (iat * 1000 > clock.nowMs() + clockSkewMs) return INVALID;
    const judgement = judge(claims);
    if ('missing' in judgement) {
      const { missing } = judgement;
      if (!saidMissing.has(missing) && saidMissing.size < 100) {
        saidMissing.add(missing);
        notify(
          `tokens are refused whose claim ${JSON.stringify(missing)} is too large to be in them, so that auth.jwt.roles cannot be judged: let the issuer send fewer, such as the groups of the application alone`,
        );
      }
      return INVALID;
    }
    const lifetime = createLifetime(clock, exp * 1000 + clockSkewMs, all);
    return { ok: true, principal: createPrincipal(`jwt:${nameOf(claims)}`, judgement.grant, lifetime) };
  };

  return {
    identify(token, digest) {
      const known = remembered.known(digest);
      if (known !== undefined) return known;
      // Not before: of a known token this is a third of its cost.
      if (token.length > MAX_CHARS || !JWT.test(token)) return undefined;
      return remembered.find(digest, () => find(token));
    },
    close() {
      keys.close();
      all.end();
    },
  };
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

/** Of a person, or of a program that has no person behind it. */
function nameOf({ sub, client_id: client, azp }: JWTPayload): string {
  return ([sub, client, azp].find((claim) => typeof claim === 'string' && claim !== '') as string | undefined) ?? '?';
}
