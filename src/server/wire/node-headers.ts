// Headers between Node's objects and the Fetch API, which handlers and interceptors know.
import type { IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http';

export function toWebHeaders(headers: IncomingHttpHeaders): Headers {
  const web = new Headers();
  for (const [name, value] of Object.entries(headers)) {
    // The pseudo-headers of HTTP/2 are part of the URL and the method.
    if (value === undefined || name.startsWith(':')) continue;
    for (const each of Array.isArray(value) ? value : [value]) web.append(name, each);
  }
  return web;
}

/** @param isHttp2 leaves out what only HTTP/1.1 has (RFC 9113, section 8.2.2) */
export function toNodeHeaders(headers: Headers | Record<string, string>, isHttp2: boolean): OutgoingHttpHeaders {
  if (!(headers instanceof Headers)) return { ...headers };
  const node: OutgoingHttpHeaders = {};
  for (const [name, value] of headers) {
    if (isHttp2 && CONNECTION_HEADERS.has(name)) continue;
    const before = node[name];
    if (before === undefined) node[name] = value;
    // Only `set-cookie` comes more than once.
    else node[name] = [...(Array.isArray(before) ? before : [String(before)]), value];
  }
  return node;
}

const CONNECTION_HEADERS: ReadonlySet<string> = new Set([
  'connection',
  'host',
  'http2-settings',
  'keep-alive',
  'proxy-connection',
  'te',
  'transfer-encoding',
  'upgrade',
]);
