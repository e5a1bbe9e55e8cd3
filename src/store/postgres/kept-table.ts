// What parts of OpenK keep for their next start: texts by topic and key, written as a whole.
import { type KeptChanges, type KeptText, SHARERS, type Sharer } from '../../core/store.ts';
import type { Query } from './pool.ts';
import { toText } from './text.ts';

/** By key. */
export async function listKept(query: Query, topic: string): Promise<KeptText[]> {
  return query<KeptText>('SELECT key, text FROM openk.kept WHERE topic = $1 ORDER BY key', [topic]);
}

export async function saveKept(query: Query, { topic, texts }: KeptChanges): Promise<void> {
  const kept = [...texts].filter((pair): pair is [string, string] => pair[1] !== undefined);
  const forgotten = [...texts].filter(([, text]) => text === undefined).map(([key]) => toText(key));
  if (forgotten.length > 0)
    await query('DELETE FROM openk.kept WHERE topic = $1 AND key = ANY ($2::text[])', [topic, forgotten]);
  if (kept.length === 0) return;
  await query(
    `INSERT INTO openk.kept SELECT $1, * FROM unnest($2::text[], $3::text[])
     ON CONFLICT (topic, key) DO UPDATE SET text = excluded.text`,
    [topic, kept.map(([key]) => toText(key)), kept.map(([, text]) => toText(text))],
  );
}

/** It is one statement of who holds nothing, so it is kept without a fence; what nobody has said for a day is forgotten. */
export async function saveSharer(query: Query, { id, sha256 }: Sharer): Promise<void> {
  await query(
    `INSERT INTO openk.kept VALUES ($1, $2, floor(extract(epoch FROM clock_timestamp()))::bigint || ' ' || $3)
     ON CONFLICT (topic, key) DO UPDATE SET text = excluded.text`,
    [SHARERS, id, sha256],
  );
  await query(
    `DELETE FROM openk.kept
     WHERE topic = $1 AND split_part(text, ' ', 1)::bigint < extract(epoch FROM clock_timestamp()) - 86400`,
    [SHARERS],
  );
}
