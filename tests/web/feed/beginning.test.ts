// What the page begins with is what the stream begins with, for each who asks.
import { gunzipSync } from 'node:zlib';
import { createGrpcWebTransport } from '@connectrpc/connect-node';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { request } from 'undici';
import { HealthStatus } from '../../../gen/openk/common/v1/common_pb.ts';
import { createBeginnings } from '../../../src/pages/dashboard/beginning.ts';
import { readBeginning } from '../../../web/src/feed/beginning.ts';
import { createFeed } from '../../../web/src/feed/feed-of-tabs.ts';
import type { About, Health } from '../../../web/src/feed/messages.ts';
import { createStandbyView } from '../../services/support/standby-view.ts';
import { group, probe, system } from '../../support/definitions.ts';
import { connectHealthClient, type RunningOpenk, runOpenk } from '../../support/running-openk.ts';

const JOB = 'heartbeat: { period: 1h, grace: 10m }';
const CONFIG = `
components:
  - { id: db, display_name: "The database", ${JOB}, labels: { team: red } }
  - { id: web, ${JOB}, labels: { team: red }, depends_on: [ db ] }
  - { id: off, ${JOB}, maintenance: { active: true, reason: "new disks" } }
  - { id: shop, group: { members: [ { component: web }, { component: db } ] } }
auth: { keys: [ { id: red, sha256: "${'0'.repeat(64)}", allow: [READ], select: [ "team=red" ] } ], anonymous: { allow: [ADMIN] } }
`;
let openk: RunningOpenk;

beforeAll(async () => {
  openk = await runOpenk(CONFIG);
  const client = connectHealthClient(openk.address);
  const say = (component: string, status: HealthStatus, message: string) =>
    client.reportHealth({ component, status, message, duration: { nanos: 1_500_000 } });
  await say('db', HealthStatus.UNHEALTHY, 'the disk is full');
  await say('web', HealthStatus.UNHEALTHY, 'cannot reach db');
  client.close();
});
afterAll(() => openk.close());

const byId = <T extends { readonly id: string }>(all: readonly T[]) => [...all].sort((a, b) => (a.id < b.id ? -1 : 1));

it('is what the stream begins with', async () => {
  const { statusCode, headers, body } = await request(`${openk.address}/dashboard.json`);
  expect([statusCode, headers['cache-control']]).toEqual([200, 'no-store']);
  const beginning = readBeginning(await body.text());

  const transport = createGrpcWebTransport({ baseUrl: openk.address, httpVersion: '1.1' });
  const feed = createFeed({
    transport,
    askLatency: async () => [],
    refreshLogin: async () => false,
    loginAt: async () => undefined,
  });
  const health: Health[] = [];
  const about: About[] = [];
  const revision = await new Promise((resolve) => {
    feed.join(
      (message) => {
        if (message.type === 'update') {
          health.push(...message.health);
          about.push(...message.about);
        } else if (message.type === 'live') resolve(message.revision);
      },
      () => {},
    );
  });
  feed.close();
  expect(beginning.revision).toBe(revision);
  expect(byId(beginning.health)).toEqual(byId(health));
  expect(byId(beginning.about)).toEqual(byId(about));
  const of = (id: string) => beginning.health.find((each) => each.id === id);
  expect(of('web')).toMatchObject({ causedBy: ['db'], latencyMs: 1.5 });
  expect(of('off')).toMatchObject({ maintenance: { reason: 'new disks' } });
  expect(of('shop')!.members).toMatchObject({ total: 2, UNHEALTHY: 2 });
});

it('is compressed for those who take it', async () => {
  const { headers, body } = await request(`${openk.address}/dashboard.json`, {
    headers: { 'accept-encoding': 'gzip' },
  });
  expect([headers['content-encoding'], headers.vary]).toEqual(['gzip', 'accept-encoding']);
  const text = gunzipSync(Buffer.from(await body.arrayBuffer())).toString();
  expect(readBeginning(text).health.length).toBe(5);
});

it('has what thresholds hold back', async () => {
  const reason = { code: 'HTTP_STATUS', message: 'answered 500', evidence: 'oops' };
  const pending = { status: 'UNHEALTHY', count: 1, threshold: 3, reason } as const;
  const health = { component: 'api', status: 'HEALTHY', sinceMs: 5, reason, pending, causedBy: [], revision: 7 };
  const { plain } = await createBeginnings()({
    revision: 7,
    ids: () => ['api'],
    redefinedSince: () => undefined,
    health: () => health as never,
    definition: () => ({ id: 'api', labels: {}, subject: { type: 'probe', kind: 'http' } }) as never,
    parents: () => [],
  });
  expect(readBeginning(plain).health).toEqual([
    {
      id: 'api',
      status: 'HEALTHY',
      since: 5,
      reason: 'HTTP_STATUS',
      message: 'answered 500 (oops)',
      causedBy: [],
      pending: { status: 'UNHEALTHY', count: 1, threshold: 3, message: 'answered 500 (oops)' },
    },
  ]);
});

it('is another where another file has been read at the same revision, as on an instance that stands by', async () => {
  const begin = createBeginnings();
  const { reader, reload } = createStandbyView();
  reload(system(group('root', []), probe('before')));
  const before = await begin(reader);
  expect(await begin(reader)).toBe(before);
  const { revision } = reader;
  reload(system(group('root', []), probe('after')));
  expect(reader.revision).toBe(revision);
  expect(readBeginning((await begin(reader)).plain).health.map(({ id }) => id)).toEqual(['after', 'root']);
});
