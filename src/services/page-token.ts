// Page tokens: where a page ended, the revision that the first page gave, and a digest over both and the filters, so that a
// damaged token or one of another list is recognised. No secret: a caller who makes one up gets a page that they could have had
// anyway.
import { createHash } from 'node:crypto';
import { refusal } from '../errors/to-connect.ts';

export interface PagePlace {
  /** Last of the page before: for ListComponents an id, for ListTransitions a revision. */
  readonly last: string;
  /** Revision that the first page gave, which all pages give. */
  readonly revision: number;
}

const DIGEST_BYTES = 8;

/** @param filters Text that is the same for the same list. */
export function createPageToken({ last, revision }: PagePlace, filters: string): string {
  return tokenOf(`${revision}/${last}`, filters);
}

/** Undefined for the first page. @throws INVALID_PAGE_TOKEN for a token that is damaged or of a list with other filters */
export function parsePageToken(token: string, filters: string): PagePlace | undefined {
  if (token === '') return undefined;
  const text = Buffer.from(token, 'base64url').subarray(DIGEST_BYTES).toString();
  const [, revision, last] = /^(\d{1,16})\/(.*)$/s.exec(text) ?? [];
  // Made again and compared: base64 decoding skips what it does not know.
  if (last === undefined || tokenOf(text, filters) !== token) throw refusal('INVALID_PAGE_TOKEN', {});
  return { last, revision: Number(revision) };
}

function tokenOf(text: string, filters: string): string {
  const digest = createHash('sha256')
    .update(JSON.stringify([text, filters]))
    .digest()
    .subarray(0, DIGEST_BYTES);
  return Buffer.concat([digest, Buffer.from(text)]).toString('base64url');
}
