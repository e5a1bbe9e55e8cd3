// A decision about very many components, in portions that each fit an append: a record goes with the state that it led to.
import type { Decision } from './decision.ts';

export type Portion = Pick<Decision, 'records' | 'saved' | 'removed'>;

/** In order of revision. A decision that fits is one. @param most entries of one */
export function* portionsOf({ records, saved, removed }: Decision, most: number): Generator<Portion> {
  if (records.length + saved.length <= most) {
    yield { records, saved, removed };
    return;
  }
  const size = Math.max(1, Math.floor(most / 2));
  let taken = 0;
  const recordsUpTo = (revision: number) => {
    const from = taken;
    while (taken < records.length && records[taken]!.revision <= revision) taken++;
    return records.slice(from, taken);
  };
  for (let at = 0; at < removed.length; at += size) {
    const some = removed.slice(at, at + size);
    yield { records: recordsUpTo(some.at(-1)!.revision), saved: [], removed: some };
  }
  for (let at = 0; at < saved.length; at += size) {
    const some = saved.slice(at, at + size);
    yield { records: recordsUpTo(some.at(-1)!.health.revision), saved: some, removed: [] };
  }
  if (taken < records.length) yield { records: records.slice(taken), saved: [], removed: [] };
}
