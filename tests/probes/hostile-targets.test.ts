// A short form of `npm run fuzz:targets`: what targets answer never reaches the process, and leaves nothing behind.
import '../support/one-realm.ts';
import { expect, it } from '@jest/globals';
import { fuzzTargets } from '../support/hostile/fuzz.ts';

it.each([1, 2026])('whatever targets answer, probes observe, from seed %i', async (seed) => {
  const { looks, seen, faults, descriptorsLeft } = await fuzzTargets({
    answers: 520,
    seed,
    timeoutMs: 50,
  });
  expect(faults).toEqual([]);
  expect(descriptorsLeft).toBeLessThanOrEqual(0);
  expect(looks).toBeGreaterThanOrEqual(520);
  // Chance gets through to what comes behind a handshake.
  const outcomes = [...seen.values()].flatMap((counts) => [...counts.keys()]);
  expect(new Set(outcomes).size).toBeGreaterThan(5);
});
