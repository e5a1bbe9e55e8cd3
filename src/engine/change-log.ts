// Which component changed last at which revision: one linked list in order of revision, each component in it once. A
// watcher is only a number, the revision that it has seen; however slow it is, it costs nothing and gets the latest.
import { MAX_TOMBSTONES, type RevisionRange } from '../core/store.ts';

export interface ChangeLog {
  /** The latest revision. */
  readonly revision: number;
  /** The component changed at this revision, which is above every one before. */
  changed(id: string, revision: number): void;
  /** Another incarnation begins: its revisions are above, and a watcher can go on from these of the ones before. */
  began(startRevision: number, resumable: readonly RevisionRange[]): void;
  /** Everything up to this revision is there. */
  reached(revision: number): void;
  /** The component is gone: that too is a change, at a revision of its own. */
  removed(id: string, revision: number): void;
  /**
   * What has changed after `revision`, in order of revision; of `ids` only, where given. Undefined when that cannot be said
   * any more. Costs what changed (or the number of `ids`), not what exists.
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

interface Node {
  readonly id: string;
  revision: number;
  removed: boolean;
  older: Node | undefined;
  newer: Node | undefined;
}

/** Goes on where earlier incarnations were. Whoever stands where none of them can be resumed needs a snapshot. */
export function createChangeLog(firstRevision: number, earlier: EarlierChanges): ChangeLog {
  let startRevision = firstRevision;
  let { resumable } = earlier;
  const nodes = new Map<string, Node>();
  // In order of removal; a component that came back is no longer in it.
  const tombstones = new Set<Node>();
  let newest: Node | undefined;
  let revision = startRevision;
  let knownFrom = earlier.removed.length < MAX_TOMBSTONES ? 0 : earlier.removed[0]!.revision;

  const unlink = (node: Node) => {
    if (node.older !== undefined) node.older.newer = node.newer;
    if (node.newer !== undefined) node.newer.older = node.older;
    if (newest === node) newest = node.older;
  };
  const append = (node: Node) => {
    node.older = newest;
    node.newer = undefined;
    if (newest !== undefined) newest.newer = node;
    newest = node;
  };
  const touch = (id: string, at: number, removed: boolean) => {
    let node = nodes.get(id);
    if (node === undefined) {
      node = { id, revision: at, removed, older: undefined, newer: undefined };
      nodes.set(id, node);
    } else {
      unlink(node);
    }
    node.revision = at;
    node.removed = removed;
    append(node);
    if (!removed) {
      tombstones.delete(node);
      return;
    }
    tombstones.add(node);
    if (tombstones.size > MAX_TOMBSTONES) forgetOldestTombstone();
  };
  const forgetOldestTombstone = () => {
    const [oldest] = tombstones;
    if (oldest === undefined) return;
    tombstones.delete(oldest);
    nodes.delete(oldest.id);
    unlink(oldest);
    knownFrom = oldest.revision;
  };
  const isKnown = (after: number) => {
    if (after < knownFrom) return false;
    if (after >= startRevision) return true;
    return resumable.some(({ from, to }) => from <= after && after <= to);
  };
  const newerThan = function* (after: number, ids: ReadonlySet<string> | undefined): Generator<Node> {
    if (ids === undefined) {
      for (let node = newest; node !== undefined && node.revision > after; node = node.older) yield node;
      return;
    }
    for (const id of ids) {
      const node = nodes.get(id);
      if (node !== undefined && node.revision > after) yield node;
    }
  };

  const kept = [
    ...earlier.components.map(({ id, revision: at }) => ({ id, at, removed: false })),
    ...earlier.removed.map(({ id, revision: at }) => ({ id, at, removed: true })),
  ];
  for (const { id, at, removed } of kept.sort((a, b) => a.at - b.at)) touch(id, at, removed);

  return {
    get revision() {
      return revision;
    },
    changed(id, at) {
      revision = at;
      touch(id, at, false);
    },
    removed(id, at) {
      revision = at;
      touch(id, at, true);
    },
    began(start, ranges) {
      startRevision = start;
      resumable = ranges;
      revision = Math.max(revision, start);
    },
    reached(at) {
      revision = Math.max(revision, at);
    },
    since(after, ids) {
      if (!isKnown(after)) return undefined;
      const found = [...newerThan(after, ids)].sort((a, b) => a.revision - b.revision);
      return {
        changed: found.filter((node) => !node.removed).map((node) => node.id),
        removed: found.filter((node) => node.removed).map((node) => node.id),
      };
    },
  };
}
