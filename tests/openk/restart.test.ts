// What a restart must not lose: what was seen, and that no revision is given twice.
import '../support/one-realm.ts';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { HealthStatus } from '../../gen/openk/common/v1/common_pb.ts';
import { connectHealthClient } from '../support/running-openk.ts';
import { spawnOpenk } from '../support/spawned-openk.ts';

const CONFIG = `
components:
  - { id: job, heartbeat: { period: 1h } }
  - { id: other, heartbeat: { period: 1h } }
`;

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'openk-restart-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** One life of OpenK over the same file: asks, then ends it by the signal. */
async function live<T>(
  signal: 'SIGTERM' | 'SIGKILL',
  use: (client: ReturnType<typeof connectHealthClient>) => Promise<T>,
): Promise<T> {
  const openk = await spawnOpenk(CONFIG, { storage: `sqlite:${join(folder, 'openk.db')}` });
  const client = connectHealthClient(openk.address);
  try {
    const result = await use(client);
    openk.signal(signal);
    await openk.exited;
    return result;
  } finally {
    client.close();
    await openk.dispose();
  }
}

it('goes on where it was told to stop', async () => {
  const before = await live('SIGTERM', async (client) => {
    await client.reportHealth({ component: 'job', status: HealthStatus.DEGRADED, message: 'slow', runId: '7' });
    return (await client.getHealth({ component: 'job' })).health;
  });
  const after = await live('SIGTERM', async (client) => (await client.getHealth({ component: 'job' })).health);
  expect(after).toEqual(before);
  expect(after?.reason?.message).toBe('slow (run 7)');
});

it('gives no revision twice, also after a crash', async () => {
  const told: bigint[] = [];
  for (const signal of ['SIGKILL', 'SIGKILL', 'SIGTERM', 'SIGKILL'] as const) {
    const { health } = await live(signal, (client) =>
      client.reportHealth({ component: 'other', status: HealthStatus.UNHEALTHY, message: `life ${told.length}` }),
    );
    told.push(health!.revision);
  }
  expect(told).toEqual(told.toSorted((a, b) => (a < b ? -1 : 1)));
  expect(new Set(told).size).toBe(told.length);
});
