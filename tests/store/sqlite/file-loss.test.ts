// What becomes of a store whose file is lost while it is open, or is damaged: a table of what people and disks do to files.
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import Database from 'better-sqlite3';
import type { Incident } from '../../../src/core/status-page.ts';
import { type HistoryBatch, type Store, StoreFault, type StoreNotice } from '../../../src/core/store.ts';
import { openStore } from '../../../src/store/registry.ts';
import { openFileOperations } from '../../../src/store/sqlite/file-operations.ts';
import { checkFile } from '../../../src/store/sqlite/file-tools.ts';
import type { OperationRunner } from '../../../src/store/thread/operations.ts';
import { createPackedStore } from '../../../src/store/thread/packed-store.ts';
import { alert, changes, delivery, resolved, saved, suspension } from '../alerts.ts';
import { START_MS, savedComponent } from '../arbitrary-past.ts';
import { LONG } from '../store-contract.ts';

let folder: string;
let home: string;
let path: string;
let nowMs: number;
let notices: StoreNotice[];
let runner: OperationRunner | undefined;
let realNow: () => number;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'openk-loss-'));
  home = join(folder, 'data');
  mkdirSync(home);
  path = join(home, 'openk.db');
  notices = [];
  // Looks at the path are a second apart: this is the clock that they go by.
  realNow = performance.now;
  nowMs = 0;
  performance.now = () => nowMs;
});
afterEach(() => {
  performance.now = realNow;
  runner?.close();
  runner = undefined;
  rmSync(folder, { recursive: true, force: true });
});

async function open(startsEmpty = false): Promise<Store> {
  const store = `sqlite:${path}`;
  const opened = await openFileOperations(
    { path, store, retention: LONG, owner: `${process.pid}@here/test`, startsEmpty, waitMs: 0 },
    (notice) => notices.push(notice),
  );
  runner = opened;
  return createPackedStore(opened, { retention: LONG, nowMs: () => START_MS });
}

const COMPONENTS = Array.from({ length: 300 }, (_, at) => `component-${String(at).padStart(3, '0')}`);
const batch = (revision: number, more: Partial<HistoryBatch> = {}): HistoryBatch => ({
  untilMs: START_MS + revision * 1000,
  elapsedMs: 1000,
  revision,
  records: [
    {
      revision,
      component: 'component-000',
      atMs: START_MS + revision * 1000,
      from: 'HEALTHY',
      to: 'HEALTHY',
      reason: { code: 'OK', message: 'answers' },
      causedBy: [],
    },
  ],
  observations: [{ component: 'component-000', atMs: START_MS + revision * 1000, outcome: 'HEALTHY' }],
  changed: [],
  removed: [],
  ...more,
});

/** Some hundred components, and one change. */
async function fill(store: Store): Promise<void> {
  await store.load();
  await store.append({
    ...batch(1000),
    records: [],
    changed: COMPONENTS.map((id, at) => savedComponent(id, 'HEALTHY', at + 1)),
  });
  await store.append(batch(1001));
}

const later = () => {
  nowMs += 1001;
};
const revisionsIn = async (store: Store) =>
  (await store.transitions({ components: ['component-000'], limit: 10 })).map(({ revision }) => revision);

