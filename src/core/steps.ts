// Long work as a generator that yields between short steps, so that whoever runs it decides how much is done at a time.

/** Yields after each step; nothing goes in and nothing comes out before the result. */
export type Steps<Result> = Generator<undefined, Result, undefined>;

/** All steps in one go, for whoever has nothing else to do meanwhile. */
export function atOnce<Result>(steps: Steps<Result>): Result {
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
  }
}
