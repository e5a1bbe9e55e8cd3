// One attack as a process of its own, so that it stalls nobody who measures: NAME HOST PORT SECONDS SEED. Says what it did.
import { setMaxListeners } from 'node:events';
import { ATTACKS } from './registry.ts';

const [name = '', host = '', port = '', seconds = '', seed = ''] = process.argv.slice(2);
const attack = ATTACKS[name];
if (attack === undefined) throw new Error(`there is no attack '${name}'`);

/** Mulberry32. */
function createRandom(from: number): () => number {
  let state = from;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const end = new AbortController();
const until = end.signal;
setMaxListeners(0, until);
setTimeout(() => end.abort(), Number(seconds) * 1_000);
const did = await attack.run({ host, port: Number(port), until, random: createRandom(Number(seed)) });
process.stdout.write(`${did}\n`, () => process.exit(0));
