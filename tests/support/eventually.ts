import { setImmediate } from 'node:timers/promises';

/** Less than a test may take: one that goes on looking after it has failed takes a whole core from all others. */
const MAX_MS = 50_000;

/** Lets the event loop turn until it is so. @throws where it is not in 50 s */
export async function eventually(isSo: () => boolean): Promise<void> {
  const endMs = performance.now() + MAX_MS;
  while (!isSo()) {
    if (performance.now() > endMs) throw new Error(`this was never so: ${isSo}`);
    await setImmediate();
  }
}
