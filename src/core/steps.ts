// Long work as a generator that yields between short steps, so that its caller decides how much is done at a time.

/** Yields after each step, and what has to settle before the next one; nothing goes in. */
export type Steps<Result> = Generator<Promise<unknown> | undefined, Result, undefined>;

/** Things of a long list that are looked at in one step, where nothing is made of most. */
export const IN_A_STEP = 64;

/**
 * All steps in one go, for a caller that has nothing else to do meanwhile.
 * @throws {TypeError} when a step would have to wait
 */
export function atOnce<Result>(steps: Steps<Result>): Result {
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
    if (step.value !== undefined) throw new TypeError('a step that waits cannot be done at once');
  }
}

/** The value, waited for where that is needed. @throws what the promise rejects with */
export function* settled<Value>(pending: Value | Promise<Value>): Steps<Value> {
  if (!(pending instanceof Promise)) return pending;
  let value: Value | undefined;
  yield pending.then((result) => {
    value = result;
  });
  return value!;
}

export interface SliceOptions {
  readonly nowMs: () => number;
  /** Lets everything else run that is due. */
  readonly pause: () => Promise<unknown>;
  /** A slice ends with the first step that is over after this time. */
  readonly sliceMs?: number;
  /** Ends the work between two slices. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Begins with a slice at once, and pauses between two. Where there were several, the caller goes on in a turn of its own: what it does with
 * the result may take long, too.
 * @throws what a step throws, and the reason of the signal
 */
export async function inSlices<Result>(
  steps: Steps<Result>,
  { nowMs, pause, sliceMs = 5, signal }: SliceOptions,
): Promise<Result> {
  for (let isFirst = true; ; isFirst = false) {
    signal?.throwIfAborted();
    const endMs = nowMs() + sliceMs;
    do {
      const step = steps.next();
      if (step.done) {
        if (!isFirst) await pause();
        return step.value;
      }
      if (step.value !== undefined) await step.value;
    } while (nowMs() < endMs);
    await pause();
  }
}
