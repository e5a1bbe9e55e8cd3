// The contract of stores, kept by a real PostgreSQL; directly, and through PgBouncer in transaction mode.
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Retention, Store } from '../../../src/core/store.ts';
import { openPostgresOperations } from '../../../src/store/postgres/operations.ts';
import { readTarget } from '../../../src/store/postgres/target.ts';
import { openStore } from '../../../src/store/registry.ts';
import { createPackedStore } from '../../../src/store/thread/packed-store.ts';
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
