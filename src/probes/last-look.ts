// When a run judges by itself what came, shortly before its deadline judges that nothing did. It stands alone since every kind that can
// say more than that does so at the same time.

/** How long before the deadline, in milliseconds, and at most as a share of the timeout. */
const LAST_LOOK_MS = 100;
const LAST_LOOK_SHARE = 0.1;

/** After how many milliseconds of a run. */
export function lastLookMs(timeoutMs: number): number {
  return timeoutMs - Math.min(LAST_LOOK_MS, timeoutMs * LAST_LOOK_SHARE);
}
