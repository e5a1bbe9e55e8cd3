// Ids of components that a source gives: `SOURCE.TARGET`. They follow from the name of the target alone, so that they are the same after
// a restart, in any order, and whatever else there is.
import { createHash } from 'node:crypto';

const MAX_ID = 128;
const HASH_LENGTH = 10;
const PLAIN = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;

/**
 * `shop.10.0.0.7_8080` for `10.0.0.7:8080`. What has characters that an id cannot have, or is too long, or looks like the id of another
 * name, ends in a hash of its name: two names never have one id.
 */
export function componentIdOf(source: string, name: string): string {
  const plain = name.replace(/:(\d+)$/, '_$1');
  // `_` before digits at the end stands for the `:` of a port, and a hash at the end for what was left out.
  const isAmbiguous = /_\d+$|-[0-9a-f]{10}$/.test(name);
  const id = `${source}.${plain}`;
  return PLAIN.test(plain) && !isAmbiguous && id.length <= MAX_ID ? id : hashedId(source, name);
}

/** The id of a name whose own one is taken by a component of the file. */
export function hashedId(source: string, name: string): string {
  const hash = createHash('sha256').update(name).digest('hex').slice(0, HASH_LENGTH);
  const room = MAX_ID - source.length - HASH_LENGTH - 2;
  const cut = name
    .replace(/[^A-Za-z0-9._-]+/g, '-')
    .replace(/^[-._]+/, '')
    .slice(0, room)
    .replace(/[-._]+$/, '');
  return cut === '' ? `${source}.${hash}` : `${source}.${cut}-${hash}`;
}
