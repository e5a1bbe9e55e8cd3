// What only a file has: crashes, older and newer versions, damage, rights, disks that are full.
import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import Database from 'better-sqlite3';
import fc from 'fast-check';
import { type HistoryBatch, type Store, StoreFault } from '../../../src/core/store.ts';
import { openStore } from '../../../src/store/registry.ts';
import { ownerToken } from '../../../src/store/sqlite/claim.ts';
import { openDatabase } from '../../../src/store/sqlite/database.ts';
import { createOperations } from '../../../src/store/sqlite/operations.ts';
import { createPackedStore } from '../../../src/store/thread/packed-store.ts';
import { createHistoryOracle } from '../../support/history-oracle.ts';
import { alert, changes, delivery, saved } from '../alerts.ts';
import { arbitraryPast, past, START_MS, savedComponent } from '../arbitrary-past.ts';
import { expectSameAnswers } from '../compare-stores.ts';
import { LONG } from '../store-contract.ts';
import { openWithoutThread } from '../worlds.ts';

let folder: string;
let path: string;
let opened: Store[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'openk-store-'));
  path = join(folder, 'openk.db');
  opened = [];
});
afterEach(async () => {
  for (const store of opened) await store.close();
  rmSync(folder, { recursive: true, force: true });
});

const open = async (file = path) => {
  const store = await openStore(`sqlite:${file}`, { nowMs: () => START_MS, retention: LONG });
  opened.push(store);
  return store;
};
const batch = (revision: number, more: Partial<HistoryBatch> = {}): HistoryBatch => ({
  untilMs: START_MS + revision * 1000,
  elapsedMs: 1000,
  revision,
  records: [],
  observations: [],
  changed: [],
  removed: [],
  ...more,
});

describe('after a crash', () => {
  /** What is on the disk at this moment: what a process that is killed now would leave. */
  const copy = (from: string, to: string) => {
    for (const suffix of ['', '-wal']) if (existsSync(from + suffix)) copyFileSync(from + suffix, to + suffix);
  };

  it('has everything that was kept, at whatever moment it came', async () => {
    await fc.assert(
      fc.asyncProperty(arbitraryPast, async (moments) => {
        const room = mkdtempSync(join(folder, 'crash-'));
        const reference = createHistoryOracle({ nowMs: () => START_MS });
        await reference.load();
        const batches: HistoryBatch[] = [];
        const incarnations = [openWithoutThread(join(room, '0.db'), LONG)];
        await incarnations[0]!.load();
        for (const event of past(moments, { restarts: true })) {
          if (event.kind === 'append') {
            await incarnations.at(-1)!.append(event.batch);
            await reference.append(event.batch);
            batches.push(event.batch);
            continue;
          }
          copy(join(room, `${incarnations.length - 1}.db`), join(room, `${incarnations.length}.db`));
          incarnations.push(openWithoutThread(join(room, `${incarnations.length}.db`), LONG));
          expect(await incarnations.at(-1)!.load()).toEqual(await reference.load());
        }
        await expectSameAnswers(incarnations.at(-1)!, reference, batches);
        for (const each of incarnations) await each.close();
      }),
      { numRuns: 20 },
    );
  }, 120_000);

  it('has whole batches only, wherever the last write to the disk was cut', async () => {
    await fc.assert(
      fc.asyncProperty(arbitraryPast, fc.double({ min: 0, max: 1, noNaN: true }), async (moments, share) => {
        const room = mkdtempSync(join(folder, 'cut-'));
        const [whole, cut] = [join(room, 'whole.db'), join(room, 'cut.db')];
        const store = openWithoutThread(whole, LONG);
        await store.load();
        const bytesBefore = statSync(`${whole}-wal`).size;
        const batches = past(moments).flatMap((event) => (event.kind === 'append' ? [event.batch] : []));
        for (const each of batches) await store.append(each);
        copy(whole, cut);
        const bytes = statSync(`${cut}-wal`).size;
        truncateSync(`${cut}-wal`, Math.round(bytesBefore + share * (bytes - bytesBefore)));
        const left = openWithoutThread(cut, LONG);
        const { revision } = await left.load();
        const kept = batches.filter((each) => each.revision <= revision);
        expect(revision).toBe(kept.at(-1)?.revision ?? 0);
        const reference = createHistoryOracle({ nowMs: () => START_MS });
        await reference.load();
        for (const each of kept) await reference.append(each);
        await reference.load();
        if (kept.length > 0) await expectSameAnswers(left, reference, kept);
        await left.close();
        await store.close();
      }),
      { numRuns: 20 },
    );
  }, 120_000);
});

