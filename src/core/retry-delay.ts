export interface RetryPace {
  /** After the first failure, in milliseconds; twice as long after each that follows. */
  readonly firstMs: number;
  readonly maxMs: number;
  /** Share by which it is shorter or longer by chance, so that many that failed together do not come back together. */
  readonly spread: number;
}

/**
 * Milliseconds until the next attempt, a whole number.
 * @param failures in a row, before the latest
 * @param random from 0 to below 1
 */
export function retryDelayMs(failures: number, { firstMs, maxMs, spread }: RetryPace, random: () => number): number {
  return Math.round(Math.min(firstMs * 2 ** failures, maxMs) * (1 - spread + 2 * spread * random()));
}
