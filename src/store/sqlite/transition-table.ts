// Changes of status, with what appeared and went: written as they come, in order of revision, and found again by component.
import type { Database } from 'better-sqlite3';
import type { StatusRecord, Transition, TransitionQuery } from '../../core/store.ts';
import type { StatusStep } from '../history/accounting.ts';
import { STATUS_BY_CODE, STATUS_CODE } from '../history/codes.ts';
import { parseKept } from '../thread/kept-json.ts';

export interface TransitionTable {
  add(record: StatusRecord, component: number): void;
  /** Newest first, of the components with these keys, which stand for these ids. */
  list(query: Omit<TransitionQuery, 'components'>, components: ReadonlyMap<number, string>): Transition[];
  /** Oldest first, of every component. */
  after(revision: number, limit: number): StatusRecord[];
  /** The latest record of a component up to `last`, but of those above `first` only such from `atMs` or before. */
  latest(component: number, id: string, range: { first: number; last: number; atMs: number }): StatusRecord | undefined;
  /** The last step of each component up to a revision, without those that are gone. */
  stepsAt(revision: number): StatusStep[];
  /** In order of revision. */
  steps(afterRevision: number, untilRevision: number): StatusStep[];
  /** The latest revision; 0 where there is none. */
  lastRevision(): number;
}

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

const COLUMNS = `revision, component, at_ms AS atMs, from_status AS fromStatus, to_status AS toStatus,
  reason_code AS code, reason_message AS message, caused_by AS causedBy`;
const STEP_COLUMNS = 'revision, component, at_ms AS atMs, to_status AS toStatus';
const LISTED = `component = $component AND revision < $below AND revision > $above AND at_ms >= $fromMs AND at_ms < $toMs
  AND from_status IS NOT NULL AND to_status IS NOT NULL`;

type ListParameters = Readonly<Record<'component' | 'below' | 'above' | 'fromMs' | 'toMs', number>>;

export function createTransitionTable(database: Database): TransitionTable {
  const insert = database.prepare('INSERT INTO transition VALUES (?, ?, ?, ?, ?, ?, ?, ?)');
  const newest = database
    .prepare<[ListParameters], number>(`SELECT revision FROM transition WHERE ${LISTED} ORDER BY revision DESC LIMIT 1`)
    .pluck();
  const list = database.prepare<[ListParameters & { limit: number }], Row>(
    `SELECT ${COLUMNS} FROM transition WHERE ${LISTED} ORDER BY revision DESC LIMIT $limit`,
  );
  const latest = database.prepare<[number, number, number, number], Row>(`
    SELECT ${COLUMNS} FROM transition
    WHERE component = ? AND revision <= ? AND (revision <= ? OR at_ms <= ?)
    ORDER BY revision DESC LIMIT 1
  `);
  const after = database.prepare<[number, number], Row & { id: string }>(`
    SELECT id, ${COLUMNS} FROM transition JOIN component ON component.key = transition.component
    WHERE revision > ? ORDER BY revision LIMIT ?
  `);
  const stepsAt = database.prepare<[number], StatusStep>(`
    SELECT ${STEP_COLUMNS} FROM component JOIN transition ON revision =
      (SELECT max(revision) FROM transition WHERE component = component.key AND revision <= ?)
    WHERE to_status IS NOT NULL
  `);
  const steps = database.prepare<[number, number], StatusStep>(
    `SELECT ${STEP_COLUMNS} FROM transition WHERE revision > ? AND revision <= ? ORDER BY revision`,
  );
  const last = database.prepare<[], number | null>('SELECT max(revision) FROM transition').pluck();

  return {
    add({ revision, atMs, from, to, reason, causedBy }, component) {
      insert.run(
        revision,
        component,
        atMs,
        from === undefined ? null : STATUS_CODE[from],
        to === undefined ? null : STATUS_CODE[to],
        reason.code,
        reason.message,
        causedBy.length === 0 ? null : JSON.stringify(causedBy),
      );
    },
    list({ fromMs, toMs, beforeRevision, limit }, components) {
      const range = {
        below: beforeRevision ?? Number.MAX_SAFE_INTEGER,
        fromMs: fromMs ?? Number.MIN_SAFE_INTEGER,
        toMs: toMs ?? Number.MAX_SAFE_INTEGER,
      };
      // Those whose newest is newest first: once `limit` rows are newer than that, no further one has a row that counts.
      const byNewest = [...components.keys()]
        .map((component) => ({ component, revision: newest.get({ ...range, component, above: -1 }) }))
        .filter((found): found is { component: number; revision: number } => found.revision !== undefined)
        .sort((a, b) => b.revision - a.revision);
      let rows: Row[] = [];
      for (const { component, revision } of byNewest) {
        const above = rows.length < limit ? -1 : (rows[limit - 1]?.revision ?? -1);
        if (revision <= above) break;
        rows = [...rows, ...list.all({ ...range, component, above, limit })]
          .sort((a, b) => b.revision - a.revision)
          .slice(0, limit);
      }
      return rows.map((row) => toRecord(row, components.get(row.component)!) as Transition);
    },
    after: (revision, limit) => after.all(revision, limit).map((row) => toRecord(row, row.id)),
    latest(component, id, { first, last, atMs }) {
      const row = latest.get(component, last, first, atMs);
      return row && toRecord(row, id);
    },
    stepsAt: (revision) => stepsAt.all(revision),
    steps: (afterRevision, untilRevision) => steps.all(afterRevision, untilRevision),
    lastRevision: () => last.get() ?? 0,
  };
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
