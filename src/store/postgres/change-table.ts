// Which components, alerts and so on each transaction has changed: what instances that only read go on by. A row for each transaction
// that changed any, the latest of them; an instance that is further behind reads everything.
import type { Incident } from '../../core/status-page.ts';
import { resumableRevisions } from '../history/incarnations.ts';
import { parseKept } from '../thread/kept-json.ts';
import type { PackedFollowed } from '../thread/packed-followed.ts';
import { openAlerts } from './alert-table.ts';
import { listRemoved, listStates } from './component-table.ts';
import { holderText, isGone } from './holder.ts';
import { listIncidents } from './incident-table.ts';
import type { Query } from './pool.ts';
import { IS_DUE } from './writer.ts';

/** By their keys and ids. */
export interface Changes {
  readonly components?: readonly number[];
  readonly alerts?: readonly string[];
  readonly suspensions?: readonly string[];
  readonly incidents?: readonly string[];
}

/** Transactions that can be gone on from: minutes, however fast they come. */
const KEPT = 10_000;
const FORGET_EVERY = 1_000;

export interface ChangeTable {
  /** @param batch number of the transaction */
  add(query: Query, batch: number, changes: Changes): Promise<void>;
}

export function createChangeTable(): ChangeTable {
  let unbounded = 0;
  return {
    async add(query, batch, { components = [], alerts = [], suspensions = [], incidents = [] }) {
      if (components.length + alerts.length + suspensions.length + incidents.length === 0) return;
      await query('INSERT INTO openk.change VALUES ($1, $2::int[], $3::text[], $4::text[], $5::text[])', [
        batch,
        components,
        alerts,
        suspensions,
        incidents,
      ]);
      unbounded += 1;
      if (unbounded < FORGET_EVERY) return;
      unbounded = 0;
      await query('DELETE FROM openk.change WHERE batch <= $1', [batch - KEPT]);
      await query('UPDATE openk.writer SET changes_from = greatest(changes_from, $1)', [batch - KEPT]);
    },
  };
}

interface WriterRow {
  readonly holder: string;
  readonly batch: number;
  readonly revision: number;
  readonly isDue: boolean;
  readonly changesFrom: number;
  readonly usableFrom: number;
}

/**
 * Who holds the database, where nothing has changed since a transaction; undefined: something has.
 * @param knows the version of the tables that this OpenK knows @throws Error where they are of no use to it any more
 */
export async function readUnchanged(query: Query, batch: number, knows: number): Promise<PackedFollowed | undefined> {
  const { head } = await readHead(query, knows);
  return head.batch === batch ? { ...head, ...NOTHING } : undefined;
}

/** What changed after a transaction; of none: everything. As of one moment, in which all that was kept before is there. As `readUnchanged`. */
export async function readFollowed(
  query: Query,
  afterBatch: number | undefined,
  knows: number,
): Promise<PackedFollowed> {
  const { head, changesFrom } = await readHead(query, knows);
  if (afterBatch === head.batch) return { ...head, ...NOTHING };
  const incarnation = await latestIncarnation(query);
  // Of a database that has lost what was read from it only all of it says what is there.
  const isKnown = afterBatch !== undefined && afterBatch >= changesFrom && afterBatch < head.batch;
  const changes = isKnown ? await changesAfter(query, afterBatch) : undefined;
  const some = changes && (await readSome(query, changes));
  return { ...head, incarnation, ...(some ?? (await readAll(query))) };
}

async function readHead(query: Query, knows: number) {
  const [row] = await query<WriterRow>(
    `SELECT holder, batch, revision, ${IS_DUE} AS "isDue", changes_from AS "changesFrom",
       usable_from AS "usableFrom"
     FROM openk.writer`,
  );
  const { holder, batch, revision, isDue, changesFrom, usableFrom } = row!;
  if (usableFrom > knows)
    throw new Error(`its tables are for versions from ${usableFrom} on, and this OpenK knows ${knows}`);
  const head = { batch, revision, isFree: isDue || isGone(holder), heldBy: holderText(holder), holder };
  return { head, changesFrom };
}

