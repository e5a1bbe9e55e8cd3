// Which store a URL names.
import { type Store, StoreFault } from '../core/store.ts';
import { createMemoryStore } from './memory.ts';
import { openSqliteStore } from './sqlite.ts';

const STORES: Readonly<Record<string, (rest: string, nowMs: number) => Store>> = {
  memory: (_rest, nowMs) => createMemoryStore(nowMs),
  sqlite: (path) => openSqliteStore(path),
};

/**
 * @param url `memory:` or `sqlite:PATH`
 * @throws StoreFault for another URL, and when the store cannot be opened
 */
export function openStore(url: string, { nowMs }: { nowMs: number }): Store {
  const [scheme = '', ...rest] = url.split(':');
  const open = Object.hasOwn(STORES, scheme) ? STORES[scheme] : undefined;
  if (open === undefined || rest.length === 0) {
    throw new StoreFault('storage: only memory: and sqlite:PATH are known. Write for example sqlite:data/openk.db');
  }
  return open(rest.join(':'), nowMs);
}
