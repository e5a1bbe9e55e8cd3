// What there is to see for whoever calls: all of it, or what its selection takes, with the words of reasons or without.
import type { Principal } from '../auth/principal.ts';
import type { Selection } from '../core/selection.ts';
import type { HealthReader } from '../engine/health-ports.ts';
import { createVisibleReader, type VisibleReader } from './visible-reader.ts';
import { withoutWords } from './without-words.ts';

/** The same reader for all who see the same; whoever sees everything has the one that everybody reads from. */
export type ReaderOf = (principal: Pick<Principal, 'scopes' | 'selection'>) => HealthReader;

/** Selections at the same time. Each costs what is in it, and a look at every change. */
const MAX_READERS = 256;

export function createVisibleReaders(reader: HealthReader, maxReaders = MAX_READERS): ReaderOf {
  /** By selection, the one that was asked for last at the end. */
  const readers = new Map<string, VisibleReader>();
  const wordless = new WeakMap<HealthReader, HealthReader>();
  let startRevision = reader.revision;
  let position = startRevision;
  let isFollowing = false;

  const advance = () => {
    const since = position;
    const changes = reader.changesSince(since);
    position = reader.revision;
    for (const each of [...readers.values()]) each.advance(since, changes);
  };
  /** One that somebody watches stays: who comes back to it must find the same revisions. */
  const makeRoom = () => {
    for (const [key, each] of readers) {
      if (readers.size < maxReaders) return;
      if (each.subscriberCount > 0) continue;
      readers.delete(key);
      // One that takes its place later begins where it was, or after.
      startRevision = Math.max(startRevision, each.revision);
    }
  };
  const readerOf = (selection: Selection): VisibleReader => {
    const { key } = selection;
    const known = readers.get(key);
    if (known !== undefined && readers.size < maxReaders / 2) return known;
    if (known === undefined) makeRoom();
    if (!isFollowing) {
      isFollowing = true;
      position = reader.revision;
      // For as long as there is what it follows.
      reader.subscribe(undefined, advance, true);
    }
    const found = known ?? createVisibleReader(reader, selection, startRevision);
    readers.delete(key);
    readers.set(key, found);
    return found;
  };
  const wordlessOf = (seen: HealthReader): HealthReader => {
    let found = wordless.get(seen);
    if (found === undefined) {
      found = withoutWords(seen);
      wordless.set(seen, found);
    }
    return found;
  };

  return ({ scopes, selection }) => {
    const seen = selection === undefined ? reader : readerOf(selection);
    return scopes.has('EXPLAIN') ? seen : wordlessOf(seen);
  };
}
