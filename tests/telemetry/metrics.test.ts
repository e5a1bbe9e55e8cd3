// What a running OpenK shows at /metrics: the calls of real clients, the streams that are open, every component.

import { Code, ConnectError, createClient, type Transport } from '@connectrpc/connect';
import { createConnectTransport, createGrpcTransport, createGrpcWebTransport } from '@connectrpc/connect-node';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { HealthStatus } from '../../gen/openk/common/v1/common_pb.ts';
import { HealthService } from '../../gen/openk/health/v1/health_pb.ts';
import { type RunningOpenk, runOpenk } from '../support/running-openk.ts';
import { parsePrometheusText, type Scrape } from './prometheus-text.ts';
import '../support/one-realm.ts';

const SERVICE = 'openk.health.v1.HealthService';
const METHOD = `${SERVICE}/GetHealth`;
const COUNT = 'rpc_server_call_duration_seconds_count';

let openk: RunningOpenk;
beforeAll(async () => {
  openk = await runOpenk(`
components:
  - { id: job, heartbeat: { period: 1h, grace: 1m } }
`);
});
afterAll(() => openk.close());

async function scrape(): Promise<Scrape> {
  const response = await fetch(`${openk.address}/metrics`);
  expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
  return parsePrometheusText(await response.text());
}

/** What `count` came to between two scrapes, by labels. A call is counted when its connection has let go of it. */
async function observations(before: Scrape, expected: number): Promise<Record<string, number>> {
  for (;;) {
    const after = await scrape();
    const grown = new Map<string, number>();
    for (const { labels, value } of after.find(COUNT)) {
      const [known] = before.find(COUNT, labels);
      const growth = value - (known?.value ?? 0);
      const { openk_protocol, rpc_method, rpc_status_code } = labels;
      if (growth > 0) grown.set(`${openk_protocol} ${rpc_method} ${rpc_status_code}`, growth);
    }
    const total = [...grown.values()].reduce((sum, growth) => sum + growth, 0);
    if (total >= expected) return Object.fromEntries(grown);
  }
}

const transports: readonly [string, (baseUrl: string) => Transport][] = [
  ['grpc', (baseUrl) => createGrpcTransport({ baseUrl })],
  ['grpc_web', (baseUrl) => createGrpcWebTransport({ baseUrl, httpVersion: '1.1' })],
  ['connect', (baseUrl) => createConnectTransport({ baseUrl, httpVersion: '1.1' })],
];

describe.each(transports)('%s', (protocol, createTransport) => {
  it('counts a call that went well', async () => {
    const client = createClient(HealthService, createTransport(openk.address));
    const before = await scrape();
    await client.getHealth({ component: 'job' });
    expect(await observations(before, 1)).toEqual({ [`${protocol} ${METHOD} OK`]: 1 });
  });

  it('counts an error of the client', async () => {
    const client = createClient(HealthService, createTransport(openk.address));
    const before = await scrape();
    await expect(client.getHealth({ component: 'nobody' })).rejects.toMatchObject({ code: Code.NotFound });
    expect(await observations(before, 1)).toEqual({ [`${protocol} ${METHOD} NOT_FOUND`]: 1 });
  });

  it('counts a stream that its caller cancels, and no longer as open', async () => {
    const client = createClient(HealthService, createTransport(openk.address));
    const before = await scrape();
    const cancel = new AbortController();
    const read = async () => {
      for await (const _ of client.watchHealth({ components: ['job'] }, { signal: cancel.signal })) {
        const open = (await scrape()).find('openk_watch_streams', { service: SERVICE });
        expect(open[0]?.value).toBe(1);
        cancel.abort();
      }
    };
    await expect(read()).rejects.toBeInstanceOf(ConnectError);
    expect(await observations(before, 1)).toEqual({ [`${protocol} ${SERVICE}/WatchHealth CANCELLED`]: 1 });
    expect((await scrape()).find('openk_watch_streams', { service: SERVICE })[0]?.value).toBe(0);
  });

  it('counts a stream that reaches its deadline', async () => {
    const client = createClient(HealthService, createTransport(openk.address));
    const before = await scrape();
    const read = async () => {
      for await (const _ of client.watchHealth({}, { timeoutMs: 200 }));
    };
    await expect(read()).rejects.toMatchObject({ code: Code.DeadlineExceeded });
    const seen = Object.entries(await observations(before, 1));
    expect(seen).toHaveLength(1);
    // At the deadline the server's timer and the client's reset race.
    expect(seen[0]?.[0]).toMatch(/WatchHealth (?:DEADLINE_EXCEEDED|CANCELLED)$/);
  });
});

