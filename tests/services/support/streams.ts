// Reading a server stream message by message.

/** A stream that a test pulls by hand and ends by hand. */
export interface Reading<T> {
  /** The next message; rejects when the stream fails, and when it ends. */
  next(): Promise<T>;
  /** Cancels the call. */
  cancel(): void;
}

export function read<T>(call: (options: { signal: AbortSignal }) => AsyncIterable<T>): Reading<T> {
  const controller = new AbortController();
  const iterator = call({ signal: controller.signal })[Symbol.asyncIterator]();
  return {
    async next() {
      const { done, value } = await iterator.next();
      if (done === true) throw new Error('the stream ended');
      return value;
    },
    cancel: () => controller.abort(),
  };
}

/** One turn of the event loop: whatever follows by promises alone from what has happened has happened after it. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
