// Which faults follow from others. A key that is misspelt also leaves a required one missing, and a value that could not
// be read breaks the rules about it: of such a chain the user is told the first.
import type { Path, PathFault } from '../fault.ts';

export interface KnownFaults {
  /**
   * Whether a fault at `path` would follow from a known one: at the same value or right inside it, or, when there is no
   * such value, at what is around it (a misspelt key, or no mapping at all).
   */
  explain(path: Path): boolean;
  /** Whether the value at `path`, or anything inside it, has a fault. */
  touch(path: Path): boolean;
}

/** @param has whether there is a value at a path */
export function knowFaults(faults: readonly PathFault[], has: (path: Path) => boolean): KnownFaults {
  if (faults.length === 0) return NONE;
  const own = new Set<string>();
  const parents = new Set<string>();
  const withUnknownKey = new Set<string>();
  const around = new Set<string>();
  for (const { path } of faults) {
    const parent = toKey(path.slice(0, -1));
    own.add(toKey(path));
    parents.add(parent);
    if (!has(path)) withUnknownKey.add(parent);
    for (let length = 0; length <= path.length; length++) around.add(toKey(path.slice(0, length)));
  }
  return {
    explain(path) {
      const key = toKey(path);
      if (own.has(key) || parents.has(key)) return true;
      const parent = toKey(path.slice(0, -1));
      return (own.has(parent) || withUnknownKey.has(parent)) && !has(path);
    },
    touch: (path) => around.has(toKey(path)),
  };
}

const NONE: KnownFaults = { explain: () => false, touch: () => false };

function toKey(path: Path): string {
  return path.join('\0');
}
