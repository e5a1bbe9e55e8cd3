// One attempt, of bounded time whatever the channel does: it has a time-out itself, and this is for one that does not keep it.
import type { SendResult } from '../../core/alert.ts';
import type { Clock } from '../../core/clock.ts';

export interface AttemptOptions {
  readonly clock: Clock;
  readonly timeoutMs: number;
  /** Ends it early. */
  readonly stop: AbortSignal;
  /** Called with what a channel threw, which none should. Must not throw. */
  readonly onDefect: (error: unknown) => void;
}

/** Beyond the time-out of the channel. */
const OVERDUE_MS = 1_000;
/** A channel settles soon after its signal fires; if one does not, nobody waits for it any longer. */
const GRACE_MS = 5_000;

export async function attempt(
  send: (signal: AbortSignal) => Promise<SendResult>,
  { clock, timeoutMs, stop, onDefect }: AttemptOptions,
): Promise<SendResult> {
  const controller = new AbortController();
  const overdue = Promise.withResolvers<SendResult>();
  let cancel = () => {};
  const abort = (error: string) => {
    cancel();
    controller.abort();
    cancel = clock.after(GRACE_MS, () => overdue.resolve({ kind: 'retry', error, perhapsDelivered: true }));
  };
  const onStop = () => abort('OpenK was stopped');
  cancel = clock.after(timeoutMs + OVERDUE_MS, () => abort(`no answer within ${timeoutMs / 1000}s`));
  stop.addEventListener('abort', onStop, { once: true });
  const run = async (): Promise<SendResult> => {
    try {
      return await send(controller.signal);
    } catch (error) {
      onDefect(error);
      return { kind: 'retry', error: 'internal error', perhapsDelivered: true };
    }
  };
  try {
    if (stop.aborted) onStop();
    return await Promise.race([run(), overdue.promise]);
  } finally {
    cancel();
    stop.removeEventListener('abort', onStop);
  }
}
