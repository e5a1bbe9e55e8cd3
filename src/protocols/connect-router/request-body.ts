// The body of a request, of which a handler may read as much as it likes. A handler that refuses a message stops in its
// middle. The rest is then read before the answer, within bounds: an HTTP/2 client that hears `no` in the middle of its
// message may end it there, short of its content-length, and Node resets such a stream before the answer is complete.

/** More than a client sends before it waits for window updates or for the answer. */
const MAX_SKIPPED_BYTES = 1_048_576;
/** A client that sends nothing more gets its answer after this long. */
const MAX_SKIP_MS = 1_000;

export interface RequestBody {
  /**
   * Reads the request and never destroys it: that would end Node's request, but not its connection, and the rest of the
   * message would block it for ever (discard-rest.ts reads on).
   */
  readonly chunks: AsyncIterable<Uint8Array>;
  /** Reads on to the end, or to the bounds. At once when the end was read. Never rejects. */
  skipRest(): Promise<void>;
}

export function createRequestBody(source: AsyncIterable<Uint8Array>): RequestBody {
  const iterator = source[Symbol.asyncIterator]();
  let isOver = false;

  const next = async (): Promise<IteratorResult<Uint8Array>> => {
    try {
      const result = await iterator.next();
      isOver = result.done === true;
      return result;
    } catch (error) {
      isOver = true;
      throw error;
    }
  };
  const skip = async () => {
    for (let leftBytes = MAX_SKIPPED_BYTES; leftBytes > 0 && !isOver; ) {
      const { value } = await next();
      leftBytes -= value?.byteLength ?? 0;
    }
  };
  return {
    // Without `return` and `throw`, by which a reader that stops would destroy the request.
    chunks: { [Symbol.asyncIterator]: () => ({ next }) },
    async skipRest() {
      if (isOver) return;
      const { promise: late, resolve } = Promise.withResolvers<void>();
      const timer = setTimeout(resolve, MAX_SKIP_MS);
      // A body that breaks off is for the call to report, which ends with its connection.
      await Promise.race([skip().catch(() => {}), late]);
      clearTimeout(timer);
    },
  };
}
