// The contract of stores, kept by a real PostgreSQL; directly, and through PgBouncer in transaction mode.
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Retention, SHARERS, type Store } from '../../../src/core/store.ts';
import { openPostgresOperations } from '../../../src/store/postgres/operations.ts';
import { readTarget } from '../../../src/store/postgres/target.ts';
import { openStore } from '../../../src/store/registry.ts';
import { createPackedStore } from '../../../src/store/thread/packed-store.ts';
import { createSharedStore } from '../../../src/store/thread/shared-store.ts';
import {
  type PostgresServer,
  pgbouncerProgram,
  postgresPrograms,
  startPgbouncer,
  startPostgres,
} from '../../support/postgres.ts';
import { START_MS, savedComponent } from '../arbitrary-past.ts';
import { describeStore, LONG, NOTHING, type StoreWorld } from '../store-contract.ts';

/** Opens with `open`, which is given the URL of a database that is empty at first; one store at a time. */
function createWorld(url: () => Promise<string>, open: (url: string) => Promise<Store>): StoreWorld {
  let own: Promise<string> | undefined;
  let present: Store | undefined;
  return {
    async open() {
      own ??= url();
      await present?.close();
      present = await open(await own);
      return present;
    },
    async dispose() {
      await present?.close();
    },
  };
}

const nowMs = () => START_MS;
const inThread = (retention: Retention) => (url: string) => openStore(url, { nowMs, retention });
/** The code of the worker without its thread: faster to open, so that more can be tried. */
const withoutThread = (retention: Retention) => async (url: string) => {
  const target = readTarget(url, {});
  const options = { target, store: target.name, retention, holder: `1/here//${randomUUID()}`, waitMs: 0 };
  return createPackedStore(await openPostgresOperations(options, () => {}), { retention, nowMs });
};

if (postgresPrograms === undefined) {
  describe('postgres://', () => {
    it.skip('not run: postgresql is not installed', () => {});
  });
} else {
  let server: PostgresServer;
  let bouncer: Awaited<ReturnType<typeof startPgbouncer>> | undefined;
  beforeAll(async () => {
    server = await startPostgres();
    if (pgbouncerProgram !== undefined) bouncer = await startPgbouncer(server);
  }, 60_000);
  afterAll(async () => {
    await bouncer?.stop();
    await server?.dispose();
  });
  /** Through PgBouncer, where it is there: what goes through that goes without it too. */
  const fresh = async () => server.url(await server.createDatabase(), bouncer?.port);
  const how =
    pgbouncerProgram === undefined ? 'not run through PgBouncer, which is not installed' : 'through PgBouncer';
  describeStore({
    name: `postgres:// without its thread (${how})`,
    create: () => createWorld(fresh, withoutThread(LONG)),
    keeps: true,
    pasts: 8,
  });

  (pgbouncerProgram === undefined ? it.skip : it)(
    'says at once that PgBouncer must let it have transactions',
    async () => {
      const other = await startPgbouncer(server, 'statement');
      try {
        const opening = openStore(server.url(await server.createDatabase(), other.port), {
          nowMs,
          retention: LONG,
          waitMs: 60_000,
        });
        await expect(opening).rejects.toThrow(/statement pooling mode\. Transactions are needed: set pool_mode/);
      } finally {
        await other.stop();
      }
    },
  );

  it('knows who shares in the work, also who holds nothing, and forgets it after a day', async () => {
    const url = await fresh();
    const open = async (holder: string) => {
      const target = readTarget(url, {});
      const options = { target, store: target.name, retention: LONG, holder, waitMs: 0, standsBy: true };
      return createSharedStore(await openPostgresOperations(options, () => {}), { retention: LONG, nowMs, holder });
    };
    const [holding, standing] = [await open('1/here//one'), await open('1/here//other')];
    try {
      const hashOf = (letter: string) => letter.repeat(64);
      expect((await standing.follow(undefined)).holder).toBe(holding.holder);
      await holding.keep({ topic: SHARERS, texts: new Map([['long-gone', `1000 ${hashOf('0')}`]]) });
      await standing.announce({ id: 'b', sha256: hashOf('a') });
      await standing.announce({ id: 'b', sha256: hashOf('b') });
      expect(await holding.kept(SHARERS)).toEqual([
        { key: 'b', text: expect.stringMatching(new RegExp(`^\\d{10} ${hashOf('b')}$`)) },
      ]);
      await expect(standing.keep({ topic: SHARERS, texts: new Map() })).rejects.toThrow('another OpenK writes it');
    } finally {
      await standing.close();
      await holding.close();
    }
  });

  it('answers the same from its thread', async () => {
    const world = createWorld(fresh, inThread(LONG));
    try {
      const store = await world.open();
      await store.load();
      const changed = [savedComponent('a', 'HEALTHY', 1)];
      await store.append({ ...NOTHING, revision: 1, changed });
      expect(await (await world.open()).load()).toMatchObject({ revision: 1, components: changed });
    } finally {
      await world.dispose();
    }
  });
}
