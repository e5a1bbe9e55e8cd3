// Incidents, which people write: few, and each is read and written as a whole.
import type { Database } from 'better-sqlite3';
import type { Incident } from '../../core/status-page.ts';
import { parseKept } from '../thread/kept-json.ts';

export interface IncidentTable {
  /** Adds it, or replaces the one of this id. */
  save(incident: Incident): void;
  /** In the order of their last updates, the newest first. */
  list(): Incident[];
}

/** The newest that are kept; of those that are open, all. */
const MAX_INCIDENTS = 1000;

export function createIncidentTable(database: Database): IncidentTable {
  const upsert = database.prepare<[string, number, string]>(
    'INSERT INTO incident VALUES (?, ?, ?) ON CONFLICT (id) DO UPDATE SET updated_ms = excluded.updated_ms, state = excluded.state',
  );
  const bound = database.prepare<[number]>(`
    DELETE FROM incident WHERE state ->> '$.resolvedMs' IS NOT NULL
      AND id NOT IN (SELECT id FROM incident ORDER BY updated_ms DESC LIMIT ?)
  `);
  const list = database.prepare<[], string>('SELECT state FROM incident ORDER BY updated_ms DESC, id').pluck();
  return {
    save: database.transaction((incident: Incident) => {
      upsert.run(incident.id, incident.updatedMs, JSON.stringify(incident));
      bound.run(MAX_INCIDENTS);
    }),
    list: () => list.all().map((state) => parseKept<Incident>(state)),
  };
}
