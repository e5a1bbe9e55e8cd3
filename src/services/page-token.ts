// Page tokens: where a page ended (for ListComponents its last id), and a digest over it and the filters, so that a damaged
// token or one of another list is recognised. No secret: a caller who makes one up gets a page that they could have had
// anyway.
import { createHash } from 'node:crypto';

const DIGEST_BYTES = 8;

/** @param filters Text that is the same for the same list. */
export function createPageToken(lastId: string, filters: string): string {
  return Buffer.concat([digest(lastId, filters), Buffer.from(lastId)]).toString('base64url');
}

/** The last id of the page before; undefined for a token that is damaged or of a list with other filters. */
export function parsePageToken(token: string, filters: string): string | undefined {
  const lastId = Buffer.from(token, 'base64url').subarray(DIGEST_BYTES).toString();
  // Made again and compared: base64 decoding skips what it does not know.
  return createPageToken(lastId, filters) === token ? lastId : undefined;
}

function digest(lastId: string, filters: string): Buffer {
  const text = JSON.stringify([lastId, filters]);
  return createHash('sha256').update(text).digest().subarray(0, DIGEST_BYTES);
}
