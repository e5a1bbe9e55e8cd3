// How long a change takes from who decides it to a watcher at another instance, and what it costs to stand by: two whole OpenKs on one database.
import { setTimeout as sleep } from 'node:timers/promises';
import { timestampMs } from '@bufbuild/protobuf/wkt';
import { HealthStatus } from '../../gen/openk/common/v1/common_pb.ts';
import type { PostgresServer } from '../../tests/support/postgres.ts';
import { connectHealthClient, type HealthClient } from '../../tests/support/running-openk.ts';
import { launchOpenk, spawnOpenk } from '../../tests/support/spawned-openk.ts';
import type { Figure } from './bench.ts';
import { quantile } from './history.ts';
import { cpuMicros } from './pinned.ts';
import { databaseMicros } from './postgres-costs.ts';

const COMPONENTS = 200;
const CHANGES = 600;
/** Twenty a second, at no times of their own. */
const EVERY_MS = 50;
const IDLE_MS = 10_000;
/** What is promised. */
const AT_MOST_MS = 150;

export async function measureFollowing(server: PostgresServer): Promise<readonly Figure[]> {
  const database = await server.createDatabase();
  const ids = Array.from({ length: COMPONENTS }, (_, at) => `c${at}`);
  const config = `components:\n${ids.map((id) => `  - { id: ${id}, heartbeat: { period: 24h } }\n`).join('')}`;
  const storage = server.url(database);
  const decider = await spawnOpenk(config, { storage });
  const standby = await launchOpenk(config, { storage });
  const clients = [decider.address, await standby.address].map(connectHealthClient) as [HealthClient, HealthClient];
  const stop = new AbortController();
  try {
    const arrivals = clients.map((client) => arrivalsAt(client, stop.signal));
    const idle = await idleCosts(server, database, standby.pid);
    for (let at = 0; at < CHANGES; at++) {
      const status = Math.floor(at / COMPONENTS) % 2 === 0 ? HealthStatus.HEALTHY : HealthStatus.UNHEALTHY;
      await Promise.all([
        clients[0].reportHealth({ component: ids[at % COMPONENTS]!, status }),
        sleep(EVERY_MS * (0.5 + Math.random())),
      ]);
    }
    await sleep(1_000);
    const [near = [], far = []] = arrivals;
    if (far.length < CHANGES) throw new Error(`of ${CHANGES} changes ${far.length} came to the watcher`);
    return [
      { name: 'a change to a watcher at the one that decides, p99', value: quantile(near, 0.99), unit: 'ms' },
      { name: 'to a watcher at another instance, median', value: quantile(far, 0.5), unit: 'ms' },
      { name: 'to a watcher at another instance, p99', value: quantile(far, 0.99), unit: 'ms', atMost: AT_MOST_MS },
      ...idle,
    ];
  } finally {
    stop.abort();
    for (const client of clients) client.close();
    await standby.dispose();
    await decider.dispose();
  }
}

/** From when it was decided until it came, in milliseconds, of each change. */
function arrivalsAt(client: HealthClient, signal: AbortSignal): number[] {
  const found: number[] = [];
  const watch = async () => {
    for await (const { event } of client.watchHealth({}, { signal })) {
      if (event.case !== 'change') continue;
      const nowMs = Date.now();
      for (const { component, since } of event.value.components) {
        if (component.startsWith('c')) found.push(nowMs - timestampMs(since!));
      }
    }
  };
  // It ends with the measurement.
  watch().catch(() => {});
  return found;
}

/** While nothing changes. */
async function idleCosts(server: PostgresServer, database: string, pid: number): Promise<readonly Figure[]> {
  const read = async () => {
    const [row] = await server.query<{ count: number }>(
      database,
      'SELECT xact_commit::float8 AS count FROM pg_stat_database WHERE datname = current_database()',
    );
    return { transactions: row!.count, cpu: cpuMicros(pid), ofDatabase: databaseMicros(server) };
  };
  await sleep(3_000);
  const before = await read();
  await sleep(IDLE_MS);
  const after = await read();
  const share = (micros: number) => (micros / (IDLE_MS * 1_000)) * 100;
  return [
    {
      name: 'two instances, nothing changes: transactions',
      value: (after.transactions - before.transactions) / (IDLE_MS / 1_000),
      unit: '/s',
    },
    { name: 'PostgreSQL beside them: of a core', value: share(after.ofDatabase - before.ofDatabase), unit: '%' },
    { name: 'one that stands by, nothing changes: of a core', value: share(after.cpu - before.cpu), unit: '%' },
  ];
}
