// Whole numbers by chance, as the rounds of kills take them.
import { createSeeded } from '../seeded.ts';

/** The result gives a number below `limit`. */
export function createRandom(seed: number): (limit: number) => number {
  const next = createSeeded(seed);
  return (limit) => next() % limit;
}
