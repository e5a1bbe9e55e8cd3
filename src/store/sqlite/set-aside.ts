// Puts a file out of the way under a name that says why and when, with the two files that SQLite keeps beside it, so that it
// can be looked at, mended or put back.
import { existsSync, renameSync } from 'node:fs';

/**
 * @param why Part of the name: openk.db.WHY-2026-11-28T04-00-00Z
 * @param suffixes Of the files beside it that go with it, as far as they are there.
 * @returns the new path
 */
export function setAside(path: string, why: string, nowMs: number, suffixes: readonly string[]): string {
  const at = new Date(nowMs)
    .toISOString()
    .replace(/\.\d+Z$/, 'Z')
    .replaceAll(':', '-');
  const wanted = `${path}.${why}-${at}`;
  let target = wanted;
  for (let number = 2; existsSync(target); number++) target = `${wanted}-${number}`;
  // The log first: without its file it is nothing, and the file without it is an older one.
  for (const suffix of [...suffixes, '']) {
    if (existsSync(`${path}${suffix}`)) renameSync(`${path}${suffix}`, `${target}${suffix}`);
  }
  return target;
}
