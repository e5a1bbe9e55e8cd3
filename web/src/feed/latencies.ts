// Latencies for the sparklines of all tabs: asked for a few at a time, off the thread that draws, and kept for a minute.
import type { FromFeed, Series } from './messages.ts';

export const LAST_HOUR = { window: '3600s', step: '300s' };
const FRESH_MS = 60_000;
const MOST_AT_ONCE = 3;
const MOST_KEPT = 1_000;

interface AvailabilityJson {
  readonly availability: { readonly buckets?: readonly { readonly latency?: { readonly p50?: string } }[] };
}

/** Out of the ProtoJSON of GetAvailability. */
export function readSeries(json: unknown): Series {
  const { buckets = [] } = (json as AvailabilityJson).availability;
  return buckets.map(({ latency }) =>
    latency?.p50 === undefined ? undefined : Number.parseFloat(latency.p50) * 1_000,
  );
}

export interface Latencies {
  ask(ids: readonly string[], post: (message: FromFeed) => void): void;
}

export function createLatencies(askOne: (id: string) => Promise<Series>): Latencies {
  /** Those that were asked for last at the end. */
  const known = new Map<string, { readonly at: number; readonly series: Promise<Series> }>();
  const waiting: (() => void)[] = [];
  let asking = 0;
  const ask = async (id: string): Promise<Series> => {
    if (asking >= MOST_AT_ONCE) await new Promise<void>((resolve) => waiting.push(resolve));
    else asking++;
    try {
      return await askOne(id);
    } finally {
      const next = waiting.shift();
      // Who waited takes the place.
      if (next === undefined) asking--;
      else next();
    }
  };
  const find = (id: string): Promise<Series> => {
    const found = known.get(id);
    if (found !== undefined && Date.now() - found.at < FRESH_MS) return found.series;
    const series = ask(id);
    known.delete(id);
    known.set(id, { at: Date.now(), series });
    for (const old of known.keys()) {
      if (known.size <= MOST_KEPT) break;
      known.delete(old);
    }
    return series;
  };
  return {
    ask(ids, post) {
      for (const id of ids) {
        find(id).then(
          (series) => post({ type: 'latency', id, series }),
          // It is a decoration: where history cannot be asked, there is none.
          () => {},
        );
      }
    },
  };
}
