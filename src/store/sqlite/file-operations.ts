// The operations of a store over a file that must be there for years: claims it, looks each second whether it is still the one at
// its path, and begins a new one where it was deleted, replaced or, if so configured, damaged.
import { renameSync, rmSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import Database from 'better-sqlite3';
import type { StoreNotice } from '../../core/store.ts';
import { parseKept } from '../thread/kept-json.ts';
import { type Argument, type Operation, type OperationRunner, type Result, storeFault } from '../thread/operations.ts';
import type { PackedBatch } from '../thread/packed-batch.ts';
import { type Claim, claimFile, ownerOf } from './claim.ts';
import { openDatabase } from './database.ts';
import { databaseFault, isDamage } from './fault.ts';
import { type FileWatch, LOG_SUFFIXES, setAside, watchOpenFile } from './file-watch.ts';
import { makeFolder } from './folder.ts';
import { createIncarnationTable } from './incarnation-table.ts';
import { createOperations, type OpenOptions } from './operations.ts';
import { createSeed } from './seed.ts';

export interface FileOptions extends OpenOptions {
  /** How long to wait for a file that another process has, in milliseconds. */
  readonly waitMs: number;
  /** Whether a damaged file is put aside and a new one begun. */
  readonly startsEmpty: boolean;
}

/** Between two tries to have the file. */
const RETRY_MS = 100;
/** Between two looks at the path. */
const LOOK_MS = 1000;
/** Of a file that is being written, beside the one whose place it takes. */
const NEW_SUFFIX = '.new';

interface Opened {
  readonly database: Database.Database;
  readonly operations: OperationRunner;
  readonly watch: FileWatch;
}

/** @throws StoreFault when the file cannot be opened, or another process keeps it for longer than `waitMs` */
export async function openFileOperations(
  options: FileOptions,
  notify: (notice: StoreNotice) => void,
): Promise<OperationRunner> {
  const { path, store, startsEmpty } = options;
  let claim = await claimInTime(options, notify);
  const seed = createSeed();
  const ids: string[] = [];
  let lookedAtMs = performance.now();
  /** The file is damaged, and not to be replaced: nothing more is written to it. */
  let damage: unknown;
  /** Nothing was appended yet: who asks cannot begin without an answer. */
  let isStarting = true;

  const open = (): Opened => {
    const database = openDatabase(path, store);
    try {
      return { database, operations: createOperations(database, { ...options, ids }), watch: watchOpenFile(path) };
    } catch (error) {
      database.close();
      throw databaseFault(store, 'cannot be opened', error);
    }
  };
  const putAside = (error: unknown): void => {
    const target = setAside(path, 'corrupt', Date.now(), LOG_SUFFIXES);
    const message = `storage ${store} was damaged (${rootMessage(error)}): it is kept as ${target}, and a new one was begun`;
    notify({ kind: 'damaged', message });
  };
  const openOrBegin = (): Opened => {
    try {
      return open();
    } catch (error) {
      if (!startsEmpty || !isDamage(error)) throw error;
      putAside(error);
      return open();
    }
  };

  let opened: Opened;
  try {
    opened = openOrBegin();
  } catch (error) {
    claim.release();
    throw error;
  }

  /** Of a file that was just made: it does not have yet what is known of each component. */
  let isBare = false;
  const reopen = () => {
    opened = open();
    damage = undefined;
  };
  /** Whatever kept it from being opened or filled before: time goes on from here for each component. */
  const settle = async ({ untilMs, elapsedMs }: Pick<PackedBatch, 'untilMs' | 'elapsedMs'>) => {
    if (!opened.database.open) reopen();
    if (isBare) {
      const incarnations = createIncarnationTable(opened.database);
      incarnations.begin(seed.startRevision, seed.startRevision);
      incarnations.forget(seed.lastRevision);
    }
    const batch = isBare ? seed.batch(untilMs - elapsedMs, ids.length) : undefined;
    if (batch !== undefined) await opened.operations.run('append', batch);
    isBare = false;
  };
  const beginAnew = (error: unknown) => {
    opened.operations.close();
    putAside(error);
    isBare = true;
    reopen();
  };
  /** Writes all that is kept to the path anew: the file is still open, whatever its name is or was. */
  const rescue = (kind: 'deleted' | 'replaced') => {
    const part = `${path}${NEW_SUFFIX}`;
    let isWhole = true;
    rmSync(part, { force: true });
    try {
      makeFolder(dirname(path));
      opened.database.prepare('VACUUM INTO ?').run(part);
    } catch (error) {
      rmSync(part, { force: true });
      if (!isDamage(error)) throw error;
      isWhole = false;
    }
    const aside = kind === 'replaced' ? setAside(path, 'replaced', Date.now(), opened.watch.foreignLogs()) : undefined;
    opened.operations.close();
    for (const suffix of LOG_SUFFIXES) rmSync(`${path}${suffix}`, { force: true });
    if (isWhole) renameSync(part, path);
    isBare = !isWhole;
    reopen();
    const what = kind === 'deleted' ? 'deleted or moved away' : `replaced by another file, which is now ${aside},`;
    const how = isWhole
      ? 'it was written anew with all that it held'
      : 'a new one was begun from memory, and history before it is lost';
    notify({ kind, message: `storage ${store} was ${what} while OpenK ran: ${how}` });
  };

  /** @throws what the append is to be refused with */
  const look = () => {
    lookedAtMs = performance.now();
    if (!claim.isInPlace()) claim = reclaim(claim, options);
    const state = opened.watch.look();
    if (state === 'shrunk') confirm(path);
    if (state === 'log-gone') {
      opened.database.pragma('wal_checkpoint(TRUNCATE)');
      opened.operations.close();
      reopen();
      notify({
        kind: 'deleted',
        message: `the log beside storage ${store} was deleted while OpenK ran: nothing is lost`,
      });
    }
    if (state === 'deleted' || state === 'replaced') rescue(state);
  };

  /** @throws StoreFault where its texts are damaged, which are read by who asked */
  const remember = <Name extends Operation>(operation: Name, argument: Argument<Name>, result: Result<Name>) => {
    if (operation === 'append') seed.keep(argument as PackedBatch);
    if (operation === 'load') {
      seed.load(result as Result<'load'>);
      isBare = false;
    }
    if (operation === 'alerting') seed.loadAlerting(result as Result<'alerting'>);
    if (operation === 'alerts') for (const text of result as Result<'alerts'>) parseKept(text);
    if (operation === 'waitingDeliveries')
      for (const { message } of result as Result<'waitingDeliveries'>) parseKept(message);
  };

  return {
    run: async (operation, argument) => {
      if (operation === 'append') isStarting = false;
      else if (!isStarting) {
        if (operation === 'saveDeliveries' && damage !== undefined) throw damage;
        if (opened.database.open) return opened.operations.run(operation, argument);
        throw storeFault(store, 'it could not be opened again', 'The next append tries it once more');
      }
      try {
        if (operation === 'append' && performance.now() - lookedAtMs >= LOOK_MS) look();
        if (operation === 'append' && (isBare || !opened.database.open)) await settle(argument as PackedBatch);
        if (damage !== undefined) throw damage;
        const result = await opened.operations.run(operation, argument);
        remember(operation, argument, result);
        return result;
      } catch (error) {
        const fault = databaseFault(store, operation === 'append' ? 'cannot be written' : 'cannot be read', error);
        if (!isDamage(fault)) throw fault;
        if (!startsEmpty) {
          if (operation === 'append' || operation === 'load') damage ??= fault;
          throw fault;
        }
        beginAnew(fault);
        if (operation !== 'append') {
          const result = await opened.operations.run(operation, argument);
          remember(operation, argument, result);
          return result;
        }
        // What the batch holds was changed on the way: it comes again.
        throw fault;
      }
    },
    close() {
      opened.operations.close();
      claim.release();
    },
  };
}

async function claimInTime(options: FileOptions, notify: (notice: StoreNotice) => void): Promise<Claim> {
  const { path, store, waitMs } = options;
  const startedMs = performance.now();
  for (let tries = 1; ; tries++) {
    const claim = claimOrFault(options);
    if (claim !== undefined) return claim;
    if (performance.now() - startedMs >= waitMs) throw takenFault(path, store);
    if (tries === 1) {
      const message = `storage ${store}: ${ownerOf(path)} has this file: waiting up to ${waitMs / 1000}s for its end`;
      notify({ kind: 'waiting', message });
    }
    await pause(RETRY_MS);
  }
}

function rootMessage(error: unknown): string {
  const cause = Error.isError(error) ? error.cause : undefined;
  if (cause !== undefined) return rootMessage(cause);
  return Error.isError(error) ? error.message : String(error);
}

/** The lock was deleted: it is made anew, before somebody else does. */
function reclaim(lost: Claim, options: FileOptions): Claim {
  const claim = claimOrFault(options);
  if (claim === undefined) throw takenFault(options.path, options.store);
  lost.release();
  return claim;
}

function claimOrFault({ path, store }: FileOptions): Claim | undefined {
  try {
    if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) throw new Error('it is a folder');
    return claimFile(path);
  } catch (error) {
    throw databaseFault(store, 'cannot be opened', error);
  }
}

function takenFault(path: string, store: string) {
  const advice = 'End that one, or give this one a file of its own (--storage)';
  return storeFault(store, `${ownerOf(path)} has this file`, advice);
}

/** Reads it all: a file that became shorter was made so by pruning, or by somebody else. @throws when it is damaged */
function confirm(path: string): void {
  // A connection of its own: what the other one has in its cache is no longer what is on the disk.
  const database = new Database(path, { readonly: true });
  try {
    const found = database.pragma('quick_check(1)', { simple: true });
    if (found === 'ok') return;
    throw Object.assign(new Error(String(found).replaceAll('\n', ' ')), { code: 'SQLITE_CORRUPT' });
  } finally {
    database.close();
  }
}
