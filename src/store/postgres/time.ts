// The time of the process that a database is asked from.
import { setTimeout } from 'node:timers/promises';

export interface Time {
  /** Monotonic milliseconds that are the same in each thread of the process. */
  processMs(): number;
  /** Epoch milliseconds. */
  nowMs(): number;
  /** Rejects once the signal fires. */
  pause(ms: number, signal?: AbortSignal): Promise<void>;
}

export const SYSTEM_TIME: Time = {
  processMs: () => Number(process.hrtime.bigint()) / 1e6,
  nowMs: Date.now,
  pause: (ms, signal) => setTimeout(ms, undefined, signal && { signal }),
};
