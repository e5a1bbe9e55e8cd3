// Whose a file is. The owner holds a transaction of SQLite open on a second, empty file beside it: a lock of the operating
// system, which ends with its process however that ends (ADR 28).
import { existsSync, realpathSync, statSync } from 'node:fs';
import { hostname } from 'node:os';
import { basename, dirname, join } from 'node:path';
import Database from 'better-sqlite3';
import { makeFolder } from './folder.ts';

export interface Claim {
  /** Whether the lock is still where the next OpenK looks for it. */
  isInPlace(): boolean;
  release(): void;
}

/** Of the second file. */
const SUFFIX = '-lock';

/** Undefined while somebody else has the file. @throws when the lock cannot be made */
export function claimFile(path: string): Claim | undefined {
  const lockPath = `${realPath(path)}${SUFFIX}`;
  makeFolder(dirname(lockPath));
  const lock = new Database(lockPath, { timeout: 0 });
  try {
    // Nothing is ever written to it, and so nothing is to be left beside it.
    lock.pragma('journal_mode = MEMORY');
    lock.exec('BEGIN IMMEDIATE');
  } catch (error) {
    lock.close();
    if (Error.isError(error) && 'code' in error && String(error.code).startsWith('SQLITE_BUSY')) return undefined;
    throw error;
  }
  const { ino, dev } = statSync(lockPath);
  return {
    isInPlace() {
      const now = statSync(lockPath, { throwIfNoEntry: false });
      return now?.ino === ino && now.dev === dev;
    },
    release: () => void lock.close(),
  };
}

/** Names this process in the file that it owns, and nothing else by the same name. @param unique Of this opening. */
export function ownerToken(unique: string): string {
  return `${process.pid}@${hostname()}/${unique}`;
}

/**
 * The second guard, where the lock does not hold: it was deleted, or the file lies where locks hold nobody. Takes the file. The
 * result runs in the transaction of each append, looks whether somebody else has written since, and takes the file back from
 * a process that is gone.
 * @param token Of this process alone.
 * @throws from the result, while somebody else writes the file; the code is what `databaseFault` has advice for
 */
export function createOwnership(database: Database.Database, token: string): () => void {
  const take = database.prepare<[string]>('UPDATE summary SET owner = ?');
  const read = database.prepare<[], string>('SELECT owner FROM summary').pluck();
  take.run(token);
  return () => {
    const owner = read.get();
    if (owner === token) return;
    if (owner !== undefined && !isGone(owner)) {
      throw Object.assign(new Error(`${ownerText(owner)} has begun to write it`), { code: 'TAKEN_OVER' });
    }
    take.run(token);
  };
}

/** Who owns it, in words, as far as the file says. */
export function ownerOf(path: string): string {
  const token = readToken(path);
  return token === undefined ? 'another OpenK' : ownerText(token);
}

function ownerText(token: string): string {
  const owner = parseToken(token);
  if (owner === undefined) return 'another OpenK';
  return `another OpenK, pid ${owner.pid}${owner.host === hostname() ? '' : ` on ${owner.host}`},`;
}

/** Whether the process that the token names is known to be gone. */
function isGone(token: string): boolean {
  const owner = parseToken(token);
  if (owner === undefined || owner.host !== hostname()) return false;
  try {
    process.kill(owner.pid, 0);
    return owner.pid === process.pid;
  } catch (error) {
    return Error.isError(error) && 'code' in error && error.code === 'ESRCH';
  }
}

function parseToken(token: string): { readonly pid: number; readonly host: string } | undefined {
  const [, pid, host] = /^(\d+)@(.*)\//.exec(token) ?? [];
  return pid === undefined || host === undefined ? undefined : { pid: Number(pid), host };
}

function readToken(path: string): string | undefined {
  let database: Database.Database | undefined;
  try {
    database = new Database(path, { readonly: true, fileMustExist: true });
    return database.prepare<[], string>('SELECT owner FROM summary').pluck().get();
  } catch {
    // It is being made, or is damaged: who has it is not known then.
    return undefined;
  } finally {
    database?.close();
  }
}

/** SQLite follows links to the file, and so must the lock. */
function realPath(path: string): string {
  if (existsSync(path)) return realpathSync(path);
  const folder = dirname(path);
  return existsSync(folder) ? join(realpathSync(folder), basename(path)) : path;
}
