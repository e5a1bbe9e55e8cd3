// Access tokens of an identity provider (JWT: RFC 7519, 8725 and 9068), for OpenK as the resource server. A token is verified
// once, and remembered until it expires.
import type { JWTPayload } from 'jose';
import type { Clock } from '../core/clock.ts';
import { createLifetime } from './lifetime.ts';
import { createPrincipal, type Identity } from './principal.ts';
import { createProviderKeys } from './provider-keys.ts';
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
const FAULTS = { invalid: INVALID, expired: EXPIRED, unverifiable: UNVERIFIABLE } as const;

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

  const expected = () => ({
    issuer,
    audience,
    algorithms,
    requiredClaims: ['exp'],
    clockTolerance: clockSkewMs / 1000,
    currentDate: new Date(clock.nowMs()),
  });
  const find = async (token: string): Promise<Identity> => {
    // Loaded by who has tokens to verify: jose is large.
    const { verifyToken } = await import('./verify-token.ts');
    const verified = await verifyToken(token, keys.find, expected());
    if (verified.ok) return identityOf(verified.claims);
    if (verified.fault !== 'unknown-key') return FAULTS[verified.fault];
    // A key that the provider uses since they were last asked for.
    return verified.issuedAtMs > (keys.readAtMs() ?? 0) ? UNVERIFIABLE : INVALID;
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

/** Of a person, or of a program that has no person behind it. */
function nameOf({ sub, client_id: client, azp }: JWTPayload): string {
  return ([sub, client, azp].find((claim) => typeof claim === 'string' && claim !== '') as string | undefined) ?? '?';
}
