// What went wrong with which store, in words that help. Holds nothing of the content.
import { StoreFault } from '../../core/store.ts';

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

/** @param store As in the configuration: `memory:` or `sqlite:PATH`. */
export function storeFault(store: string, what: string, error?: unknown, advice?: string): StoreFault {
  if (error instanceof StoreFault) return error;
  const reason = error === undefined ? '' : `: ${textOf(error)}`;
  const help = advice ?? adviceFor(error) ?? 'Check the path, its rights and the space on the disk';
  return new StoreFault(`storage ${store}: ${what}${reason}. ${help}`, { cause: error });
}

export function closedFault(store: string): StoreFault {
  return storeFault(store, 'it is closed', undefined, 'Nothing can be asked of it any more');
}

/** Looks, since what a thread died of comes out of it as no Error by its class. */
function textOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'message' in error ? String(error.message) : String(error);
}

/** Whether the file itself is what is wrong: it is no database, or one whose pages say what cannot be. */
export function isDamage(error: unknown): boolean {
  for (let cause = error; Error.isError(cause); cause = cause.cause) {
    if ('code' in cause && /^SQLITE_(CORRUPT|NOTADB)/.test(String(cause.code))) return true;
  }
  return false;
}

function adviceFor(error: unknown): string | undefined {
  // What core/history throws for bytes that it did not write.
  if (error instanceof RangeError) return ADVICE.SQLITE_CORRUPT;
  const code = Error.isError(error) && 'code' in error ? String(error.code) : '';
  // SQLite's extended codes begin with the code that they extend: SQLITE_READONLY_DIRECTORY.
  return Object.entries(ADVICE).find(([prefix]) => code.startsWith(prefix))?.[1];
}
