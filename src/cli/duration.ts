// Durations as people write them on the command line: 500ms, 30s, 1m30s.

const UNIT_MS = { d: 86_400_000, h: 3_600_000, m: 60_000, s: 1000, ms: 1 } as const;
type Unit = keyof typeof UNIT_MS;

const WHOLE = /^(?:\d+(?:\.\d+)?(?:ms|[smhd]))+$/;
const PART = /(\d+(?:\.\d+)?)(ms|[smhd])/g;

/** Longest duration: what a timer of Node can wait for, rounded down to days. */
export const MAX_DURATION_MS = 24 * UNIT_MS.d;

/** Milliseconds, or undefined for what is not a duration or is longer than `MAX_DURATION_MS`. */
export function parseDuration(text: string): number | undefined {
  if (!WHOLE.test(text)) return undefined;
  let totalMs = 0;
  for (const [, amount, unit] of text.matchAll(PART)) totalMs += Number(amount) * UNIT_MS[unit as Unit];
  return totalMs <= MAX_DURATION_MS ? totalMs : undefined;
}

/** The inverse, in whole milliseconds; of a second and more in whole seconds. */
export function formatDuration(durationMs: number): string {
  let restMs = durationMs < UNIT_MS.s ? Math.round(durationMs) : Math.round(durationMs / UNIT_MS.s) * UNIT_MS.s;
  let text = '';
  for (const [unit, unitMs] of Object.entries(UNIT_MS)) {
    const amount = Math.floor(restMs / unitMs);
    restMs -= amount * unitMs;
    if (amount > 0) text += `${amount}${unit}`;
  }
  return text || '0s';
}
