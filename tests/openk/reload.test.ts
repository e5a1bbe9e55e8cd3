// A file that changes under a running OpenK: a right one is taken over piece by piece, a wrong one changes nothing.
import '../support/one-realm.ts';
import { rename, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { afterEach, describe, expect, it } from '@jest/globals';
import { HealthStatus } from '../../gen/openk/common/v1/common_pb.ts';
import { connectHealthClient, type RunningOpenk, runOpenk } from '../support/running-openk.ts';
import { type SpawnedOpenk, spawnOpenk } from '../support/spawned-openk.ts';
import { listen } from '../support/upstreams/tcp.ts';

const HEARTBEAT = (id: string) => `  - { id: ${id}, heartbeat: { period: 1h } }\n`;
const CONFIG = `components:\n${HEARTBEAT('kept')}${HEARTBEAT('dropped')}`;

const verbose = async (address: string) => {
  const response = await fetch(`${address}/readyz?verbose`);
  return { status: response.status, text: await response.text() };
};

describe('in the process', () => {
  let openk: RunningOpenk;
  afterEach(() => openk.close());

  it('keeps state, revision and streams of what did not change', async () => {
    openk = await runOpenk(CONFIG);
    const { aggregator } = openk.engine;
    await aggregator.report('kept', { outcome: 'DEGRADED', message: 'slow' });
    const before = aggregator.health('kept');
    const client = connectHealthClient(openk.address);
    const stream = client.watchHealth({ components: ['kept', 'dropped'] })[Symbol.asyncIterator]();
    await stream.next();
    await openk.reloadWith(`components:\n${HEARTBEAT('kept')}${HEARTBEAT('added')}`);
    const { value } = await stream.next();
    expect(value?.event.case).toBe('change');
    expect(value?.event.value).toMatchObject({ components: [], removed: ['dropped'] });
    expect(aggregator.health('kept')).toEqual(before);
    expect(aggregator.health('added')?.status).toBe('UNKNOWN');
    await stream.return?.();
    client.close();
  });

  it.each([
    ['degraded_above', 'degraded_above: 20s', '', true],
    ['unhealthy_threshold', '', 'unhealthy_threshold: 9,', false],
    ['labels', '', 'labels: { team: a },', false],
  ])('of %s: is the component UNKNOWN until its next run?', async (_name, probe, beside, isAnew) => {
    const target = await listen(createServer((_request, response) => response.end()));
    const config = (ofProbe: string, ofComponent: string) =>
      `components:\n  - { id: web, ${ofComponent} interval: 1s, http: { url: "http://${target.target}/", ${ofProbe} } }\n`;
    openk = await runOpenk(config('degraded_above: 10s', ''));
    const client = connectHealthClient(openk.address);
    for await (const { event } of client.watchHealth({ components: ['web'] })) {
      if (event.case !== 'keepAlive' && event.value?.components[0]?.status === HealthStatus.HEALTHY) break;
    }
    client.close();
    await openk.reloadWith(config(probe || 'degraded_above: 10s', beside));
    const changes = openk.log.filter(({ msg, component }) => msg === 'status changed' && component === 'web');
    expect(changes.map(({ to }) => to)).toEqual(isAnew ? ['HEALTHY', 'UNKNOWN'] : ['HEALTHY']);
    await target.close();
  });

  it('warns of what is gone, by number and name', async () => {
    openk = await runOpenk(`components:\n${Array.from({ length: 8 }, (_, n) => HEARTBEAT(`c${n}`)).join('')}`);
    await openk.reloadWith(`components:\n${HEARTBEAT('c0')}`);
    expect(openk.log.filter(({ removed }) => removed !== undefined)).toMatchObject([
      { removed: 7, components: 'c1, c2, c3, c4, c5 and 2 more', msg: 'the configuration has components no more' },
    ]);
    await openk.reloadWith(`components:\n${HEARTBEAT('c0')}${HEARTBEAT('c9')}`);
    expect(openk.log.filter(({ removed }) => removed !== undefined)).toHaveLength(1);
  });

  it('refuses a file that takes away more than its share, and keeps to the share of what runs', async () => {
    const limited = (share: number, ...ids: readonly string[]) =>
      `components:\n${ids.map(HEARTBEAT).join('')}limits: { max_removed_share: ${share} }\n`;
    openk = await runOpenk(limited(0.5, 'a', 'b', 'c', 'd'));
    const { aggregator } = openk.engine;
    const ids = () => aggregator.ids().filter((id) => id !== 'system');
    // Cut at a component, so that its own limit is gone too.
    await openk.reloadWith(`components:\n${HEARTBEAT('a')}`);
    expect(ids()).toEqual(['a', 'b', 'c', 'd']);
    const refused = await verbose(openk.address);
    expect(refused.status).toBe(200);
    expect(refused.text).toMatch(/test\.yaml: limits\.max_removed_share: takes away 3 of 4 components \(b, c, d\)/);
    const metrics = await (await fetch(`${openk.address}/metrics`)).text();
    expect(metrics).toMatch(/^openk_config_last_reload_successful(\{[^}]*\})? 0$/m);
    expect(openk.log.some(({ level, msg }) => level === 50 && /the one before it stays/.test(`${msg}`))).toBe(true);
    await openk.reloadWith(limited(0.5, 'a', 'b', 'x', 'y'));
    expect(ids()).toEqual(['a', 'b', 'x', 'y']);
    expect((await verbose(openk.address)).text).not.toMatch(/reload failed/);
    await openk.reloadWith(limited(1, 'a', 'b', 'x', 'y'));
    await openk.reloadWith(limited(1, 'x'));
    expect(ids()).toEqual(['x']);
    expect(openk.log.filter(({ msg }) => /next start only/.test(`${msg}`))).toEqual([]);
  });

  it('changes nothing for a wrong file, says so on /readyz?verbose, and recovers', async () => {
    openk = await runOpenk(CONFIG);
    const { aggregator } = openk.engine;
    const before = aggregator.revision;
    await openk.reloadWith(`${CONFIG}  - { id: kept, tpc: { target: "127.0.0.1:1" } }\n`);
    expect(aggregator.revision).toBe(before);
    expect(aggregator.ids()).toEqual(['dropped', 'kept', 'system']);
    const failed = await verbose(openk.address);
    expect(failed.status).toBe(200);
    expect(failed.text).toMatch(/configuration reload failed/);
    expect(failed.text).toMatch(/test\.yaml:4:\d+: .*'tpc'.*'tcp'/);
    await openk.reloadWith(CONFIG);
    expect((await verbose(openk.address)).text).not.toMatch(/reload failed/);
  });
});

