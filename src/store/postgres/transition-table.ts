// Changes of status, with what appeared and went: written as they come, in order of revision, and found again by component.
import type { StatusRecord, Transition, TransitionQuery } from '../../core/store.ts';
import type { StatusStep } from '../history/accounting.ts';
import { STATUS_BY_CODE, STATUS_CODE } from '../history/codes.ts';
import { parseKept } from '../thread/kept-json.ts';
import type { Query } from './pool.ts';
import { toText } from './text.ts';

interface Row {
  readonly revision: number;
  readonly component: number;
  readonly atMs: number;
  readonly fromStatus: number | null;
  readonly toStatus: number | null;
  readonly code: string;
  readonly message: string;
  readonly causedBy: string | null;
}

const COLUMNS = `revision, component, at_ms AS "atMs", from_status AS "fromStatus", to_status AS "toStatus",
  reason_code AS code, reason_message AS message, caused_by AS "causedBy"`;
const STEP_COLUMNS = 'revision, component, at_ms AS "atMs", to_status AS "toStatus"';
const LISTED = `revision < $3 AND at_ms >= $4 AND at_ms < $5 AND from_status IS NOT NULL AND to_status IS NOT NULL`;

/** @param components key of each record */
export async function addTransitions(
  query: Query,
  records: readonly StatusRecord[],
  components: readonly number[],
): Promise<void> {
  if (records.length === 0) return;
  await query(
    `INSERT INTO openk.transition SELECT * FROM unnest(
       $1::bigint[], $2::int[], $3::float8[], $4::smallint[], $5::smallint[], $6::text[], $7::text[], $8::text[])`,
    [
      records.map(({ revision }) => revision),
      components,
      records.map(({ atMs }) => atMs),
      records.map(({ from }) => (from === undefined ? null : STATUS_CODE[from])),
      records.map(({ to }) => (to === undefined ? null : STATUS_CODE[to])),
      records.map(({ reason }) => toText(reason.code)),
      records.map(({ reason }) => toText(reason.message)),
      records.map(({ causedBy }) => (causedBy.length === 0 ? null : JSON.stringify(causedBy))),
    ],
  );
}

/** Newest first, of the components with these keys, which stand for these ids. */
export async function listTransitions(
  query: Query,
  { fromMs, toMs, beforeRevision, limit }: Omit<TransitionQuery, 'components'>,
  components: ReadonlyMap<number, string>,
): Promise<Transition[]> {
  if (components.size === 0) return [];
  // Only those whose newest is among the newest can have a row that counts.
  const rows = await query<Row>(
    `WITH newest AS MATERIALIZED (
       SELECT key FROM unnest($1::int[]) AS asked (key) CROSS JOIN LATERAL
         (SELECT revision FROM openk.transition WHERE component = key AND ${LISTED} ORDER BY revision DESC LIMIT 1) AS first
       ORDER BY revision DESC LIMIT $2)
     SELECT found.* FROM newest CROSS JOIN LATERAL
       (SELECT ${COLUMNS} FROM openk.transition WHERE component = key AND ${LISTED} ORDER BY revision DESC LIMIT $2) AS found
     ORDER BY revision DESC LIMIT $2`,
    [
      [...components.keys()],
      limit,
      beforeRevision ?? Number.MAX_SAFE_INTEGER,
      fromMs ?? Number.MIN_SAFE_INTEGER,
      toMs ?? Number.MAX_SAFE_INTEGER,
    ],
  );
  return rows.map((row) => toRecord(row, components.get(row.component)!) as Transition);
}

/** Oldest first, of every component. */
export async function transitionsAfter(query: Query, revision: number, limit: number): Promise<StatusRecord[]> {
  const rows = await query<Row & { id: string }>(
    `SELECT id, ${COLUMNS} FROM openk.transition JOIN openk.component ON component.key = transition.component
     WHERE revision > $1 ORDER BY revision LIMIT $2`,
    [revision, limit],
  );
  return rows.map((row) => toRecord(row, row.id));
}

/** The latest record of a component up to `last`, but of those above `first` only such from `atMs` or before. */
export async function latestTransition(
  query: Query,
  { key, id }: { readonly key: number; readonly id: string },
  { first, last, atMs }: { readonly first: number; readonly last: number; readonly atMs: number },
): Promise<StatusRecord | undefined> {
  const [row] = await query<Row>(
    `SELECT ${COLUMNS} FROM openk.transition
     WHERE component = $1 AND revision <= $2 AND (revision <= $3 OR at_ms <= $4) ORDER BY revision DESC LIMIT 1`,
    [key, last, first, atMs],
  );
  return row && toRecord(row, id);
}

/** The last step of each component up to a revision, without those that are gone. */
export function stepsAt(query: Query, revision: number): Promise<StatusStep[]> {
  return query(
    `SELECT ${STEP_COLUMNS} FROM openk.component CROSS JOIN LATERAL
       (SELECT * FROM openk.transition WHERE component = key AND revision <= $1 ORDER BY revision DESC LIMIT 1) AS latest
     WHERE to_status IS NOT NULL`,
    [revision],
  );
}

/** In order of revision. */
export function steps(query: Query, afterRevision: number, untilRevision: number): Promise<StatusStep[]> {
  return query(
    `SELECT ${STEP_COLUMNS} FROM openk.transition WHERE revision > $1 AND revision <= $2 ORDER BY revision`,
    [afterRevision, untilRevision],
  );
}

/** The latest revision; 0 where there is none. */
export async function lastRevision(query: Query): Promise<number> {
  const [row] = await query<{ last: number }>('SELECT coalesce(max(revision), 0) AS last FROM openk.transition');
  return row!.last;
}

function toRecord(row: Row, component: string): StatusRecord {
  return {
    revision: row.revision,
    component,
    atMs: row.atMs,
    ...(row.fromStatus !== null && { from: STATUS_BY_CODE[row.fromStatus]! }),
    ...(row.toStatus !== null && { to: STATUS_BY_CODE[row.toStatus]! }),
    reason: { code: row.code, message: row.message },
    causedBy: row.causedBy === null ? [] : parseKept<string[]>(row.causedBy),
  };
}
