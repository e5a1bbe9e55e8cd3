// A hash of a text that is the same everywhere and at each start, for what is to be spread evenly. Not for secrets.

/**
 * FNV-1a over the UTF-16 code units, then the finalizer of MurmurHash3: ids that differ in their last digit only
 * would else be neighbours. 32 bits, not negative.
 */
export function hash32(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