describe('as a process', () => {
  let openk: SpawnedOpenk;
  afterEach(() => openk.dispose());

  it('takes over a file that was replaced, as editors do it', async () => {
    openk = await spawnOpenk(CONFIG);
    await writeFile(`${openk.configPath}.new`, `components:\n${HEARTBEAT('added')}`);
    await rename(`${openk.configPath}.new`, openk.configPath);
    await openk.logged('configuration reloaded');
    expect((await fetch(`${openk.address}/healthz/added`)).status).toBe(503);
    expect((await fetch(`${openk.address}/healthz/dropped`)).status).toBe(404);
  });

  it('reads again on SIGHUP, and logs every fault of a wrong file', async () => {
    openk = await spawnOpenk(CONFIG);
    await writeFile(openk.configPath, 'components:\n  - { id: "no good", tcp: { target: nowhere } }\n');
    openk.signal('SIGHUP');
    const { faults } = await openk.logged('the configuration is wrong, the one before it stays');
    expect(faults).toEqual([
      expect.stringMatching(/:2:\d+: components\[0\]\.id: /),
      expect.stringMatching(/:2:\d+: components\[0\]\.tcp\.target: must be HOST:PORT/),
    ]);
    expect((await fetch(`${openk.address}/healthz/kept`)).status).toBe(503);
  });
});

describe('at the start', () => {
  it('refuses a wrong file with exit code 2 and every fault', async () => {
    await expect(spawnOpenk('components:\n  - { id: a }\n  - { id: a }\n')).rejects.toThrow(
      /it ended with 2 .*:2:5: components\[0\].*:3:5: components\[1\].*/s,
    );
  });

  it.each([
    [{ listen: 'localhost' }, /it ended with 2 .*--listen or OPENK_LISTEN: must be HOST:PORT/],
    [{ storage: 'mysql://u:secret@db/x' }, /it ended with 2 (?!.*secret).*--storage or OPENK_STORAGE: must be memory:/],
    [
      { storage: 'sqlite:/dev/null/x' },
      /it ended with 2 .*storage sqlite:\/dev\/null\/x: cannot be opened.*Check the path/,
    ],
    [
      { env: { OTEL_EXPORTER_OTLP_ENDPOINT: 'collector:4318' } },
      /it ended with 2 .*OTEL_EXPORTER_OTLP_ENDPOINT: is not a URL/,
    ],
  ])('refuses %j with exit code 2, and starts nothing', async (flags, message) => {
    await expect(spawnOpenk(CONFIG, flags)).rejects.toThrow(message);
  });

  it('refuses an address that is taken with exit code 1', async () => {
    const first = await spawnOpenk(CONFIG);
    try {
      const port = new URL(first.address).port;
      await expect(spawnOpenk(CONFIG, { listen: `127.0.0.1:${port}` })).rejects.toThrow(/it ended with 1 /);
    } finally {
      await first.dispose();
    }
  });
});
