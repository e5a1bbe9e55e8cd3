// A reload that fails when its components are taken over leaves all as it was, also what comes before them.
import '../support/one-realm.ts';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { pino } from 'pino';
import type { ConfigResult } from '../../src/config/read-config.ts';
import { readConfigFile, startOpenk } from '../../src/embed.ts';
import { listen } from '../support/upstreams/tcp.ts';

/** One component twice, which the check of a file refuses. */
function withFault(result: ConfigResult): ConfigResult {
  if (!result.ok) return result;
  const { config } = result;
  const components = config.system.components.flatMap((definition) => [definition, definition]);
  return { ok: true, config: { ...config, system: { ...config.system, components } } };
}

it('who may be connected to stays', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'openk-failed-reload-'));
  const target = await listen(createServer((socket) => socket.on('error', () => {}).end()));
  const write = (denied: string) =>
    writeFile(
      join(directory, 'openk.yaml'),
      [
        'listen: 127.0.0.1:0',
        'storage: { url: "memory:" }',
        `probes: { deny_addresses: [${denied}] }`,
        `components: [ { id: db, interval: 1s, unhealthy_threshold: 1, tcp: { target: "${target.target}" } } ]`,
      ].join('\n'),
    );
  await write('');
  const load = async () => withFault(await readConfigFile(join(directory, 'openk.yaml')));
  const first = await readConfigFile(join(directory, 'openk.yaml'));
  if (!first.ok) throw new Error(JSON.stringify(first.faults));
  const openk = await startOpenk({ config: first.config, load, logger: pino({ level: 'silent' }) });
  const { aggregator } = openk.engine;
  const nextLook = () =>
    new Promise<void>((resolve) => {
      const before = aggregator.health('db')?.checkedAtMs;
      const look = () => (aggregator.health('db')?.checkedAtMs === before ? setTimeout(look, 10) : resolve());
      look();
    });
  await write('127.0.0.0/8');

  const isReloaded = await openk.reload();

  expect(isReloaded).toBe(false);
  await nextLook();
  await nextLook();
  expect(aggregator.health('db')).toMatchObject({ status: 'HEALTHY', reason: { code: 'OK' } });
  await openk.close();
  await target.close();
  await rm(directory, { recursive: true });
});
