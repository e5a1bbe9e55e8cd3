// Chance that can be had again: every answer of the fuzzer follows from its seed and its number.
import { createSeeded } from '../seeded.ts';

export interface Random {
  /** A whole number from 0 up to and without `bound`. */
  below(bound: number): number;
  /** Whether something that happens once in `n` times happens. */
  oneIn(n: number): boolean;
  pick<T>(items: readonly T[]): T;
  bytes(count: number): Buffer;
}

export function createRandom(seed: number): Random {
  const next = createSeeded(seed);
  const below = (bound: number) => Math.floor((next() / 2 ** 32) * bound);
  return {
    below,
    oneIn: (n) => below(n) === 0,
    pick: (items) => items[below(items.length)]!,
    bytes: (count) => Buffer.from(Array.from({ length: count }, () => below(256))),
  };
}
