// Questions that take long to answer: equal ones at the same time are answered once, so many different ones at a time, and so
// many may wait (ADR 24). Whoever leaves cancels nothing for others; what nobody waits for any more is not begun.
import { refusal } from '../errors/to-connect.ts';

export interface SharedQuestions {
  /**
   * The answer to a question of this key that was not answered when this was called. Rejects with what `answer` rejects with,
   * and with TOO_BUSY.
   * @param caller asked for only where the question has to wait
   */
  ask<T>(key: string, answer: () => Promise<T>, caller: { readonly signal: AbortSignal }): Promise<T>;
}

export interface SharedQuestionsOptions {
  /** Answered at the same time. */
  readonly atOnce: number;
  /** Beside those. */
  readonly waiting: number;
}

interface Question {
  readonly answer: Promise<unknown>;
  /** Undefined once it is begun. */
  begin: (() => void) | undefined;
  /** Those who may still leave before it begins. */
  callers: Set<AbortSignal>;
}

export function createSharedQuestions({ atOnce, waiting }: SharedQuestionsOptions): SharedQuestions {
  const open = new Map<string, Question>();
  const queue: string[] = [];
  let running = 0;

  const run = async <T>(key: string, answer: () => Promise<T>): Promise<T> => {
    running += 1;
    try {
      return await answer();
    } finally {
      running -= 1;
      open.delete(key);
      beginNext();
    }
  };
  const beginNext = () => {
    while (running < atOnce) {
      const key = queue.shift();
      if (key === undefined) return;
      const question = open.get(key);
      if (question === undefined) continue;
      if ([...question.callers].every(({ aborted }) => aborted)) open.delete(key);
      else question.begin?.();
      question.begin = undefined;
    }
  };

  return {
    ask<T>(key: string, answer: () => Promise<T>, caller: { readonly signal: AbortSignal }): Promise<T> {
      const known = open.get(key);
      if (known !== undefined) {
        if (known.begin !== undefined) known.callers.add(caller.signal);
        return known.answer as Promise<T>;
      }
      if (running < atOnce) {
        const answered = run(key, answer);
        open.set(key, { answer: answered, begin: undefined, callers: new Set() });
        return answered;
      }
      if (queue.length >= waiting) return Promise.reject(refusal('TOO_BUSY', {}));
      const { promise, resolve } = Promise.withResolvers<T>();
      open.set(key, { answer: promise, begin: () => resolve(run(key, answer)), callers: new Set([caller.signal]) });
      queue.push(key);
      return promise;
    },
  };
}
