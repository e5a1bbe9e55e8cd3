// Where in the text each value of a configuration stands: a tree with the shape of the values. It stands alone since
// whoever finds a fault later (rules, probes, the graph) knows a path only.
import type { Path } from '../fault.ts';

export interface Place {
  /** Where the value starts, in UTF-16 code units. */
  readonly offset: number;
  /** Where its key starts; left out for entries of lists. */
  readonly keyOffset?: number;
  children?: Map<string | number, Place>;
  /** Of a list whose entries are looked up when somebody asks. */
  readonly entryAt?: (index: number) => Place | undefined;
}

/** Nothing within nothing: where places are not wanted. */
export function addPlace<Parent extends Place | undefined>(
  parent: Parent,
  segment: string | number,
  offset: number,
  keyOffset?: number,
): Parent {
  if (parent === undefined) return parent;
  const place: Place = keyOffset === undefined ? { offset } : { offset, keyOffset };
  parent.children ??= new Map();
  parent.children.set(segment, place);
  return place as Parent;
}

/** The place of `path`, or, with `exact` false, of the nearest value around it that is there. */
export function findPlace(root: Place, path: Path): { readonly place: Place; readonly exact: boolean } {
  let place = root;
  for (const segment of path) {
    const child = place.children?.get(segment) ?? (typeof segment === 'number' ? place.entryAt?.(segment) : undefined);
    if (child === undefined) return { place, exact: false };
    place = child;
  }
  return { place, exact: true };
}
