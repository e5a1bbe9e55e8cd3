// Alerts, those that are not over with what decides how they go on, and what keeps them from being opened. Each is read and
// written as a whole.
import type { Database } from 'better-sqlite3';
import type { AlertQuery } from '../../core/alert.ts';
import type { PackedAlert, PackedAlertChanges, PackedAlerting, PackedSuspension } from '../thread/packed-alerts.ts';

export interface AlertTable {
  /** @param nowMs What is over by then may be forgotten. */
  save(changes: Pick<PackedAlertChanges, 'alerts' | 'forgotten' | 'suspensions'>, nowMs: number): void;
  open(): Pick<PackedAlerting, 'alerts' | 'suspensions'>;
  /** Alerts that are over, as JSON: the latest first, and at the same time by their ids. */
  over(query: AlertQuery): string[];
  /** Forgets at most `limit` of those that were over before, the oldest first. @returns how many */
  removeBefore(beforeMs: number, limit: number): number;
}

/** The newest that are kept of those that are over. */
const MAX_SUSPENSIONS = 1000;
/** Alerts end this often between two looks at how many there are. */
const BOUND_EVERY = 100;
/** At a time. */
const FORGOTTEN_AT_ONCE = 1000;

interface QueryParameters extends Record<'component' | 'route', string | null> {
  readonly beforeMs: number;
  readonly afterId: string;
  readonly limit: number;
}

/** @param maxOver The newest that are kept of those that are over */
export function createAlertTable(database: Database, maxOver: number): AlertTable {
  const upsert = database.prepare<[PackedAlert]>(`
    INSERT INTO alert VALUES ($id, $component, $route, $resolvedMs, $state)
    ON CONFLICT (id) DO UPDATE SET resolved_ms = excluded.resolved_ms, state = excluded.state
  `);
  const forget = database.prepare<[string]>('DELETE FROM alert WHERE id = ?');
  const bound = database.prepare<[number, number]>(`
    DELETE FROM alert WHERE id IN
      (SELECT id FROM alert WHERE resolved_ms IS NOT NULL ORDER BY resolved_ms DESC, id LIMIT ? OFFSET ?)
  `);
  const open = database.prepare<[], string>('SELECT state FROM alert WHERE resolved_ms IS NULL ORDER BY id').pluck();
  const find = database.prepare<[string], { state: string; component: string; route: string; resolvedMs: number }>(`
    SELECT state, component, route, resolved_ms AS resolvedMs FROM alert WHERE id = ? AND resolved_ms IS NOT NULL
  `);
  // One statement for each index, since a condition that may be left out keeps SQLite from using any.
  const listBy = (condition: string) =>
    database
      .prepare<[QueryParameters], string>(`
        SELECT state FROM alert WHERE ${condition} AND resolved_ms IS NOT NULL
          AND resolved_ms <= $beforeMs AND (resolved_ms < $beforeMs OR id > $afterId)
        ORDER BY resolved_ms DESC, id LIMIT $limit
      `)
      .pluck();
  const ofAll = listBy('TRUE');
  const ofRoute = listBy('route = $route');
  const ofComponent = listBy('component = $component AND ($route IS NULL OR route = $route)');
  const removeBefore = database.prepare<[number, number]>(`
    DELETE FROM alert WHERE id IN
      (SELECT id FROM alert WHERE resolved_ms IS NOT NULL AND resolved_ms < ? ORDER BY resolved_ms LIMIT ?)
  `);
  const upsertSuspension = database.prepare<[PackedSuspension]>(`
    INSERT INTO suspension VALUES ($id, $createdMs, $untilMs, $state)
    ON CONFLICT (id) DO UPDATE SET until_ms = excluded.until_ms, state = excluded.state
  `);
  const boundSuspensions = database.prepare<[number, number, number]>(`
    DELETE FROM suspension WHERE until_ms <= ? AND id NOT IN
      (SELECT id FROM suspension WHERE until_ms <= ? ORDER BY created_ms DESC, id LIMIT ?)
  `);
  const suspensions = database.prepare<[], string>('SELECT state FROM suspension ORDER BY created_ms DESC, id').pluck();
  let unbounded = 0;

  return {
    save({ alerts, forgotten, suspensions: changed }, nowMs) {
      for (const alert of alerts) upsert.run(alert);
      for (const id of forgotten) forget.run(id);
      for (const suspension of changed) upsertSuspension.run(suspension);
      if (changed.length > 0) boundSuspensions.run(nowMs, nowMs, MAX_SUSPENSIONS);
      unbounded += alerts.filter(({ resolvedMs }) => resolvedMs !== null).length;
      if (unbounded < BOUND_EVERY) return;
      bound.run(unbounded + FORGOTTEN_AT_ONCE, maxOver);
      unbounded = 0;
    },
    open: () => ({ alerts: open.all(), suspensions: suspensions.all() }),
    over({ id, component = null, route = null, before, limit }) {
      const beforeMs = before?.resolvedMs ?? Number.MAX_SAFE_INTEGER;
      const afterId = before?.id ?? '';
      if (id !== undefined) {
        const found = find.get(id);
        const isWanted =
          found !== undefined &&
          (component === null || found.component === component) &&
          (route === null || found.route === route) &&
          (found.resolvedMs < beforeMs || (found.resolvedMs === beforeMs && id > afterId));
        return isWanted && limit > 0 ? [found.state] : [];
      }
      const list = component !== null ? ofComponent : route !== null ? ofRoute : ofAll;
      return list.all({ component, route, beforeMs, afterId, limit });
    },
    removeBefore: (beforeMs, limit) => removeBefore.run(beforeMs, limit).changes,
  };
}
