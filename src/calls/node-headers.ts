// Headers between Node's objects and the Fetch API, which handlers and interceptors know.
import type { IncomingHttpHeaders } from 'node:http';
import type { RawHeaders } from './exchange.ts';

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
export function toRawHeaders(headers: Headers, isHttp2: boolean): RawHeaders {
  const raw: RawHeaders = [];
  for (const [name, value] of headers) {
    if (!isHttp2 || !CONNECTION_HEADERS.has(name)) raw.push(name, value);
  }
  return raw;
}

export function fromRawHeaders(raw: RawHeaders): Headers {
  const headers = new Headers();
  for (let at = 0; at < raw.length; at += 2) headers.append(raw[at] ?? '', raw[at + 1] ?? '');
  return headers;
}

/** As HTTP/2 sends them. */
export function toTrailers(headers: Headers): Record<string, string> {
  return Object.fromEntries([...headers].filter(([name]) => !CONNECTION_HEADERS.has(name)));
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
