// The second guard of a file, where the lock did not hold: it was deleted, or the file lies where locks hold nobody. Every
// transaction looks whether somebody else has written since; two that write one file would each tell what the other does
// not know.
import type { Database } from 'better-sqlite3';
import { isGone, ownerText } from './claim.ts';

/** The code is what `storeFault` has advice for. */
export class TakenOver extends Error {
  readonly code = 'TAKEN_OVER';

  constructor(owner: string) {
    super(`${ownerText(owner)} has begun to write it`);
  }
}

/**
 * Takes the file. The result runs in the transaction of each append, and takes it back from a process that is gone.
 * @param token Of this process alone.
 * @throws {TakenOver} from the result, while somebody else writes the file
 */
export function createOwnership(database: Database, token: string): () => void {
  const take = database.prepare<[string]>('UPDATE summary SET owner = ?');
  const read = database.prepare<[], string>('SELECT owner FROM summary').pluck();
  take.run(token);
  return () => {
    const owner = read.get();
    if (owner === token) return;
    if (owner !== undefined && !isGone(owner)) throw new TakenOver(owner);
    take.run(token);
  };
}
