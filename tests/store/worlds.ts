// Where the contract suite opens stores: a folder of its own for each test that needs one.
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Retention, Store } from '../../src/core/store.ts';
import { openStore } from '../../src/store/registry.ts';
import { openOperations } from '../../src/store/sqlite/operations.ts';
import { createPackedStore } from '../../src/store/thread/packed-store.ts';
import { START_MS } from './arbitrary-past.ts';
import type { StoreWorld } from './store-contract.ts';

/** Opens with `open`, which is given a folder; one store at a time. */
export function createWorld(open: (folder: string) => Promise<Store>): StoreWorld & { readonly folder: string } {
  const folder = mkdtempSync(join(tmpdir(), 'openk-store-'));
  let present: Store | undefined;
  return {
    folder,
    async open() {
      await present?.close();
      present = await open(folder);
      return present;
    },
    async dispose() {
      await present?.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

export const inMemory = (retention: Retention) => () =>
  createWorld(() => openStore('memory:', { nowMs: () => START_MS, retention }));

export const inFile = (retention: Retention) => () =>
  createWorld((folder) =>
    openStore(`sqlite:${join(folder, 'deep', 'openk.db')}`, { nowMs: () => START_MS, retention }),
  );

/** The code of the worker without its thread: faster to open, so that more can be tried. */
export const inFileWithoutThread = (retention: Retention) => () =>
  createWorld(async (folder) => openWithoutThread(join(folder, 'openk.db'), retention));

export function openWithoutThread(path: string, retention: Retention): Store {
  const store = `sqlite:${path}`;
  return createPackedStore(openOperations({ path, store, retention, owner: randomUUID() }), {
    retention,
    nowMs: () => START_MS,
  });
}
