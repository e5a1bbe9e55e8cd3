// The cookies of one run, so that a login that redirects to itself with a cookie comes to its end. By RFC 6265, as far as a
// run of seconds goes; it keeps nothing for the next one. Bounded, since the target fills it.

export interface CookieJar {
  /** Takes what one answer sets. */
  store(url: URL, setCookies: readonly string[]): void;
  /** The value of Cookie for a request; empty when there is none. */
  header(url: URL): string;
}

interface Cookie {
  readonly name: string;
  readonly value: string;
  readonly domain: string;
  /** It is for the host that set it alone. */
  readonly hostOnly: boolean;
  readonly path: string;
  readonly secure: boolean;
}

const MAX_COOKIES = 50;
const MAX_COOKIE_LENGTH = 4096;

export function createCookieJar(nowMs: () => number): CookieJar {
  const cookies = new Map<string, Cookie>();
  return {
    store(url, setCookies) {
      for (const text of setCookies) {
        if (text.length > MAX_COOKIE_LENGTH) continue;
        const parsed = parse(text, url, nowMs());
        if (parsed === undefined) continue;
        const key = `${parsed.cookie.domain} ${parsed.cookie.path} ${parsed.cookie.name}`;
        if (parsed.expired) cookies.delete(key);
        else if (cookies.has(key) || cookies.size < MAX_COOKIES) cookies.set(key, parsed.cookie);
      }
    },
    header(url) {
      return [...cookies.values()]
        .filter((cookie) => isFor(cookie, url))
        .sort((a, b) => b.path.length - a.path.length)
        .map(({ name, value }) => (name === '' ? value : `${name}=${value}`))
        .join('; ');
    },
  };
}

/** RFC 6265, sections 5.2 and 5.3. Undefined for a cookie that this host may not set. */
function parse(
  text: string,
  url: URL,
  nowMs: number,
): { readonly cookie: Cookie; readonly expired: boolean } | undefined {
  const [pair = '', ...attributes] = text.split(';');
  const equals = pair.indexOf('=');
  const name = equals === -1 ? '' : pair.slice(0, equals).trim();
  // A header must not be made of what a target put into a cookie.
  const value = pair.slice(equals + 1).trim();
  if ((name === '' && value === '') || /[^\x20-\x7e\x80-\xff]/.test(name + value)) return undefined;

  const set = new Map<string, string>();
  for (const attribute of attributes) {
    const [key = '', ...rest] = attribute.split('=');
    set.set(key.trim().toLowerCase(), rest.join('=').trim());
  }
  const domain = (set.get('domain') ?? '').replace(/^\./, '').toLowerCase();
  if (domain !== '' && domain !== url.hostname && !isBelow(url.hostname, domain)) return undefined;
  const secure = set.has('secure');
  if (secure && url.protocol !== 'https:') return undefined;
  const path = set.get('path') ?? '';
  return {
    cookie: {
      name,
      value,
      domain: domain || url.hostname,
      hostOnly: domain === '',
      path: path.startsWith('/') ? path : defaultPath(url),
      secure,
    },
    expired: isExpired(set.get('max-age'), set.get('expires'), nowMs),
  };
}

/** Below a name of at least two labels: a whole top-level domain is nobody's. */
function isBelow(host: string, domain: string): boolean {
  return domain.includes('.') && host.endsWith(`.${domain}`) && !/^[\d.]+$/.test(host);
}

function isExpired(maxAge: string | undefined, expires: string | undefined, nowMs: number): boolean {
  if (maxAge !== undefined && /^-?\d+$/.test(maxAge)) return Number(maxAge) <= 0;
  return expires !== undefined && Date.parse(expires) <= nowMs;
}

/** RFC 6265, section 5.1.4. */
function defaultPath({ pathname }: URL): string {
  return pathname.slice(0, Math.max(1, pathname.lastIndexOf('/')));
}

function isFor({ domain, hostOnly, path, secure }: Cookie, { hostname, pathname, protocol }: URL): boolean {
  if (secure && protocol !== 'https:') return false;
  if (hostname !== domain && (hostOnly || !hostname.endsWith(`.${domain}`))) return false;
  return pathname === path || (pathname.startsWith(path) && (path.endsWith('/') || pathname[path.length] === '/'));
}