type Content = Omit<PackedFollowed, 'batch' | 'revision' | 'isFree' | 'heldBy' | 'holder' | 'incarnation'>;

const NOTHING: Content = {
  isWhole: false,
  states: [],
  removed: [],
  alerts: [],
  over: [],
  forgotten: [],
  suspensions: [],
  incidents: [],
};

async function latestIncarnation(query: Query): Promise<PackedFollowed['incarnation']> {
  const rows = await query<{ start: number; kept: number }>(
    'SELECT start_revision AS start, kept_revision AS kept FROM openk.incarnation ORDER BY 1',
  );
  const last = rows.pop();
  if (last === undefined) return undefined;
  const resumable = resumableRevisions(
    rows.map(({ start }) => start),
    last.kept,
  );
  return { startRevision: last.start, resumable };
}

async function changesAfter(query: Query, batch: number): Promise<Required<Changes>> {
  const rows = await query<Required<Changes>>(
    'SELECT components, alerts, suspensions, incidents FROM openk.change WHERE batch > $1',
    [batch],
  );
  const all = <Key extends keyof Changes>(key: Key) => [...new Set(rows.flatMap((row) => [...row[key]] as unknown[]))];
  return {
    components: all('components') as number[],
    alerts: all('alerts') as string[],
    suspensions: all('suspensions') as string[],
    incidents: all('incidents') as string[],
  };
}

/** Undefined where what became of a component is not known any more. */
async function readSome(query: Query, changes: Required<Changes>): Promise<Content | undefined> {
  const states: string[] = [];
  const removed: { id: string; revision: number }[] = [];
  if (changes.components.length > 0) {
    const rows = await query<{ id: string; state: string | null; removed: number | null }>(
      'SELECT id, state, removed_revision AS removed FROM openk.component WHERE key = ANY ($1::int[])',
      [changes.components],
    );
    if (rows.length < changes.components.length) return undefined;
    for (const { id, state, removed: revision } of rows) {
      if (state !== null) states.push(state);
      else if (revision !== null) removed.push({ id, revision });
      else return undefined;
    }
  }
  /** Mostly only components have changed, and each question is a way there and back. */
  const ask = async <Row>(text: string, keys: readonly string[]): Promise<Row[]> =>
    keys.length === 0 ? [] : query<Row>(text, [keys]);
  const alerts = await ask<{ id: string; isOver: boolean; state: string }>(
    'SELECT id, resolved_ms IS NOT NULL AS "isOver", state FROM openk.alert WHERE id = ANY ($1::text[])',
    changes.alerts,
  );
  const found = new Set(alerts.map(({ id }) => id));
  const suspensions = await ask<{ state: string }>(
    'SELECT state FROM openk.suspension WHERE id = ANY ($1::text[])',
    changes.suspensions,
  );
  const incidents = await ask<{ state: string }>(
    'SELECT state FROM openk.incident WHERE id = ANY ($1::text[])',
    changes.incidents,
  );
  return {
    isWhole: false,
    states,
    removed,
    alerts: alerts.flatMap(({ isOver, state }) => (isOver ? [] : [state])),
    over: alerts.flatMap(({ isOver, state }) => (isOver ? [state] : [])),
    forgotten: changes.alerts.filter((id) => !found.has(id)),
    suspensions: suspensions.map(({ state }) => state),
    incidents: incidents.map(({ state }) => parseKept<Incident>(state)),
  };
}

async function readAll(query: Query): Promise<Content> {
  return {
    ...NOTHING,
    isWhole: true,
    states: await listStates(query),
    removed: await listRemoved(query),
    ...(await openAlerts(query)),
    incidents: await listIncidents(query),
  };
}
