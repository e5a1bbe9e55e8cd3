// What a screen reader says of changes: of statuses only, summed up, and no more often than one can listen.
import { STATUSES } from '../feed/messages.ts';
import type { Components, StatusChange } from './components.ts';

export const QUIET_MS = 5_000;
const MOST_NAMES = 3;

export class Announcements {
  /** The latest change of each, with the status before the first that nobody heard of. */
  #pending = new Map<number, StatusChange>();
  #saidAt = Number.NEGATIVE_INFINITY;

  add(changes: readonly StatusChange[]): void {
    for (const change of changes) {
      const from = this.#pending.get(change.index)?.from ?? change.from;
      if (from === change.to) this.#pending.delete(change.index);
      else this.#pending.set(change.index, { ...change, from });
    }
  }

  /** What to say now; undefined where there is nothing, or not yet. */
  take(components: Components, now: number): string | undefined {
    if (this.#pending.size === 0 || now - this.#saidAt < QUIET_MS) return undefined;
    this.#saidAt = now;
    const changes = [...this.#pending.values()].filter(({ index }) => components.ids[index] !== undefined);
    this.#pending.clear();
    return summarise(components, changes) || undefined;
  }

  forget(): void {
    this.#pending.clear();
  }
}

/** "2 are UNHEALTHY now: a, b; 5 are HEALTHY now: c, d, e and 2 more" */
function summarise(components: Components, changes: readonly StatusChange[]): string {
  const parts = STATUSES.map((status) => {
    const names = changes
      .filter(({ to }) => to === status)
      .map(({ index }) => components.nameOf(components.ids[index]!));
    if (names.length === 0) return '';
    if (names.length === 1) return `${names[0]} is ${status} now`;
    const more = names.length - MOST_NAMES;
    const listed = names.slice(0, MOST_NAMES).join(', ');
    return `${names.length} are ${status} now: ${listed}${more > 0 ? ` and ${more} more` : ''}`;
  });
  return parts.filter(Boolean).join('; ');
}
