// Where a redirect leads (RFC 9110, section 15.4). It stands alone because this is where secrets could leave for another
// server: only what cannot be one goes along.
import { type HttpRequest, placeOf } from './http-request.ts';

/** Configured headers that another origin may see. All others may be credentials, whatever their name. */
const SHAREABLE = new Set([
  ...['accept', 'accept-language', 'content-type', 'user-agent'],
  // The context of the run's trace.
  ...['traceparent', 'tracestate', 'b3', 'x-b3-traceid', 'x-b3-spanid', 'x-b3-sampled'],
]);
/** Headers about a body that no longer goes along. */
const ABOUT_BODY = new Set(['content-type', 'content-encoding', 'content-language', 'content-location']);

/** Whether an answer asks to go elsewhere. */
export function isRedirect(status: number, location: string | undefined): location is string {
  return [301, 302, 303, 307, 308].includes(status) && location !== undefined;
}

/** The request that a redirect asks for; undefined when `location` is no place that can be asked by HTTP. */
export function redirected(request: HttpRequest, status: number, location: string): HttpRequest | undefined {
  const url = URL.parse(location, request.url);
  if (url === null || !/^https?:$/.test(url.protocol)) return undefined;
  // Credentials that a target hands out are not ours to use.
  url.username = '';
  url.password = '';
  url.hash = '';
  const sameOrigin = url.origin === request.url.origin;
  const becomesGet = status === 303 ? request.method !== 'HEAD' : status <= 302 && request.method === 'POST';
  const headers = Object.entries(request.headers).filter(
    ([name]) => (sameOrigin || SHAREABLE.has(name)) && !(becomesGet && ABOUT_BODY.has(name)),
  );
  return {
    url,
    place: placeOf(url),
    method: becomesGet ? 'GET' : request.method,
    headers: Object.fromEntries(headers),
    body: becomesGet ? undefined : request.body,
  };
}
