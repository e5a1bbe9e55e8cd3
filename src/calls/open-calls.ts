// The requests that have no complete answer yet. Shutdown waits for them; nothing else counts them: Fastify's hooks miss calls
// that Connect answers.

export interface OpenCalls {
  /** Counts a request until its answer is complete or its connection is gone. */
  add(answer: { once(event: 'close', listener: () => void): unknown }): void;
  /** The same for who knows the end of a call by itself. */
  opened(): void;
  closed(): void;
  count(): number;
  /** Settles when there is none, true; or once `timeoutMs` have passed, false. */
  settled(timeoutMs: number): Promise<boolean>;
}

export function createOpenCalls(): OpenCalls {
  let open = 0;
  const waiting = new Set<() => void>();

  const opened = () => {
    open++;
  };
  const closed = () => {
    open--;
    if (open === 0) for (const wake of waiting) wake();
  };

  return {
    add(answer) {
      opened();
      answer.once('close', closed);
    },
    opened,
    closed,
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
