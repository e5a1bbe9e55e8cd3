// Runs long work in slices of time and hands the event loop back between two of them, so that probes and calls go on while a
// large configuration is compiled.
import { setImmediate } from 'node:timers/promises';
import type { Steps } from '../core/steps.ts';

export interface SliceOptions {
  /** Ends the work between two slices. */
  readonly signal?: AbortSignal | undefined;
  /** A slice ends with the first step that is over after this time. */
  readonly sliceMs?: number;
  readonly nowMs?: () => number;
  /** Lets everything else run that is due. */
  readonly pause?: () => Promise<unknown>;
}

/**
 * Begins with a slice at once.
 * @throws what a step throws, and the reason of the signal
 */
export async function inSlices<Result>(steps: Steps<Result>, options: SliceOptions = {}): Promise<Result> {
  const { signal, sliceMs = 5, nowMs = () => performance.now(), pause = () => setImmediate() } = options;
  for (;;) {
    signal?.throwIfAborted();
    const endMs = nowMs() + sliceMs;
    do {
      const step = steps.next();
      if (step.done) return step.value;
    } while (nowMs() < endMs);
    await pause();
  }
}
