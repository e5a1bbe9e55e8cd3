// The policy of revisions, for every store: where those of a new incarnation of OpenK begin, and from which of those before a
// watcher can go on. An incarnation may publish more than it keeps (the store fails, the process is killed), and a file may be
// exchanged for an older one; so a revision of an earlier incarnation is known only as far as it was kept.
import type { RevisionRange } from '../../core/store.ts';

/** More changes per millisecond than there can be: revisions that begin at the time of the start never get ahead of it. */
const REVISIONS_PER_MS = 1000;
/** Room for what an incarnation may have published and not kept, where the time cannot be relied on. */
const REVISIONS_AHEAD = 1_000_000_000;

/**
 * Where the revisions of a new incarnation begin: above every one that was ever given. What is kept is not enough to go by;
 * the time is, unless it was set back, or is that of another machine, whose clock is behind.
 * @param starts Where the incarnations before began, in order: those that kept nothing were seen all the same.
 */
export function startOfIncarnation(keptRevision: number, starts: readonly number[], nowMs: number): number {
  const byTime = Math.floor(nowMs) * REVISIONS_PER_MS;
  const known = Math.max(keptRevision, starts.at(-1) ?? 0);
  if (byTime > known) return byTime;
  // Not always as far, in case that what began there is not known any more, in an older copy.
  return known + REVISIONS_AHEAD + (byTime % REVISIONS_AHEAD);
}

/**
 * Revisions of earlier incarnations whose watchers have seen nothing that is not kept: those of the last incarnation that
 * kept a change, up to that change, and the start of the last one, where no watcher had seen a change of it yet.
 * @param starts Where the incarnations began, in order.
 * @param keptRevision Revision of the last change that was kept.
 */
export function resumableRevisions(starts: readonly number[], keptRevision: number): RevisionRange[] {
  const last = starts.at(-1);
  if (last === undefined) return [];
  const changed = starts.findLast((start) => start < keptRevision);
  return [{ from: last, to: last }, ...(changed === undefined ? [] : [{ from: changed, to: keptRevision }])];
}
