import { expect, it } from '@jest/globals';
import { retryDelayMs } from '../../src/core/retry-delay.ts';

const PACE = { firstMs: 500, maxMs: 5_000, spread: 0.2 };

it.each([
  [0, 0.5, 500],
  [1, 0.5, 1_000],
  [3, 0.5, 4_000],
  [4, 0.5, 5_000],
  [5_000, 0.5, 5_000],
  [0, 0, 400],
  [4, 0, 4_000],
  [0, 0.999, 600],
])('after %s failures, by %s: %s ms', (failures, chance, delayMs) => {
  expect(retryDelayMs(failures, PACE, () => chance)).toBe(delayMs);
});