describe('/metrics', () => {
  it('has one status for each component', async () => {
    const { find } = await scrape();
    for (const component of ['job', 'system']) {
      const samples = find('openk_component_status', { component });
      expect(samples.map(({ labels }) => labels.status).sort()).toEqual([
        'DEGRADED',
        'HEALTHY',
        'MAINTENANCE',
        'UNHEALTHY',
        'UNKNOWN',
      ]);
      expect(samples.reduce((sum, { value }) => sum + value, 0)).toBe(1);
    }
  });

  it('says what is suppressed by a dependency, what each component is, and how its members are', async () => {
    const shop = await runOpenk(`
components:
  - { id: db, labels: { team: storage }, tcp: { target: "127.0.0.1:1" }, interval: 1s, unhealthy_threshold: 1 }
  - { id: api, tcp: { target: "127.0.0.1:1" }, depends_on: [db], interval: 1s, unhealthy_threshold: 1 }
`);
    try {
      const scrapeShop = async () => parsePrometheusText(await (await fetch(`${shop.address}/metrics`)).text());
      let last = await scrapeShop();
      while (last.find('openk_component_status', { status: 'UNHEALTHY' }).some(({ value }) => value === 0)) {
        last = await scrapeShop();
      }
      const shown = (name: string, labels: Record<string, string>) => last.find(name, labels).map((s) => s.value);
      expect(shown('openk_component_suppressed', { component: 'api' })).toEqual([1]);
      expect(shown('openk_component_suppressed', { component: 'db' })).toEqual([0]);
      expect(shown('openk_component_info', { component: 'db', kind: 'tcp', team: 'storage' })).toEqual([1]);
      expect(shown('openk_group_members', { component: 'system', status: 'UNHEALTHY' })).toEqual([2]);
      expect(shown('openk_component_last_latency_seconds', { component: 'db' })).toEqual([expect.any(Number)]);
    } finally {
      await shop.close();
    }
  });

  it.each([
    ['gzip', 'gzip'],
    ['br;q=1.0, GZIP;q=0.5', 'gzip'],
    ['gzip;q=0, identity', null],
    ['identity', null],
  ])('for Accept-Encoding: %s is encoded as %s', async (accepted, encoding) => {
    const response = await fetch(`${openk.address}/metrics`, { headers: { 'accept-encoding': accepted } });
    expect(response.headers.get('content-encoding')).toBe(encoding);
    expect(response.headers.get('vary')?.toLowerCase()).toContain('accept-encoding');
    expect(parsePrometheusText(await response.text()).find('openk_component_status')).toHaveLength(10);
  });

  it('tells whether the last reload was taken', async () => {
    await openk.reloadWith('components: 7');
    expect((await scrape()).find('openk_config_last_reload_successful')[0]?.value).toBe(0);
    await openk.reloadWith('components: [{ id: job, heartbeat: { period: 1h, grace: 1m } }]');
    expect((await scrape()).find('openk_config_last_reload_successful')[0]?.value).toBe(1);
  });
});

it('observes nothing when it is off', async () => {
  const off = await runOpenk('components: [{ id: job, heartbeat: { period: 1h, grace: 1m } }]', {
    OTEL_SDK_DISABLED: 'true',
  });
  try {
    const client = createClient(HealthService, createConnectTransport({ baseUrl: off.address, httpVersion: '1.1' }));
    await client.reportHealth({ component: 'job', status: HealthStatus.HEALTHY });
    const { health } = await client.getHealth({ component: 'job' });
    expect(health?.status).toBe(HealthStatus.HEALTHY);
    expect((await fetch(`${off.address}/metrics`)).status).toBe(404);
  } finally {
    await off.close();
  }
});

it.each(['openk_storage_backlog', 'openk_storage_dropped_total'])('%s has each kind of record', async (name) => {
  const kinds = (await scrape()).find(name).map(({ labels }) => labels.record);
  expect(kinds.toSorted()).toEqual(['alert', 'audit_entry', 'delivery', 'observation', 'transition']);
});
