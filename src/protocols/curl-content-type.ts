// `curl -d '{}' URL` without a header says that it sends a form. A person means JSON, so it is taken as that; but only
// from callers that are no browsers, since a form is the one kind of POST that any web page may send here unasked.
import type { IncomingHttpHeaders } from 'node:http';

const FORM = 'application/x-www-form-urlencoded';

/** Calls a form from curl what it is. */
export function correctContentType(headers: IncomingHttpHeaders): void {
  const isFromBrowser = headers.origin !== undefined || headers['sec-fetch-site'] !== undefined;
  if (headers['content-type'] === FORM && !isFromBrowser) headers['content-type'] = 'application/json';
}
