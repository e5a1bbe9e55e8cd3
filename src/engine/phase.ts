// When a job is due: on a grid of its own, whose phase is a hash of its id. So load is spread over the interval, the
// same at every restart, and nobody has to remember when a job ran last.

import { hash32 } from '../core/hash.ts';

/**
 * Phases are multiples of it, so that some jobs are due together: to wake up for each of them costs as much as to run it (ADR 70).
 */
const GRAIN_MS = 100;

/**
 * The first time at or after `fromMs` at which `id` is due.
 *
 * Exact for whole milliseconds. An interval that divides another has all of that one's times on its grid.
 *
 * @param intervalMs whole, at least 1
 * @param fromMs whole epoch milliseconds
 */
export function nextDueMs(id: string, intervalMs: number, fromMs: number): number {
  const sincePhaseMs = (fromMs - phaseMs(id, intervalMs)) % intervalMs;
  return sincePhaseMs > 0 ? fromMs + intervalMs - sincePhaseMs : fromMs - sincePhaseMs;
}

/** How far after each multiple of `intervalMs` since the epoch `id` is due. */
export function phaseMs(id: string, intervalMs: number): number {
  const hash = hash32(id);
  return (hash - (hash % GRAIN_MS)) % intervalMs;
}

/** In the order in which they take turns: by the hashes of their ids, so that neighbours by name are none in time. */
export function sortedByHash<Item>(items: readonly Item[], idOf: (item: Item) => string): Item[] {
  const hashed = items.map((item) => ({ item, hash: hash32(idOf(item)) }));
  return hashed.sort((a, b) => a.hash - b.hash).map(({ item }) => item);
}
