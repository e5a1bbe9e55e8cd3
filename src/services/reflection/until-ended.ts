/**
 * What comes until it is over, or until the signal fires: Connect ends a call by its signal, and goes on to wait for a client that says
 * nothing more.
 * @throws the reason of the signal
 */
export async function* untilEnded<Item>(items: AsyncIterable<Item>, signal: AbortSignal): AsyncGenerator<Item> {
  const iterator = items[Symbol.asyncIterator]();
  for (;;) {
    const { promise: ended, reject } = Promise.withResolvers<never>();
    const end = () => reject(signal.reason);
    signal.addEventListener('abort', end);
    if (signal.aborted) end();
    try {
      const next = await Promise.race([iterator.next(), ended]);
      if (next.done) return;
      yield next.value;
    } finally {
      signal.removeEventListener('abort', end);
    }
  }
}
