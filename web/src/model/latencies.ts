// The latencies of the last hour of what is in view: asked for late, all that are in view at once, and kept for a minute.
import { type Signal, signal } from '@preact/signals-core';
import type { FromFeed, Series } from '../feed/messages.ts';

/** What scrolls by is not asked for. */
const LINGERS_MS = 300;
const FRESH_MS = 60_000;
const MOST_KEPT = 500;

interface Entry {
  readonly series: Signal<Series>;
  askedAt: number;
}

export class Latencies {
  readonly #ask: (ids: readonly string[]) => void;
  readonly #now: () => number;
  readonly #entries = new Map<string, Entry>();
  /** Since when each is in view. */
  readonly #wanted = new Map<string, number>();
  readonly #come = new Map<string, Series>();

  constructor(ask: (ids: readonly string[]) => void, now: () => number) {
    this.#ask = ask;
    this.#now = now;
  }

  of(id: string): Signal<Series> {
    return this.#entryOf(id).series;
  }

  /** It is in view, until `release`. */
  want(id: string): void {
    this.#wanted.set(id, this.#now());
  }

  release(id: string): void {
    this.#wanted.delete(id);
  }

  /** Asks for what stays in view and is not known, or was asked for long ago. */
  ask(): void {
    const now = this.#now();
    const ids: string[] = [];
    for (const [id, since] of this.#wanted) {
      const entry = this.#entryOf(id);
      if (now - since < LINGERS_MS || now - entry.askedAt < FRESH_MS) continue;
      entry.askedAt = now;
      ids.push(id);
    }
    if (ids.length > 0) this.#ask(ids);
  }

  receive(message: FromFeed): void {
    if (message.type === 'latency') this.#come.set(message.id, message.series);
  }

  /** What came since is seen from now on. */
  show(): void {
    for (const [id, series] of this.#come) this.#entryOf(id).series.value = series;
    this.#come.clear();
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
