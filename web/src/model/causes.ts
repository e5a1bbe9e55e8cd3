// What is not well for no other reason that the page can see, and what follows from each such cause.
import type { Components } from './components.ts';

export interface Cause {
  readonly index: number;
  /** How many others are not well for it: groups above it, and what depends on it, however far away. */
  readonly consequences: number;
}

export interface Causes {
  /** The worst first, then those with the most consequences. */
  readonly list: readonly Cause[];
  /** How many are not well for any of them; each counts once. */
  readonly consequences: number;
}

/** By index: where the edges of each lead. */
type Edges = readonly (readonly number[] | undefined)[];

/**
 * A cause is what is UNHEALTHY or DEGRADED without a member or a dependency that is too. Where such things go round in a circle
 * and nothing leads into it, the first of them by name stands for all.
 */
export function findCauses(components: Components): Causes {
  const { bad, badness, sortKeys } = components;
  const { leadsTo, comesFrom } = edgesOf(components);
  const isExplained = new Uint8Array(leadsTo.length);
  const causes: number[] = [];
  const take = (cause: number) => {
    causes.push(cause);
    walk(cause, leadsTo, isExplained, 1);
  };
  for (const index of bad) if (comesFrom[index] === undefined) take(index);
  for (const index of bad) {
    if (isExplained[index] === 0)
      take(circleAbove(index, comesFrom).reduce((a, b) => (sortKeys[b]! < sortKeys[a]! ? b : a)));
  }
  // What each walk has been at is marked with its own number, so that none has to be wiped away.
  const marks = new Uint32Array(leadsTo.length);
  const list = causes
    .map((index, place) => ({ index, consequences: walk(index, leadsTo, marks, place + 1).length - 1 }))
    .sort(
      (a, b) =>
        badness[a.index]! - badness[b.index]! ||
        b.consequences - a.consequences ||
        (sortKeys[a.index]! < sortKeys[b.index]! ? -1 : 1),
    );
  return { list, consequences: bad.size - causes.length };
}

/** Those that are not well for it, in order of their names. */
export function consequencesOf(cause: number, components: Components): readonly number[] {
  const { leadsTo } = edgesOf(components);
  const marks = new Uint8Array(leadsTo.length);
  walk(cause, leadsTo, marks, 1);
  return components.byName().filter((index) => index !== cause && marks[index] === 1);
}

/** Between what is not well: from a member to its group, from what is depended on to what depends on it. */
function edgesOf(components: Components): { leadsTo: Edges; comesFrom: Edges } {
  const { bad, healths } = components;
  const leadsTo = new Array<number[] | undefined>(healths.length).fill(undefined);
  const comesFrom = new Array<number[] | undefined>(healths.length).fill(undefined);
  const add = (from: number | undefined, to: number | undefined) => {
    if (from === undefined || to === undefined || from === to || !bad.has(from) || !bad.has(to)) return;
    push(leadsTo, from, to);
    push(comesFrom, to, from);
  };
  for (const index of bad) {
    for (const parent of components.parentsOf(index)) add(index, parent);
    for (const id of healths[index]!.causedBy) add(components.indexOf(id), index);
  }
  return { leadsTo, comesFrom };
}

function push(edges: (number[] | undefined)[], at: number, value: number): void {
  const known = edges[at];
  if (known === undefined) edges[at] = [value];
  else known.push(value);
}

/** Where one comes from here, beginning with it, but for what has the mark already. */
function walk(from: number, edges: Edges, marks: Uint8Array | Uint32Array, mark: number): readonly number[] {
  if (marks[from] === mark) return [];
  marks[from] = mark;
  const walked = [from];
  for (const each of walked) {
    for (const next of edges[each] ?? []) {
      if (marks[next] === mark) continue;
      marks[next] = mark;
      walked.push(next);
    }
  }
  return walked;
}

/** Where one comes to that goes up from there for ever. */
function circleAbove(from: number, comesFrom: Edges): number[] {
  const path = [from];
  for (;;) {
    const above = comesFrom[path.at(-1)!]![0]!;
    const start = path.indexOf(above);
    if (start >= 0) return path.slice(start);
    path.push(above);
  }
}
