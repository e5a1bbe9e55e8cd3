// Components: the small keys that stand for their ids everywhere else, what is known of each, and which are gone. All keys are in
// memory, so that a batch knows those that it needs without asking.
import { MAX_TOMBSTONES, type RemovedComponent } from '../../core/store.ts';
import type { Query } from './pool.ts';
import { toText } from './text.ts';

export interface ComponentTable {
  load(query: Query): Promise<void>;
  /** Gives a key to an id that has none; `writeKeys` has to follow. */
  keyOf(id: string): number;
  /** Undefined for an id that has none. */
  findKey(id: string): number | undefined;
  /** The highest that was ever given. */
  readonly lastKey: number;
  /** Keys that were given since the last time. */
  writeKeys(query: Query): Promise<void>;
  /** @param states JSON, one for each id. */
  save(query: Query, ids: readonly string[], states: readonly string[]): Promise<void>;
  remove(query: Query, removed: readonly RemovedComponent[]): Promise<void>;
  /** Those of which nothing is kept any more; their keys are forgotten with `forgetKeys`. @returns their ids */
  removeUnused(query: Query): Promise<readonly string[]>;
  forgetKeys(ids: readonly string[]): void;
}

export function createComponentTable(): ComponentTable {
  const keys = new Map<string, number>();
  let lastKey = 0;
  let given: { readonly key: number; readonly id: string }[] = [];

  const keyOf = (id: string) => {
    const known = keys.get(id);
    if (known !== undefined) return known;
    lastKey += 1;
    keys.set(id, lastKey);
    given.push({ key: lastKey, id });
    return lastKey;
  };
  return {
    keyOf,
    findKey: (id) => keys.get(id),
    get lastKey() {
      return lastKey;
    },
    async load(query) {
      const [counter] = await query<{ last: number }>('SELECT component_key AS last FROM openk.writer');
      const rows = await query<{ key: number; id: string }>('SELECT key, id FROM openk.component');
      keys.clear();
      given = [];
      for (const { key, id } of rows) keys.set(id, key);
      lastKey = counter!.last;
    },
    async writeKeys(query) {
      if (given.length === 0) return;
      const rows = given;
      given = [];
      await query('INSERT INTO openk.component (key, id) SELECT * FROM unnest($1::int[], $2::text[])', [
        rows.map(({ key }) => key),
        rows.map(({ id }) => id),
      ]);
      await query('UPDATE openk.writer SET component_key = $1', [lastKey]);
    },
    async save(query, ids, states) {
      if (ids.length === 0) return;
      const byKey = new Map(ids.map((id, at) => [keyOf(id), toText(states[at]!)]));
      await query(
        `UPDATE openk.component SET state = saved.state, removed_revision = NULL
         FROM unnest($1::int[], $2::text[]) AS saved (key, state) WHERE component.key = saved.key`,
        [[...byKey.keys()], [...byKey.values()]],
      );
    },
    async remove(query, removed) {
      if (removed.length === 0) return;
      const byKey = new Map(removed.map(({ id, revision }) => [keyOf(id), revision]));
      await query(
        `UPDATE openk.component SET state = NULL, removed_revision = gone.revision
         FROM unnest($1::int[], $2::bigint[]) AS gone (key, revision) WHERE component.key = gone.key`,
        [[...byKey.keys()], [...byKey.values()]],
      );
      await query(
        `UPDATE openk.component SET removed_revision = NULL WHERE removed_revision <= (
           SELECT removed_revision FROM openk.component WHERE removed_revision IS NOT NULL
           ORDER BY removed_revision DESC LIMIT 1 OFFSET $1)`,
        [MAX_TOMBSTONES],
      );
    },
    async removeUnused(query) {
      const gone = await query<{ id: string }>(`
        DELETE FROM openk.component WHERE state IS NULL AND removed_revision IS NULL
          AND NOT EXISTS (SELECT 1 FROM openk.transition WHERE transition.component = component.key)
        RETURNING id
      `);
      return gone.map(({ id }) => id);
    },
    forgetKeys(ids) {
      for (const id of ids) keys.delete(id);
    },
  };
}

/** JSON of all that are there, in order of id. */
export async function listStates(query: Query): Promise<string[]> {
  const rows = await query<{ state: string }>('SELECT state FROM openk.component WHERE state IS NOT NULL ORDER BY id');
  return rows.map(({ state }) => state);
}

/** In order of revision. */
export async function listRemoved(query: Query): Promise<RemovedComponent[]> {
  return query(`
    SELECT id, removed_revision AS revision FROM openk.component WHERE removed_revision IS NOT NULL ORDER BY 2
  `);
}