describe('an append that fails', () => {
  it('leaves nothing, and those after it go on from the one before', async () => {
    const store = await open();
    await store.load();
    const reference = createHistoryOracle({ nowMs: () => START_MS });
    await reference.load();
    const record = (revision: number, component: string, atMs: number) => ({
      revision,
      component,
      atMs,
      to: 'HEALTHY' as const,
      reason: { code: 'OK', message: 'answers' },
      causedBy: [],
    });
    const observation = (component: string, atMs: number) => ({
      component,
      atMs,
      outcome: 'HEALTHY' as const,
      latencyMs: 3,
    });
    const first = batch(1, { records: [record(1, 'api', START_MS)], observations: [observation('api', START_MS)] });
    const wrong = batch(4, {
      untilMs: START_MS + 20 * 60_000,
      elapsedMs: 20 * 60_000,
      records: [record(3, 'db', START_MS + 5), record(1, 'given-twice', START_MS + 6)],
      observations: [observation('db', START_MS + 1500), observation('web.shop', START_MS + 1500)],
      changed: [savedComponent('db', 'HEALTHY', 3)],
    });
    const second = batch(5, {
      untilMs: START_MS + 20 * 60_000 + 10,
      elapsedMs: 20 * 60_000 - 990,
      records: [record(5, 'web.shop', START_MS + 60_000)],
      observations: [observation('db', START_MS + 1500), observation('web.shop', START_MS + 2000)],
    });
    await store.append(first);
    await expect(store.append(wrong)).rejects.toThrow(/sqlite:.*openk\.db: cannot be written: UNIQUE constraint/);
    await store.append(second);
    for (const each of [first, second]) await reference.append(each);
    await expectSameAnswers(store, reference, [first, second]);
    await store.close();
    const again = await open();
    expect(await again.load()).toEqual(await reference.load());
  });

  it.each([
    ['is full', 'max_page_count = 30', 'max_page_count = 100000', /is full\. Make room on the disk$/],
    ['must not be written', 'query_only = ON', 'query_only = OFF', /readonly database\. Give the user/],
  ])('says that the disk %s, and goes on once that is over', async (_what, begin, end, message) => {
    const database = openDatabase(path, 'sqlite:limited');
    const operations = createOperations(database, { store: 'sqlite:limited', retention: LONG, owner: 'me' });
    const store = createPackedStore(operations, {
      retention: LONG,
      nowMs: () => START_MS,
    });
    opened.push(store);
    await store.load();
    await store.append(batch(1));
    database.pragma(begin);
    const large = savedComponent('x'.repeat(200_000), 'HEALTHY', 2);
    const observations = [{ component: 'api', atMs: START_MS + 1500, outcome: 'HEALTHY' as const }];
    await expect(store.append(batch(2, { changed: [large], observations }))).rejects.toThrow(message);
    expect(await store.transitions({ components: ['api'], limit: 1 })).toEqual([]);
    database.pragma(end);
    await store.append(batch(3, { elapsedMs: 2000, changed: [large], observations }));
    expect(await (await open()).load()).toMatchObject({ revision: 3, components: [large], removed: [] });
    const day = { fromMs: dayOf(START_MS), toMs: dayOf(START_MS) + 86_400_000, stepMs: 86_400_000 };
    const { components } = await store.availability({ components: ['api'], parts: [{ ...day, tierMs: 86_400_000 }] });
    expect(components[0]?.steps[0]?.outcomes.HEALTHY).toBe(1);
  });
});

