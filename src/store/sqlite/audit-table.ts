// Who changed what, in the order in which it was kept. It has no index but its numbers: what is kept is so bounded that all of it
// is read in some 50 ms, and each index would be written with each report.
import type { Database } from 'better-sqlite3';
import type { AuditEntry, AuditQuery, NumberedAuditEntry } from '../../core/store.ts';

export interface AuditTable {
  add(entries: readonly AuditEntry[]): void;
  /** Newest first. */
  list(query: AuditQuery): NumberedAuditEntry[];
  /** Forgets the oldest, at most `limit`, that are from before. @returns how many */
  removeBefore(beforeMs: number, limit: number): number;
}

/** @param maxEntries The newest that are kept */
export function createAuditTable(database: Database, maxEntries: number): AuditTable {
  const insert = database.prepare<[AuditEntry]>(`
    INSERT INTO audit (at_ms, principal, address, action, component, detail)
    VALUES ($atMs, $principal, $address, $action, $component, $detail)
  `);
  const bound = database.prepare<[number]>('DELETE FROM audit WHERE number <= (SELECT max(number) FROM audit) - ?');
  const list = database.prepare<[Record<keyof AuditQuery, string | number | null>], NumberedAuditEntry>(`
    SELECT number, at_ms AS atMs, principal, address, action, component, detail FROM audit
    WHERE number < $beforeNumber AND at_ms >= $fromMs AND at_ms < $toMs
      AND ($principal IS NULL OR principal = $principal)
      AND ($component IS NULL OR component = $component)
    ORDER BY number DESC LIMIT $limit
  `);
  const remove = database.prepare<[number, number]>(
    'DELETE FROM audit WHERE number IN (SELECT number FROM audit WHERE at_ms < ? ORDER BY number LIMIT ?)',
  );
  return {
    add(entries) {
      if (entries.length === 0) return;
      for (const entry of entries) insert.run(entry);
      bound.run(maxEntries);
    },
    list: ({
      fromMs = Number.MIN_SAFE_INTEGER,
      toMs = Number.MAX_SAFE_INTEGER,
      principal = null,
      component = null,
      beforeNumber = Number.MAX_SAFE_INTEGER,
      limit,
    }) => list.all({ fromMs, toMs, principal, component, beforeNumber, limit }),
    removeBefore: (beforeMs, limit) => remove.run(beforeMs, limit).changes,
  };
}
