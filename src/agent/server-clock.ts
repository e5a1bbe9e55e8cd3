// How the clock of an agent stands to that of its server, by what the server says in its answers: it was somewhere between the
// question and the answer, so the quickest of the latest answers says it best (as in NTP, RFC 5905).
import type { Clock } from '../core/clock.ts';

export interface ServerClock {
  /** An answer: when it was asked for and when it came, monotonic, and what the server's clock said, epoch milliseconds. */
  sample(sentMs: number, receivedMs: number, serverMs: number): void;
  /** Another server may answer from now on: its first answer counts alone. */
  renew(): void;
  /** How far the wall clock here is ahead of the server's, now; undefined before the first answer. */
  skewMs(): number | undefined;
}

const SAMPLES = 8;

export function createServerClock(clock: Pick<Clock, 'nowMs' | 'monotonicMs'>): ServerClock {
  /** The latest last. The offset is to the monotonic clock, which nobody sets. */
  let samples: { readonly delayMs: number; readonly offsetMs: number }[] = [];
  let isRenewed = false;
  return {
    sample(sentMs, receivedMs, serverMs) {
      if (isRenewed) samples = [];
      isRenewed = false;
      samples.push({ delayMs: receivedMs - sentMs, offsetMs: serverMs - (sentMs + receivedMs) / 2 });
      if (samples.length > SAMPLES) samples.shift();
    },
    renew() {
      isRenewed = true;
    },
    skewMs() {
      if (samples.length === 0) return undefined;
      const best = samples.reduce((a, b) => (b.delayMs < a.delayMs ? b : a));
      return clock.nowMs() - (clock.monotonicMs() + best.offsetMs);
    },
  };
}
