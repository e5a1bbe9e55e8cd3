// Keeps nothing. Revisions still grow over restarts, since time does.
import type { Store } from '../core/store.ts';

/** More changes per millisecond than there can be, so that a later life starts above every revision of an earlier one. */
const REVISIONS_PER_MS = 1000;

export function createMemoryStore(nowMs: number): Store {
  return {
    load: () => ({ revision: Math.floor(nowMs) * REVISIONS_PER_MS, components: [] }),
    save() {},
    close() {},
  };
}
