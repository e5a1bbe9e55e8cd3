// All entries: by their components, by when they are due, and by the alerts that readers see of them.
import { createDueQueue } from '../../core/due-queue.ts';
import type { Entry } from './entry.ts';

export interface EntryList {
  /** When the first is due, in epoch milliseconds; infinite: none is. */
  readonly firstDueMs: number;
  /** Those of a component, as they are now: what is added or dropped later is not in it. */
  of(component: string): readonly Entry[];
  /** Ids of the components that have some. */
  components(): Iterable<string>;
  all(): Iterable<Entry>;
  /** The one whose alert readers see by this id. */
  ofAlert(id: string): Entry | undefined;
  add(entry: Entry): void;
  /** It is done with. */
  drop(entry: Entry): void;
  /** When it is to be stepped again whatever happens; infinite: not at all. */
  schedule(entry: Entry, dueMs: number): void;
  /** The same, if that is sooner. */
  hasten(entry: Entry, dueMs: number): void;
  /** Takes the one that is due first off the schedule. There must be one. */
  takeDue(): Entry;
  /** There is an alert of it that readers see, or no more. */
  list(entry: Entry, isListed: boolean): void;
}

const NEVER = Number.POSITIVE_INFINITY;
const NONE: readonly Entry[] = [];

export function createEntryList(): EntryList {
  const queue = createDueQueue<Entry>();
  const byComponent = new Map<string, readonly Entry[]>();
  const byAlert = new Map<string, Entry>();

  const dueMs = (entry: Entry) => queue.dueMs(entry) ?? NEVER;
  const of = (component: string) => byComponent.get(component) ?? NONE;
  const schedule = (entry: Entry, atMs: number) => {
    if (dueMs(entry) === atMs) return;
    queue.remove(entry);
    if (atMs !== NEVER) queue.push(entry, atMs);
  };

  return {
    get firstDueMs() {
      return queue.firstDueMs;
    },
    of,
    components: () => byComponent.keys(),
    *all() {
      for (const entries of byComponent.values()) yield* entries;
    },
    ofAlert: (id) => byAlert.get(id),
    add: (entry) => void byComponent.set(entry.component, [...of(entry.component), entry]),
    drop(entry) {
      schedule(entry, NEVER);
      const left = of(entry.component).filter((one) => one !== entry);
      if (left.length === 0) byComponent.delete(entry.component);
      else byComponent.set(entry.component, left);
    },
    schedule,
    hasten(entry, atMs) {
      if (atMs < dueMs(entry)) schedule(entry, atMs);
    },
    takeDue: () => queue.pop()!,
    list(entry, isListed) {
      const { id } = entry.alert!;
      if (isListed) byAlert.set(id, entry);
      else byAlert.delete(id);
    },
  };
}
