// What can be done with the file of a store beside a running OpenK, or without one: look whether it is sound, make it small,
// copy it. Nothing here changes what is kept.
import { existsSync, renameSync, rmSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import Database from 'better-sqlite3';
import { createUsage } from '../../core/history/usage.ts';
import type { StoreFault } from '../../core/store.ts';
import { FIVE_MINUTES, GROUP_SIZE, TIERS } from '../history/buckets.ts';
import { readBlock } from '../history/observation-block.ts';
import { addUsageRow } from '../history/usage-row.ts';
import { storeFault } from '../thread/operations.ts';
import { bucketOfRow, TABLES } from './bucket-tables.ts';
import { claimFile, ownerOf } from './claim.ts';
import { databaseFault } from './fault.ts';
import { SCHEMA_VERSION, schemaVersion } from './schema.ts';

export interface FileReport {
  readonly bytes: number;
  readonly version: number;
  readonly components: number;
  readonly transitions: number;
  /** What is wrong, at most some hundred findings; empty: nothing. */
  readonly faults: readonly string[];
}

export interface Sizes {
  readonly bytesBefore: number;
  readonly bytesAfter: number;
}

/** Findings of each kind, at most. */
const MAX_FINDINGS = 100;
/** What another process may hold the file for, in milliseconds. */
const BUSY_TIMEOUT_MS = 10_000;
/** Columns of JSON, with how their rows are named. */
const TEXTS = [
  ['component', 'id', 'state'],
  ['transition', 'revision', 'caused_by'],
  ['incident', 'id', 'state'],
  ['alert', 'id', 'state'],
  ['delivery', 'number', 'message'],
  ['suspension', 'id', 'state'],
] as const;
/** All at once: a copy in pieces would begin anew whenever OpenK writes. Who writes does not wait for it. */
const ALL_PAGES = 2 ** 30;

/**
 * Reads the whole file, every row of it.
 * @throws StoreFault when it is not there, cannot be read, is no database, or is of a newer version
 */
export function checkFile(path: string): FileReport {
  return withFile(path, { readonly: true }, 'cannot be checked', (database, file) => {
    const version = schemaVersion(database);
    const faults = integrityFaults(database);
    // The rows of an older version are for its migration to read.
    if (faults.length === 0 && version === SCHEMA_VERSION) faults.push(...contentFaults(database));
    const count = (table: string) =>
      version < SCHEMA_VERSION || faults.length > 0
        ? 0
        : (database.prepare(`SELECT count(*) FROM ${table}`).pluck().get() as number);
    return {
      bytes: statSync(file).size,
      version,
      components: count('component WHERE state IS NOT NULL'),
      transitions: count('transition WHERE from_status IS NOT NULL AND to_status IS NOT NULL'),
      faults,
    };
  });
}

/**
 * Writes the file anew, without the room that is free in it.
 * @throws StoreFault as `checkFile`, when an OpenK runs on it, and when there is no room for a second copy
 */
export function compactFile(path: string): Sizes {
  return withFile(path, {}, 'cannot be compacted', (database, file) => {
    const claim = claimFile(file);
    if (claim === undefined) throw toolFault(file, `${ownerOf(file)} has this file`, 'End that one first');
    try {
      const bytesBefore = statSync(file).size;
      database.exec('VACUUM');
      database.pragma('wal_checkpoint(TRUNCATE)');
      return { bytesBefore, bytesAfter: statSync(file).size };
    } finally {
      claim.release();
    }
  });
}

/**
 * Copies the file as it is at one moment, whoever writes it meanwhile. The copy appears when it is whole.
 * @throws StoreFault as `checkFile`, and when the destination is there already or cannot be written
 */
export async function backupFile(path: string, destination: string): Promise<{ readonly bytes: number }> {
  const target = resolve(destination);
  const unfinished = `${target}.part`;
  if (existsSync(target)) throw toolFault(target, 'it is there already', 'Name a file that is not, or remove it');
  const database = openFile(path, { readonly: true });
  try {
    rmSync(unfinished, { force: true });
    await database.backup(unfinished, { progress: () => ALL_PAGES });
    renameSync(unfinished, target);
    return { bytes: statSync(target).size };
  } catch (error) {
    rmSync(unfinished, { force: true });
    throw databaseFault(`sqlite:${resolve(path)}`, `cannot be copied to ${target}`, error);
  } finally {
    database.close();
  }
}

function withFile<T>(
  path: string,
  options: Database.Options,
  what: string,
  use: (database: Database.Database, file: string) => T,
): T {
  const file = resolve(path);
  const database = openFile(path, options);
  try {
    return use(database, file);
  } catch (error) {
    throw databaseFault(`sqlite:${file}`, what, error);
  } finally {
    database.close();
  }
}

function openFile(path: string, options: Database.Options): Database.Database {
  const file = resolve(path);
  if (!existsSync(file)) throw toolFault(file, 'it is not there', 'Check the path');
  let database: Database.Database | undefined;
  try {
    database = new Database(file, { ...options, fileMustExist: true, timeout: BUSY_TIMEOUT_MS });
    const version = schemaVersion(database);
    if (version > 0 && version <= SCHEMA_VERSION) return database;
    const what = version === 0 ? 'it is no file of OpenK' : `it is of version ${version}, which a newer OpenK wrote`;
    throw toolFault(file, what, version === 0 ? 'Check the path' : 'Use the `openk` that wrote it');
  } catch (error) {
    database?.close();
    throw databaseFault(`sqlite:${file}`, 'cannot be opened', error);
  }
}

function integrityFaults(database: Database.Database): string[] {
  try {
    const found = database.pragma(`integrity_check(${MAX_FINDINGS})`) as { integrity_check: string }[];
    return found.map(({ integrity_check: finding }) => finding).filter((finding) => finding !== 'ok');
  } catch (error) {
    return [error instanceof Error ? error.message : String(error)];
  }
}

/** Rows that SQLite finds in order and that say nothing that OpenK would write. */
function contentFaults(database: Database.Database): string[] {
  const faults: string[] = [];
  const readAll = (table: string, column: string, read: (bytes: Uint8Array, id: number) => void) => {
    const rows = database.prepare<[], { id: number; bytes: Uint8Array }>(`SELECT id, ${column} AS bytes FROM ${table}`);
    let found = 0;
    for (const { id, bytes } of rows.iterate()) {
      try {
        read(bytes, id);
      } catch (error) {
        if (!(error instanceof RangeError)) throw error;
        faults.push(`row ${id} of ${table}: ${error.message}`);
        if (++found === MAX_FINDINGS) return;
      }
    }
  };
  readAll('observation', 'block', (bytes, id) => readBlock(bytes, bucketOfRow(id) * FIVE_MINUTES.widthMs, () => {}));
  for (const { widthMs } of TIERS) {
    readAll(TABLES[widthMs], 'usages', (bytes) =>
      addUsageRow(Array.from({ length: GROUP_SIZE }, createUsage), bytes, widthMs),
    );
  }
  for (const [table, key, column] of TEXTS) {
    const isNone = `${column} IS NOT NULL AND NOT json_valid(${column})`;
    const keys = database.prepare<[], string>(`SELECT ${key} FROM ${table} WHERE ${isNone} LIMIT ${MAX_FINDINGS}`);
    for (const found of keys.pluck().all()) faults.push(`row ${found} of ${table}: a text that is no JSON`);
  }
  return faults;
}

function toolFault(file: string, what: string, advice: string): StoreFault {
  return storeFault(`sqlite:${file}`, what, advice);
}
