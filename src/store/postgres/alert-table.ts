// Alerts, those that are not over with what decides how they go on, and what keeps them from being opened. Each is read and
// written as a whole.
import type { AlertQuery } from '../../core/alert.ts';
import type { PackedAlertChanges, PackedAlerting } from '../thread/packed-alerts.ts';
import type { Query } from './pool.ts';
import { toText } from './text.ts';

export interface AlertTable {
  /** @param nowMs What is over by then may be forgotten. */
  save(
    query: Query,
    changes: Pick<PackedAlertChanges, 'alerts' | 'forgotten' | 'suspensions'>,
    nowMs: number,
  ): Promise<void>;
}

/** The newest that are kept of those that are over. */
const MAX_SUSPENSIONS = 1000;
const MAX_OVER = 100_000;
/** Alerts end this often between two looks at how many there are. */
const BOUND_EVERY = 100;
/** At a time. */
const FORGOTTEN_AT_ONCE = 1000;

export function createAlertTable(): AlertTable {
  let unbounded = 0;
  return {
    async save(query, { alerts, forgotten, suspensions }, nowMs) {
      // A row that comes twice is what it was last.
      const latest = [...new Map(alerts.map((alert) => [alert.id, alert])).values()];
      if (latest.length > 0) {
        await query(
          `INSERT INTO openk.alert SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::float8[], $5::text[])
           ON CONFLICT (id) DO UPDATE SET resolved_ms = excluded.resolved_ms, state = excluded.state`,
          [
            latest.map(({ id }) => id),
            latest.map(({ component }) => component),
            latest.map(({ route }) => route),
            latest.map(({ resolvedMs }) => resolvedMs),
            latest.map(({ state }) => toText(state)),
          ],
        );
      }
      if (forgotten.length > 0) await query('DELETE FROM openk.alert WHERE id = ANY ($1::text[])', [forgotten]);
      await saveSuspensions(query, suspensions, nowMs);
      unbounded += alerts.filter(({ resolvedMs }) => resolvedMs !== null).length;
      if (unbounded < BOUND_EVERY) return;
      await query(
        `DELETE FROM openk.alert WHERE id IN
           (SELECT id FROM openk.alert WHERE resolved_ms IS NOT NULL ORDER BY resolved_ms DESC, id LIMIT $1 OFFSET $2)`,
        [unbounded + FORGOTTEN_AT_ONCE, MAX_OVER],
      );
      unbounded = 0;
    },
  };
}

async function saveSuspensions(
  query: Query,
  suspensions: PackedAlertChanges['suspensions'],
  nowMs: number,
): Promise<void> {
  if (suspensions.length === 0) return;
  const latest = [...new Map(suspensions.map((suspension) => [suspension.id, suspension])).values()];
  await query(
    `INSERT INTO openk.suspension SELECT * FROM unnest($1::text[], $2::float8[], $3::float8[], $4::text[])
     ON CONFLICT (id) DO UPDATE SET until_ms = excluded.until_ms, state = excluded.state`,
    [
      latest.map(({ id }) => id),
      latest.map(({ createdMs }) => createdMs),
      latest.map(({ untilMs }) => untilMs),
      latest.map(({ state }) => toText(state)),
    ],
  );
  await query(
    `DELETE FROM openk.suspension WHERE until_ms <= $1 AND id NOT IN
       (SELECT id FROM openk.suspension WHERE until_ms <= $1 ORDER BY created_ms DESC, id LIMIT $2)`,
    [nowMs, MAX_SUSPENSIONS],
  );
}

export async function openAlerts(query: Query): Promise<Pick<PackedAlerting, 'alerts' | 'suspensions'>> {
  const alerts = await query<{ state: string }>('SELECT state FROM openk.alert WHERE resolved_ms IS NULL ORDER BY id');
  const suspensions = await query<{ state: string }>('SELECT state FROM openk.suspension ORDER BY created_ms DESC, id');
  return { alerts: alerts.map(({ state }) => state), suspensions: suspensions.map(({ state }) => state) };
}

/** Alerts that are over, as JSON: the latest first, and at the same time by their ids. */
export async function alertsOver(query: Query, asked: AlertQuery): Promise<string[]> {
  const { id, component, route, before, limit } = asked;
  const values: unknown[] = [before?.resolvedMs ?? Number.MAX_SAFE_INTEGER, before?.id ?? '', limit];
  const conditions = Object.entries({ id, component, route })
    .filter(([, value]) => value !== undefined)
    .map(([column, value]) => `AND ${column} = $${values.push(value)}`);
  const rows = await query<{ state: string }>(
    `SELECT state FROM openk.alert WHERE resolved_ms IS NOT NULL
       AND resolved_ms <= $1 AND (resolved_ms < $1 OR id > $2) ${conditions.join(' ')}
     ORDER BY resolved_ms DESC, id LIMIT $3`,
    values,
  );
  return rows.map(({ state }) => state);
}

/** Forgets at most `limit` of those that were over before, the oldest first. @returns how many */
export async function removeAlertsBefore(query: Query, beforeMs: number, limit: number): Promise<number> {
  const gone = await query(
    `DELETE FROM openk.alert WHERE id IN
       (SELECT id FROM openk.alert WHERE resolved_ms IS NOT NULL AND resolved_ms < $1 ORDER BY resolved_ms LIMIT $2)
     RETURNING id`,
    [beforeMs, limit],
  );
  return gone.length;
}
