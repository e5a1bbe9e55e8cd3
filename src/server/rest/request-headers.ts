import type { IncomingHttpHeaders } from 'node:http';

/** Node's headers as Fetch has them, without the pseudo headers of HTTP/2, which Fetch has no place for. */
export function toHeaders(headers: IncomingHttpHeaders): Headers {
  const result = new Headers();
  for (const [name, value] of Object.entries(headers)) {
    if (value === undefined || name.startsWith(':')) continue;
    for (const each of Array.isArray(value) ? value : [value]) result.append(name, each);
  }
  return result;
}