describe('a file that is lost while it is open', () => {
  it.each<[string, () => void, string, RegExp]>([
    ['deleted', () => rmSync(path), 'deleted', /was deleted or moved away.*written anew with all/],
    ['deleted with its log', () => rmAll(), 'deleted', /was deleted or moved away.*written anew with all/],
    ['moved with its folder', () => renameSync(home, join(folder, 'elsewhere')), 'deleted', /moved away.*with all/],
    [
      'replaced by a text',
      () => replaceBy((other) => writeFileSync(other, 'my notes')),
      'replaced',
      /replaced by another file/,
    ],
    [
      'replaced by nothing',
      () => replaceBy((other) => writeFileSync(other, '')),
      'replaced',
      /replaced by another file/,
    ],
    [
      'replaced by a database',
      () => replaceBy((other) => new Database(other).exec('CREATE TABLE mine (a)').close()),
      'replaced',
      /replaced/,
    ],
    ['left without its log', () => rmSync(`${path}-wal`), 'deleted', /the log beside .* was deleted.*nothing is lost/],
    ['left without the index of its log', () => rmSync(`${path}-shm`), 'deleted', /the log beside .* was deleted/],
  ])(
    '%s: is noticed within a second, said once, and nothing that was kept is lost',
    async (_what, lose, kind, words) => {
      const store = await open();
      await fill(store);
      lose();
      later();
      await store.append(batch(1002));
      expect(notices).toEqual([{ kind, message: expect.stringMatching(words) }]);
      later();
      await store.append(batch(1003));
      expect(notices).toHaveLength(1);
      expect(await revisionsIn(store)).toEqual([1003, 1002, 1001]);
      await store.close();
      runner = undefined;
      const again = await open();
      const { revision, components } = await again.load();
      expect({ revision, components: components.length }).toEqual({ revision: 1003, components: COMPONENTS.length });
      expect(await revisionsIn(again)).toEqual([1003, 1002, 1001]);
    },
  );

  it('keeps the file that took its place, under another name', async () => {
    const store = await open();
    await fill(store);
    replaceBy((other) => writeFileSync(other, 'my notes'));
    later();
    await store.append(batch(1002));
    const [aside] = readdirSync(home).filter((name) => name.includes('.replaced-'));
    expect(aside).toMatch(/^openk\.db\.replaced-\d{4}-\d\d-\d\dT\d\d-\d\d-\d\dZ$/);
    expect(readFileSync(join(home, aside!), 'utf8')).toBe('my notes');
  });

  it('has its lock again, before another OpenK can have it', async () => {
    const store = await open();
    await fill(store);
    rmSync(`${path}-lock`);
    later();
    await store.append(batch(1002));
    const other = openStore(`sqlite:${path}`, { nowMs: () => START_MS, retention: LONG, waitMs: 0 });
    await expect(other).rejects.toThrow(/another OpenK.*has this file/);
  });

  it.each<[string, (bytes: number) => void]>([
    ['cut in half', (bytes) => truncateSync(path, Math.floor(bytes / 8192) * 4096)],
    ['cut to one page', () => truncateSync(path, 4096)],
  ])('%s: is written no more, and said to be damaged', async (_what, damage) => {
    const store = await open();
    await fill(store);
    damage(await checkpointed(store));
    later();
    await expect(store.append(batch(1002))).rejects.toThrow(/cannot be written: .*storage\.on_corrupt: START_EMPTY/);
    await expect(store.append(batch(1003))).rejects.toThrow(StoreFault);
    // Somebody took it away: now there is nothing left that must not be touched.
    rmAll();
    later();
    await store.append(batch(1004));
    expect(notices.map(({ kind }) => kind)).toEqual(['deleted']);
  });

  it('and damaged: with START_EMPTY it is kept under another name, and a new one goes on from what is known', async () => {
    const store = await open(true);
    await fill(store);
    await store.alerting();
    const alerts = changes({
      alerts: ['on', 'over', 'no'].map((id) => saved(alert(id))),
      suspensions: [suspension('s')],
    });
    await store.append(batch(1002, { alerts }));
    await store.append(batch(1003, { alerts: changes({ alerts: [saved(resolved('over', 1))], forgotten: ['no'] }) }));
    truncateSync(path, Math.floor((await checkpointed(store)) / 8192) * 4096);
    later();
    await expect(store.append(batch(1004))).rejects.toThrow(StoreFault);
    await store.append(batch(1005));
    expect(notices).toEqual([{ kind: 'damaged', message: expect.stringMatching(/was damaged \(.*\): it is kept as/) }]);
    await store.close();
    runner = undefined;
    const again = await open();
    const { revision, components } = await again.load();
    expect({ revision, components: components.length }).toEqual({ revision: 1005, components: COMPONENTS.length });
    const known = await again.knownAt('component-007', START_MS + 1_004_500);
    expect(known).toMatchObject({ kind: 'known', record: { to: 'HEALTHY' } });
    // History before it is lost, and nobody who stands there gets another answer.
    expect(await again.transitionsAfter(1001, 10)).toMatchObject({ kind: 'forgotten' });
    expect(await again.alerting()).toMatchObject({ alerts: [saved(alert('on'))], suspensions: [suspension('s')] });
  });
});

