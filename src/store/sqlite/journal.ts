// What was appended since the open bucket of five minutes was entered: one row for each append, in its own transaction. When
// the bucket closes its rows go, in the transaction that writes what they come to. So after a crash the open bucket can be
// rebuilt from here and from the transitions, and nothing is lost or counted twice.
import type { Database } from 'better-sqlite3';

export interface JournalRow {
  readonly fromMs: number;
  readonly untilMs: number;
  /** Revisions of the records that belong to the row: above this, up to that. */
  readonly afterRecord: number;
  readonly untilRecord: number;
  /** Of the last change that was told of, whether a record was or not. */
  readonly revision: number;
  /** Columns, see packed-batch.ts; components by key. */
  readonly observations: Uint8Array;
}

export interface Journal {
  add(row: JournalRow): void;
  /** The oldest first. */
  rows(): JournalRow[];
  clear(): void;
}

export function createJournal(database: Database): Journal {
  const insert = database.prepare<[JournalRow]>(`
    INSERT INTO journal (from_ms, until_ms, after_record, until_record, revision, observations)
    VALUES ($fromMs, $untilMs, $afterRecord, $untilRecord, $revision, $observations)
  `);
  const select = database.prepare<[], JournalRow>(`
    SELECT from_ms AS fromMs, until_ms AS untilMs, after_record AS afterRecord, until_record AS untilRecord, revision,
      observations
    FROM journal ORDER BY number
  `);
  const clear = database.prepare('DELETE FROM journal');
  return {
    add: (row) => void insert.run(row),
    rows: () => select.all(),
    clear: () => void clear.run(),
  };
}
