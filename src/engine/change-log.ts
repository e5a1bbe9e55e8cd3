// Which component changed last at which revision: one linked list in order of revision, each component in it once. A
// watcher is only a number, the revision that it has seen; however slow it is, it costs nothing and gets the latest.
import { type Life, MAX_TOMBSTONES } from '../core/store.ts';

/** More changes than there can be: revisions that begin at the time of the start never get ahead of it. */
const REVISIONS_PER_MS = 1000;
/** Room for what a life may have told and not kept, where the time cannot be relied on. */
const REVISIONS_AHEAD = 1_000_000_000;

export interface ChangeLog {
  /** The latest revision. */
  readonly revision: number;
  /** The component changed at this revision, which is above every one before. */
  changed(id: string, revision: number): void;
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

/** What is kept of the lives before this one. */
export interface EarlierLives {
  /** Of the last change that was kept. */
  readonly revision: number;
  /** The latest one. Undefined: there was none, or it is not known. */
  readonly life: Life | undefined;
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

/**
 * Where the revisions of a new life begin: above every one that was ever given. A life may tell more than it keeps, and the
 * file may be exchanged for an older one, so what is kept is not enough to go by; the time is, unless it was set back.
 */
export function startOfLife(keptRevision: number, nowMs: number): number {
  const byTime = Math.floor(nowMs) * REVISIONS_PER_MS;
  if (byTime >= keptRevision) return byTime;
  // Twice in a row with nothing kept: most likely not at the same time.
  return keptRevision + REVISIONS_AHEAD + (byTime % REVISIONS_AHEAD);
}

/**
 * Goes on where the life that kept the last change was. Whoever stands beyond what it kept, or in a life before it, needs a
 * snapshot: what it was told last may be lost.
 */
export function createChangeLog(startRevision: number, earlier: EarlierLives): ChangeLog {
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
    const { startRevision: latestStart, changedRevision } = earlier.life ?? {};
    // Who was told of no change of the latest life knows what was kept before it.
    if (after === latestStart) return true;
    return changedRevision !== undefined && after >= changedRevision && after <= earlier.revision;
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
