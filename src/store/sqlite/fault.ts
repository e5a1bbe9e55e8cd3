// What went wrong with which database, with advice by SQLite's code. Holds nothing of the content.
import type { StoreFault } from '../../core/store.ts';
import { NoJson } from '../thread/kept-json.ts';
import { storeFault } from '../thread/operations.ts';

const ADVICE: Readonly<Record<string, string>> = {
  SQLITE_FULL: 'Make room on the disk',
  SQLITE_READONLY: 'Give the user that OpenK runs as the right to write it',
  SQLITE_CORRUPT:
    '`openk storage check` says more. Go back to a backup, or set storage.on_corrupt: START_EMPTY, which keeps it under another name and begins a new one',
  SQLITE_NOTADB:
    'Name another file; this one is left as it is. Or set storage.on_corrupt: START_EMPTY, which keeps it under another name and begins a new one',
  TAKEN_OVER: 'Two must not write one file: end one of them, or give it a file of its own',
  SQLITE_BUSY: 'Another process holds it: end that one, or name another file',
};

export function databaseFault(store: string, what: string, error: unknown): StoreFault {
  return storeFault(store, what, adviceFor(error), error);
}

/** Whether the file itself is what is wrong: it is no database, or one whose pages say what cannot be, or whose texts are none of those that were written. */
export function isDamage(error: unknown): boolean {
  for (let cause = error; Error.isError(cause); cause = cause.cause) {
    if (cause instanceof NoJson) return true;
    if ('code' in cause && /^SQLITE_(CORRUPT|NOTADB)/.test(String(cause.code))) return true;
  }
  return false;
}

function adviceFor(error: unknown): string {
  // What core/history throws for bytes that it did not write.
  const code = error instanceof RangeError ? 'SQLITE_CORRUPT' : codeOf(error);
  // SQLite's extended codes begin with the code that they extend: SQLITE_READONLY_DIRECTORY.
  const known = Object.entries(ADVICE).find(([prefix]) => code.startsWith(prefix));
  return known?.[1] ?? 'Check the path, its rights and the space on the disk';
}

function codeOf(error: unknown): string {
  return Error.isError(error) && 'code' in error ? String(error.code) : '';
}
