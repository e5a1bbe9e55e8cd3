// Incidents, which people write: few, and each is read and written as a whole.
import type { Incident } from '../../core/status-page.ts';
import { parseKept } from '../thread/kept-json.ts';
import type { Query } from './pool.ts';
import { toText } from './text.ts';

/** The newest that are kept; of those that are open, all. */
const MAX_INCIDENTS = 1000;

/** Adds it, or replaces the one of this id. */
export async function saveIncident(query: Query, incident: Incident): Promise<void> {
  await query(
    `INSERT INTO openk.incident VALUES ($1, $2, $3, $4) ON CONFLICT (id) DO UPDATE
     SET updated_ms = excluded.updated_ms, is_over = excluded.is_over, state = excluded.state`,
    [incident.id, incident.updatedMs, incident.resolvedMs !== undefined, toText(JSON.stringify(incident))],
  );
  await query(
    `DELETE FROM openk.incident WHERE is_over
       AND id NOT IN (SELECT id FROM openk.incident ORDER BY updated_ms DESC LIMIT $1)`,
    [MAX_INCIDENTS],
  );
}

/** In the order of their last updates, the newest first. */
export async function listIncidents(query: Query): Promise<Incident[]> {
  const rows = await query<{ state: string }>('SELECT state FROM openk.incident ORDER BY updated_ms DESC, id');
  return rows.map(({ state }) => parseKept<Incident>(state));
}
