// The latencies of the last hour of what is in view: asked for late, a few at a time, and kept for a minute.
import { type Signal, signal } from '@preact/signals-core';
import { readAvailability } from './availability.ts';
import type { Call } from './outside.ts';

const LAST_HOUR = { window: '3600s', step: '300s' };
/** What scrolls by is not asked for. */
const LINGERS_MS = 300;
const FRESH_MS = 60_000;
const MOST_AT_ONCE = 3;
const MOST_KEPT = 500;

export type Series = readonly (number | undefined)[];

interface Entry {
  readonly series: Signal<Series>;
  askedAt: number;
}

export class Latencies {
  readonly #call: Call;
  readonly #entries = new Map<string, Entry>();
  /** Since when each is in view. */
  readonly #wanted = new Map<string, number>();
  #asking = 0;

  constructor(call: Call) {
    this.#call = call;
  }

  of(id: string): Signal<Series> {
    return this.#entryOf(id).series;
  }

  /** It is in view, until `release`. */
  want(id: string, now: number): void {
    this.#wanted.set(id, now);
  }

  release(id: string): void {
    this.#wanted.delete(id);
  }

  /** Asks for what stays in view and is not known, or was asked for long ago. */
  ask(now: number): void {
    for (const [id, since] of this.#wanted) {
      if (this.#asking >= MOST_AT_ONCE) return;
      const entry = this.#entryOf(id);
      if (now - since < LINGERS_MS || now - entry.askedAt < FRESH_MS) continue;
      entry.askedAt = now;
      this.#asking++;
      this.#call('getAvailability', { component: id, ...LAST_HOUR })
        .then((json) => {
          entry.series.value = readAvailability(json).spans.map(({ p50 }) => p50);
        })
        // It is a decoration: where history cannot be asked, there is none.
        .catch(() => {})
        .finally(() => {
          this.#asking--;
          this.ask(now);
        });
    }
  }

  #entryOf(id: string): Entry {
    let entry = this.#entries.get(id);
    if (entry === undefined) {
      entry = { series: signal([]), askedAt: Number.NEGATIVE_INFINITY };
      if (this.#entries.size >= MOST_KEPT) {
        for (const old of this.#entries.keys()) {
          if (this.#wanted.has(old)) continue;
          this.#entries.delete(old);
          break;
        }
      }
      this.#entries.set(id, entry);
    }
    return entry;
  }
}
