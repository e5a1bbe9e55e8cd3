// One attack as a process of its own, so that it stalls nobody who measures: NAME HOST PORT SECONDS SEED. Says what it did.
import { setMaxListeners } from 'node:events';
import { createSeeded } from '../../tests/support/seeded.ts';
import { ATTACKS } from './registry.ts';

const [name = '', host = '', port = '', seconds = '', seed = ''] = process.argv.slice(2);
const attack = ATTACKS[name];
if (attack === undefined) throw new Error(`there is no attack '${name}'`);

/** From 0 to less than 1. */
const next = createSeeded(Number(seed));
const random = () => next() / 2 ** 32;

const end = new AbortController();
const until = end.signal;
setMaxListeners(0, until);
setTimeout(() => end.abort(), Number(seconds) * 1_000);
const did = await attack.run({ host, port: Number(port), until, random });
process.stdout.write(`${did}\n`, () => process.exit(0));
