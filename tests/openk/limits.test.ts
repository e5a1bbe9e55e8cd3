// What limits refuse, over the port of a whole OpenK, as /metrics has it.
import '../support/one-realm.ts';
import { createHash } from 'node:crypto';
import { Code, ConnectError, createClient } from '@connectrpc/connect';
import { createGrpcTransport } from '@connectrpc/connect-node';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { RetryInfoSchema } from '../../gen/google/rpc/error_details_pb.ts';
import { Health } from '../../gen/grpc/health/v1/health_pb.ts';
import { HealthService } from '../../gen/openk/health/v1/health_pb.ts';
import { openTransports, type Transports } from '../auth/ways.ts';
import { ask, openHttp2 } from '../support/raw-http2.ts';
import { type RunningOpenk, runOpenk } from '../support/running-openk.ts';

it.each([true, false])('is counted by the key of the limit, with pipeline: %s', async (pipeline) => {
  const openk = await runOpenk(
    `{ server: { pipeline: ${pipeline} }, limits: { grpc_health_list: 1, request_bytes: 1024 }, components: [ { id: job, heartbeat: { period: 1h } } ] }`,
  );
  try {
    const client = createClient(Health, createGrpcTransport({ baseUrl: openk.address }));
    await expect(client.list({})).rejects.toThrow(/limits.grpc_health_list/);
    await expect(client.check({ service: 'x'.repeat(2_000) })).rejects.toThrow(/larger than/);
    await expect(client.check({ service: 'y'.repeat(2_000) })).rejects.toThrow(/larger than/);
    const metrics = await (await fetch(`${openk.address}/metrics`)).text();
    expect(metrics).toMatch(/^openk_limit_refusals_total\{.*limit="grpc_health_list".*\} 1$/m);
    expect(metrics).toMatch(/^openk_limit_refusals_total\{.*limit="request_bytes".*\} 2$/m);
  } finally {
    await openk.close();
  }
});

it('streams that have to wait for their turn are counted too', async () => {
  const openk = await runOpenk('{ limits: { pages_per_connection: 1 }, components: [] }');
  const session = await openHttp2(openk.address, undefined);
  try {
    await Promise.all(Array.from({ length: 3 }, () => ask(session, { ':path': '/metrics' })));
    const metrics = await (await fetch(`${openk.address}/metrics`)).text();
    expect(metrics).toMatch(/^openk_limit_refusals_total\{.*limit="pages_per_connection".*\} 2$/m);
  } finally {
    session.destroy();
    await openk.close();
  }
});

describe.each([true, false])('calls per second, with pipeline: %s', (pipeline) => {
  const sha256 = createHash('sha256').update('secret').digest('hex');
  let openk: RunningOpenk;
  let transports: Transports;
  beforeAll(async () => {
    openk = await runOpenk(`
server: { pipeline: ${pipeline}, trusted_proxies: [127.0.0.0/8] }
limits: { calls_per_second_per_client: 0.2, calls_per_second_per_principal: 0.3 }
auth:
  anonymous: { allow: [READ] }
  keys: [ { id: ci, sha256: "${sha256}", allow: [READ] } ]
components: [ { id: job, heartbeat: { period: 1h } } ]
`);
    transports = openTransports(openk.address);
  });
  afterAll(async () => {
    transports.close();
    await openk.close();
  });

  /** Code or HTTP status, and in how many seconds to come again. */
  type Ending = readonly [how: unknown, retrySeconds: unknown];
  type Headers = Readonly<Record<string, string>>;
  const ofCall = async (call: Promise<unknown>): Promise<Ending> => {
    const error = await call.then(
      () => undefined,
      (reason: unknown) => ConnectError.from(reason),
    );
    const [retry] = error?.findDetails(RetryInfoSchema) ?? [];
    return [error && Code[error.code], retry && Number(retry.retryDelay?.seconds)];
  };
  const get =
    (path: string) =>
    async (headers: Headers): Promise<Ending> => {
      const answer = await fetch(`${openk.address}${path}`, { headers });
      await answer.text();
      const retry = answer.headers.get('retry-after');
      return [answer.status, retry === null ? undefined : Number(retry)];
    };
  const getHealth = (name: string) => (headers: Headers) =>
    ofCall(createClient(HealthService, transports.byName[name]!).getHealth({ component: 'job' }, { headers }));
  const check = (service: string) => (headers: Headers) =>
    ofCall(createClient(Health, transports.byName.gRPC!).check({ service }, { headers }));
  const watch = (service: string) => async (headers: Headers) => {
    const answers = createClient(Health, transports.byName.gRPC!).watch({ service }, { headers });
    return ofCall(answers[Symbol.asyncIterator]().next());
  };
  const times = async (count: number, ask: (headers: Headers) => Promise<Ending>, headers: Headers) => {
    const endings: Ending[] = [];
    for (let n = 0; n < count; n++) endings.push(await ask(headers));
    return endings;
  };
  let clients = 0;
  const newClient = () => ({ 'x-forwarded-for': `198.51.100.${++clients}` });
  const ways = () => [
    ...Object.keys(transports.byName).map((name) => [name, getHealth(name), undefined, 'ResourceExhausted'] as const),
    ['grpc.health.v1 Check', check('job'), undefined, 'ResourceExhausted'] as const,
    ['grpc.health.v1 Watch', watch('job'), undefined, 'ResourceExhausted'] as const,
    ['REST', get('/v1/components/job/health'), 200, 429] as const,
    ['a page', get('/metrics'), 200, 429] as const,
  ];

  it('of one address, by any way', async () => {
    for (const [name, ask, well, refused] of ways()) {
      const endings = await times(3, ask, newClient());
      expect([name, ...endings.map(([how]) => how)]).toEqual([name, well, well, refused]);
      // Pages are text without details, and those who come back within seconds are no harm.
      if (name !== 'a page') expect([name, endings[2]![1]]).toEqual([name, expect.any(Number)]);
    }
  });

  it('of one principal, from any address', async () => {
    const endings: unknown[] = [];
    for (let n = 0; n < 4; n++)
      endings.push(...(await times(1, getHealth('gRPC'), { ...newClient(), authorization: 'Bearer secret' })));
    expect(endings.map((ending) => (ending as Ending)[0])).toEqual([
      undefined,
      undefined,
      undefined,
      'ResourceExhausted',
    ]);
  });

  it('wrong credentials count, and are refused without a look at them', async () => {
    const endings = await times(3, getHealth('gRPC'), { ...newClient(), authorization: 'Bearer wrong' });
    expect(endings.map(([how]) => how)).toEqual(['Unauthenticated', 'Unauthenticated', 'ResourceExhausted']);
  });

  it('what is asked of OpenK itself does not count', async () => {
    const client = newClient();
    await times(3, getHealth('gRPC'), client);
    for (const ask of [check(''), watch('')]) {
      expect(await times(3, ask, client)).toEqual(Array.from({ length: 3 }, () => [undefined, undefined]));
    }
    for (const ask of [get('/livez'), get('/readyz')]) {
      expect(await times(3, ask, client)).toEqual(Array.from({ length: 3 }, () => [200, undefined]));
    }
  });

  it('is counted by its key', async () => {
    const metrics = await (await fetch(`${openk.address}/metrics`)).text();
    expect(metrics).toMatch(/^openk_limit_refusals_total\{.*limit="calls_per_second_per_client".*\} \d+$/m);
    expect(metrics).toMatch(/^openk_limit_refusals_total\{.*limit="calls_per_second_per_principal".*\} 1$/m);
  });
});
