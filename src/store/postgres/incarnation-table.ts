// Where each incarnation of OpenK began that used this database, and what was kept before it: of the revisions in between nothing
// is known. Beside it, up to which revision something was forgotten. What follows from it: history/incarnations.ts.
import type { Query } from './pool.ts';

/** Begins one. @param keptRevision Revision of the last change that was kept. */
export async function beginIncarnation(query: Query, startRevision: number, keptRevision: number): Promise<void> {
  await query('INSERT INTO openk.incarnation VALUES ($1, $2) ON CONFLICT DO NOTHING', [startRevision, keptRevision]);
}

/** Start revisions in order. */
export async function incarnationStarts(query: Query): Promise<number[]> {
  const rows = await query<{ start: number }>('SELECT start_revision AS start FROM openk.incarnation ORDER BY 1');
  return rows.map(({ start }) => start);
}

/** Undefined where everything that was kept above a revision is there; otherwise the revision above which it is. */
export async function completeAfter(query: Query, revision: number): Promise<number | undefined> {
  // Whoever stands where an incarnation began has seen nothing of it that could be lost.
  const [row] = await query<{ forgotten: number; gap: number | null }>(
    `SELECT forgotten_revision AS forgotten,
       (SELECT max(start_revision) FROM openk.incarnation WHERE start_revision > $1 AND kept_revision < $1
          AND $1 NOT IN (SELECT start_revision FROM openk.incarnation)) AS gap
     FROM openk.writer`,
    [revision],
  );
  const { forgotten, gap } = row!;
  return revision < forgotten ? forgotten : (gap ?? undefined);
}

/** Something up to this revision is forgotten. */
export async function forgetUntil(query: Query, revision: number): Promise<void> {
  await query('UPDATE openk.writer SET forgotten_revision = greatest(forgotten_revision, $1)', [revision]);
}

/** Forgets incarnations that nobody can stand in any more. */
export async function pruneIncarnations(query: Query): Promise<void> {
  // The one that kept the last change, and those after it, are where watchers come from.
  await query(`
    DELETE FROM openk.incarnation WHERE start_revision < (SELECT forgotten_revision FROM openk.writer) AND start_revision <
      (SELECT max(start_revision) FROM openk.incarnation
        WHERE start_revision < (SELECT max(revision) FROM openk.transition))
  `);
}
