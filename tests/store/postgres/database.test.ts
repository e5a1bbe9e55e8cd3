// What only a database has: who may write it, answers that are lost, servers that go and come back, other versions, pieces that are
// dropped, passwords.
import { spawnSync } from 'node:child_process';
import { chownSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import type { HistoryBatch, LeaseWord, Retention, Store, StoreNotice } from '../../../src/core/store.ts';
import { readFollowed, readUnchanged } from '../../../src/store/postgres/change-table.ts';
import { holderToken } from '../../../src/store/postgres/holder.ts';
import { migrate, schemaVersion } from '../../../src/store/postgres/migrations.ts';
import { openPostgresOperations } from '../../../src/store/postgres/operations.ts';
import { createPool } from '../../../src/store/postgres/pool.ts';
import { SCHEMA_VERSION } from '../../../src/store/postgres/schema.ts';
import { readTarget } from '../../../src/store/postgres/target.ts';
import { openStore } from '../../../src/store/registry.ts';
import type { OperationRunner } from '../../../src/store/thread/operations.ts';
import { createPackedStore } from '../../../src/store/thread/packed-store.ts';
import { createCertificates } from '../../support/certs.ts';
import { type CommittingProxy, startCommittingProxy } from '../../support/committing-proxy.ts';
import { createHistoryOracle } from '../../support/history-oracle.ts';
import { type PostgresServer, postgresPrograms, startPostgres } from '../../support/postgres.ts';
import { START_MS, savedComponent } from '../arbitrary-past.ts';
import { expectSameAnswers } from '../compare-stores.ts';
import { LONG, NOTHING } from '../store-contract.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const PASSWORD = 'pass-word/#1';

if (postgresPrograms === undefined) it.skip('not run: postgresql is not installed', () => {});
else describe('a database of PostgreSQL', tests);

function tests(): void {
  let server: PostgresServer;
  let proxy: CommittingProxy;
  let database: string;
  let opened: Store[];
  const nobody = 65_534;

  beforeAll(async () => {
    const certificates = await createCertificates();
    server = await startPostgres({
      hba: 'host all stranger 127.0.0.1/32 scram-sha-256',
      settings: "ssl = on\nssl_cert_file = '../server.pem'\nssl_key_file = '../server.key'",
      prepare(folder) {
        writeFileSync(join(folder, 'ca.pem'), certificates.ca);
        writeFileSync(join(folder, 'other-ca.pem'), certificates.otherCa);
        writeFileSync(join(folder, 'server.pem'), certificates.server.cert);
        writeFileSync(join(folder, 'server.key'), certificates.server.key, { mode: 0o600 });
        if (process.getuid?.() === 0) chownSync(join(folder, 'server.key'), nobody, nobody);
      },
    });
    await server.query('postgres', `CREATE ROLE stranger LOGIN PASSWORD '${PASSWORD}'`);
    proxy = await startCommittingProxy(server.port);
  }, 60_000);
  afterAll(async () => {
    await proxy?.close();
    await server?.dispose();
  });
  beforeEach(async () => {
    opened = [];
    database = await server.createDatabase();
  });
  afterEach(async () => {
    proxy.cut(false);
    await Promise.all(opened.map((store) => store.close()));
  });

  interface Opening {
    readonly url?: string;
    readonly holder?: string;
    readonly retention?: Retention;
    readonly waitMs?: number;
    readonly notices?: StoreNotice[];
    readonly words?: LeaseWord[];
  }
  let openings = 0;
  /** As from another machine, unless it says otherwise. */
  const open = async ({
    url = server.url(database),
    retention = LONG,
    waitMs = 0,
    notices = [],
    words = [],
    ...more
  }: Opening = {}) => {
    openings += 1;
    const target = readTarget(url, {});
    const holder = more.holder ?? `${openings}/elsewhere//${openings}`;
    const runner: OperationRunner = await openPostgresOperations(
      { target, store: target.name, retention, holder, waitMs },
      (notice) => notices.push(notice),
      (word) => words.push(word),
    );
    const renew = async () => void (await runner.run('renew', undefined));
    const store = { ...createPackedStore(runner, { retention, nowMs: () => START_MS }), renew };
    opened.push(store);
    return store;
  };
  const query = <Row>(text: string) => server.query<Row>(database, text);
  const endLease = () => query("UPDATE openk.writer SET expires_at = clock_timestamp() - interval '1 ms'");
  const batch = (revision: number, more: Partial<HistoryBatch> = {}): HistoryBatch => ({
    untilMs: START_MS + revision * 1000,
    elapsedMs: 1000,
    revision: START_MS * 1000 + revision,
    records: [
      {
        revision: START_MS * 1000 + revision,
        component: 'api',
        atMs: START_MS + revision * 1000 - 500,
        ...(revision > 1 && { from: revision % 2 === 0 ? 'HEALTHY' : 'UNHEALTHY' }),
        to: revision % 2 === 0 ? 'UNHEALTHY' : 'HEALTHY',
        reason: { code: 'BECAUSE', message: 'it is' },
        causedBy: [],
      },
    ],
    observations: [{ component: 'api', atMs: START_MS + revision * 1000 - 400, outcome: 'HEALTHY', latencyMs: 3 }],
    changed: [],
    removed: [],
    audit: [{ atMs: revision, principal: 'key:ci', address: '', action: 'REPORT', component: 'api', detail: '' }],
    ...more,
  });
  const kept = async (store: Store) => (await store.audit({ limit: 100 })).map(({ atMs }) => atMs).toReversed();

  describe('has one writer:', () => {
    it('a second OpenK is told who has it, and gets it when the lease of the first is over', async () => {
      const first = await open({ holder: '77/db%20host//1' });
      await first.load();
      await first.append(batch(1));
      const refused = open({ holder: '78/elsewhere//1' });
      await expect(refused).rejects.toThrow(/another OpenK, pid 77 on db host, has this database.*--storage/);
      await endLease();
      const second = await open({ holder: '78/elsewhere//2' });
      await second.load();
      await second.append(batch(2, { elapsedMs: 0 }));
      await expect(first.append(batch(3))).rejects.toThrow(/pid 78 on elsewhere, has taken this database over/);
      await expect(first.saveDeliveries([])).rejects.toThrow(/taken this database over/);
      await expect(first.prune(START_MS)).rejects.toThrow(/taken this database over/);
      // Also when that one is gone: it does not know what was written meanwhile.
      await second.close();
      await expect(first.append(batch(3))).rejects.toThrow(/restart this one/);
      expect(await kept(first)).toEqual([1, 2]);
      expect(await kept(await open())).toEqual([1, 2]);
    });

    it('the lease goes on with each write, and nobody is waited for who has closed', async () => {
      const first = await open();
      await first.load();
      await endLease();
      await first.append(batch(1));
      await expect(open()).rejects.toThrow(/has this database/);
      await first.close();
      await (await open()).load();
    });

    it('each write that is kept says for how long it is held, and a renewal does without one', async () => {
      const words: LeaseWord[] = [];
      const first = await open({ words });
      await first.load();
      expect(words).toMatchObject([{ kind: 'held', forMs: 10_000 }, { kind: 'held' }]);
      await endLease();
      await first.renew!();
      await expect(open()).rejects.toThrow(/has this database/);
      expect(words).toHaveLength(3);
      const sentMs = words.map((word) => (word.kind === 'held' ? word.sentMs : 0));
      expect(sentMs).toEqual(sentMs.toSorted((a, b) => a - b));
      expect(sentMs.at(-1)).toBeLessThanOrEqual(Number(process.hrtime.bigint()) / 1e6);
      await server.stop('fast');
      await expect(first.renew!()).rejects.toThrow(/cannot be written/);
      await server.start();
      expect(words).toHaveLength(3);
      await endLease();
      await open({ holder: '78/elsewhere//2' });
      await expect(first.renew!()).rejects.toThrow(/has taken this database over/);
      expect(words.slice(3)).toEqual([
        { kind: 'lost', message: expect.stringMatching(/pid 78 on elsewhere, has taken/) },
      ]);
    });

    it('one that is known to be gone is not waited for', async () => {
      const { pid } = spawnSync(process.execPath, ['--version']);
      const gone = holderToken('x').replace(/^\d+/, String(pid));
      const first = await open({ holder: gone });
      await first.load();
      const second = await open({ holder: holderToken('y') });
      await second.load();
      await expect(first.append(batch(1))).rejects.toThrow(/has taken this database over/);
      // Of the same number on another machine nothing is known.
      await query(`UPDATE openk.writer SET holder = '${pid}/${hostname()}/another.machine/z'`);
      await expect(open()).rejects.toThrow(new RegExp(`pid ${pid}, has this database`));
    });

    it('one that holds it is waited for, which is said', async () => {
      const first = await open();
      await first.load();
      const notices: StoreNotice[] = [];
      const second = open({ waitMs: 30_000, notices });
      await eventually(() => notices.length > 0);
      await first.close();
      await (await second).load();
      expect(notices).toEqual([
        { kind: 'waiting', message: expect.stringMatching(/^storage \S+: another OpenK.*waiting up to 30s/) },
      ]);
    });

    it('a lease that is longer than any, by a clock that was ahead, is over when it began anew', async () => {
      const first = await open();
      await first.load();
      const lasts = async () => {
        const [row] = await query<{ ms: number }>(
          'SELECT (extract(epoch FROM expires_at - clock_timestamp()) * 1000)::float8 AS ms FROM openk.writer',
        );
        return row!.ms;
      };
      await query("UPDATE openk.writer SET expires_at = clock_timestamp() + interval '1 hour'");
      const second = createPool(readTarget(server.url(database), {}));
      expect(await readUnchanged(second.ask, 1, SCHEMA_VERSION)).toMatchObject({ isFree: true });
      await expect(open()).rejects.toThrow(/has this database/);
      expect(await lasts()).toBeLessThanOrEqual(10_000);
      expect(await lasts()).toBeGreaterThan(5_000);
      expect(await readUnchanged(second.ask, 1, SCHEMA_VERSION)).toMatchObject({ isFree: false });
      await second.close();
      // Who holds it holds it still.
      await first.append(batch(1));
    });

    it('one whose last transactions are gone, as after a fail-over that lost them, writes no more, and is followed from the beginning', async () => {
      const words: LeaseWord[] = [];
      const store = await open({ words });
      await store.load();
      const follower = createPool(readTarget(server.url(database), {}));
      const follow = (afterBatch: number) =>
        follower
          .read((ask) => readFollowed(ask, afterBatch, SCHEMA_VERSION))
          .then(({ batch, isWhole }) => ({ batch, isWhole }));
      await store.append(batch(1));
      await store.append(batch(2));
      const [row] = await query<{ batch: string }>('SELECT batch FROM openk.writer');
      const latest = Number(row!.batch);
      expect(await follow(latest - 1)).toEqual({ batch: latest, isWhole: false });
      await query('UPDATE openk.writer SET batch = batch - 1');
      expect(await follow(latest)).toEqual({ batch: latest - 1, isWhole: true });
      await follower.close();
      await expect(store.append(batch(3))).rejects.toThrow(/what was written to it last is gone.*restart this one/);
      await expect(store.renew!()).rejects.toThrow(/is gone/);
      expect(words.at(-1)).toMatchObject({ kind: 'lost', message: expect.stringMatching(/is gone/) });
      await store.close();
      // Nobody has to wait for the end of its lease.
      await (await open()).load();
    });

    it('of two that begin at the same time on an empty database one has it', async () => {
      const outcomes = await Promise.allSettled([open(), open(), open()]);
      expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected', 'rejected']);
      for (const each of outcomes)
        if (each.status === 'rejected') expect(String(each.reason)).toMatch(/has this database/);
    });
  });

  describe('of which answers are lost:', () => {
    const throughProxy = () => `${server.url(database, proxy.port)}?sslmode=disable`;
    it.each([['kept'], ['lost']] as const)(
      'an append whose COMMIT is %s is told as it is, and is there once',
      async (fault) => {
        const store = await open({ url: throughProxy() });
        const reference = createHistoryOracle({ nowMs: () => START_MS });
        await store.load();
        await reference.load();
        await store.append(batch(1));
        void proxy.breakNext(fault);
        const appended = store.append(batch(2));
        if (fault === 'lost') {
          await expect(appended).rejects.toThrow(/cannot be written/);
          await store.append(batch(2));
        } else {
          await appended;
        }
        await store.append(batch(3));
        for (const revision of [1, 2, 3]) await reference.append(batch(revision));
        expect(await kept(store)).toEqual([1, 2, 3]);
        await expectSameAnswers(store, reference, [batch(1), batch(2), batch(3)]);
        expect(await query('SELECT count(*)::int AS count FROM openk.running')).toEqual([{ count: 1 }]);
      },
    );

    it('one that was kept does not come again where nobody can be asked for a while, whatever keeps him from it', async () => {
      await server.query('postgres', `GRANT CREATE ON DATABASE ${database} TO stranger`);
      const url = `postgres://stranger:${encodeURIComponent(PASSWORD)}@127.0.0.1:${proxy.port}/${database}?sslmode=disable`;
      const store = await open({ url });
      await store.load();
      await store.append(batch(1));
      await query('REVOKE SELECT ON openk.journal FROM stranger');
      const broken = proxy.breakNext('kept');
      let isOver = false;
      const appended = store.append(batch(2)).finally(() => {
        isOver = true;
      });
      await broken;
      // The database says no.
      await eventually(() =>
        store.incidents().then(
          () => false,
          (error) => /permission denied/.test(String(error)),
        ),
      );
      expect(isOver).toBe(false);
      await query('GRANT SELECT ON openk.journal TO stranger');
      await appended;
      await store.append(batch(3));
      expect(await kept(store)).toEqual([1, 2, 3]);
    });

    it('one that is still under way is waited for', async () => {
      const store = await open({ url: throughProxy() });
      await store.load();
      void proxy.breakNext('late');
      const appended = store.append(batch(1));
      await eventually(async () => {
        const waiting = await query("SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock'");
        return waiting.length > 0;
      });
      proxy.release();
      await appended;
      expect(await kept(store)).toEqual([1]);
    });

    it('while it is not known what became of it questions fail at once, and a close waits for nothing', async () => {
      const store = await open({ url: throughProxy() });
      await store.load();
      const broken = proxy.breakNext('gone');
      const rejected = expect(store.append(batch(1))).rejects.toThrow(/is closed/);
      await broken;
      const fails = () =>
        store.incidents().then(
          () => false,
          () => true,
        );
      await eventually(fails);
      await expect(store.knownAt('api', START_MS)).rejects.toThrow(/cannot be read.*Is it running/);
      await store.close();
      await rejected;
    });
  });

  it('that goes and comes back has everything that was kept, and goes on with what comes again', async () => {
    const store = await open();
    const reference = createHistoryOracle({ nowMs: () => START_MS });
    await store.load();
    await reference.load();
    const batches = Array.from({ length: 8 }, (_, at) => batch(at + 1));
    for (const [at, each] of batches.entries()) {
      if (at === 3) await server.stop('fast');
      if (at === 6) await server.stop('immediate');
      if (at === 3 || at === 6) {
        await expect(store.append(each)).rejects.toThrow(/cannot be written.*Is it running, and reachable/);
        await expect(store.transitions({ components: ['api'], limit: 1 })).rejects.toThrow(/cannot be read/);
        await server.start();
      }
      await store.append(each);
      await reference.append(each);
    }
    await expectSameAnswers(store, reference, batches);
    expect(await kept(store)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  }, 30_000);

  it('that cannot be reached at the start is waited for, and then refused with what to do', async () => {
    const notices: StoreNotice[] = [];
    await server.stop();
    await expect(open()).rejects.toThrow(/cannot be opened: connect ECONNREFUSED.*Is it running/);
    const store = open({ waitMs: 30_000, notices });
    await eventually(() => notices.length > 0);
    expect(notices[0]!.message).toMatch(/^storage (?!.*storage).*waiting up to 30s$/);
    await server.start();
    await (await store).load();
    expect(notices).toHaveLength(1);
  }, 30_000);

  describe('of another version', () => {
    it('that is newer is refused, and left as it is', async () => {
      await (await open()).close();
      await query('INSERT INTO openk.migration (version) VALUES (99)');
      await query('UPDATE openk.writer SET usable_from = 98');
      await expect(open()).rejects.toThrow(
        /it is for versions from 98 on, and this OpenK knows versions up to 4\. Run the OpenK/,
      );
    });

    it('is migrated by one, whole or not at all', async () => {
      const pool = createPool(readTarget(server.url(database), {}));
      try {
        await (await open()).close();
        const [now] = await query<{ last: number }>('SELECT max(version) AS last FROM openk.migration');
        const known = Array.from({ length: now!.last }, () => ({ sql: 'SELECT 1' }));
        const more = { sql: 'CREATE TABLE openk.more (a integer)' };
        const wrong = migrate(pool, [...known, more, { sql: 'SELECT 1 / 0' }]);
        await expect(wrong).rejects.toThrow(/division/);
        expect(await pool.read(schemaVersion)).toBe(now!.last);
        const steps = [...known, more];
        await Promise.all([migrate(pool, steps), migrate(pool, steps)]);
        expect(await pool.read(schemaVersion)).toBe(now!.last + 1);
      } finally {
        await pool.close();
      }
    });
  });

  describe('forgets', () => {
    const retention: Retention = {
      transitionsMs: 40 * DAY_MS,
      observationsMs: 2 * HOUR_MS,
      fiveMinutesMs: 6 * HOUR_MS,
      hoursMs: 3 * DAY_MS,
      daysMs: 400 * DAY_MS,
      auditMs: DAY_MS,
      alertsMs: DAY_MS,
    };
    const FROM_MS = Date.UTC(2026, 2, 30);
    const pieces = () =>
      query<{ name: string }>(
        `SELECT inhrelid::regclass::text AS name FROM pg_inherits JOIN pg_class ON oid = inhparent
         WHERE relkind = 'p' ORDER BY 1`,
      ).then((rows) => rows.map(({ name }) => name.replace('openk.', '')));
    let nowMs: number;
    /** By six hours, each with an observation. */
    const goOn = async (store: Store, days: number) => {
      for (const untilMs = nowMs + days * DAY_MS; nowMs < untilMs; ) {
        nowMs += 6 * HOUR_MS;
        const observations = [{ component: 'api', atMs: nowMs - 1, outcome: 'HEALTHY' as const, latencyMs: 3 }];
        await store.append({ ...NOTHING, untilMs: nowMs, elapsedMs: 6 * HOUR_MS, observations });
      }
    };
    const usage = async (store: Store, fromMs: number, toMs: number, tierMs: 300_000 | 3_600_000 | 86_400_000) => {
      const parts = [{ fromMs, toMs, stepMs: toMs - fromMs, tierMs }];
      const { components } = await store.availability({ components: ['api'], parts });
      const { timeMs, outcomes } = components[0]!.steps[0]!;
      return [timeMs.HEALTHY / HOUR_MS, outcomes.HEALTHY];
    };
    const begin = async () => {
      const store = await open({ retention });
      const { startRevision } = await store.load();
      nowMs = FROM_MS;
      const reason = { code: 'BECAUSE', message: 'NUL \0 too' };
      const records = [
        { revision: startRevision + 1, component: 'api', atMs: nowMs, to: 'HEALTHY' as const, reason, causedBy: [] },
      ];
      await store.append({ ...NOTHING, untilMs: nowMs, records, revision: startRevision + 1 });
      return store;
    };

    it('piece by piece, once all of it is old, and is whole in the tier above', async () => {
      const store = await begin();
      await goOn(store, 4);
      expect(await pieces()).toEqual([
        'days_2026_01_01',
        'five_minutes_2026_03_01',
        'five_minutes_2026_04_01',
        'hours_2026_03_01',
        'hours_2026_04_01',
        'observation_2026_03_30',
        'observation_2026_03_31',
        'observation_2026_04_01',
        'observation_2026_04_02',
      ]);
      await store.prune(nowMs);
      expect(await pieces()).toEqual([
        'days_2026_01_01',
        'five_minutes_2026_04_01',
        'hours_2026_03_01',
        'hours_2026_04_01',
        'observation_2026_04_02',
      ]);
      const march = [FROM_MS, Date.UTC(2026, 3)] as const;
      expect(await usage(store, ...march, 300_000)).toEqual([0, 0]);
      expect(await usage(store, ...march, 3_600_000)).toEqual([48, 8]);
      expect(await usage(store, FROM_MS, nowMs, 86_400_000)).toEqual([96, 16]);
      const known = await store.knownAt('api', nowMs - 1);
      expect(known).toMatchObject({
        record: { reason: { message: 'NUL ␀ too' } },
        lastObservation: { atMs: nowMs - 1 },
      });
      expect(await store.knownAt('api', FROM_MS + HOUR_MS)).not.toHaveProperty('lastObservation');
    });

    it('nothing that the open hour and the open day are made of, and counts no time twice that comes again', async () => {
      const store = await begin();
      await goOn(store, 4.5);
      await store.prune(nowMs + 90 * DAY_MS);
      const endMs = nowMs;
      const all = [FROM_MS, FROM_MS + 5 * DAY_MS] as const;
      expect(await usage(store, ...all, 86_400_000)).toEqual([108, 18]);
      const hour = [FROM_MS + 2 * HOUR_MS, FROM_MS + 3 * HOUR_MS] as const;
      for (const times of [1, 2]) {
        // The clock is set back into an hour whose five minutes are gone, and goes on from there.
        nowMs = hour[0] + HOUR_MS / 2;
        const observations = [{ component: 'api', atMs: nowMs - 1, outcome: 'HEALTHY' as const }];
        await store.append({ ...NOTHING, untilMs: nowMs, elapsedMs: 60_000, observations });
        nowMs = endMs;
        await store.append({ ...NOTHING, untilMs: nowMs, elapsedMs: 1000 });
        expect(await usage(store, FROM_MS, FROM_MS + DAY_MS, 86_400_000)).toEqual([24, 4 + times]);
      }
    });

    it('what somebody reads another time, and waits for nobody who reads when it writes a new piece', async () => {
      const store = await begin();
      await goOn(store, 1);
      const reader = new pg.Client({ host: server.socketFolder, port: server.port, user: 'openk', database });
      await reader.connect();
      try {
        // As pg_dump does.
        await reader.query(
          'BEGIN; LOCK TABLE openk.observation, openk.five_minutes, openk.hours, openk.days IN ACCESS SHARE MODE',
        );
        await goOn(store, 3);
        const before = await pieces();
        await store.prune(nowMs);
        expect(await pieces()).toEqual(before);
        await reader.query('COMMIT');
      } finally {
        await reader.end();
      }
      await store.prune(nowMs);
      expect((await pieces()).length).toBe(5);
    });
  });

  describe('with TLS and a password', () => {
    const asStranger = (query: string, password = PASSWORD) =>
      `postgres://stranger:${encodeURIComponent(password)}@localhost:${server.port}/${database}?${query}`;
    beforeEach(() => server.query('postgres', `GRANT CREATE ON DATABASE ${database} TO stranger`));

    it.each([
      ['sslmode=require', 'stranger'],
      ['sslmode=verify-full&sslrootcert=ca.pem', 'stranger'],
      ['', 'stranger'],
    ])('%s is encrypted', async (parameters) => {
      const url = asStranger(parameters.replace('ca.pem', join(server.folder, 'ca.pem')));
      await (await open({ url })).load();
      const found = await query(
        "SELECT DISTINCT ssl FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE usename = 'stranger'",
      );
      expect(found).toEqual([{ ssl: true }]);
    });

    it.each([
      ['sslmode=verify-full&sslrootcert=other-ca.pem', PASSWORD, /self-signed|unable to verify|signature/i],
      ['sslmode=verify-full', PASSWORD, /sslrootcert|certificate/],
      ['', 'wrong-secret', /password authentication failed.*PGPASSWORD/],
    ])('%s with %s is refused at once, and the words hold no password', async (parameters, password, words) => {
      const url = asStranger(parameters.replace('other-ca.pem', join(server.folder, 'other-ca.pem')), password);
      const opening = open({ url, waitMs: 60_000 });
      await expect(opening).rejects.toThrow(words);
      await expect(opening).rejects.toThrow(/^(?!.*(pass-word|wrong-secret))/);
    });

    it('says no password from its thread either', async () => {
      const url = asStranger('', 'wrong-secret');
      const opening = openStore(url, { nowMs: () => START_MS, retention: LONG, waitMs: 0 });
      await expect(opening).rejects.toThrow(/^storage postgres:\/\/stranger@localhost:\d+\/\w+: (?!.*wrong-secret)/);
    });

    it('says who must be allowed what', async () => {
      await server.query('postgres', `REVOKE CREATE ON DATABASE ${database} FROM stranger`);
      await expect(open({ url: asStranger('') })).rejects.toThrow(/permission denied.*GRANT CREATE ON DATABASE/);
    });
  });

  it('is copied by pg_dump while it is written, and goes on from the copy', async () => {
    const store = await open();
    const reference = createHistoryOracle({ nowMs: () => START_MS });
    await store.load();
    await reference.load();
    const changed = [savedComponent('api', 'HEALTHY', 1)];
    for (const each of [batch(1, { changed }), batch(2, { untilMs: START_MS + 2 * DAY_MS, elapsedMs: 2 * DAY_MS })]) {
      await store.append(each);
      await reference.append(each);
    }
    const dump = join(server.folder, 'openk.dump');
    await server.runProgram('pg_dump', ['--format=custom', '--schema=openk', `--file=${dump}`, server.url(database)]);
    const copy = await server.createDatabase();
    await server.runProgram('pg_restore', [`--dbname=${server.url(copy)}`, dump]);
    await server.query(copy, "UPDATE openk.writer SET expires_at = '-infinity'");
    const again = await open({ url: server.url(copy) });
    expect(await again.load()).toEqual(await reference.load());
    await expectSameAnswers(again, reference, [batch(1)]);
    await server.runProgram('pg_amcheck', ['--install-missing', '--schema=openk', server.url(copy)]);
  });

  it('begins with no more than what a batch needs: keys of one that failed are given again', async () => {
    const store = await open();
    await store.load();
    const twice = batch(1).records[0]!;
    const wrong = batch(1, { records: [twice, twice], changed: [savedComponent('x', 'HEALTHY', 1)] });
    for (let times = 0; times < 3; times++) await expect(store.append(wrong)).rejects.toThrow(/unique/);
    await store.append(batch(1, { changed: [savedComponent('y', 'HEALTHY', 1)] }));
    expect(await query('SELECT key, id FROM openk.component ORDER BY key')).toEqual([
      { key: 1, id: 'api' },
      { key: 2, id: 'y' },
    ]);
  });
}

/** Looks each few milliseconds: what it waits for says nothing when it happens. */
async function eventually(happens: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await happens())) await new Promise((resolve) => setTimeout(resolve, 10));
}
