// The credentials that a request carries in its headers (RFC 9110, section 11).
import { hash } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

export interface Credential {
  readonly secret: string;
  /** What is kept, and looked for, in its place (`digestOf`). */
  readonly digest: string;
}

/** Undefined where there is none; `malformed` for what is no credential of a kind that is known. */
type Read = Credential | 'malformed' | undefined;

export type ReadCredential = (shown: {
  readonly headers: IncomingHttpHeaders;
  /** Undefined once it is gone. Asked only where there is a credential. */
  readonly socket: object | undefined;
}) => Read;

/**
 * Reads the secret of `Authorization: Bearer SECRET`, of `X-Api-Key: SECRET`, or the password of Basic, whatever its user name
 * is. What a connection showed last stays with it, as it does in the header table of HTTP/2: it comes again with every call, and
 * is parsed and hashed once.
 */
export function createCredentialReader(): ReadCredential {
  const readAuthorization = rememberLast(parseAuthorization);
  const readApiKey = rememberLast((text) => (text === '' ? 'malformed' : toCredential(text)));
  return (shown) => {
    const { authorization, 'x-api-key': apiKey } = shown.headers;
    if (authorization !== undefined) return readAuthorization(authorization, shown.socket);
    if (apiKey === undefined) return undefined;
    return typeof apiKey === 'string' ? readApiKey(apiKey, shown.socket) : 'malformed';
  };
}

/** The SHA-256 of a secret, as a text of 32 bytes. */
export function digestOf(secret: string): string {
  return hash('sha256', secret, 'latin1');
}

function rememberLast(parse: (text: string) => Read): (text: string, connection: object | undefined) => Read {
  // A map of one, since it compares texts by a hash of their whole, with a seed that nobody knows: how long it takes says nothing
  // of how much of somebody else's credential, who comes by the same proxy, was guessed.
  const lastBy = new WeakMap<object, Map<string, Read>>();
  return (text, connection) => {
    if (connection === undefined) return parse(text);
    let last = lastBy.get(connection);
    if (last === undefined) {
      last = new Map();
      lastBy.set(connection, last);
    }
    const known = last.get(text);
    if (known !== undefined) return known;
    const read = parse(text);
    last.clear();
    last.set(text, read);
    return read;
  };
}

function parseAuthorization(text: string): Read {
  const space = text.indexOf(' ');
  const value = text.slice(space + 1).trim();
  switch (text.slice(0, Math.max(0, space)).toLowerCase()) {
    case 'bearer':
      return toCredential(value);
    case 'basic':
      return passwordOf(value);
    default:
      return 'malformed';
  }
}

/** RFC 7617: the user name ends at the first colon. */
function passwordOf(base64: string): Read {
  const text = Buffer.from(base64, 'base64').toString();
  const colon = text.indexOf(':');
  const secret = text.slice(colon + 1);
  return colon < 0 || secret === '' ? 'malformed' : toCredential(secret);
}

function toCredential(secret: string): Credential {
  return { secret, digest: digestOf(secret) };
}
