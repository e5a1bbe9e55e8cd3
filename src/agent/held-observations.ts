// What an agent has seen and nobody has taken yet. Bounded by number and by age: the oldest go first, and are counted.
import type { Seen } from '../services/convert-probes.ts';

export interface Held {
  readonly seen: Seen;
  /** Monotonic milliseconds. */
  readonly atMs: number;
}

export interface HeldObservations {
  add(seen: Seen, atMs: number): void;
  /** Takes out the oldest, as many as fit, and one at least where there is one; what is too old is forgotten before. */
  take(nowMs: number): readonly Held[];
  /** These were refused as they are, and cannot be said at all. */
  giveUp(count: number): void;
  readonly size: number;
  /** How many were forgotten or given up. */
  readonly lost: number;
}

export interface HeldLimits {
  readonly count: number;
  readonly ageMs: number;
  /** Taken out together. */
  readonly batch: number;
  readonly batchBytes: number;
}

/** Half a minute of 600 looks a second, or five minutes of 60. A request may have a mebibyte. */
export const HELD_LIMITS: HeldLimits = { count: 20_000, ageMs: 300_000, batch: 500, batchBytes: 400_000 };

export function createHeldObservations(limits: HeldLimits = HELD_LIMITS): HeldObservations {
  /** In the order of their times; those before `first` are gone. */
  let held: Held[] = [];
  let first = 0;
  let lost = 0;
  const size = () => held.length - first;
  const drop = (count: number) => {
    first += count;
    if (first < limits.count) return;
    held = held.slice(first);
    first = 0;
  };
  return {
    add(seen, atMs) {
      held.push({ seen, atMs });
      if (size() <= limits.count) return;
      drop(1);
      lost += 1;
    },
    take(nowMs) {
      let old = 0;
      while (old < size() && held[first + old]!.atMs < nowMs - limits.ageMs) old++;
      drop(old);
      lost += old;
      let count = 0;
      for (let bytes = 0; count < Math.min(limits.batch, size()); count++) {
        bytes += bytesOf(held[first + count]!.seen);
        if (bytes > limits.batchBytes && count > 0) break;
      }
      const taken = held.slice(first, first + count);
      drop(count);
      return taken;
    },
    giveUp(count) {
      lost += count;
    },
    get size() {
      return size();
    },
    get lost() {
      return lost;
    },
  };
}

/** Roughly, and rather too many. */
function bytesOf({ observation }: Seen): number {
  let chars = 0;
  for (const { name, reason } of observation.parts ?? []) chars += name.length + reason.message.length + 64;
  return 300 + 3 * (chars + observation.reason.message.length + (observation.reason.evidence?.length ?? 0));
}
