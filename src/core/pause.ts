import type { Clock } from './clock.ts';

/**
 * Settles after `delayMs`, and at once when the signal fires or has fired. Never rejects.
 * @param onBegun is given what ends it sooner, too
 */
export function pause(
  clock: Pick<Clock, 'after'>,
  delayMs: number,
  signal: AbortSignal,
  onBegun?: (end: () => void) => void,
): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const end = () => {
      cancel();
      signal.removeEventListener('abort', end);
      resolve();
    };
    const cancel = clock.after(delayMs, end);
    signal.addEventListener('abort', end);
    onBegun?.(end);
  });
}
