// The requests that have no complete answer yet. Shutdown waits for them; nothing else tells: Fastify's hooks miss calls
// that Connect answers.

export interface OpenCalls {
  /** Counts a request until its answer is complete or its connection is gone. */
  add(answer: { once(event: 'close', listener: () => void): unknown }): void;
  count(): number;
  /** Settles when there is none, true; or once `timeoutMs` have passed, false. */
  settled(timeoutMs: number): Promise<boolean>;
}

export function createOpenCalls(): OpenCalls {
  let open = 0;
  const waiting = new Set<() => void>();

  return {
    add(answer) {
      open++;
      answer.once('close', () => {
        open--;
        if (open === 0) for (const wake of waiting) wake();
      });
    },
    count: () => open,
    settled(timeoutMs) {
      if (open === 0) return Promise.resolve(true);
      return new Promise((resolve) => {
        const finish = (isSettled: boolean) => {
          clearTimeout(timer);
          waiting.delete(wake);
          resolve(isSettled);
        };
        const wake = () => finish(true);
        const timer = setTimeout(() => finish(false), timeoutMs);
        waiting.add(wake);
      });
    },
  };
}
