// What parts of OpenK keep for their next start: texts by topic and key, written as a whole.
import type { Database } from 'better-sqlite3';
import type { KeptChanges, KeptText } from '../../core/store.ts';

export interface KeptTable {
  /** By key. */
  list(topic: string): KeptText[];
  save(changes: KeptChanges): void;
}

export function createKeptTable(database: Database): KeptTable {
  const list = database.prepare<[string], KeptText>('SELECT key, text FROM kept WHERE topic = ? ORDER BY key');
  const upsert = database.prepare<[string, string, string]>(
    'INSERT INTO kept VALUES (?, ?, ?) ON CONFLICT (topic, key) DO UPDATE SET text = excluded.text',
  );
  const remove = database.prepare<[string, string]>('DELETE FROM kept WHERE topic = ? AND key = ?');
  return {
    list: (topic) => list.all(topic),
    save({ topic, texts }) {
      for (const [key, text] of texts) {
        if (text === undefined) remove.run(topic, key);
        else upsert.run(topic, key, text);
      }
    },
  };
}
