// Which benches, and which parts of them, the words of a command line name.
import type { Bench } from './bench.ts';

/** Parts by the name of the bench; none: all of it. */
export type Selection = ReadonlyMap<string, readonly string[]>;

/** Words are names of benches and of their parts: `rpc headers` and `headers` are the same. @returns undefined for an unknown one */
export function selectBenches(
  benches: Readonly<Record<string, Pick<Bench, 'parts'>>>,
  words: readonly string[],
): Selection | undefined {
  if (words.length === 0) return new Map(Object.keys(benches).map((name) => [name, []]));
  const selected = new Map<string, string[]>();
  for (const word of words) {
    const isBench = Object.hasOwn(benches, word);
    const name = isBench ? word : Object.keys(benches).find((bench) => benches[bench]?.parts?.includes(word));
    if (name === undefined) return undefined;
    const parts = selected.get(name) ?? [];
    selected.set(name, isBench ? parts : [...parts, word]);
  }
  return selected;
}
