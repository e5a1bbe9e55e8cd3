// How long to wait before a message is sent again.

const [FIRST_MS, LONGEST_MS] = [1_000, 300_000];
/** What a channel may ask for. One that asks for more is asked again then. */
const LONGEST_ASKED_MS = 3_600_000;

/**
 * Full jitter: any time up to one second, two, four … five minutes, so that many that failed together do not come back together.
 * @param attempts that have failed, at least one
 * @param random from 0 to below 1
 */
export function backOffMs(attempts: number, random: number): number {
  return random * longestBackOffMs(attempts);
}

/** @param attempts that have failed: without any there is nothing to wait for */
export function longestBackOffMs(attempts: number): number {
  return attempts === 0 ? 0 : Math.min(LONGEST_MS, FIRST_MS * 2 ** (attempts - 1));
}

/** What a channel asked for, as far as it is given. */
export function askedMs(afterMs: number): number {
  return Math.min(Math.max(0, afterMs), LONGEST_ASKED_MS);
}