describe('a file that is damaged at the start', () => {
  const KINDS: [string, () => void][] = [
    ['no database at all', () => writeFileSync(path, 'no database at all, but long enough to be looked at as one')],
    ['cut to its first page', () => truncateSync(path, 4096)],
    ['cut in the middle of a page', () => truncateSync(path, 20_000)],
    ['without a legible header', () => overwrite(0, 100)],
    ['illegible behind its first page', () => overwrite(4096)],
  ];

  it.each(KINDS)('%s: is refused, left as it is, and the words say what to do', async (_what, damage) => {
    await leaveFile();
    damage();
    const before = readFileSync(path);
    await expect(open().then((store) => store.load())).rejects.toThrow(/storage\.on_corrupt: START_EMPTY/);
    runner?.close();
    runner = undefined;
    expect(Buffer.compare(readFileSync(path), before)).toBe(0);
  });

  it.each(KINDS)('%s: is put aside with START_EMPTY, and said to be', async (_what, damage) => {
    await leaveFile();
    damage();
    const before = readFileSync(path);
    const store = await open(true);
    expect(await store.load()).toMatchObject({ revision: 0, components: [], removed: [] });
    await store.append(batch(5));
    expect(notices).toEqual([
      { kind: 'damaged', message: expect.stringMatching(/it is kept as .*a new one was begun/) },
    ]);
    const [aside] = readdirSync(home).filter((name) => /\.corrupt-[^w]*Z$/.test(name));
    expect(Buffer.compare(readFileSync(join(home, aside!)), before)).toBe(0);
  });

  /** In a text a bit has changed: its page looks as before. */
  const TEXTS: [string, (store: Store) => Promise<unknown>][] = [
    ['component', (store) => store.load()],
    ['alert WHERE resolved_ms IS NULL', (store) => store.alerting()],
    ['alert WHERE resolved_ms IS NOT NULL', (store) => store.alerts({ limit: 10 })],
    ['suspension', (store) => store.alerting()],
    ['incident', (store) => store.incidents()],
    ['delivery', (store) => store.waitingDeliveries({ afterNumber: 0, limit: 10 })],
  ];
  const INCIDENT: Incident = {
    id: 'i',
    title: 'down',
    status: 'INVESTIGATING',
    impact: 'MINOR',
    pages: ['public'],
    components: [],
    startedMs: 1,
    updatedMs: 1,
    updates: [],
    notes: [],
  };
  const leaveTexts = async () => {
    const store = await open();
    await fill(store);
    const alerts = changes({
      alerts: [saved(alert('on')), saved(resolved('over', 7))],
      suspensions: [suspension('s')],
      deliveries: [delivery(1)],
    });
    await store.append(batch(1002, { alerts }));
    await store.saveIncident(INCIDENT);
    await store.close();
    runner = undefined;
  };
  const damageText = (table: string) => {
    const column = table === 'delivery' ? 'message' : 'state';
    const [name, condition = 'WHERE true'] = table.split(/ (?=WHERE)/);
    change(`UPDATE ${name} SET ${column} = replace(${column}, '"', '|') ${condition}`);
  };

  it.each(TEXTS)('a text of %s: is refused, and the words say what to do, and nothing of it', async (table, ask) => {
    await leaveTexts();
    damageText(table);
    const asked = open().then(ask);
    await expect(asked).rejects.toThrow(StoreFault);
    await expect(asked).rejects.toThrow(/no JSON any more.*storage\.on_corrupt: START_EMPTY/);
    await expect(asked).rejects.not.toThrow(/component-|nobody listens/);
    expect(checkFile(path).faults).toContainEqual(expect.stringMatching(/^row \S+ of \w+: a text that is no JSON$/));
  });

  it.each(TEXTS)('a text of %s: is put aside with START_EMPTY', async (table, ask) => {
    await leaveTexts();
    damageText(table);
    const store = await open(true);
    await store.load();
    await store.alerting();
    await ask(store);
    await store.append(batch(1003));
    expect(notices).toEqual([{ kind: 'damaged', message: expect.stringMatching(/no JSON any more\): it is kept as/) }]);
    // What could be read is known still.
    await store.close();
    runner = undefined;
    const again = await open();
    expect((await again.load()).components).toHaveLength(table === 'component' ? 0 : COMPONENTS.length);
  });

  it.each<[string, () => void, RegExp]>([
    ['of a newer version', () => change('PRAGMA user_version = 99'), /of version 99/],
    [
      'a database of something else',
      () => replaceBy((other) => new Database(other).exec('CREATE TABLE mine (a)').close()),
      /database of something else/,
    ],
    [
      'a folder',
      () => {
        rmAll();
        mkdirSync(path);
      },
      /it is a folder/,
    ],
  ])('%s: is refused with START_EMPTY too', async (_what, damage, words) => {
    await leaveFile();
    damage();
    await expect(open(true)).rejects.toThrow(words);
    expect(notices).toEqual([]);
    expect(readdirSync(home).filter((name) => name.includes('corrupt'))).toEqual([]);
  });

  it('an empty file is a new one', async () => {
    writeFileSync(path, '');
    expect(await (await open()).load()).toMatchObject({ revision: 0 });
    expect(notices).toEqual([]);
  });
});

function rmAll(): void {
  for (const suffix of ['', '-wal', '-shm']) rmSync(`${path}${suffix}`, { force: true });
}

function replaceBy(make: (path: string) => void): void {
  const other = join(folder, 'other');
  make(other);
  renameSync(other, path);
}

function change(sql: string): void {
  new Database(path).exec(sql).close();
}

/** Made illegible from there on. */
function overwrite(from: number, until?: number): void {
  writeFileSync(path, readFileSync(path).fill(0xa5, from, until));
}

/** All of the log is in the file, as it is now and then, and the store has seen it. @returns the size of the file */
async function checkpointed(store: Store): Promise<number> {
  const other = new Database(path);
  other.pragma('wal_checkpoint(TRUNCATE)');
  other.close();
  later();
  await store.append({ ...batch(1001), records: [] });
  return statSync(path).size;
}

async function leaveFile(): Promise<void> {
  const store = await open();
  await fill(store);
  await store.close();
  runner = undefined;
  copyFileSync(path, join(folder, 'sound.db'));
}
