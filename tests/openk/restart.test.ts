// What a restart must not lose, and what it must not make up: over the real process, ended well and killed.
import '../support/one-realm.ts';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { durationMs, timestampFromMs } from '@bufbuild/protobuf/wkt';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { HealthStatus } from '../../gen/openk/common/v1/common_pb.ts';
import type { WatchHealthResponse } from '../../gen/openk/health/v1/health_pb.ts';
import { connectHealthClient, type HealthClient } from '../support/running-openk.ts';
import { spawnOpenk } from '../support/spawned-openk.ts';

const CONFIG = `
components:
  - { id: job, heartbeat: { period: 1h } }
  - { id: other, heartbeat: { period: 1h } }
`;
/** Each life is a process, and the machine may be busy. */
jest.setTimeout(120_000);

const SIGNALS = ['SIGTERM', 'SIGKILL'] as const;

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'openk-restart-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** One life of OpenK over the same file: asks, then ends it by the signal. */
async function live<T>(
  signal: (typeof SIGNALS)[number],
  use: (client: HealthClient) => Promise<T>,
  config = CONFIG,
): Promise<T> {
  const openk = await spawnOpenk(config, { storage: `sqlite:${join(folder, 'openk.db')}` });
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

const report = async (client: HealthClient, component: string, status: HealthStatus, message = 'said so') =>
  (await client.reportHealth({ component, status, message })).health!;

/** Reads messages until one is as wanted. */
async function until(
  client: HealthClient,
  request: { readonly components?: string[]; readonly sinceRevision?: bigint },
  isWanted: (message: WatchHealthResponse) => boolean = () => true,
): Promise<WatchHealthResponse> {
  for await (const message of client.watchHealth(request)) if (isWanted(message)) return message;
  throw new Error('the stream ended');
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
    const { revision } = await live(signal, (client) =>
      report(client, 'other', HealthStatus.UNHEALTHY, `life ${told.length}`),
    );
    told.push(revision);
  }
  expect(told).toEqual(told.toSorted((a, b) => (a < b ? -1 : 1)));
  expect(new Set(told).size).toBe(told.length);
});

it('has after a crash every report that was answered, also one that changed nothing', async () => {
  const before = await live('SIGKILL', async (client) => {
    await report(client, 'job', HealthStatus.HEALTHY);
    return report(client, 'job', HealthStatus.HEALTHY);
  });
  const after = await live('SIGTERM', async (client) => (await client.getHealth({ component: 'job' })).health);
  expect(after).toEqual(before);
});

describe.each(SIGNALS)('after %s', (signal) => {
  it('lets a watcher go on without a gap, also over what the configuration lost meanwhile', async () => {
    const seen = await live(signal, async (client) => {
      await report(client, 'other', HealthStatus.HEALTHY);
      const { event } = await until(client, {});
      await report(client, 'job', HealthStatus.DEGRADED, 'while it was away');
      return event.value!.revision;
    });
    // Nothing but what it missed, and what the restart has changed.
    const missed = await live(signal, (client) => until(client, { sinceRevision: seen }));
    expect(missed.event).toMatchObject({ case: 'change', value: { removed: [] } });
    const { components } = missed.event.value as { components: readonly { component: string }[] };
    expect(components.map(({ component }) => component)).toEqual(['job', 'system']);
    const { revision } = missed.event.value!;
    const without = CONFIG.replace(/.*other.*\n/, '');
    const lost = await live(signal, (client) => until(client, { sinceRevision: revision }), without);
    expect(lost.event).toMatchObject({
      case: 'change',
      value: { removed: ['other'], components: [{ component: 'system' }] },
    });
  });

  it('makes no transition up, and says that it does not know what was while it was down', async () => {
    const beganMs = Date.now();
    const history = async (client: HealthClient) =>
      (await client.listTransitions({ includeMembers: true })).transitions;
    const before = await live(signal, async (client) => {
      await report(client, 'job', HealthStatus.HEALTHY);
      await report(client, 'other', HealthStatus.HEALTHY);
      return history(client);
    });
    expect(before.map(({ component, to }) => [component, to])).toEqual([
      ['system', HealthStatus.HEALTHY],
      ['other', HealthStatus.HEALTHY],
      ['job', HealthStatus.HEALTHY],
    ]);
    const endedMs = Date.now();
    // Time goes by: somebody else's life.
    await (await spawnOpenk(CONFIG)).dispose();
    const againMs = Date.now();
    await live('SIGTERM', async (client) => {
      expect(await history(client)).toEqual(before);
      const meanwhile = timestampFromMs((endedMs + againMs) / 2);
      const { health } = await client.getHealth({ component: 'job', at: meanwhile });
      expect(health).toMatchObject({ status: HealthStatus.UNKNOWN, reason: { code: 'NOT_RUNNING' } });
      const { availability } = await client.getAvailability({ component: 'job', window: { seconds: 300n } });
      const { from, to, time } = availability!.total!;
      const widthMs = (Number(to!.seconds) - Number(from!.seconds)) * 1000 + (to!.nanos - from!.nanos) / 1e6;
      expect(durationMs(time!.healthy!)).toBeLessThanOrEqual(Date.now() - beganMs - (againMs - endedMs));
      expect(durationMs(time!.healthy!) + durationMs(time!.unknown!)).toBeCloseTo(widthMs, 0);
      expect(time!.unhealthy).toBeUndefined();
    });
  });

  it('counts on where a threshold was', async () => {
    let asked = 0;
    const upstream = createServer((_request, response) => {
      asked += 1;
      response.writeHead(asked === 1 ? 200 : 500).end();
    });
    await new Promise<void>((resolve) => upstream.listen(0, '127.0.0.1', resolve));
    const { port } = upstream.address() as { port: number };
    const config = `components:
  - id: web
    http: { url: "http://127.0.0.1:${port}/" }
    interval: 2s
    timeout: 1s
    stale_after: 5m
    unhealthy_threshold: 3
`;
    const health = ({ event }: WatchHealthResponse) =>
      event.case === 'snapshot' || event.case === 'change' ? event.value.components[0] : undefined;
    const watched = { components: ['web'] };
    try {
      const before = await live(
        signal,
        (client) => until(client, watched, (message) => health(message)?.pending?.count === 2),
        config,
      );
      expect(health(before)?.status).toBe(HealthStatus.HEALTHY);
      expect(asked).toBe(3);
      await live(
        'SIGTERM',
        (client) => until(client, watched, (message) => health(message)?.status === HealthStatus.UNHEALTHY),
        config,
      );
      expect(asked).toBe(4);
    } finally {
      upstream.closeAllConnections();
      upstream.close();
    }
  });
});
