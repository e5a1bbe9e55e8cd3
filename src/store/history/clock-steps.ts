// Which wall-clock time a batch stands for. The monotonic clock shows how long it really was, and so whether the wall clock
// went along: where it stepped or the machine slept, a new span begins, and nothing is claimed of what lies between.

/** What a clock that is being corrected smoothly, and two readings one after the other, may differ by. */
const TOLERANCE_MS = 2000;

export interface Segment {
  readonly fromMs: number;
  readonly untilMs: number;
  /** True where it does not go on from where the batch before ended. */
  readonly isNewSpan: boolean;
}

/**
 * @param untilMs Wall clock at the end of the batch.
 * @param elapsedMs Monotonic time that the batch took.
 * @param previousMs Wall clock at the end of the batch before; undefined for the first of an incarnation.
 */
export function segmentOf(untilMs: number, elapsedMs: number, previousMs: number | undefined): Segment {
  const goesOn = previousMs !== undefined && previousMs <= untilMs && untilMs - previousMs <= elapsedMs + TOLERANCE_MS;
  if (goesOn) return { fromMs: previousMs, untilMs, isNewSpan: false };
  // A clock that was never set may be closer to the epoch than OpenK has been running.
  return { fromMs: Math.max(0, untilMs - elapsedMs), untilMs: Math.max(0, untilMs), isNewSpan: true };
}
