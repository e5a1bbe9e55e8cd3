// Requests that a browser sends for a web page of somebody else: a form, a beacon or a fetch can post without being asked
// for leave, and only its answer is kept from the page. What may change something is refused then, as net/http's
// CrossOriginProtection of Go 1.25 does: browsers say where a request comes from, and nobody else is in question.
import type { IncomingHttpHeaders } from 'node:http';

/** By what a request says of itself. */
export type ForeignCheck = (method: string | undefined, headers: IncomingHttpHeaders) => boolean;

/** @param allowedOrigins as browsers send them; `*` for any */
export function createForeignCheck(allowedOrigins: readonly string[]): ForeignCheck {
  const allowed = new Set(allowedOrigins);
  const isAllowed = (origin: string | undefined) => allowed.has('*') || (origin !== undefined && allowed.has(origin));

  return (method, headers) => {
    const site = headers['sec-fetch-site'];
    const { origin } = headers;
    // Nothing that a browser sends with an unsafe method is without either.
    if (site === undefined && origin === undefined) return false;
    if (method === 'GET' || method === 'HEAD' || method === 'OPTIONS') return false;
    if (site === 'same-origin' || site === 'none') return false;
    if (isAllowed(origin)) return false;
    // Browsers before 2023 do not say the site.
    return site !== undefined || !isOwnOrigin(origin, headers[':authority'] ?? headers.host);
  };
}

function isOwnOrigin(origin: string | undefined, authority: string | string[] | undefined): boolean {
  const parsed = origin === undefined ? null : URL.parse(origin);
  if (parsed === null || parsed.host === '' || typeof authority !== 'string') return false;
  return URL.parse(`${parsed.protocol}//${authority}`)?.host === parsed.host;
}
