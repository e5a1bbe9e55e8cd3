// Opens the database of a store: a file, or memory. Settings that the rest relies on are made here.
import { dirname } from 'node:path';
import Database from 'better-sqlite3';
import { storeFault } from '../thread/operations.ts';
import { databaseFault } from './fault.ts';
import { makeFolder } from './folder.ts';
import { migrate, SCHEMA_VERSION, schemaVersion } from './schema.ts';

export const IN_MEMORY = ':memory:';

/** As SQLite numbers it. */
const INCREMENTAL = 2;
/** What other processes may hold the file for (a backup, a check) before an append fails, in milliseconds. */
const BUSY_TIMEOUT_MS = 1500;
/** The write-ahead log is cut back to this after a large transaction. */
const LOG_BYTES = 16 * 2 ** 20;

/**
 * Ready to be read and written, in the present version.
 * @param path Of the file, which is made with its folder where it is not there; or `IN_MEMORY`.
 * @param store How faults name it.
 * @throws StoreFault when it cannot be opened, is no database, or is of a newer version
 */
export function openDatabase(path: string, store: string): Database.Database {
  let database: Database.Database | undefined;
  try {
    if (path !== IN_MEMORY) makeFolder(dirname(path));
    database = new Database(path, { timeout: BUSY_TIMEOUT_MS });
    checkVersion(database, store);
    // Pages that are free are given back by pruning. It can be set before the first table only, or by VACUUM. Setting it is a
    // write, and a file that turns out to be damaged is not to be written.
    if (database.pragma('auto_vacuum', { simple: true }) !== INCREMENTAL) {
      database.pragma('auto_vacuum = INCREMENTAL');
      if (schemaVersion(database) > 0) database.exec('VACUUM');
    }
    database.pragma('journal_mode = WAL');
    // What an append wrote is on the disk when it returns.
    database.pragma('synchronous = FULL');
    database.pragma(`journal_size_limit = ${LOG_BYTES}`);
    migrate(database);
    return database;
  } catch (error) {
    database?.close();
    throw databaseFault(store, 'cannot be opened', error);
  }
}

function checkVersion(database: Database.Database, store: string): void {
  const version = schemaVersion(database);
  if (version === 0 && database.prepare('SELECT count(*) FROM sqlite_schema').pluck().get() !== 0) {
    throw storeFault(store, 'it is a database of something else', 'Name another file; this one is left as it is');
  }
  if (version <= SCHEMA_VERSION) return;
  throw storeFault(
    store,
    `it is of version ${version}, and this OpenK knows versions up to ${SCHEMA_VERSION}`,
    'Run the OpenK that wrote it, or name another file',
  );
}