describe('a file', () => {
  it('of version 1 is taken over: what was known, the revision, and since when', async () => {
    const api = savedComponent('api', 'UNHEALTHY', 7);
    const old = new Database(path);
    old.exec(`
      CREATE TABLE life (only_row INTEGER PRIMARY KEY CHECK (only_row = 1), revision INTEGER NOT NULL) STRICT;
      INSERT INTO life VALUES (1, 1000007);
      CREATE TABLE component (id TEXT PRIMARY KEY, state TEXT NOT NULL) STRICT, WITHOUT ROWID;
      PRAGMA user_version = 1;
    `);
    old.pragma('journal_mode = WAL');
    old.prepare('INSERT INTO component VALUES (?, ?)').run('api', JSON.stringify(api));
    old.close();
    const store = await open();
    expect(await store.load()).toMatchObject({ revision: 1_000_007, components: [api], removed: [] });
    await store.append({ ...batch(1_000_008), untilMs: START_MS + 5000, elapsedMs: 5000 });
    expect(await store.knownAt('api', START_MS + 1)).toEqual({
      kind: 'known',
      record: {
        revision: 7,
        component: 'api',
        atMs: START_MS,
        to: 'UNHEALTHY',
        reason: api.health.reason,
        causedBy: [],
      },
    });
    expect(await store.knownAt('api', START_MS - 1)).toEqual({ kind: 'no-record' });
    const fromMs = dayOf(START_MS);
    const day = { fromMs, toMs: fromMs + 86_400_000, stepMs: 86_400_000, tierMs: 86_400_000 } as const;
    const { components } = await store.availability({ components: ['api'], parts: [day] });
    expect(components[0]?.steps[0]?.timeMs).toMatchObject({ UNHEALTHY: 5000, HEALTHY: 0 });
    await store.close();
    const database = new Database(path);
    expect(database.pragma('auto_vacuum', { simple: true })).toBe(2);
    expect(database.pragma('integrity_check', { simple: true })).toBe('ok');
    database.close();
  });

  it('of version 2 is taken over: watchers go on where they were', async () => {
    const [first, second] = [START_MS * 1000 - 9000, START_MS * 1000 - 5000];
    const saved = [
      { ...savedComponent('a', 'HEALTHY', first + 3), life: { startRevision: first, changedRevision: first } },
      { ...savedComponent('b', 'HEALTHY', first + 1), life: { startRevision: second, changedRevision: first } },
    ];
    await (await open()).close();
    const old = new Database(path);
    old.exec(`
      DROP TABLE kept;
      DROP TABLE alert;
      DROP TABLE delivery;
      DROP TABLE suspension;
      DROP TABLE incident;
      DROP TABLE audit;
      DROP TABLE incarnation;
      ALTER TABLE running RENAME TO life;
      ALTER TABLE summary DROP COLUMN forgotten_revision;
      UPDATE summary SET revision = ${first + 3};
      INSERT INTO transition VALUES (${first + 3}, 1, ${START_MS}, NULL, 0, 'BECAUSE', 'it is', NULL);
      PRAGMA user_version = 2;
    `);
    for (const state of saved) {
      old.prepare('INSERT INTO component (id, state) VALUES (?, ?)').run(state.id, JSON.stringify(state));
    }
    old.close();
    const store = await open();
    const { resumable, components } = await store.load();
    expect(resumable).toEqual([
      { from: second, to: second },
      { from: first, to: first + 3 },
    ]);
    expect(components).toEqual(saved.map(({ life, ...state }) => state));
    expect(await store.transitionsAfter(first + 2, 10)).toEqual({ kind: 'forgotten', completeAfter: first + 3 });
    expect(await store.transitionsAfter(second, 10)).toEqual({ kind: 'kept', records: [] });
  });

  it('of version 5, which knows no alerts, is taken over with all that it has', async () => {
    const old = await open();
    await old.load();
    await old.append(batch(5, { changed: [savedComponent('api', 'HEALTHY', 5)] }));
    await old.close();
    new Database(path)
      .exec('DROP TABLE kept; DROP TABLE alert; DROP TABLE delivery; DROP TABLE suspension; PRAGMA user_version = 5')
      .close();
    const store = await open();
    expect(await store.load()).toMatchObject({ revision: 5, components: [{ id: 'api' }] });
    await store.append(batch(6, { alerts: changes({ alerts: [saved(alert('a'))], deliveries: [delivery(3)] }) }));
    await store.close();
    const again = await open();
    await again.load();
    expect(await again.alerting()).toEqual({ alerts: [saved(alert('a'))], lastDeliveryNumber: 3, suspensions: [] });
  });

  describe('that somebody else has begun to write, where the lock did not hold', () => {
    const openAs = (owner: string) => {
      const operations = createOperations(openDatabase(path, 'sqlite:x'), {
        store: 'sqlite:x',
        retention: LONG,
        owner,
      });
      const store = createPackedStore(operations, {
        retention: LONG,
        nowMs: () => START_MS,
      });
      opened.push(store);
      return store;
    };
    const takenBy = (owner: string) => new Database(path).exec(`UPDATE summary SET owner = '${owner}'`).close();

    it('is left to it while its process runs, and is read on', async () => {
      const store = openAs(ownerToken('me'));
      await store.load();
      await store.append(batch(1));
      takenBy(ownerToken('x').replace(/^\d+/, String(process.ppid)));
      const words = new RegExp(`another OpenK, pid ${process.ppid}, has begun to write it.*give it a file of its own`);
      await expect(store.append(batch(2))).rejects.toThrow(words);
      await expect(store.transitions({ components: ['a'], limit: 1 })).resolves.toEqual([]);
    });

    it('is taken back from a process that is gone', async () => {
      const { pid } = spawnSync(process.execPath, ['--version']);
      const store = openAs(ownerToken('me'));
      await store.load();
      await store.append(batch(1));
      takenBy(ownerToken('x').replace(/^\d+/, String(pid)));
      await store.append(batch(2));
      await store.append(batch(3));
    });
  });

  it('of a newer version is refused, and left as it is', async () => {
    await (await open()).close();
    const database = new Database(path);
    database.pragma('user_version = 99');
    database.close();
    const before = readFileSync(path);
    await expect(open()).rejects.toThrow(/it is of version 99, and this OpenK knows versions up to 7\. Run the OpenK/);
    expect(readFileSync(path)).toEqual(before);
  });

  it('is made with its folder; one in a folder that takes none is refused', async () => {
    await (await open(join(folder, 'a', 'b', 'openk.db'))).close();
    await expect(open('/proc/openk/b/openk.db')).rejects.toThrow(/cannot be opened: .*\/proc\/openk/);
  });

  it('that is no database is refused, and left as it is; so is a folder', async () => {
    const text = 'no database at all, but long enough to be looked at as one';
    writeFileSync(path, text);
    await expect(open()).rejects.toThrow(/cannot be opened: file is not a database\. Name another file/);
    expect(readFileSync(path, 'utf8')).toBe(text);
    await expect(open(folder)).rejects.toThrow(StoreFault);
  });

  it('that is damaged is a fault of the calls that meet the damage', async () => {
    const store = await open();
    await store.load();
    const changed = Array.from({ length: 300 }, (_, at) => savedComponent(`component-${at}`, 'HEALTHY', at));
    await store.append(batch(300, { changed }));
    await store.close();
    const bytes = readFileSync(path);
    // The first page says where everything is; what is behind it is made illegible.
    writeFileSync(path, bytes.fill(0xa5, 4096));
    await expect(open().then((damaged) => damaged.load())).rejects.toThrow(/malformed.*openk storage check/);
  });
});

function dayOf(atMs: number): number {
  return Math.floor(atMs / 86_400_000) * 86_400_000;
}
