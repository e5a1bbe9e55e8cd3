// History of a whole OpenK, asked over its own port: what was reported is what is remembered, in every protocol.
import '../support/one-realm.ts';
import { timestampFromMs, timestampMs } from '@bufbuild/protobuf/wkt';
import { createClient } from '@connectrpc/connect';
import { createConnectTransport, createGrpcTransport, createGrpcWebTransport } from '@connectrpc/connect-node';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { HealthStatus } from '../../gen/openk/common/v1/common_pb.ts';
import { HealthService } from '../../gen/openk/health/v1/health_pb.ts';
import { connectHealthClient, type RunningOpenk, runOpenk } from '../support/running-openk.ts';

const CONFIG = `
components:
  - id: job
    heartbeat: { period: 1h }
  - id: jobs
    group: { members: [ { component: job } ] }
`;
const REPORTS = [HealthStatus.HEALTHY, HealthStatus.UNHEALTHY, HealthStatus.DEGRADED];

let openk: RunningOpenk;
beforeAll(async () => {
  openk = await runOpenk(CONFIG);
  const client = connectHealthClient(openk.address);
  for (const status of REPORTS) {
    await client.reportHealth({ component: 'job', status, duration: { seconds: 2n, nanos: 0 } });
  }
  client.close();
});
afterAll(() => openk.close());

const transports = {
  grpc: () => createGrpcTransport({ baseUrl: openk.address }),
  'gRPC-Web': () => createGrpcWebTransport({ baseUrl: openk.address, httpVersion: '1.1' }),
  Connect: () => createConnectTransport({ baseUrl: openk.address, httpVersion: '1.1', useHttpGet: true }),
};

describe.each(Object.entries(transports))('over %s', (_name, createTransport) => {
  it('every change that was told is listed, as soon as it was told', async () => {
    const client = createClient(HealthService, createTransport());
    const { transitions } = await client.listTransitions({ component: 'jobs', includeMembers: true });
    expect(transitions.map(({ component, to }) => [component, to])).toEqual([
      ['jobs', HealthStatus.DEGRADED],
      ['job', HealthStatus.DEGRADED],
      ['jobs', HealthStatus.UNHEALTHY],
      ['job', HealthStatus.UNHEALTHY],
      ['jobs', HealthStatus.HEALTHY],
      ['job', HealthStatus.HEALTHY],
    ]);
  });

  it('a past time has the health of then', async () => {
    const client = createClient(HealthService, createTransport());
    const { transitions } = await client.listTransitions({ component: 'job' });
    const [latest] = transitions;
    const { health } = await client.getHealth({ component: 'job', at: latest!.time! });
    expect(health).toMatchObject({ status: HealthStatus.DEGRADED, revision: latest!.revision });
    const before = await client.getHealth({ component: 'job', at: timestampFromMs(0) });
    expect(before.health).toMatchObject({ status: HealthStatus.UNKNOWN, reason: { code: 'NO_RECORD' } });
  });

  it('availability ends where it is accounted for, and no later', async () => {
    const client = createClient(HealthService, createTransport());
    const { from, to, availability } = await client.getAvailability({ component: 'job' });
    expect(timestampMs(to!)).toBeLessThanOrEqual(Date.now());
    expect(timestampMs(from!)).toBeLessThanOrEqual(timestampMs(to!) - 86_400_000 + 60_000);
    expect(availability?.total?.time).toBeDefined();
  });
});

it('REST takes times and durations in the query, and names the field that is wrong', async () => {
  const ask = async (path: string) => {
    const response = await fetch(`${openk.address}/v1/components/${path}`);
    return { status: response.status, body: await response.json() };
  };
  const listed = await ask('job/transitions?from=2020-01-01T00:00:00Z&pageSize=2');
  expect(listed.body).toMatchObject({ transitions: [{ component: 'job' }, { component: 'job' }] });
  const next = await ask(
    `job/transitions?from=2020-01-01T00:00:00Z&pageSize=2&pageToken=${(listed.body as { nextPageToken: string }).nextPageToken}`,
  );
  expect(next.body).toMatchObject({ transitions: [{ to: 'HEALTH_STATUS_HEALTHY' }] });
  const counted = await ask('job/availability?window=3600s&step=300s&unknown=COUNTING_DOWNTIME&includeMembers=true');
  expect(counted).toMatchObject({ status: 200, body: { resolution: '300s', availability: { component: 'job' } } });
  expect(await ask('job/availability?step=301s')).toMatchObject({
    status: 400,
    body: { details: expect.arrayContaining([expect.objectContaining({ reason: 'INVALID_REQUEST' })]) },
  });
  expect(await ask('nosuch/availability')).toMatchObject({ status: 404 });
  expect(await ask('job/health?at=2999-01-01T00:00:00Z')).toMatchObject({ status: 400 });
});
