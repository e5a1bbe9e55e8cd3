// Which components have become something else since their list was another: what goes by all definitions looks at these alone. Their revisions do
// not say it, since an instance that stands by has read its file before the one that decides.

/** Ids that are remembered, of the latest reloads. */
const MAX_IDS = 100_000;

export interface Redefinitions {
  /**
   * Another list of components is there.
   * @param before the one until now
   * @param ids of all that is new, gone, or something else. Undefined: nobody knows
   */
  add(before: readonly string[], ids: readonly string[] | undefined): void;
  /** All that have been added since the list was this one. Undefined: nobody knows any more. */
  since(list: readonly string[]): readonly string[] | undefined;
}

export function createRedefinitions(): Redefinitions {
  /** By list: the number of the reload that took its place. */
  const numbers = new WeakMap<readonly string[], number>();
  let next = 0;
  /** Of the reloads before `next`, without a gap. */
  let remembered: (readonly string[])[] = [];
  return {
    add(before, ids) {
      numbers.set(before, next);
      next += 1;
      remembered = ids === undefined ? [] : [...remembered, ids];
      let count = remembered.reduce((sum, { length }) => sum + length, 0);
      while (count > MAX_IDS) count -= remembered.shift()!.length;
    },
    since(list) {
      const number = numbers.get(list);
      // It is still there.
      if (number === undefined) return [];
      const first = next - remembered.length;
      return number < first ? undefined : [...new Set(remembered.slice(number - first).flat())];
    },
  };
}
