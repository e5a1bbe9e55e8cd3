// npm run bench -- postgres: what remembering costs in PostgreSQL, one of our own that is durable (fsync), on the same machine. Observations and
// changes per second, bytes for each, how long an append takes, and a question about 90 days.
import { type PostgresServer, postgresPrograms, startPostgres } from '../../tests/support/postgres.ts';
import type { Bench, Figure } from './bench.ts';
import { quantile } from './history.ts';
import { DAY_MS, DEFAULT_RETENTION, type FedStore, HOUR_MS, least, openFed, timed } from './history-load.ts';
import { databaseMicros, loggedBytes } from './postgres-costs.ts';
import { measureDeciding } from './postgres-deciding.ts';
import { measureFollowing } from './postgres-following.ts';

const COMPONENTS = 5_000;
const INTERVAL_MS = 10_000;
const OBSERVED_MS = HOUR_MS;
/** As a journal under load hands them over. */
const CHANGES_AT_ONCE = 100;
const APPENDS_OF_CHANGES = 300;
const ASKED = 1_000;
const DAYS = 90;

export const postgresBench: Bench = {
  title: `${COMPONENTS.toLocaleString('en')} components in PostgreSQL: an hour at ${INTERVAL_MS / 1000} s, changes by ${CHANGES_AT_ONCE}; ${DAYS} days of ${ASKED.toLocaleString('en')}`,
  parts: ['keeping', 'deciding', 'following'],
  async run(parts = ['keeping', 'deciding', 'following']) {
    if (postgresPrograms === undefined) throw new Error('postgresql is not installed: apt-get install postgresql');
    const server = await startPostgres({ settings: 'fsync = on' });
    try {
      return [
        ...(parts.includes('keeping') ? await measureKeeping(server) : []),
        ...(parts.includes('deciding') ? measureDeciding() : []),
        ...(parts.includes('following') ? await measureFollowing(server) : []),
      ];
    } finally {
      await server.dispose();
    }
  },
};

async function measureKeeping(server: PostgresServer): Promise<readonly Figure[]> {
  const database = await server.createDatabase();
  const fed = await openFed(server.url(database), COMPONENTS, DEFAULT_RETENTION);
  const observed = await costsOf(server, 'observation', fed.observations, () => measureObservations(fed));
  await fed.goOn(1, 1);
  const [{ bytes } = { bytes: 0 }] = await server.query<{ bytes: number }>(
    database,
    "SELECT sum(pg_total_relation_size(oid))::float8 AS bytes FROM pg_class WHERE relkind = 'r' AND relname ~ '^(observation|five_minutes|hours|days)_'",
  );
  const stored = { name: 'observation, with its roll-ups', value: bytes / fed.observations(), unit: 'bytes' };
  let changes = 0;
  const changed = await costsOf(
    server,
    'change',
    () => changes,
    async () => {
      const figures = await measureChanges(fed);
      changes = APPENDS_OF_CHANGES * CHANGES_AT_ONCE;
      return figures;
    },
  );
  await fed.store.close();
  return [...observed, stored, ...changed, ...(await measureQuery(server.url(await server.createDatabase())))];
}

/** What the database takes for each, besides. */
async function costsOf(
  server: PostgresServer,
  what: string,
  count: () => number,
  measure: () => Promise<readonly Figure[]>,
): Promise<readonly Figure[]> {
  const [cpu, logged, before] = [databaseMicros(server), await loggedBytes(server), count()];
  const figures = await measure();
  const each = (sum: number) => sum / (count() - before);
  return [
    ...figures,
    { name: `processor time of PostgreSQL, for each ${what}`, value: each(databaseMicros(server) - cpu), unit: 'µs' },
    { name: `write-ahead log, for each ${what}`, value: each((await loggedBytes(server)) - logged), unit: 'bytes' },
  ];
}

async function measureObservations(fed: FedStore): Promise<readonly Figure[]> {
  const cpu = process.cpuUsage();
  const appendsMs: number[] = [];
  const tookMs = await timed(async () => {
    for (let atMs = 0; atMs < OBSERVED_MS; atMs += INTERVAL_MS) {
      appendsMs.push(await timed(() => fed.goOn(INTERVAL_MS, INTERVAL_MS)));
    }
  });
  const { user, system } = process.cpuUsage(cpu);
  return [
    { name: 'observations', value: Math.round(fed.observations() / (tookMs / 1000)), unit: '/s', atLeast: 20_000 },
    {
      name: 'processor time of OpenK, all threads',
      value: (user + system) / fed.observations(),
      unit: 'µs/observation',
    },
    { name: `append of ${COMPONENTS} observations, median`, value: quantile(appendsMs, 0.5), unit: 'ms' },
    { name: 'append that closes a bucket, the longest', value: Math.max(...appendsMs), unit: 'ms' },
  ];
}

async function measureChanges(fed: FedStore): Promise<readonly Figure[]> {
  const appendsMs: number[] = [];
  const tookMs = await timed(async () => {
    for (let at = 0; at < APPENDS_OF_CHANGES; at++) appendsMs.push(await timed(() => fed.change(CHANGES_AT_ONCE)));
  });
  const perSecond = (APPENDS_OF_CHANGES * CHANGES_AT_ONCE) / (tookMs / 1000);
  const single: number[] = [];
  for (let at = 0; at < APPENDS_OF_CHANGES; at++) single.push(await timed(() => fed.change(1)));
  return [
    { name: `changes, ${CHANGES_AT_ONCE} at a time`, value: Math.round(perSecond), unit: '/s', atLeast: 2_000 },
    { name: `append of ${CHANGES_AT_ONCE} changes, p99`, value: quantile(appendsMs, 0.99), unit: 'ms' },
    { name: 'append of one change, median', value: quantile(single, 0.5), unit: 'ms' },
    { name: 'append of one change, p99', value: quantile(single, 0.99), unit: 'ms' },
  ];
}

async function measureQuery(url: string): Promise<readonly Figure[]> {
  const fed = await openFed(url, ASKED, DEFAULT_RETENTION);
  const fromMs = fed.nowMs();
  for (let day = 0; day < DAYS; day++) {
    await fed.goOn(HOUR_MS, 60_000);
    fed.sleep(DAY_MS - HOUR_MS);
  }
  await fed.goOn(1000, 1000);
  const toMs = fromMs + DAYS * DAY_MS;
  const query = { components: fed.ids, parts: [{ fromMs, toMs, stepMs: toMs - fromMs, tierMs: DAY_MS }] } as const;
  const queryMs = await least(5, () => fed.store.availability(query));
  const startMs = await fed.restart();
  await fed.store.close();
  return [
    { name: `${DAYS} days of ${ASKED.toLocaleString('en')} components, one call`, value: queryMs, unit: 'ms' },
    { name: 'start: connect, claim and load', value: startMs, unit: 'ms' },
  ];
}
