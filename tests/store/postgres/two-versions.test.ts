// OpenKs of two versions on one database: what the newer one adds is there at once, what it takes away waits until no older one lives.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { openOperationsOver } from '../../../src/store/postgres/operations.ts';
import { createPool } from '../../../src/store/postgres/pool.ts';
import { STEPS, type Step } from '../../../src/store/postgres/schema.ts';
import { readTarget } from '../../../src/store/postgres/target.ts';
import { SYSTEM_TIME } from '../../../src/store/postgres/time.ts';
import type { OperationRunner } from '../../../src/store/thread/operations.ts';
import { type PostgresServer, postgresPrograms, startPostgres } from '../../support/postgres.ts';
import { LONG } from '../store-contract.ts';

const OLDER = STEPS.length;
const ADDED = 'ALTER TABLE openk.component ADD COLUMN more integer NOT NULL DEFAULT 0';
const NEWER: readonly Step[] = [
  ...STEPS,
  { sql: ADDED },
  { sql: 'DROP INDEX openk.delivery_by_channel', takesFromBelow: OLDER + 1 },
  { sql: 'CREATE TABLE openk.more (a integer)' },
];

if (postgresPrograms === undefined) it.skip('not run: postgresql is not installed', () => {});
else describe('two versions on one database', tests);

function tests(): void {
  let server: PostgresServer;
  let database: string;
  let opened: Opened[];
  beforeAll(async () => {
    server = await startPostgres();
  }, 60_000);
  afterAll(() => server?.dispose());
  beforeEach(async () => {
    database = await server.createDatabase();
    opened = [];
  });
  afterEach(() => Promise.all(opened.map(({ runner }) => runner.close())));

  interface Opened {
    readonly runner: OperationRunner;
    /** Lets it say once more that it lives, and do what follows from that. */
    lives(): Promise<void>;
  }
  let holders = 0;
  const open = async (steps?: readonly Step[]): Promise<Opened> => {
    holders += 1;
    const target = readTarget(server.url(database), {});
    let go = () => {};
    let isWaiting = Promise.withResolvers<void>();
    const pause = (ms: number, signal?: AbortSignal) => {
      if (ms !== 10_000) return SYSTEM_TIME.pause(ms, signal);
      return new Promise<void>((resolve, reject) => {
        go = resolve;
        signal?.addEventListener('abort', () => reject(signal.reason));
        isWaiting.resolve();
      });
    };
    const runner = await openOperationsOver(
      { pool: createPool(target), time: { ...SYSTEM_TIME, pause } },
      {
        store: target.name,
        retention: LONG,
        holder: `${holders}/elsewhere//${holders}`,
        waitMs: 0,
        standsBy: true,
        ...(steps && { steps }),
      },
      () => {},
      () => {},
    );
    const one = {
      runner,
      async lives() {
        await isWaiting.promise;
        isWaiting = Promise.withResolvers();
        go();
        await isWaiting.promise;
      },
    };
    opened.push(one);
    return one;
  };
  const write = ({ runner }: Opened, text: string) =>
    runner.run('keep', { topic: 'said', texts: new Map([['it', text]]) });
  const read = ({ runner }: Opened) => runner.run('kept', 'said');
  const follow = ({ runner }: Opened) => runner.run('follow', undefined);
  const claim = ({ runner }: Opened) => runner.run('claim', undefined);
  const versions = async () =>
    (await server.query<{ version: number }>(database, 'SELECT version FROM openk.migration ORDER BY 1')).map(
      ({ version }) => version,
    );
  const isThere = async (name: string) =>
    (await server.query(database, 'SELECT 1 WHERE to_regclass($1) IS NOT NULL', [name])).length > 0;
  const known = STEPS.map((_, at) => at + 1);

  it('the newer one adds while the older one writes, takes over, and takes away once no older one is left', async () => {
    const older = await open();
    await write(older, 'by the older one');
    const newer = await open(NEWER);
    expect(await versions()).toEqual([...known, OLDER + 1, OLDER + 3]);
    await write(older, 'by the older one, beside the newer one');
    expect((await follow(newer)).heldBy).toMatch(/pid 1\D/);
    expect(await read(newer)).toEqual([{ key: 'it', text: 'by the older one, beside the newer one' }]);
    expect(await claim(newer)).toBe(false);

    const other = await open();
    await older.runner.close();
    expect(await claim(newer)).toBe(true);
    await write(newer, 'by the newer one');
    expect(await read(other)).toEqual([{ key: 'it', text: 'by the newer one' }]);
    await newer.lives();
    expect(await isThere('openk.delivery_by_channel')).toBe(true);

    await other.runner.close();
    await newer.lives();
    expect(await isThere('openk.delivery_by_channel')).toBe(false);
    expect(await versions()).toEqual([...known, OLDER + 1, OLDER + 2, OLDER + 3]);
    await expect(open()).rejects.toThrow(/for versions from 5 on, and this OpenK knows versions up to 4/);
  });

  it('the older one takes over again while nothing is taken away', async () => {
    const newer = await open(NEWER);
    const older = await open();
    await write(newer, 'by the newer one');
    await newer.runner.close();
    expect(await claim(older)).toBe(true);
    await write(older, 'by the older one');
    expect(await read(older)).toEqual([{ key: 'it', text: 'by the older one' }]);
  });

  it('an older one that was silent for so long that it was taken for gone reads and takes nothing any more', async () => {
    const newer = await open(NEWER);
    const older = await open();
    await server.query(
      database,
      "UPDATE openk.instance SET seen_at = clock_timestamp() - interval '1 minute' WHERE knows = $1",
      [OLDER],
    );
    await newer.lives();
    expect(await isThere('openk.delivery_by_channel')).toBe(false);
    await newer.runner.close();
    await expect(follow(older)).rejects.toThrow(/tables are for versions from 5 on/);
    await expect(claim(older)).rejects.toThrow(/for versions from 5 on/);
  });

  it('a zombie takes nothing away', async () => {
    const zombie = await open(NEWER);
    await server.query(database, "UPDATE openk.writer SET expires_at = '-infinity'");
    const newer = await open(NEWER);
    await write(newer, 'by the one that has taken over');
    await zombie.lives();
    expect(await isThere('openk.delivery_by_channel')).toBe(true);
    await newer.lives();
    expect(await isThere('openk.delivery_by_channel')).toBe(false);
  });

  it('a newer one that has to wait for a table is refused for now, and keeps nobody waiting who writes', async () => {
    const older = await open();
    await write(older, 'before');
    const reader = new pg.Client(server.url(database));
    await reader.connect();
    try {
      await reader.query('BEGIN; SELECT count(*) FROM openk.component');
      await expect(open(NEWER)).rejects.toThrow(/lock timeout/);
      await write(older, 'after');
    } finally {
      await reader.end();
    }
    await open(NEWER);
    expect(await versions()).toContain(OLDER + 1);
  });
}
