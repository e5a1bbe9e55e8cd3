// `openk storage` on real files, also beside a store that writes all the while.
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import Database from 'better-sqlite3';
import type { Store } from '../../src/core/store.ts';
import { openStore } from '../../src/store/registry.ts';
import { backupStorage, checkStorage, compactStorage } from '../../src/store/tools.ts';
import { savedComponent } from '../store/arbitrary-past.ts';
import { LONG } from '../store/store-contract.ts';
import { runTestCli } from './test-cli.ts';

const NOW_MS = Date.UTC(2026, 3, 1);

let folder: string;
let path: string;
let store: Store;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'openk-storage-'));
  path = join(folder, 'openk.db');
  store = await openStore(`sqlite:${path}`, { nowMs: () => NOW_MS, retention: LONG });
  await store.load();
  await append(1);
});
afterEach(async () => {
  await store.close();
  rmSync(folder, { recursive: true, force: true });
});

const storage = {
  check: async (file: string) => checkStorage(file),
  compact: async (file: string) => compactStorage(file),
  backup: backupStorage,
};
const openk = (...args: string[]) => runTestCli(['storage', ...args], { storage });

/** A life of some minutes, with an observation and a change, so that every table has rows. */
function append(number: number): Promise<void> {
  const untilMs = NOW_MS + number * 400_000;
  const status = number % 2 === 0 ? 'HEALTHY' : 'UNHEALTHY';
  const record = { component: 'api', atMs: untilMs, reason: { code: 'X', message: 'x' }, causedBy: [] };
  return store.append({
    untilMs,
    elapsedMs: 400_000,
    revision: number,
    records: [{ ...record, revision: number, from: number % 2 === 0 ? 'UNHEALTHY' : 'HEALTHY', to: status }],
    observations: [{ component: 'api', atMs: untilMs - 350_000, outcome: status, latencyMs: 12 }],
    changed: [savedComponent('api', status, number)],
    removed: [],
  });
}

/** Changes the file beneath a store that is closed. */
async function spoil(sql: string): Promise<void> {
  await store.close();
  const database = new Database(path);
  database.exec(sql);
  database.close();
}

describe('openk storage check', () => {
  it('says what a sound file holds, while it is written', async () => {
    const { exitCode, stdout, stderr } = await openk('check', path);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(stdout).toMatch(/openk\.db is sound: version 7, \d+ kB, 1 component, 1 transition\n$/);
  });

  it('prints every fault of a damaged one, and exits with 1', async () => {
    await spoil("UPDATE five_minutes SET usages = x'00ffff'");
    const { exitCode, stdout, stderr } = await openk('check', path);
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
    expect(stderr).toMatch(/^row \d+ of five_minutes: .*\n.*is damaged: 1 fault\. Go back to a backup\.\n$/);
  });

  it('finds pages that are not what they should be', async () => {
    await store.close();
    writeFileSync(path, readFileSync(path).fill(0xa5, 3 * 4096));
    const { exitCode, stderr } = await openk('check', path);
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/is damaged: \d+ faults?\./);
  });

  it.each([
    ['is not there', async () => 'nowhere.db', /nowhere\.db: it is not there\. Check the path/],
    [
      'is no database',
      async () => {
        writeFileSync(join(folder, 'text.db'), 'text'.repeat(50));
        return 'text.db';
      },
      /cannot be opened: file is not a database/,
    ],
    [
      'is another program’s',
      async () => {
        new Database(join(folder, 'other.db')).exec('CREATE TABLE t (x)').close();
        return 'other.db';
      },
      /it is no file of OpenK/,
    ],
    [
      'is of a newer version',
      async () => {
        await spoil('PRAGMA user_version = 99');
        return 'openk.db';
      },
      /it is of version 99, which a newer OpenK wrote/,
    ],
  ])('exits with 2 for a file that %s, and makes none', async (_what, file, message) => {
    const name = await file();
    const before = readdirSync(folder);
    const { exitCode, stdout, stderr } = await openk('check', join(folder, name));
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr).toMatch(message);
    expect(readdirSync(folder).filter((each) => !/-(wal|shm)$/.test(each))).toEqual(
      before.filter((each) => !/-(wal|shm)$/.test(each)),
    );
  });
});

describe('openk storage compact', () => {
  it('makes a file small, and what is in it stays', async () => {
    await spoil('CREATE TABLE ballast AS SELECT zeroblob(2000000) AS x; DROP TABLE ballast;');
    const before = statSync(path).size;
    const { exitCode, stdout } = await openk('compact', path);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/openk\.db: 2\.\d MB before, \d+ kB now\n$/);
    expect(statSync(path).size).toBeLessThan(before / 5);
    store = await openStore(`sqlite:${path}`, { nowMs: () => NOW_MS, retention: LONG });
    expect(await store.load()).toMatchObject({ revision: 1, components: [{ id: 'api' }] });
  });

  it('is refused while an OpenK has the file, which then goes on', async () => {
    const { exitCode, stderr } = await openk('compact', path);
    expect({ exitCode, stderr }).toEqual({
      exitCode: 2,
      stderr: expect.stringMatching(/another OpenK, pid \d+, has this file\. End that one first/),
    });
    await append(2);
    expect(await store.transitions({ components: ['api'], limit: 10 })).toHaveLength(2);
  });
});

describe('openk storage backup', () => {
  it('copies what is there at one moment, while it is written', async () => {
    const copy = join(folder, 'copy.db');
    const appended: Promise<void>[] = [];
    for (let number = 2; number < 40; number++) appended.push(append(number));
    const { exitCode, stdout } = await openk('backup', path, copy);
    await Promise.all(appended);
    expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: expect.stringMatching(/copy\.db: \d+ kB\n$/) });
    expect(checkStorage(copy).faults).toEqual([]);
    expect(existsSync(`${copy}.part`)).toBe(false);
    const restored = await openStore(`sqlite:${copy}`, { nowMs: () => NOW_MS, retention: LONG });
    const { revision } = await restored.load();
    const transitions = await restored.transitions({ components: ['api'], limit: 100 });
    expect(transitions[0]?.revision).toBe(revision);
    expect(transitions).toHaveLength(revision);
    await restored.close();
  });

  it('writes over nothing', async () => {
    const { exitCode, stderr } = await openk('backup', path, path);
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/openk\.db: it is there already\. Name a file that is not, or remove it/);
  });

  it('leaves nothing behind when it fails', async () => {
    const { exitCode, stderr } = await openk('backup', path, join(folder, 'no-folder', 'copy.db'));
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/cannot be copied to .*directory does not exist/);
    expect(readdirSync(folder).filter((name) => name.includes('copy'))).toEqual([]);
  });
});

describe('of a database', () => {
  const url = 'postgres://openk:secret@db/openk?sslmode=require';
  it.each([
    [['check', url], /looked after by PostgreSQL.*pg_amcheck .*--schema=openk 'postgres:\/\/openk@db\/openk'/],
    [['compact', url], /autovacuum.*vacuumdb --full --dbname='postgres:\/\/openk@db\/openk'/],
    [['backup', url, 'monday.dump'], /pg_dump --format=custom --schema=openk --file='monday.dump' --dbname='postgres:/],
  ])('%j says with which program that is done', async (args, words) => {
    const { exitCode, stdout, stderr } = await openk(...args);
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr).toMatch(words);
    expect(stderr).not.toContain('secret');
  });
});

it('exits with 2 without a file', async () => {
  const { exitCode, stderr } = await openk('backup', 'only-one');
  expect(exitCode).toBe(2);
  expect(stderr).toContain("openk storage backup: missing required argument 'destination'");
});
