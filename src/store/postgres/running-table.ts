// When OpenK ran: spans of wall-clock time in their order. One ends where the process does, or where the clock stepped; they
// may overlap, since a clock that was set back goes through the same time twice.
import type { Query } from './pool.ts';

/** @param afterRecord Revision of the last record before it. */
export async function beginSpan(query: Query, fromMs: number, untilMs: number, afterRecord: number): Promise<void> {
  await query('INSERT INTO openk.running SELECT coalesce(max(number), 0) + 1, $1, $2, $3 FROM openk.running', [
    fromMs,
    untilMs,
    afterRecord,
  ]);
}

/** How far the latest one came. */
export async function endSpan(query: Query, untilMs: number): Promise<void> {
  await query('UPDATE openk.running SET until_ms = $1 WHERE number = (SELECT max(number) FROM openk.running)', [
    untilMs,
  ]);
}

/**
 * The latest one that holds a time, as the revisions before its first record and of its last.
 * @param latestUntilMs How far the latest one came: what its row says lags.
 */
export async function spanAt(
  query: Query,
  atMs: number,
  latestUntilMs: number,
): Promise<{ readonly first: number; readonly last: number } | undefined> {
  const [row] = await query<{ first: number; last: number | null }>(
    `SELECT after_record AS first,
       (SELECT after_record FROM openk.running AS later WHERE later.number > span.number ORDER BY number LIMIT 1) AS last
     FROM openk.running AS span
     WHERE from_ms <= $1
       AND $1 < CASE number WHEN (SELECT max(number) FROM openk.running) THEN $2 ELSE until_ms END
     ORDER BY number DESC LIMIT 1`,
    [Math.floor(atMs), latestUntilMs],
  );
  return row && { first: row.first, last: row.last ?? Number.MAX_SAFE_INTEGER };
}

/** Whether one that is kept had begun by then. */
export async function hasBegun(query: Query, atMs: number): Promise<boolean> {
  const rows = await query('SELECT 1 FROM openk.running WHERE from_ms <= $1 LIMIT 1', [Math.floor(atMs)]);
  return rows.length > 0;
}

/** Forgets those that ended before, but never the latest. */
export async function pruneSpans(query: Query, beforeMs: number): Promise<void> {
  await query('DELETE FROM openk.running WHERE until_ms < $1 AND number < (SELECT max(number) FROM openk.running)', [
    Math.floor(beforeMs),
  ]);
}
