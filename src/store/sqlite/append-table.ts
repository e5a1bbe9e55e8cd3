// What was appended since the open bucket of five minutes was entered: one row for each append, in its own transaction, in the
// table `journal`. After a crash the open bucket is rebuilt from these and from the transitions.
import type { Database } from 'better-sqlite3';
import type { Append } from '../history/accounting.ts';

export interface AppendTable {
  add(append: Append): void;
  /** The oldest first. */
  all(): Append[];
  clear(): void;
}

export function createAppendTable(database: Database): AppendTable {
  const insert = database.prepare<[Append]>(`
    INSERT INTO journal (from_ms, until_ms, after_record, until_record, revision, observations)
    VALUES ($fromMs, $untilMs, $afterRecord, $untilRecord, $revision, $observations)
  `);
  const select = database.prepare<[], Append>(`
    SELECT from_ms AS fromMs, until_ms AS untilMs, after_record AS afterRecord, until_record AS untilRecord, revision,
      observations
    FROM journal ORDER BY number
  `);
  const clear = database.prepare('DELETE FROM journal');
  return {
    add: (append) => void insert.run(append),
    all: () => select.all(),
    clear: () => void clear.run(),
  };
}
