// Ids of components out of names that may be anything. The same names give the same ids, whatever comes before or after them in the source.
import { createHash } from 'node:crypto';

export interface Named {
  /** What the source tells it apart by. */
  readonly identity: string;
  /** What the id is to be like. */
  readonly wish: string;
}

const MAX_ID = 128;
const HASH_LENGTH = 6;
const ID = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/;

/** Letters with their marks taken off, and a hyphen for what may not be in an id; empty where nothing is left. */
export function slug(text: string): string {
  return text
    .normalize('NFKD')
    .replace(/\p{M}+/gu, '')
    .replaceAll('ß', 'ss')
    .replace(/[^A-Za-z0-9._-]+/g, '-')
    .replace(/-{2,}/g, '-')
    .replace(/^[._-]+|[._-]+$/g, '')
    .slice(0, MAX_ID);
}

/**
 * An id for each, in order. Whose wish is an id as it is gets it; where several wish for the same one otherwise, each gets a hash of its identity
 * behind it, so that none depends on who came first.
 */
export function assignIds(all: readonly Named[], taken: ReadonlySet<string> = new Set()): readonly string[] {
  const slugs = all.map(({ wish }) => slug(wish));
  const wishers = new Map<string, number[]>();
  for (const [at, id] of slugs.entries()) wishers.set(id.toLowerCase(), [...(wishers.get(id.toLowerCase()) ?? []), at]);
  return all.map(({ identity, wish }, at) => {
    const id = slugs[at]!;
    const rivals = wishers.get(id.toLowerCase())!.filter((rival) => rival !== at);
    const isOwn = (position: number) => all[position]!.wish === slugs[position];
    const isFree = ID.test(id) && !taken.has(id) && (rivals.length === 0 || (isOwn(at) && !rivals.some(isOwn)));
    if (isFree) return id;
    const hash = createHash('sha256').update(`${identity}\0${wish}`).digest('hex').slice(0, HASH_LENGTH);
    return id === '' ? `x-${hash}` : `${id.slice(0, MAX_ID - HASH_LENGTH - 1)}-${hash}`;
  });
}
