// Which OpenKs have a database open, and which version of its tables each knows: so that nobody takes away what another one uses.
import type { Query } from './pool.ts';

/** Between two times that one says that it lives. */
export const SAID_MS = 10_000;
/** Who has not said so for as long has ended without a word, or will be refused when it is back. */
const LIVING_MS = 60_000;

/** It lives, and knows this version. It is a row of its own: nobody is kept waiting, and no fence is needed. */
export async function sayLiving(query: Query, id: string, version: number): Promise<void> {
  await query(
    `INSERT INTO openk.instance (id, knows, seen_at) VALUES ($1, $2, clock_timestamp())
     ON CONFLICT (id) DO UPDATE SET knows = excluded.knows, seen_at = excluded.seen_at`,
    [id, version],
  );
}

/** It has ended. Takes those along that have not said anything for long. */
export async function sayEnded(query: Query, id: string): Promise<void> {
  await query(
    `DELETE FROM openk.instance WHERE id = $1 OR seen_at < clock_timestamp() - interval '${LIVING_MS} milliseconds'`,
    [id],
  );
}

/** The lowest version that one of those that live knows; Infinity: nobody lives. */
export async function eldestVersion(query: Query): Promise<number> {
  const rows = await query<{ knows: number }>(
    `SELECT knows FROM openk.instance WHERE seen_at >= clock_timestamp() - interval '${LIVING_MS} milliseconds'`,
  );
  return Math.min(...rows.map(({ knows }) => knows));
}
