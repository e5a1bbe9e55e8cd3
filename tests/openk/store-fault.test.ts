// A store that cannot be written, as it is with a full disk: OpenK goes on, says so, and catches up. Here somebody else holds
// the file's lock.
import '../support/one-realm.ts';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Code } from '@connectrpc/connect';
import { expect, it } from '@jest/globals';
import Database from 'better-sqlite3';
import { HealthStatus } from '../../gen/openk/common/v1/common_pb.ts';
import { connectHealthClient } from '../support/running-openk.ts';
import { spawnOpenk } from '../support/spawned-openk.ts';

const CONFIG = 'components:\n  - { id: job, heartbeat: { period: 1h } }\n';
const TIMEOUT_MS = 120_000;

it(
  'goes on watching and serving, says so, and catches up',
  async () => {
    const folder = await mkdtemp(join(tmpdir(), 'openk-store-fault-'));
    const file = join(folder, 'openk.db');
    const openk = await spawnOpenk(CONFIG, { storage: `sqlite:${file}` });
    const client = connectHealthClient(openk.address);
    const get = async (path: string) => (await fetch(`${openk.address}${path}`)).text();
    const other = new Database(file);
    try {
      expect(await get('/readyz?verbose')).not.toMatch(/history/);
      other.exec('BEGIN IMMEDIATE');
      const report = () => client.reportHealth({ component: 'job', status: HealthStatus.DEGRADED });
      await expect(report()).rejects.toMatchObject({ code: Code.Unavailable });
      const { health } = await client.getHealth({ component: 'job' });
      expect(health?.status).toBe(HealthStatus.DEGRADED);
      const { level, err } = await openk.logged('history cannot be kept, watching goes on');
      expect(level).toBe('error');
      expect(JSON.stringify(err)).toMatch(/storage/);
      expect(await get('/readyz?verbose')).toMatch(/history cannot be kept: storage/);
      expect((await fetch(`${openk.address}/readyz`)).status).toBe(200);
      expect(await get('/metrics')).toMatch(/^openk_storage_failing(\{.*\})? 1$/m);
      other.exec('ROLLBACK');
      await openk.logged('history is kept again, and what waited for it too');
      expect(await get('/readyz?verbose')).not.toMatch(/history/);
      expect(await get('/metrics')).toMatch(/^openk_storage_failing(\{.*\})? 0$/m);
      const { transitions } = await client.listTransitions({ component: 'job' });
      expect(transitions).toMatchObject([{ revision: health?.revision, to: HealthStatus.DEGRADED }]);
    } finally {
      other.close();
      client.close();
      await openk.dispose();
      await rm(folder, { recursive: true, force: true });
    }
  },
  TIMEOUT_MS,
);
