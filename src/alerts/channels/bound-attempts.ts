// What is the same for every kind of channel: an attempt ends at its time-out, at the caller's word, and when the channel is
// closed; and whatever happens in it, it is a result.
import type { Channel, SendResult } from '../../core/alert.ts';
import type { Clock } from '../../core/clock.ts';
import type { Sender } from './channel-kind.ts';

/** Why an attempt was given up, for people. Anything else that a signal fires with says nothing that may be shown. */
export class GivenUp extends Error {
  override readonly name = 'GivenUp';
}

/** What to say of an attempt whose signal fired. */
export function whyGivenUp(signal: AbortSignal): string {
  return signal.reason instanceof GivenUp ? signal.reason.message : 'it was stopped before it was answered';
}

export interface BoundChannelOptions {
  readonly id: string;
  readonly kind: string;
  readonly timeoutMs: number;
  readonly clock: Clock;
}

export function boundAttempts(sender: Sender, { id, kind, timeoutMs, clock }: BoundChannelOptions): Channel {
  const running = new Map<AbortController, Promise<SendResult>>();
  let isClosed = false;

  const attempt = (run: (signal: AbortSignal) => Promise<SendResult>, outer: AbortSignal): Promise<SendResult> => {
    const ending = new AbortController();
    const result = (async (): Promise<SendResult> => {
      if (isClosed) return { kind: 'retry', error: 'the channel is closed', perhapsDelivered: false };
      const onAbort = () => ending.abort(outer.reason);
      const clearTimer = clock.after(timeoutMs, () => {
        ending.abort(new GivenUp(`there was no answer within ${timeoutMs / 1000} s`));
      });
      outer.addEventListener('abort', onAbort, { once: true });
      if (outer.aborted) onAbort();
      try {
        return await run(ending.signal);
      } catch (error) {
        // A defect of the channel. Its message is not shown: it may be about an address or a header, which are secrets.
        const { name, code } = error as NodeJS.ErrnoException;
        const what = `${name}${code === undefined ? '' : ` ${code}`}`;
        return { kind: 'retry', error: `OpenK failed to send it (${what})`, perhapsDelivered: true };
      } finally {
        clearTimer();
        outer.removeEventListener('abort', onAbort);
        running.delete(ending);
      }
    })();
    running.set(ending, result);
    void result.then(() => running.delete(ending));
    return result;
  };

  const { repeat } = sender;
  return {
    id,
    kind,
    send: (message, signal) => attempt((inner) => sender.send(message, inner), signal),
    ...(repeat && {
      repeat: {
        everyMs: repeat.everyMs,
        send: (open, signal) => attempt((inner) => repeat.send(open, inner), signal),
      },
    }),
    async close() {
      isClosed = true;
      const last = [...running];
      for (const [ending] of last) ending.abort(new GivenUp('the channel was closed before it was answered'));
      await Promise.all(last.map(([, result]) => result));
    },
  };
}
