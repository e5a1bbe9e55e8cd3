// How often something may be done, for each of many keys: so often a second, and ten seconds' worth at once. Kept as the
// generic cell rate algorithm (ITU-T I.371), which is a token bucket in one number: when the bucket would be full again.
export interface TokenBuckets {
  /** Milliseconds until the key may go on; 0: now. */
  waitMs(key: string): number;
  /** Takes one, also where there is none. */
  take(key: string): void;
  /** Keys that are not forgotten. */
  readonly size: number;
}

export interface TokenBucketsOptions {
  readonly perSecond: number;
  /** Keys that are remembered; above that the longest unused is forgotten, and begins with a full bucket. */
  readonly maxKeys: number;
  readonly monotonicMs: () => number;
}

const BURST_MS = 10_000;

export function createTokenBuckets({ perSecond, maxKeys, monotonicMs }: TokenBucketsOptions): TokenBuckets {
  const stepMs = 1_000 / perSecond;
  // Or nothing would ever fit in.
  const burstMs = Math.max(BURST_MS, stepMs);
  /** By key, the longest unused first: when its bucket is full again. */
  const fullAtMs = new Map<string, number>();

  /** Each new key takes up to two away that are as good as new, so that idle ones do not stay. */
  const forget = (nowMs: number) => {
    let looked = 0;
    for (const [key, atMs] of fullAtMs) {
      if (fullAtMs.size <= maxKeys && (looked === 2 || atMs > nowMs)) return;
      fullAtMs.delete(key);
      looked += 1;
    }
  };

  return {
    waitMs(key) {
      const nowMs = monotonicMs();
      return Math.max(0, Math.max(fullAtMs.get(key) ?? nowMs, nowMs) + stepMs - burstMs - nowMs);
    },
    take(key) {
      const nowMs = monotonicMs();
      const atMs = Math.max(fullAtMs.get(key) ?? nowMs, nowMs) + stepMs;
      const isNew = !fullAtMs.delete(key);
      fullAtMs.set(key, Math.min(atMs, nowMs + burstMs));
      if (isNew) forget(nowMs);
    },
    get size() {
      return fullAtMs.size;
    },
  };
}
