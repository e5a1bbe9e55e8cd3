// Whether the file that is open is still the one at its path: Unix lets anybody delete or replace a file that is open, and
// SQLite goes on in what nobody will ever find again. And what is at the path instead, put out of the way.
import { existsSync, renameSync, type Stats, statSync } from 'node:fs';

/**
 * `log-gone`: the file is there, one of the two beside it is not. `shrunk`: shorter than it was; whether by somebody else
 * is to be found out.
 */
export type FileState = 'same' | 'deleted' | 'replaced' | 'log-gone' | 'shrunk';

export interface FileWatch {
  look(): FileState;
  /** Suffixes of files beside the path that belong to another file than the one that is open. */
  foreignLogs(): string[];
}

/** Of the two files that SQLite keeps beside an open one: its log, and the index of that. */
export const LOG_SUFFIXES: readonly string[] = ['-wal', '-shm'];

/** @param path Of a file that is open in write-ahead-log mode, so that its log and index are beside it. */
export function watchOpenFile(path: string): FileWatch {
  const opened = statOf(path);
  const openedLogs = LOG_SUFFIXES.map((suffix) => statOf(`${path}${suffix}`));
  const lostLogs = () => LOG_SUFFIXES.filter((suffix, at) => !isSame(statOf(`${path}${suffix}`), openedLogs[at]));
  let bytes = opened?.size ?? 0;
  return {
    look() {
      const now = statOf(path);
      if (now === undefined) return 'deleted';
      if (!isSame(now, opened)) return 'replaced';
      if (lostLogs().length > 0) return 'log-gone';
      const before = bytes;
      bytes = now.size;
      return bytes < before ? 'shrunk' : 'same';
    },
    foreignLogs: lostLogs,
  };
}

/**
 * Puts a file out of the way, under a name that says why and when, so that it can be looked at, mended or put back.
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

function statOf(path: string): Stats | undefined {
  return statSync(path, { throwIfNoEntry: false });
}

function isSame(a: Stats | undefined, b: Stats | undefined): boolean {
  return a?.ino === b?.ino && a?.dev === b?.dev;
}
