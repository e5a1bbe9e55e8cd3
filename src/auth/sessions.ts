// People who are logged in, by the cookie that they got for it. It holds what the identity provider claims of them, and not what
// they may do by it, so that a reload with other roles counts at once.
import { randomBytes } from 'node:crypto';
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
  /** How long what the provider said counts, where it can be asked again. */
  readonly refreshMs: number;
  readonly roles: readonly Role[];
  /** Origin at which browsers reach OpenK. */
  readonly publicUrl: string;
}

export interface Sessions {
  /** Undefined where a request carries no session that counts. */
  identify(headers: IncomingHttpHeaders): Identity | Promise<Identity> | undefined;
  judge(claims: Claims): Judgement;
  /**
   * Undefined where the claims are too large for a cookie. Without room for the refresh token it is one without.
   * @param before the session that it goes on from: it ends when that would have
   */
  begin(person: Person, before?: Before): Promise<NewSession | undefined>;
  /** The session that a request carries, where the provider can be asked about it again; it may have to be by now. */
  held(headers: IncomingHttpHeaders): Promise<HeldSession | undefined>;
  /** Ends the one that a request carries, here. */
  end(headers: IncomingHttpHeaders): Promise<void>;
  /** Ends what goes on in their name. */
  close(): void;
}

export interface Person {
  readonly claims: Claims;
  /** Undefined where the provider cannot be asked again. */
  readonly refreshToken?: string | undefined;
}

interface Before {
  readonly id: string;
  readonly endsAtMs: number;
  /** Undefined: an interval from now. */
  readonly askAgainAtMs?: number;
}

export interface HeldSession extends Before {
  readonly claims: Claims;
  readonly refreshToken: string;
}

export interface NewSession {
  readonly cookie: string;
  /** How long a browser keeps it. */
  readonly forMs: number;
}

export const SESSION_COOKIE = '__Host-openk';

const INVALID: Identity = { ok: false, fault: 'invalid' };

/** Browsers keep no cookie of more than 4096 bytes, and encryption and base64 make a third more of it. */
const MAX_CLAIMS_BYTES = 2_900;
const MAX_COOKIE_CHARS = 4_096;
const ID_BYTES = 12;
const MAX_ENDED = 10_000;

export function createSessions(clock: Clock, settings: SessionSettings): Sessions {
  const judge = compileRoles(settings.roles);
  const seal = createSeal(clock, settings, 'session');
  const remembered = createRemembered();
  const all = createLifetime(clock);
  /** By id: sessions that were logged out, as long as they would have been good. The oldest go where there are too many. */
  const ended = new Map<string, number>();

  const open = async (cookie: string): Promise<Sealed | undefined> => {
    if (cookie.length > MAX_COOKIE_CHARS) return undefined;
    const payload = await seal.open(cookie);
    return isSession(payload) && !ended.has(payload.id) ? payload : undefined;
  };
  const find = async (cookie: string): Promise<Identity> => {
    const session = await open(cookie);
    if (session === undefined) return INVALID;
    const judgement = judge(session.claims);
    if ('missing' in judgement) return INVALID;
    const untilS = Math.min(session.exp, session.refresh?.at ?? session.exp);
    const lifetime = createLifetime(clock, untilS * 1000, all);
    return { ok: true, principal: createPrincipal(nameOf(session.claims), judgement.grant, lifetime) };
  };
  const look = (cookie: string): Identity | Promise<Identity> => {
    const digest = digestOf(cookie);
    return remembered.known(digest) ?? remembered.find(digest, () => find(cookie));
  };
  const carried = (headers: IncomingHttpHeaders) => {
    const cookie = cookieOf(headers, SESSION_COOKIE);
    return cookie !== undefined && isOfOwnPage(headers, settings.publicUrl) ? cookie : undefined;
  };

  return {
    identify(headers) {
      const cookie = carried(headers);
      return cookie === undefined ? undefined : look(cookie);
    },
    judge,
    async begin({ claims, refreshToken }, before) {
      if (Buffer.byteLength(JSON.stringify(claims)) > MAX_CLAIMS_BYTES) return undefined;
      const nowMs = clock.nowMs();
      const endsAtMs = before?.endsAtMs ?? nowMs + settings.sessionMs;
      const session = { id: before?.id ?? randomBytes(ID_BYTES).toString('base64url'), claims };
      const refresh = { token: refreshToken, at: toSeconds(before?.askAgainAtMs ?? nowMs + settings.refreshMs) };
      for (const content of refreshToken === undefined ? [session] : [{ ...session, refresh }, session]) {
        const cookie = await seal.seal(content, endsAtMs);
        if (cookie.length <= MAX_COOKIE_CHARS - SESSION_COOKIE.length - 1) return { cookie, forMs: endsAtMs - nowMs };
      }
      return undefined;
    },
    async held(headers) {
      const cookie = carried(headers);
      const session = cookie === undefined ? undefined : await open(cookie);
      if (session?.refresh === undefined) return undefined;
      const { id, claims, refresh, exp } = session;
      return { id, claims, refreshToken: refresh.token, endsAtMs: exp * 1000 };
    },
    async end(headers) {
      const cookie = cookieOf(headers, SESSION_COOKIE);
      const session = cookie === undefined ? undefined : await open(cookie);
      if (cookie === undefined || session === undefined) return;
      const identity = await look(cookie);
      const nowMs = clock.nowMs();
      for (const [id, expiresAtMs] of ended) {
        if (expiresAtMs > nowMs && ended.size < MAX_ENDED) break;
        ended.delete(id);
      }
      ended.set(session.id, session.exp * 1000);
      if (identity.ok) identity.principal.lifetime?.end();
    },
    close: all.end,
  };
}

interface Sealed {
  readonly id: string;
  readonly claims: Claims;
  /** When it ends, in seconds since 1970. */
  readonly exp: number;
  /** By what the provider is asked again, and from when on nothing counts without. */
  readonly refresh?: { readonly token: string; readonly at: number };
}

/** What is sealed is ours, so that it need not be looked at more closely; sessions of older versions have no id. */
function isSession(payload: object | undefined): payload is Sealed {
  const { id, claims } = (payload ?? {}) as Partial<Sealed>;
  return typeof id === 'string' && typeof claims === 'object' && claims !== null;
}

function toSeconds(ms: number): number {
  return Math.floor(ms / 1000);
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
