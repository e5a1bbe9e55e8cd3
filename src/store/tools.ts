// What can be done with a storage beside a running OpenK: by its file, or in PostgreSQL's own words where it is a database.
import { databaseWords, isDatabaseUrl } from './postgres/tools.ts';
import { backupFile, checkFile, compactFile, type FileReport, type Sizes } from './sqlite/file-tools.ts';

/** @param storage path of a file, or URL of a database. @throws StoreFault as `checkFile`; for a database, with what to do instead */
export function checkStorage(storage: string): FileReport {
  if (isDatabaseUrl(storage)) throw databaseWords('check', storage);
  return checkFile(storage);
}

/** As `checkStorage`. */
export function compactStorage(storage: string): Sizes {
  if (isDatabaseUrl(storage)) throw databaseWords('compact', storage);
  return compactFile(storage);
}

/** As `checkStorage`. */
export async function backupStorage(storage: string, destination: string): Promise<{ readonly bytes: number }> {
  if (isDatabaseUrl(storage)) throw databaseWords('backup', storage, destination);
  return backupFile(storage, destination);
}
