// Which component changed last at which revision: a list in order of revision, of which only the latest of each component counts. A
// watcher is only a number, the revision that it has seen; however slow it is, it costs nothing and gets the latest.
import { MAX_TOMBSTONES, type RevisionRange } from '../core/store.ts';

export interface ChangeLog {
  /** The latest revision. */
  readonly revision: number;
  /**
   * The component changed at this revision, which `latestOf` gives from now on. It is above every one before, but for what an instance that
   * stands by takes up late by its own file.
   */
  changed(id: string, revision: number): void;
  /** Another incarnation begins: its revisions are above, and a watcher can go on from these of the ones before. */
  began(startRevision: number, resumable: readonly RevisionRange[]): void;
  /** Everything up to this revision is there. */
  reached(revision: number): void;
  /** The component is gone, and `latestOf` gives nothing any more: that too is a change, at a revision of its own. */
  removed(id: string, revision: number): void;
  /**
   * What has changed after `revision`, in order of revision; of `ids` only, where given. Undefined when that cannot be said
   * any more. Costs what changes there were (or the number of `ids`), not what exists.
   */
  since(revision: number, ids?: ReadonlySet<string>): ChangedIds | undefined;
}

export interface ChangedIds {
  readonly changed: readonly string[];
  readonly removed: readonly string[];
}

interface Revised {
  readonly id: string;
  readonly revision: number;
}

/** What is kept of the incarnations before this one. */
export interface EarlierChanges {
  /** Revisions from which a watcher can go on. */
  readonly resumable: readonly RevisionRange[];
  /** Each with the revision of its last change. */
  readonly components: readonly Revised[];
  /** Those that are gone, the latest ones, in order of revision. */
  readonly removed: readonly Revised[];
}

/** So many changes that may no longer count, or a quarter of those that do, are kept before they are swept. */
const LEAST_ENTRIES = 1024;
/** Entries that each change then goes through; more than the one that it adds. */
const SWEPT_AT_ONCE = 4;

/**
 * Goes on where earlier incarnations were. A watcher that stands where none of them can be resumed needs a snapshot.
 * @param latestOf the revision of the last change of a component that there is
 */
export function createChangeLog(
  firstRevision: number,
  earlier: EarlierChanges,
  latestOf: (id: string) => number | undefined,
): ChangeLog {
  let startRevision = firstRevision;
  let { resumable } = earlier;
  // Beside each other, in order of revision. There may be very many: a node of a list takes 64 bytes more.
  let ids: string[] = [];
  let revisions: number[] = [];
  let areInOrder = true;
  let mostEntries = LEAST_ENTRIES;
  /** Once there are more: what still counts of the first ones of them. */
  let swept = { count: 0, ids: [] as string[], revisions: [] as number[] };
  /** By id, in order of removal: when it went. What came back is no longer in it. */
  const tombstones = new Map<string, number>();
  let revision = startRevision;
  let knownFrom = earlier.removed.length < MAX_TOMBSTONES ? 0 : earlier.removed[0]!.revision;

  const lastChange = (id: string) => tombstones.get(id) ?? latestOf(id);
  const isLatest = (at: number) => lastChange(ids[at]!) === revisions[at];
  const append = (id: string, at: number) => {
    areInOrder &&= at >= (revisions.at(-1) ?? 0);
    ids.push(id);
    revisions.push(at);
    if (ids.length > mostEntries) sweep();
  };
  const order = () => {
    if (areInOrder) return;
    const places = Array.from(revisions.keys()).sort((a, b) => revisions[a]! - revisions[b]!);
    [ids, revisions] = [places.map((at) => ids[at]!), places.map((at) => revisions[at]!)];
    swept = { count: 0, ids: [], revisions: [] };
    areInOrder = true;
  };
  /** Goes through a few, so that no change waits for all of them. */
  const sweep = () => {
    const end = Math.min(ids.length, swept.count + SWEPT_AT_ONCE);
    for (; swept.count < end; swept.count++) {
      if (!isLatest(swept.count)) continue;
      swept.ids.push(ids[swept.count]!);
      swept.revisions.push(revisions[swept.count]!);
    }
    if (end < ids.length) return;
    ({ ids, revisions } = swept);
    swept = { count: 0, ids: [], revisions: [] };
    mostEntries = ids.length + Math.max(LEAST_ENTRIES, ids.length >> 2);
  };
  const bury = (id: string, at: number) => {
    tombstones.delete(id);
    tombstones.set(id, at);
    if (tombstones.size <= MAX_TOMBSTONES) return;
    const [oldest, wentAt] = tombstones.entries().next().value!;
    tombstones.delete(oldest);
    knownFrom = wentAt;
  };
  const isKnown = (after: number) => {
    if (after < knownFrom) return false;
    if (after >= startRevision) return true;
    return resumable.some(({ from, to }) => from <= after && after <= to);
  };
  /** The first entry after a revision. */
  const firstAfter = (after: number): number => {
    let first = ids.length;
    while (first > 0 && revisions[first - 1]! > after) first -= 1;
    return first;
  };
  const newerOf = (after: number, some: ReadonlySet<string>): string[] =>
    [...some]
      .map((id) => ({ id, at: lastChange(id) ?? 0 }))
      .filter(({ at }) => at > after)
      .sort((a, b) => a.at - b.at)
      .map(({ id }) => id);

  for (const { id, revision: at } of earlier.removed) bury(id, at);
  const kept = [...earlier.components, ...earlier.removed].sort((a, b) => a.revision - b.revision);
  for (const { id, revision: at } of kept) append(id, at);

  return {
    get revision() {
      return revision;
    },
    changed(id, at) {
      revision = Math.max(revision, at);
      tombstones.delete(id);
      append(id, at);
    },
    removed(id, at) {
      revision = Math.max(revision, at);
      bury(id, at);
      append(id, at);
    },
    began(start, ranges) {
      startRevision = start;
      resumable = ranges;
      revision = Math.max(revision, start);
    },
    reached(at) {
      revision = Math.max(revision, at);
    },
    since(after, some) {
      if (!isKnown(after)) return undefined;
      order();
      const first = firstAfter(after);
      const found =
        some !== undefined && some.size < ids.length - first
          ? newerOf(after, some)
          : ids.slice(first).filter((id, offset) => (some?.has(id) ?? true) && isLatest(first + offset));
      return {
        changed: found.filter((id) => !tombstones.has(id)),
        removed: found.filter((id) => tombstones.has(id)),
      };
    },
  };
}
