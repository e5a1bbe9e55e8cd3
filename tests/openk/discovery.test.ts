// Components that a file of targets gives, in a whole OpenK: they come, go, stay over reloads, and are served to Prometheus.
import { rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { connectHealthClient, type RunningOpenk, runOpenk } from '../support/running-openk.ts';
import { createTemporaryFiles, type TemporaryFiles } from '../support/temporary-files.ts';

let files: TemporaryFiles;
let openk: RunningOpenk | undefined;
beforeEach(() => {
  files = createTemporaryFiles();
});
afterEach(async () => {
  await openk?.close();
  openk = undefined;
  files.remove();
});

const config = (more = '', template = '') => `
discovery:
  - id: shop
    file_sd: { files: [ "${files.path('*.json')}" ], refresh_interval: 1s }
    keep_for: 0s
    template: { tcp: { target: "{{address}}" }, interval: 1s, unhealthy_threshold: 1 ${template} }
${more}
components:
  - { id: top, group: { members: [ { component: shop } ] } }
`;
const health = (id: string) => openk!.engine.aggregator.health(id);
const status = (id: string) => health(id)?.status;
/** Waits for changes, and looks at each. */
async function until(holds: () => boolean): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const look = () => {
    if (holds()) resolve();
  };
  const end = openk!.engine.aggregator.subscribe(undefined, look, true);
  look();
  await promise;
  end();
}
async function listen(): Promise<{ readonly address: string; close(): void }> {
  const server = createServer((socket) => socket.destroy()).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as { port: number };
  return { address: `127.0.0.1:${port}`, close: () => void server.close() };
}
const idOf = (address: string) => `shop.${address.replace(':', '_')}`;
const write = (targets: readonly unknown[], labels: Readonly<Record<string, unknown>> = { team: 'x' }) =>
  files.write('targets.json', JSON.stringify([{ targets, labels }]));

it('come, go and stay as their source says', async () => {
  const [one, two] = [await listen(), await listen()];
  try {
    write([one.address]);
    openk = await runOpenk(config());
    await until(() => status(idOf(one.address)) === 'HEALTHY' && status('discovery.shop') === 'HEALTHY');
    await until(() => status('top') === 'HEALTHY');
    const before = health(idOf(one.address))!;

    expect(openk.engine.aggregator.definition(idOf(one.address))!.source).toBe('shop');

    // A bad one is left out alone, and said.
    write([one.address, two.address, 5]);
    await until(() => status(idOf(two.address)) === 'HEALTHY' && status('discovery.shop') === 'DEGRADED');
    expect(health('discovery.shop')!.reason).toEqual({
      code: 'DISCOVERY_BAD_TARGETS',
      message: 'some targets cannot be taken',
      evidence: '1 left out: group 1, target 3: is no text',
    });

    // A file that is none keeps all.
    files.write('targets.json', '[{');
    await until(() => status('discovery.shop') === 'UNKNOWN');
    expect(status('system')).toBe('UNKNOWN');
    expect(openk.engine.aggregator.memberIds('shop')).toEqual([idOf(one.address), idOf(two.address)].sort());

    // So does a reload, of what it does not change.
    expect(await openk.reloadWith(config('    limit: 7', ', labels: { tier: web }'))).toBe(true);
    expect(health(idOf(one.address))).toMatchObject({ sinceMs: before.sinceMs, status: 'HEALTHY' });
    expect(openk.engine.aggregator.definition(idOf(one.address))!.labels).toEqual({ team: 'x', tier: 'web' });

    write([two.address]);
    await until(() => health(idOf(one.address)) === undefined);
    expect(status(idOf(two.address))).toBe('HEALTHY');

    files.write('targets.json', '[]');
    await until(() => health(idOf(two.address)) === undefined && status('discovery.shop') === 'HEALTHY');
    expect(openk.log.map(({ msg, removed }) => [msg, removed])).toContainEqual([
      'components are watched no more: their sources do not name them any longer',
      1,
    ]);
    expect([status('shop'), status('top'), status('system')]).toEqual(['UNKNOWN', 'UNKNOWN', 'UNKNOWN']);
  } finally {
    one.close();
    two.close();
  }
});

