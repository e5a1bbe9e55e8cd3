// People who are logged in, by the cookie that they got for it. It holds what the identity provider claims of them, and not what
// they may do by it, so that a reload with other roles counts at once.
import type { IncomingHttpHeaders } from 'node:http';
import type { Clock } from '../core/clock.ts';
import { digestOf } from './credentials.ts';
import { createLifetime } from './lifetime.ts';
import { createPrincipal, type Identity } from './principal.ts';
import { createRemembered } from './remembered.ts';
import { type Claims, compileRoles, type Judgement, type Role } from './roles.ts';
import { createSeal, type SealSettings } from './sealed.ts';

export interface SessionSettings extends SealSettings {
  readonly sessionMs: number;
  readonly roles: readonly Role[];
  /** Origin at which browsers reach OpenK. */
  readonly publicUrl: string;
}

export interface Sessions {
  /** Undefined where a request carries no session that counts. */
  identify(headers: IncomingHttpHeaders): Identity | Promise<Identity> | undefined;
  judge(claims: Claims): Judgement;
  /** The value of a new session's cookie; undefined where the claims are too large for one. */
  begin(claims: Claims): Promise<string | undefined>;
  /** Ends the one that a request carries, here. */
  end(headers: IncomingHttpHeaders): Promise<void>;
  /** Ends what goes on in their name. */
  close(): void;
}

export const SESSION_COOKIE = '__Host-openk';

const INVALID: Identity = { ok: false, fault: 'invalid' };

/** Browsers keep no cookie of more than 4096 bytes, and encryption and base64 make a third more of it. */
const MAX_CLAIMS_BYTES = 2_900;
const MAX_COOKIE_CHARS = 4_096;
const MAX_ENDED = 10_000;

export function createSessions(clock: Clock, settings: SessionSettings): Sessions {
  const judge = compileRoles(settings.roles);
  const seal = createSeal(clock, settings, 'session');
  const remembered = createRemembered();
  const all = createLifetime(clock);
  /** By digest: sessions that were logged out, as long as they would have been good. The oldest go where there are too many. */
  const ended = new Map<string, number>();

  const find = async (cookie: string, digest: string): Promise<Identity> => {
    const payload = await seal.open(cookie);
    const claims = payload?.claims;
    if (payload === undefined || typeof claims !== 'object' || claims === null) return INVALID;
    const judgement = judge(claims as Claims);
    if ('missing' in judgement || ended.has(digest)) return INVALID;
    const lifetime = createLifetime(clock, (payload.exp ?? 0) * 1000, all);
    return { ok: true, principal: createPrincipal(nameOf(claims as Claims), judgement.grant, lifetime) };
  };
  const look = (cookie: string): Identity | Promise<Identity> => {
    if (cookie.length > MAX_COOKIE_CHARS) return INVALID;
    const digest = digestOf(cookie);
    return remembered.known(digest) ?? remembered.find(digest, () => find(cookie, digest));
  };

  return {
    identify(headers) {
      const cookie = cookieOf(headers, SESSION_COOKIE);
      return cookie === undefined || !isOfOwnPage(headers, settings.publicUrl) ? undefined : look(cookie);
    },
    judge,
    async begin(claims) {
      if (Buffer.byteLength(JSON.stringify(claims)) > MAX_CLAIMS_BYTES) return undefined;
      const cookie = await seal.seal({ claims }, clock.nowMs() + settings.sessionMs);
      return cookie.length > MAX_COOKIE_CHARS - SESSION_COOKIE.length - 1 ? undefined : cookie;
    },
    async end(headers) {
      const cookie = cookieOf(headers, SESSION_COOKIE);
      const identity = cookie === undefined ? INVALID : await look(cookie);
      if (cookie === undefined || !identity.ok) return;
      const nowMs = clock.nowMs();
      for (const [digest, expiresAtMs] of ended) {
        if (expiresAtMs > nowMs && ended.size < MAX_ENDED) break;
        ended.delete(digest);
      }
      ended.set(digestOf(cookie), identity.principal.lifetime?.expiresAtMs ?? 0);
      identity.principal.lifetime?.end();
    },
    close: all.end,
  };
}

/** A claim `sub` is never given to somebody else (OpenID Connect Core, section 5.7); names and addresses are. */
function nameOf({ sub }: Claims): string {
  return `oidc:${typeof sub === 'string' && sub !== '' ? sub : '?'}`;
}

export function cookieOf({ cookie }: IncomingHttpHeaders, name: string): string | undefined {
  const pair = cookie?.split(';').find((part) => part.trimStart().startsWith(`${name}=`));
  return pair?.trim().slice(name.length + 1);
}

/**
 * Whether a browser sends a request for a page of OpenK's own, or because somebody follows a link. What scripts of other pages
 * ask, those of other hosts of the same site and of `cors.origins` too, is asked without a session.
 */
function isOfOwnPage({ origin, ...headers }: IncomingHttpHeaders, publicUrl: string): boolean {
  const site = headers['sec-fetch-site'];
  if (site === 'same-origin' || site === 'none') return true;
  // Browsers before 2023 do not say the site.
  if (site === undefined) return origin === undefined || origin === publicUrl;
  return origin === undefined && headers['sec-fetch-mode'] === 'navigate';
}
