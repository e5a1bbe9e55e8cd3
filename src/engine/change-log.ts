// Which component changed last at which revision: one linked list in order of revision, each component in it once. A
// watcher is only a number, the revision that it has seen; however slow it is, it costs nothing and gets the latest.

/** Components that are gone are remembered up to this many, the latest ones. */
const MAX_TOMBSTONES = 10_000;

export interface ChangeLog {
  /** The latest revision. */
  readonly revision: number;
  /** Gives the component the next revision. */
  changed(id: string): number;
  /** The component is gone: that too is a change, and takes the next revision. */
  removed(id: string): void;
  /**
   * What has changed after `revision`, in order of revision; of `ids` only, where given. Undefined when what was removed
   * since is no longer known. Costs what changed (or the number of `ids`), not what exists.
   */
  since(revision: number, ids?: ReadonlySet<string>): ChangedIds | undefined;
}

export interface ChangedIds {
  readonly changed: readonly string[];
  readonly removed: readonly string[];
}

interface Node {
  readonly id: string;
  revision: number;
  removed: boolean;
  older: Node | undefined;
  newer: Node | undefined;
}

/**
 * `startRevision`: the latest of an earlier life, or more. Whoever stands there or before needs a snapshot, since what was
 * removed between the two lives is not known.
 */
export function createChangeLog(startRevision: number): ChangeLog {
  const nodes = new Map<string, Node>();
  // In order of removal; a component that came back is no longer in it.
  const tombstones = new Set<Node>();
  let newest: Node | undefined;
  let revision = startRevision;
  let knownFrom = startRevision + 1;

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
  const touch = (id: string, removed: boolean): Node => {
    let node = nodes.get(id);
    if (node === undefined) {
      node = { id, revision: 0, removed, older: undefined, newer: undefined };
      nodes.set(id, node);
    } else {
      unlink(node);
    }
    node.revision = ++revision;
    node.removed = removed;
    append(node);
    return node;
  };
  const forgetOldestTombstone = () => {
    const [oldest] = tombstones;
    if (oldest === undefined) return;
    tombstones.delete(oldest);
    nodes.delete(oldest.id);
    unlink(oldest);
    knownFrom = oldest.revision;
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

  return {
    get revision() {
      return revision;
    },
    changed(id) {
      const node = touch(id, false);
      tombstones.delete(node);
      return node.revision;
    },
    removed(id) {
      tombstones.add(touch(id, true));
      if (tombstones.size > MAX_TOMBSTONES) forgetOldestTombstone();
    },
    since(after, ids) {
      if (after < knownFrom) return undefined;
      const found = [...newerThan(after, ids)].sort((a, b) => a.revision - b.revision);
      return {
        changed: found.filter((node) => !node.removed).map((node) => node.id),
        removed: found.filter((node) => node.removed).map((node) => node.id),
      };
    },
  };
}