it('are there after a restart while their source is down, as they were', async () => {
  const one = await listen();
  const storageUrl = `sqlite:${files.path('openk.db')}`;
  const lost = config().replace('*.json', 'targets.json').replace('keep_for: 0s', 'keep_for: 1h');
  const start = async (text = lost) => {
    openk = await runOpenk(text, {}, '127.0.0.1', { storageUrl });
  };
  try {
    write([one.address]);
    await start();
    await until(() => status(idOf(one.address)) === 'HEALTHY');
    const { sinceMs } = health(idOf(one.address))!;
    await openk!.close();

    rmSync(files.path('targets.json'));
    await start();
    expect(openk!.engine.aggregator.memberIds('shop')).toEqual([idOf(one.address)]);
    expect(health(idOf(one.address))).toMatchObject({ status: 'HEALTHY', sinceMs });
    await until(() => health('discovery.shop')?.reason.code === 'DISCOVERY_LOST');
    expect(health('discovery.shop')).toMatchObject({
      status: 'UNKNOWN',
      reason: { message: 'the source cannot be read, what it gave before is kept' },
    });
    await openk!.close();

    // Nor is it forgotten because nobody could read it meanwhile; a source that asks for something else begins anew.
    await start(lost.replace('targets.json', 'others.json'));
    expect(openk!.engine.aggregator.memberIds('shop')).toEqual([]);
    await openk!.close();
    await start();
    expect(openk!.engine.aggregator.memberIds('shop')).toEqual([idOf(one.address)]);

    files.write('targets.json', '[]');
    await until(() => status('discovery.shop') === 'HEALTHY');
    expect(openk!.engine.aggregator.memberIds('shop')).toEqual([idOf(one.address)]);
  } finally {
    one.close();
  }
});

it('are in every answer, in metrics, and targets for Prometheus', async () => {
  write(['127.0.0.1:9'], { team: 'x', 'app.kubernetes.io/name': 'web', __meta: 'hidden' });
  const key =
    'auth: { anonymous: { allow: [ READ ] }, keys: [ { id: prom, sha256: "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08", allow: [ EXPLAIN ] } ] }';
  openk = await runOpenk(`${config('    limit: 1', ', display_name: "Web {{port}}"')}\n${key}`);
  const get = (path: string, headers = {}) => fetch(new URL(path, openk!.address), { headers });
  expect((await get('/v1/sd/prometheus')).status).toBe(401);
  const answer = await get('/v1/sd/prometheus', { 'x-api-key': 'test' });
  expect(answer.headers.get('content-type')).toMatch(/^application\/json/);
  expect(await answer.json()).toEqual([
    {
      targets: ['127.0.0.1:9'],
      labels: {
        __meta_openk_label_team: 'x',
        __meta_openk_label_app_kubernetes_io_name: 'web',
        __meta_openk_component: 'shop.127.0.0.1_9',
        __meta_openk_kind: 'tcp',
        __meta_openk_display_name: 'Web 9',
        component: 'shop.127.0.0.1_9',
      },
    },
  ]);
  const shown = await get('/v1/components/shop.127.0.0.1_9', { 'x-api-key': 'test' });
  expect(await shown.json()).toMatchObject({ definition: { tcp: { target: '127.0.0.1:9' }, displayName: 'Web 9' } });
  const client = connectHealthClient(openk.address);
  const { components } = await client.listComponents({ parent: 'shop' });
  expect(components.map(({ id }) => id)).toEqual(['shop.127.0.0.1_9']);
  client.close();
  const metrics = await (await get('/metrics')).text();
  expect(metrics).toMatch(/openk_discovery_targets\{[^}]*source="shop",state="watched"[^}]*\} 1/);
  expect(metrics).toMatch(/openk_discovery_failures_total\{[^}]*source="shop"[^}]*\} 0/);
  expect(metrics).toMatch(/openk_discovery_last_success_timestamp_seconds\{[^}]*source="shop"/);
});
