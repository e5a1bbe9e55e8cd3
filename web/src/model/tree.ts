// The components as a tree of groups: what is open is a list of rows, each with its depth.
import type { Components } from './components.ts';

/** Shared members are there under each of their groups; groups that share much could make more rows than a browser can scroll. */
const MOST_ROWS = 20_000;

export interface TreeRow {
  readonly index: number;
  /** Where it is: the ids from the top, since a component may be in many groups. */
  readonly path: string;
  readonly depth: number;
  readonly hasMembers: boolean;
  readonly isOpen: boolean;
  /** Its place among those beside it, from 1 on, and how many these are. */
  readonly place: number;
  readonly siblings: number;
}

/**
 * @param order what is shown, in the order in which it is shown @param open paths of the groups that are open; undefined: as at first
 * @param isFiltered then what is shown comes with the groups above it, all of them open
 */
export function treeRows(
  components: Components,
  order: readonly number[],
  open: ReadonlySet<string> | undefined,
  isFiltered: boolean,
): readonly TreeRow[] {
  const shown = new Set(order);
  if (isFiltered) for (const index of shown) for (const parent of components.parentsOf(index)) shown.add(parent);
  const rank = new Map([...shown].map((index, place) => [index, place]));
  const inOrder = (indexes: readonly number[]) =>
    indexes.filter((index) => shown.has(index)).sort((a, b) => rank.get(a)! - rank.get(b)!);
  const openPaths = open ?? new Set(openAtFirst(components));
  const rows: TreeRow[] = [];
  const above = new Set<number>();
  const add = (indexes: readonly number[], prefix: string, depth: number) => {
    const siblings = inOrder(indexes);
    for (const [place, index] of siblings.entries()) {
      // A group that is below itself is shown, and goes on no further.
      if (rows.length >= MOST_ROWS) return;
      const path = `${prefix}${components.ids[index]!}`;
      const members = above.has(index) ? [] : components.membersOf(index);
      const hasMembers = members.some((member) => shown.has(member));
      const isOpen = hasMembers && (isFiltered || openPaths.has(path));
      rows.push({ index, path, depth, hasMembers, isOpen, place: place + 1, siblings: siblings.length });
      if (!isOpen) continue;
      above.add(index);
      add(members, `${path}/`, depth + 1);
      above.delete(index);
    }
  };
  const top = components.top();
  // Groups in a circle with nothing above them would be nowhere.
  add(top.length > 0 ? top : components.byName(), '', 0);
  return rows;
}

/** Paths of the groups that are open until somebody opens or closes one: the group of everything, which says nothing by itself. */
export function openAtFirst(components: Components): readonly string[] {
  const top = components.top();
  return top.length === 1 ? [components.ids[top[0]!]!] : [];
}
