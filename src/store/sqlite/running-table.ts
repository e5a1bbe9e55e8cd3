// When OpenK ran: spans of wall-clock time in their order. One ends where the process does, or where the clock stepped; they
// may overlap, since a clock that was set back goes through the same time twice.
import type { Database } from 'better-sqlite3';

export interface RunningTable {
  /** @param afterRecord Revision of the last record before it. */
  begin(fromMs: number, untilMs: number, afterRecord: number): void;
  /** How far the latest one came. */
  end(untilMs: number): void;
  /**
   * The latest one that holds a time, as the revisions before its first record and of its last.
   * @param latestUntilMs How far the latest one came: what its row says lags.
   */
  at(atMs: number, latestUntilMs: number): { readonly first: number; readonly last: number } | undefined;
  /** Whether one that is kept had begun by then. */
  hasBegun(atMs: number): boolean;
  /** Forgets those that ended before, but never the latest. */
  prune(beforeMs: number): void;
}

export function createRunningTable(database: Database): RunningTable {
  const insert = database.prepare<[number, number, number]>(
    'INSERT INTO running (from_ms, until_ms, after_record) VALUES (?, ?, ?)',
  );
  const end = database.prepare<[number]>(
    'UPDATE running SET until_ms = ? WHERE number = (SELECT max(number) FROM running)',
  );
  const find = database.prepare<[{ atMs: number; latestUntilMs: number }], { number: number; first: number }>(`
    SELECT number, after_record AS first FROM running
    WHERE from_ms <= $atMs
      AND $atMs < CASE number WHEN (SELECT max(number) FROM running) THEN $latestUntilMs ELSE until_ms END
    ORDER BY number DESC LIMIT 1
  `);
  const next = database
    .prepare<[number], number>('SELECT after_record FROM running WHERE number > ? ORDER BY number LIMIT 1')
    .pluck();
  const begun = database.prepare<[number]>('SELECT 1 FROM running WHERE from_ms <= ? LIMIT 1');
  const prune = database.prepare<[number]>(
    'DELETE FROM running WHERE until_ms < ? AND number < (SELECT max(number) FROM running)',
  );
  return {
    begin: (fromMs, untilMs, afterRecord) => void insert.run(fromMs, untilMs, afterRecord),
    end: (untilMs) => void end.run(untilMs),
    at(atMs, latestUntilMs) {
      const span = find.get({ atMs, latestUntilMs });
      return span && { first: span.first, last: next.get(span.number) ?? Number.MAX_SAFE_INTEGER };
    },
    hasBegun: (atMs) => begun.get(atMs) !== undefined,
    prune: (beforeMs) => void prune.run(beforeMs),
  };
}
