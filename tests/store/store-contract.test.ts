// What every store has to keep, run over all of them.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import Database from 'better-sqlite3';
import { type SavedComponent, StoreFault } from '../../src/core/store.ts';
import { openStore } from '../../src/store/registry.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'openk-store-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const component = (id: string, revision: number): SavedComponent => ({
  id,
  fingerprint: `http ${id}`,
  condition: {
    status: 'DEGRADED',
    reason: { code: 'SLOW', message: `slower than "500ms" \u2028 ${id}` },
    pending: { status: 'UNHEALTHY', count: 2, threshold: 3, reason: { code: 'TIMEOUT', message: 'no answer' } },
  },
  health: {
    component: id,
    status: 'DEGRADED',
    sinceMs: 1_767_225_600_000,
    checkedAtMs: 1_767_225_601_000.5,
    reason: { code: 'SLOW', message: 'slow' },
    causedBy: ['db'],
    revision,
  },
});

const stores = [
  { name: 'memory', url: () => 'memory:', keeps: false },
  { name: 'sqlite', url: () => `sqlite:${join(folder, 'deep', 'openk.db')}`, keeps: true },
];

describe.each(stores)('$name', ({ url, keeps }) => {
  const lifetime = <T>(nowMs: number, use: (store: ReturnType<typeof openStore>) => T): T => {
    const store = openStore(url(), { nowMs });
    try {
      return use(store);
    } finally {
      store.close();
    }
  };

  it('starts a later life above every revision of an earlier one, saved or not', () => {
    const first = lifetime(1000, (store) => store.load().revision);
    const told = first + 500;
    lifetime(1001, (store) => store.save({ revision: first + 10, changed: [], removed: [] }));
    expect(lifetime(1002, (store) => store.load().revision)).toBeGreaterThan(told);
  });

  it('has no components at first', () => {
    expect(lifetime(1000, (store) => store.load().components)).toEqual([]);
  });

  it('gives back what was saved last, where it keeps anything', () => {
    lifetime(1000, (store) => {
      store.save({ revision: 3, changed: [component('a', 1), component('b', 2), component('c', 3)], removed: [] });
      store.save({ revision: 5, changed: [component('b', 5)], removed: ['c', 'never-was'] });
    });
    const { components } = lifetime(2000, (store) => store.load());
    expect(components).toEqual(keeps ? [component('a', 1), component('b', 5)] : []);
  });
});

describe('sqlite', () => {
  const open = (path: string) => openStore(`sqlite:${path}`, { nowMs: 0 });

  it('saves whole or not at all', () => {
    const path = join(folder, 'openk.db');
    const store = open(path);
    store.save({ revision: 1, changed: [component('a', 1)], removed: [] });
    const circular = { ...component('b', 2) } as { health: unknown };
    circular.health = circular;
    expect(() =>
      store.save({ revision: 2, changed: [component('a', 2), circular as SavedComponent], removed: [] }),
    ).toThrow(StoreFault);
    expect(store.load().components).toEqual([component('a', 1)]);
    store.close();
  });

  it('refuses a file of a newer version and leaves it as it is', () => {
    const path = join(folder, 'openk.db');
    open(path).close();
    const database = new Database(path);
    database.pragma('user_version = 99');
    database.close();
    expect(() => open(path)).toThrow(/it is of version 99, and this OpenK knows versions up to 1\. Run the OpenK/);
  });

  it('refuses what is no database, and a folder', () => {
    const path = join(folder, 'openk.db');
    writeFileSync(path, 'no database at all, but long enough to be looked at as one');
    expect(() => open(path)).toThrow(StoreFault);
    expect(() => open(folder)).toThrow(StoreFault);
  });
});

it('refuses a URL that it does not know, without showing it', () => {
  const url = 'postgres://user:secret@db/openk';
  expect(() => openStore(url, { nowMs: 0 })).toThrow(StoreFault);
  expect(() => openStore(url, { nowMs: 0 })).toThrow(/^(?!.*secret).*memory: and sqlite:PATH/);
});
