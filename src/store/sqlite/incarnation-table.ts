// Where each incarnation of OpenK began that used this file, and what was kept before it: of the revisions in between nothing
// is known. Beside it, up to which revision something was forgotten. What follows from it: history/incarnations.ts.
import type { Database } from 'better-sqlite3';

export interface IncarnationTable {
  /** Begins one. @param keptRevision Revision of the last change that was kept. */
  begin(startRevision: number, keptRevision: number): void;
  /** Start revisions in order. */
  starts(): number[];
  /** Undefined where everything that was kept above a revision is there; otherwise the revision above which it is. */
  completeAfter(revision: number): number | undefined;
  /** Something up to this revision is forgotten. */
  forget(revision: number): void;
  /** Forgets incarnations that nobody can stand in any more. */
  prune(): void;
}

export function createIncarnationTable(database: Database): IncarnationTable {
  const insert = database.prepare<[number, number]>('INSERT OR IGNORE INTO incarnation VALUES (?, ?)');
  const starts = database.prepare<[], number>('SELECT start_revision FROM incarnation ORDER BY 1').pluck();
  // Whoever stands where an incarnation began has seen nothing of it that could be lost.
  const gapAround = database
    .prepare<[{ revision: number }], number>(
      `SELECT max(start_revision) FROM incarnation WHERE start_revision > $revision AND kept_revision < $revision
         AND $revision NOT IN (SELECT start_revision FROM incarnation) HAVING count(*) > 0`,
    )
    .pluck();
  const forgotten = database.prepare<[], number>('SELECT forgotten_revision FROM summary').pluck();
  const forget = database.prepare<[number]>('UPDATE summary SET forgotten_revision = max(forgotten_revision, ?)');
  // The one that kept the last change, and those after it, are where watchers come from.
  const prune = database.prepare(`
    DELETE FROM incarnation WHERE start_revision < (SELECT forgotten_revision FROM summary) AND start_revision <
      (SELECT max(start_revision) FROM incarnation WHERE start_revision < (SELECT max(revision) FROM transition))
  `);
  return {
    begin: (startRevision, keptRevision) => void insert.run(startRevision, keptRevision),
    starts: () => starts.all(),
    completeAfter(revision) {
      const known = forgotten.get()!;
      return revision < known ? known : gapAround.get({ revision });
    },
    forget: (revision) => void forget.run(revision),
    prune: () => void prune.run(),
  };
}
