// Whether a channel takes what it is sent. One that refused, gave no acceptance within the time for it, or came to nothing for
// ten minutes is failing, until it accepts something.
import type { Clock } from '../../core/clock.ts';

export interface ChannelHealth {
  accepted(): void;
  /** An attempt that is worth another one. */
  retried(error: string): void;
  /** A message is lost. */
  lost(error: string): void;
  /** Why it is failing; undefined: it is not. */
  failure(): string | undefined;
  /** Attempts in a row that came to nothing. */
  readonly failedInARow: number;
}

/** A short failure is not reported. */
const PATIENCE_MS = 600_000;

/** @param onChange called with why it begins to fail, and with undefined and how many messages were lost when that is over */
export function createChannelHealth(
  clock: Pick<Clock, 'monotonicMs'>,
  onChange: (failure: string | undefined, lost: number) => void,
): ChannelHealth {
  let failure: string | undefined;
  let failedInARow = 0;
  let failedSinceMs = 0;
  let lost = 0;
  const fail = (why: string) => {
    const isNews = failure === undefined;
    failure = why;
    if (isNews) onChange(why, 0);
  };
  const failed = () => {
    if (failedInARow === 0) failedSinceMs = clock.monotonicMs();
    failedInARow += 1;
  };
  return {
    accepted() {
      failedInARow = 0;
      if (failure === undefined) return;
      failure = undefined;
      onChange(undefined, lost);
      lost = 0;
    },
    retried(error) {
      failed();
      if (failure !== undefined || clock.monotonicMs() - failedSinceMs >= PATIENCE_MS) fail(error);
    },
    lost(error) {
      failed();
      lost += 1;
      fail(error);
    },
    failure: () => failure,
    get failedInARow() {
      return failedInARow;
    },
  };
}
