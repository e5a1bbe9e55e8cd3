// Keeps state in one SQLite file. Every save is one transaction.
import { mkdirSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import Database from 'better-sqlite3';
import { type SavedComponent, type SavedState, type StateDelta, type Store, StoreFault } from '../core/store.ts';

/** Of the tables below. A file of a newer one is not touched. */
const SCHEMA_VERSION = 1;

const SCHEMA = `
  CREATE TABLE life (only_row INTEGER PRIMARY KEY CHECK (only_row = 1), revision INTEGER NOT NULL) STRICT;
  INSERT INTO life VALUES (1, 0);
  CREATE TABLE component (id TEXT PRIMARY KEY, state TEXT NOT NULL) STRICT, WITHOUT ROWID;
`;

/**
 * Changes may have been told to watchers and not yet been saved when the process dies. So what is written is always this
 * much ahead, and a later life starts there: no revision is ever given twice.
 */
const REVISIONS_AHEAD = 1_000_000;

/** @throws StoreFault when the file cannot be opened, is no database, or is of a newer version. */
export function openSqliteStore(path: string): Store {
  const file = resolve(path);
  const fault = (what: string, advice: string) => new StoreFault(`storage sqlite:${file}: ${what}. ${advice}`);
  const guarded = <T>(what: string, run: () => T): T => {
    try {
      return run();
    } catch (error) {
      if (error instanceof StoreFault) throw error;
      const reason = error instanceof Error ? error.message : String(error);
      throw fault(`${what}: ${reason}`, 'Check the path, its rights and the space on the disk');
    }
  };

  const database = guarded('cannot open', () => {
    mkdirSync(dirname(file), { recursive: true });
    return new Database(file);
  });
  try {
    guarded('cannot prepare', () => {
      database.pragma('journal_mode = WAL');
      database.pragma('synchronous = FULL');
      migrate(database, fault);
    });
  } catch (error) {
    database.close();
    throw error;
  }
  const readLife = database.prepare<[], { revision: number }>('SELECT revision FROM life');
  const writeLife = database.prepare<[{ revision: number }]>('UPDATE life SET revision = max(revision, $revision)');
  const readAll = database.prepare<[], { state: string }>('SELECT state FROM component ORDER BY id');
  const write = database.prepare(
    'INSERT INTO component VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET state = excluded.state',
  );
  const remove = database.prepare('DELETE FROM component WHERE id = ?');

  const save = database.transaction(({ revision, changed, removed }: StateDelta) => {
    writeLife.run({ revision: revision + REVISIONS_AHEAD });
    for (const component of changed) write.run(component.id, JSON.stringify(component));
    for (const id of removed) remove.run(id);
  });

  return {
    load: () =>
      guarded('cannot read', (): SavedState => {
        const { revision } = readLife.get()!;
        writeLife.run({ revision: revision + REVISIONS_AHEAD });
        return { revision, components: readAll.all().map(({ state }) => JSON.parse(state) as SavedComponent) };
      }),
    save: (delta) => guarded('cannot write', () => save(delta)),
    close: () => void database.close(),
  };
}

function migrate(database: Database.Database, fault: (what: string, advice: string) => StoreFault) {
  const version = database.pragma('user_version', { simple: true }) as number;
  if (version > SCHEMA_VERSION) {
    throw fault(
      `it is of version ${version}, and this OpenK knows versions up to ${SCHEMA_VERSION}`,
      'Run the OpenK that wrote it, or name another file',
    );
  }
  if (version === 0) {
    database.transaction(() => {
      database.exec(SCHEMA);
      database.pragma(`user_version = ${SCHEMA_VERSION}`);
    })();
  }
}
