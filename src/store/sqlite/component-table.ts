// Components: the small keys that stand for their ids everywhere else, what is known of each, and which are gone.
import type { Database } from 'better-sqlite3';
import { MAX_TOMBSTONES, type RemovedComponent } from '../../core/store.ts';

export interface ComponentTable {
  /** Gives a key to an id that has none. */
  keyOf(id: string): number;
  /** Undefined for an id that never had one. */
  findKey(id: string): number | undefined;
  /** @param states JSON, or nothing, one for each id. */
  save(ids: readonly string[], states: readonly string[]): void;
  remove(removed: readonly RemovedComponent[]): void;
  /** JSON of all that are there, in order of id. */
  states(): string[];
  /** In order of revision. */
  removed(): RemovedComponent[];
  /** Forgets keys that were given since they were last kept: what gave them was rolled back. */
  forgetKeys(): void;
}

export function createComponentTable(database: Database): ComponentTable {
  const find = database.prepare<[string], { key: number }>('SELECT key FROM component WHERE id = ?');
  const insert = database.prepare<[string], { key: number }>('INSERT INTO component (id) VALUES (?) RETURNING key');
  const saveNew = database.prepare<[string, string]>(`
    INSERT INTO component (id, state) VALUES (?, ?)
    ON CONFLICT (id) DO UPDATE SET state = excluded.state, removed_revision = NULL
  `);
  const update = database.prepare<[string, number]>(
    'UPDATE component SET state = ?, removed_revision = NULL WHERE key = ?',
  );
  const remove = database.prepare<[number, number]>(
    'UPDATE component SET state = NULL, removed_revision = ? WHERE key = ?',
  );
  const forgetOldTombstones = database.prepare<[number]>(`
    UPDATE component SET removed_revision = NULL WHERE removed_revision <= (
      SELECT removed_revision FROM component WHERE removed_revision IS NOT NULL
      ORDER BY removed_revision DESC LIMIT 1 OFFSET ?)
  `);
  const selectStates = database.prepare<[], { state: string }>(
    'SELECT state FROM component WHERE state IS NOT NULL ORDER BY id',
  );
  const selectRemoved = database.prepare<[], RemovedComponent>(`
    SELECT id, removed_revision AS revision FROM component WHERE removed_revision IS NOT NULL ORDER BY removed_revision
  `);
  const keys = new Map<string, number>();

  const findKey = (id: string) => {
    const known = keys.get(id) ?? find.get(id)?.key;
    if (known !== undefined) keys.set(id, known);
    return known;
  };
  const keyOf = (id: string) => {
    const known = findKey(id);
    if (known !== undefined) return known;
    const { key } = insert.get(id)!;
    keys.set(id, key);
    return key;
  };
  return {
    keyOf,
    findKey,
    save(ids, states) {
      for (let at = 0; at < ids.length; at++) {
        const key = keys.get(ids[at]!);
        // Of very many that are new each statement counts; the key is found when it is needed.
        if (key === undefined) saveNew.run(ids[at]!, states[at]!);
        else update.run(states[at]!, key);
      }
    },
    remove(removed) {
      for (const { id, revision } of removed) {
        remove.run(revision, keyOf(id));
        keys.delete(id);
      }
      if (removed.length > 0) forgetOldTombstones.run(MAX_TOMBSTONES);
    },
    states: () => selectStates.all().map(({ state }) => state),
    removed: () => selectRemoved.all(),
    forgetKeys: () => keys.clear(),
  };
}
