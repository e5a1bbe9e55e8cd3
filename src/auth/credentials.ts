// The credentials that a request carries in its headers (RFC 9110, section 11).
import { hash } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

/** Undefined where there is none; `malformed` for what is no credential of a kind that is known. */
export type Secret = { readonly secret: string } | 'malformed' | undefined;

/** The secret of `Authorization: Bearer SECRET`, of `X-Api-Key: SECRET`, or the password of Basic, whatever its user name is. */
export function secretOf(headers: IncomingHttpHeaders): Secret {
  const { authorization, 'x-api-key': apiKey } = headers;
  if (authorization !== undefined) {
    const space = authorization.indexOf(' ');
    const value = authorization.slice(space + 1).trim();
    switch (authorization.slice(0, Math.max(0, space)).toLowerCase()) {
      case 'bearer':
        return { secret: value };
      case 'basic':
        return passwordOf(value);
      default:
        return 'malformed';
    }
  }
  if (apiKey === undefined) return undefined;
  return typeof apiKey === 'string' && apiKey !== '' ? { secret: apiKey } : 'malformed';
}

/** What is kept, and looked for, in the place of a secret: its SHA-256, as a text of 32 bytes. */
export function digestOf(secret: string): string {
  return hash('sha256', secret, 'latin1');
}

/** RFC 7617: the user name ends at the first colon. */
function passwordOf(base64: string): Secret {
  const text = Buffer.from(base64, 'base64').toString();
  const colon = text.indexOf(':');
  const secret = text.slice(colon + 1);
  return colon < 0 || secret === '' ? 'malformed' : { secret };
}
