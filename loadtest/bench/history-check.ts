// Does what the store does behind the scenes reach those who ask? The p99 of Check on a server that writes every report to a
// file and forgets hundreds of thousands of rows, beside one that has nothing to do.
import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createClient } from '@connectrpc/connect';
import { createGrpcTransport, Http2SessionManager } from '@connectrpc/connect-node';
import Database from 'better-sqlite3';
import { Health } from '../../gen/grpc/health/v1/health_pb.ts';
import { HealthStatus } from '../../gen/openk/common/v1/common_pb.ts';
import { HealthService } from '../../gen/openk/health/v1/health_pb.ts';
import { type SpawnedOpenk, spawnOpenk } from '../../tests/support/spawned-openk.ts';
import { type Figure, median } from './bench.ts';
import { DEFAULT_RETENTION, HOUR_MS, openFed, withFolder } from './history-load.ts';

const COMPONENTS = 1_000;
const OLD_HOURS = 20 * 24;
const OLD_INTERVAL_MS = 300_000;
const ROUNDS = 5;
const ROUND_MS = 2_500;
const WARM_UP_CALLS = 500;
const REPORTS_PER_S = 200;

/** So short that all of what is in the file is too old. */
const CONFIG = [
  'storage: { retention: { transitions: 1h, observations: 1h, five_minutes: 1h, hours: 24h, days: 24h } }',
  'limits: { reports_per_second: 100000, reports_per_second_per_client: 1000000 }',
  'components:',
  ...Array.from({ length: COMPONENTS }, (_, n) => `  - { id: component-${n}, heartbeat: { period: 24h, grace: 1h } }`),
].join('\n');

export async function measureChecks(): Promise<readonly Figure[]> {
  return withFolder(async (folder) => {
    const old = join(folder, 'old.db');
    await fill(old);
    const idle: number[] = [];
    const busy: number[] = [];
    let forgotten = 0;
    for (let round = 0; round < ROUNDS; round++) {
      const [empty, full] = [join(folder, `empty-${round}.db`), join(folder, `full-${round}.db`)];
      await copyFile(old, full);
      idle.push(await measure(empty, 0));
      const rowsBefore = rows(full);
      busy.push(await measure(full, REPORTS_PER_S));
      forgotten += rowsBefore - rows(full);
    }
    if (forgotten === 0) throw new Error('nothing was forgotten while it was measured');
    const ratios = busy.map((p99, round) => p99 / idle[round]!);
    return [
      { name: 'Check, p99, idle', value: median(idle), unit: 'ms', rounds: idle },
      { name: 'Check, p99, flushing and pruning', value: median(busy), unit: 'ms', rounds: busy },
      { name: 'rows forgotten in a round', value: Math.round(forgotten / ROUNDS), unit: '' },
      { name: 'Check, p99: busy to idle', value: median(ratios), unit: '×', atMost: 2, rounds: ratios },
    ];
  });
}

async function fill(path: string): Promise<void> {
  const fed = await openFed(`sqlite:${path}`, COMPONENTS, DEFAULT_RETENTION);
  for (let hour = 0; hour < OLD_HOURS; hour++) {
    await fed.goOn(HOUR_MS, OLD_INTERVAL_MS);
    await fed.change(COMPONENTS / 10);
  }
  await fed.store.close();
}

/** p99 of one caller that asks again as soon as it has its answer, in milliseconds. */
async function measure(path: string, reportsPerS: number): Promise<number> {
  const openk = await spawnOpenk(CONFIG, { storage: `sqlite:${path}` });
  try {
    return await ask(openk, reportsPerS);
  } finally {
    openk.signal('SIGTERM');
    await openk.exited;
    await openk.dispose();
  }
}

async function ask({ address }: SpawnedOpenk, reportsPerS: number): Promise<number> {
  const connections = [address, address].map((baseUrl) => {
    const sessionManager = new Http2SessionManager(baseUrl);
    return { sessionManager, transport: createGrpcTransport({ baseUrl, sessionManager }) };
  });
  const health = createClient(Health, connections[0]!.transport);
  const reporter = createClient(HealthService, connections[1]!.transport);
  let reported = 0;
  const reports = setInterval(() => {
    for (let at = 0; at < reportsPerS / 100; at++) {
      const component = `component-${reported % COMPONENTS}`;
      const status = Math.floor(reported++ / COMPONENTS) % 2 === 0 ? HealthStatus.HEALTHY : HealthStatus.DEGRADED;
      // A report that fails shows in nothing that is measured here.
      reporter.reportHealth({ component, status }).catch(() => {});
    }
  }, 10);
  try {
    for (let call = 0; call < WARM_UP_CALLS; call++) await health.check({ service: 'component-500' });
    const timesMs: number[] = [];
    for (const endMs = performance.now() + ROUND_MS; performance.now() < endMs; ) {
      const startMs = performance.now();
      await health.check({ service: 'component-500' });
      timesMs.push(performance.now() - startMs);
    }
    return timesMs.sort((a, b) => a - b)[Math.floor(timesMs.length * 0.99)]!;
  } finally {
    clearInterval(reports);
    for (const { sessionManager } of connections) sessionManager.abort();
  }
}

function rows(path: string): number {
  const database = new Database(path, { readonly: true });
  const count = (table: string) => database.prepare(`SELECT count(*) FROM ${table}`).pluck().get() as number;
  const all = count('five_minutes') + count('observation') + count('transition');
  database.close();
  return all;
}
