// Media types as requests name them: in any case, with white space and parameters (RFC 9110, section 8.3.1). Of parameters
// only the charset matters, and only UTF-8 is read.
import type { IncomingHttpHeaders } from 'node:http';
import { Repeated } from '../calls/repeated.ts';

/** The type and subtype, in small letters; undefined where it is none, or of a charset that is not read. */
export function parseMediaType(contentType: string): string | undefined {
  const [essence = '', ...parameters] = contentType.split(';');
  const type = essence.trim().toLowerCase();
  if (!ESSENCE.test(type)) return undefined;
  for (const parameter of parameters) {
    const name = parameter.trim().toLowerCase();
    if (name !== '' && name !== 'charset' && !PARAMETER.test(name)) return undefined;
    if (CHARSET.test(name) && !UTF8.test(name)) return undefined;
  }
  return type;
}

const ESSENCE = /^[!#$%&'*+.^_`|~0-9a-z-]+\/[!#$%&'*+.^_`|~0-9a-z-]+$/;
const PARAMETER = /^[!#$%&'*+.^_`|~0-9a-z-]+\s*=/;
const CHARSET = /^charset\s*=/;
const UTF8 = /^charset\s*=\s*(?:"utf-?8"|utf-?8)$/;

const known = new Repeated<string | undefined>(64);

/** The same. Content types are few, and come again and again. */
export function mediaTypeOf(contentType: string): string | undefined {
  return known.of(contentType, parseMediaType);
}

const FORM = 'application/x-www-form-urlencoded';

/**
 * Calls a form from curl what it is: `curl -d '{}' URL` without a header says that it sends a form. A person means JSON, so it
 * is taken as that; but only from callers that are no browsers, since a form is the one kind of POST that any web page may
 * send here unasked.
 */
export function correctContentType(headers: IncomingHttpHeaders): void {
  const isFromBrowser = headers.origin !== undefined || headers['sec-fetch-site'] !== undefined;
  if (headers['content-type'] === FORM && !isFromBrowser) headers['content-type'] = 'application/json';
}
