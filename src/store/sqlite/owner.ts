// Whose a file is: of the OpenK that began to write it last. Two that write one file would each tell what the other does not
// know, so the first of them is told, and goes on without a store.
import type { Database } from 'better-sqlite3';

/** The code is what `storeFault` has advice for. */
class TakenOver extends Error {
  readonly code = 'TAKEN_OVER';

  constructor() {
    super('another OpenK has begun to write it');
  }
}

/**
 * Runs in the transaction of each append; the first one takes the file over. @throws when somebody else has since
 * @param token Of this process alone.
 */
export function createOwnership(database: Database, token: string): () => void {
  const take = database.prepare<[string]>('UPDATE summary SET owner = ?');
  const read = database.prepare<[], string>('SELECT owner FROM summary').pluck();
  /** Of whom it is taken over: an append that fails leaves it to him. */
  let before: string | undefined;
  return () => {
    const owner = read.get();
    if (owner === token) return;
    before ??= owner;
    if (owner !== before) throw new TakenOver();
    take.run(token);
  };
}
