// Who of several does what: the one with the highest hash with it (rendezvous hashing, Thaler and Ravishankar 1998). So each does
// about as much as the others, nobody has to remember anything, and when one comes or goes, only what he gets or had moves.
import { hash32 } from './hash.ts';

/** Of several the one for `item`, whatever their order; undefined where there is none. */
export function chooseByHash(item: string, among: Iterable<string>): string | undefined {
  const itemHash = hash32(item);
  let chosen: string | undefined;
  let highest = -1;
  for (const one of among) {
    const score = mix(hash32(one), itemHash);
    if (score < highest || (score === highest && chosen !== undefined && one > chosen)) continue;
    highest = score;
    chosen = one;
  }
  return chosen;
}

/** Of two hashes one, in which each bit of either counts. */
function mix(a: number, b: number): number {
  let hash = Math.imul(a ^ Math.imul(b, 0x9e3779b1), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  hash = Math.imul(hash ^ (hash >>> 12), 0x297a2d39);
  return (hash ^ (hash >>> 15)) >>> 0;
}
