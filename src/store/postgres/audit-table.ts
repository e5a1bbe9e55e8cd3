// Who changed what, in the order in which it was kept.
import type { AuditEntry, AuditQuery, NumberedAuditEntry } from '../../core/store.ts';
import type { Query } from './pool.ts';
import { toText } from './text.ts';

/** The newest that are kept. */
const MAX_ENTRIES = 200_000;

export async function addAudit(query: Query, entries: readonly AuditEntry[]): Promise<void> {
  if (entries.length === 0) return;
  const [counter] = await query<{ last: number }>(
    'UPDATE openk.writer SET audit_number = audit_number + $1 RETURNING audit_number AS last',
    [entries.length],
  );
  const last = counter!.last;
  const texts = (key: Exclude<keyof AuditEntry, 'atMs'>) => entries.map((entry) => toText(entry[key]));
  await query(
    `INSERT INTO openk.audit SELECT * FROM unnest(
       $1::bigint[], $2::float8[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[])`,
    [
      entries.map((_, at) => last - entries.length + 1 + at),
      entries.map(({ atMs }) => atMs),
      texts('principal'),
      texts('address'),
      texts('action'),
      texts('component'),
      texts('detail'),
    ],
  );
  await query('DELETE FROM openk.audit WHERE number <= $1', [last - MAX_ENTRIES]);
}

/** Newest first. */
export function listAudit(
  query: Query,
  {
    fromMs = Number.MIN_SAFE_INTEGER,
    toMs = Number.MAX_SAFE_INTEGER,
    principal = null,
    component = null,
    beforeNumber = Number.MAX_SAFE_INTEGER,
    limit,
  }: { readonly [Key in keyof AuditQuery]: AuditQuery[Key] | null } & Pick<AuditQuery, 'limit'>,
): Promise<NumberedAuditEntry[]> {
  return query(
    `SELECT number, at_ms AS "atMs", principal, address, action, component, detail FROM openk.audit
     WHERE number < $1 AND at_ms >= $2 AND at_ms < $3
       AND ($4::text IS NULL OR principal = $4) AND ($5::text IS NULL OR component = $5)
     ORDER BY number DESC LIMIT $6`,
    [beforeNumber, fromMs, toMs, principal, component, limit],
  );
}

/** Forgets the oldest, at most `limit`, that are from before. @returns how many */
export async function removeAuditBefore(query: Query, beforeMs: number, limit: number): Promise<number> {
  const gone = await query(
    `DELETE FROM openk.audit WHERE number IN (SELECT number FROM openk.audit WHERE at_ms < $1 ORDER BY number LIMIT $2)
     RETURNING number`,
    [beforeMs, limit],
  );
  return gone.length;
}
