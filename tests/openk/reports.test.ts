// Reports over the port, in every protocol: none is lost for its form, none is answered that a crash would lose, and none
// comes so often that it harms.
import '../support/one-realm.ts';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Code, ConnectError, createClient } from '@connectrpc/connect';
import { createConnectTransport, createGrpcTransport, createGrpcWebTransport } from '@connectrpc/connect-node';
import { afterEach, describe, expect, it } from '@jest/globals';
import Database from 'better-sqlite3';
import { ErrorInfoSchema, RetryInfoSchema } from '../../gen/google/rpc/error_details_pb.ts';
import { HealthStatus } from '../../gen/openk/common/v1/common_pb.ts';
import { HealthService } from '../../gen/openk/health/v1/health_pb.ts';
import { envelope } from '../support/envelope.ts';
import { type RunningOpenk, runOpenk } from '../support/running-openk.ts';
import { type SpawnedOpenk, spawnOpenk } from '../support/spawned-openk.ts';
import { unreadableReport } from '../support/unreadable-report.ts';

const TIMEOUT_MS = 60_000;
const STATUSES = [HealthStatus.HEALTHY, HealthStatus.DEGRADED, HealthStatus.UNHEALTHY];
const METHOD = '/openk.health.v1.HealthService/ReportHealth';
const configOf = (limits = '{}', pipeline = true) =>
  `server: { pipeline: ${pipeline} }\nlimits: ${limits}\ncomponents:\n  - { id: job, heartbeat: { period: 1h } }\n`;

/** What came of a report. */
interface Outcome {
  readonly code: Code | undefined;
  readonly reason: string | undefined;
  /** Seconds of `RetryInfo`. */
  readonly retryS: number | undefined;
  readonly httpStatus?: number;
  readonly retryAfter?: string | null;
}

type Report = (address: string, status: HealthStatus, message?: string) => Promise<Outcome>;

const TRANSPORTS = {
  gRPC: (baseUrl: string) => createGrpcTransport({ baseUrl }),
  'gRPC-Web': (baseUrl: string) => createGrpcWebTransport({ baseUrl, httpVersion: '1.1' }),
  'Connect, binary': (baseUrl: string) =>
    createConnectTransport({ baseUrl, httpVersion: '1.1', useBinaryFormat: true }),
  'Connect, JSON': (baseUrl: string) => createConnectTransport({ baseUrl, httpVersion: '2', useBinaryFormat: false }),
};

const byTransport =
  (name: keyof typeof TRANSPORTS): Report =>
  async (address, status, message = '') => {
    try {
      await createClient(HealthService, TRANSPORTS[name](address)).reportHealth({ component: 'job', status, message });
      return { code: undefined, reason: undefined, retryS: undefined };
    } catch (error) {
      if (!(error instanceof ConnectError)) throw error;
      const retry = error.findDetails(RetryInfoSchema)[0]?.retryDelay;
      return {
        code: error.code,
        reason: error.findDetails(ErrorInfoSchema)[0]?.reason,
        retryS: retry && Number(retry.seconds) + retry.nanos / 1e9,
      };
    }
  };

const byRest: Report = async (address, status, message = '') => {
  const response = await fetch(`${address}/v1/components/job:report`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ status, message }),
  });
  const answer = (await response.json()) as {
    code?: Code;
    details?: { '@type': string; reason?: string; retryDelay?: string }[];
  };
  return {
    code: answer.code,
    reason: answer.details?.find(({ reason }) => reason !== undefined)?.reason,
    retryS:
      answer.details?.map(({ retryDelay }) => retryDelay && Number.parseFloat(retryDelay)).find(Boolean) || undefined,
    httpStatus: response.status,
    retryAfter: response.headers.get('retry-after'),
  };
};

const PROTOCOLS: readonly [string, Report][] = [
  ...(Object.keys(TRANSPORTS) as (keyof typeof TRANSPORTS)[]).map((name): [string, Report] => [
    name,
    byTransport(name),
  ]),
  ['REST', byRest],
];

const open: { close(): Promise<void> }[] = [];
const start = async (config: string): Promise<RunningOpenk> => {
  const openk = await runOpenk(config);
  open.push(openk);
  return openk;
};
afterEach(async () => {
  await Promise.all(open.splice(0).map((one) => one.close()));
});

describe.each([true, false])('limits, with pipeline: %s', (pipeline) => {
  it.each(PROTOCOLS)(
    '%s: refuses what is too often, never what makes it worse, and counts it',
    async (name, report) => {
      const openk = await start(configOf('{ reports_per_second: 0.2 }', pipeline));
      const ok = { code: undefined };
      expect(await report(openk.address, HealthStatus.HEALTHY)).toMatchObject(ok);
      expect(await report(openk.address, HealthStatus.HEALTHY)).toMatchObject(ok);
      const refused = await report(openk.address, HealthStatus.HEALTHY);
      expect(refused).toMatchObject({ code: Code.ResourceExhausted, reason: 'TOO_MANY_REPORTS' });
      expect(refused.retryS).toBeGreaterThan(0);
      expect(refused.retryS).toBeLessThanOrEqual(5);
      if (name === 'REST') {
        expect(refused.httpStatus).toBe(429);
        expect(Number(refused.retryAfter)).toBeGreaterThanOrEqual(refused.retryS!);
      }
      expect(await report(openk.address, HealthStatus.DEGRADED)).toMatchObject(ok);
      expect(await report(openk.address, HealthStatus.UNHEALTHY)).toMatchObject(ok);
      // There is no way back without leave, and so none around the limit.
      expect(await report(openk.address, HealthStatus.UNHEALTHY)).toMatchObject({ reason: 'TOO_MANY_REPORTS' });
      expect(await report(openk.address, HealthStatus.HEALTHY)).toMatchObject({ reason: 'TOO_MANY_REPORTS' });
      expect(openk.engine.aggregator.health('job')?.status).toBe('UNHEALTHY');
      const metrics = await (await fetch(`${openk.address}/metrics`)).text();
      expect(metrics).toMatch(/^openk_limit_refusals_total\{.*limit="reports_per_second".*\} 3$/m);
    },
  );
});

it('counts clients over all of their components, and says which limit it was', async () => {
  const openk = await start(
    'limits: { reports_per_second_per_client: 0.2 }\ncomponents:\n  - { id: job, heartbeat: { period: 1h } }\n  - { id: other, heartbeat: { period: 1h } }\n',
  );
  const client = createClient(HealthService, createGrpcTransport({ baseUrl: openk.address }));
  await client.reportHealth({ component: 'job' });
  await client.reportHealth({ component: 'other' });
  const error = await client.reportHealth({ component: 'job' }).catch((thrown: unknown) => thrown as ConnectError);
  expect(error).toMatchObject({ code: Code.ResourceExhausted });
  expect((error as ConnectError).findDetails(ErrorInfoSchema)).toMatchObject([
    { metadata: { limit: 'limits.reports_per_second_per_client', perSecond: '0.2' } },
  ]);
});

it('a storm of alternating reports is bounded by the limit', async () => {
  const openk = await start(configOf('{ reports_per_second: 5 }'));
  const client = createClient(HealthService, createGrpcTransport({ baseUrl: openk.address }));
  const storm = Array.from({ length: 2_000 }, (_, n) =>
    client.reportHealth({ component: 'job', status: STATUSES[n % 3]! }).then(
      () => 1,
      () => 0,
    ),
  );
  const taken = (await Promise.all(storm)).reduce((sum: number, each) => sum + each, 0);
  // Fifty at once and a few more while it lasts; for each of them that makes it better, two that make it worse.
  expect(taken).toBeGreaterThanOrEqual(50);
  expect(taken).toBeLessThan(200);
  expect(openk.log.filter(({ msg }) => msg === 'status changed').length).toBeLessThan(300);
});

const json = (rest: string) => Buffer.from(`{"status":"HEALTH_STATUS_UNHEALTHY",${rest}}`, 'latin1');

describe.each([true, false])('forms that cannot be read, with pipeline: %s', (pipeline) => {
  it.each([
    ['bytes that are no UTF-8', json('"message":"a\xff\xe4b"'), 'a\ufffd\ufffdb'],
    ['half a surrogate pair', json('"message":"a\\ud83d!"'), 'a\ufffd!'],
    ['a line break in a string', json('"message":"a\nb\tc"'), 'a b c'],
    ['a duration beyond all', json('"message":"m","duration":"99999999999999s"'), 'm'],
    ['a duration beyond all below zero', json('"message":"m","duration":"-99999999999999.5s"'), 'm'],
    ['a long message', json(`"message":"${'x'.repeat(100_000)}"`), `${'x'.repeat(4_095)}…`],
  ])('JSON with %s is a failure all the same', async (_form, body, message) => {
    const openk = await start(configOf('{}', pipeline));
    for (const [path, whole] of [
      ['/v1/components/job:report', body],
      [METHOD, Buffer.concat([Buffer.from('{"component":"job",'), body.subarray(1)])],
    ] as const) {
      openk.engine.aggregator.report('job', { outcome: 'HEALTHY', message: '' });
      const response = await fetch(`${openk.address}${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: whole,
      });
      expect(response.status).toBe(200);
      expect(openk.engine.aggregator.health('job')).toMatchObject({ status: 'UNHEALTHY', reason: { message } });
    }
  });

  it.each(['application/proto', 'application/grpc-web+proto'])(
    '%s with bytes that are no UTF-8 is a failure all the same',
    async (type) => {
      const openk = await start(configOf('{}', pipeline));
      const message = unreadableReport();
      const response = await fetch(`${openk.address}${METHOD}`, {
        method: 'POST',
        headers: { 'content-type': type },
        body: type === 'application/proto' ? Buffer.from(message) : envelope(message),
      });
      expect(response.status).toBe(200);
      expect(openk.engine.aggregator.health('job')).toMatchObject({
        status: 'UNHEALTHY',
        reason: { message: 'a\ufffd\ufffdb', evidence: 'run \ufffd' },
      });
    },
  );

  it.each([
    ['a status that there is not', '{"status":"DOWN","message":"a\\ud83d"}', 'status'],
    ['a key that there is not', '{"statsu":"HEALTH_STATUS_UNHEALTHY","message":"a\\ud83d"}', 'statsu'],
    ['a duration of another type', '{"duration":1,"message":"a\\ud83d"}', 'duration'],
    ['no JSON', '{"status":', ''],
    [
      'JSON half a million levels deep',
      `{"message":${'['.repeat(500_000)}${']'.repeat(500_000)}}`.slice(0, 1_000_012),
      'deep',
    ],
  ])('%s stays an error', async (_what, body, field) => {
    const openk = await start(configOf('{}', pipeline));
    const response = await fetch(`${openk.address}/v1/components/job:report`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
    });
    expect(response.status).toBe(400);
    expect(await response.text()).toContain(field);
    expect(openk.engine.aggregator.health('job')?.status).toBe('UNKNOWN');
  });
});

const healthOfJob = async (address: string) => {
  const answer = (await (await fetch(`${address}/v1/components/job/health`)).json()) as {
    health: { status: string; reason: { message: string } };
  };
  return answer.health;
};

describe('a report that cannot be kept', () => {
  const withFile = async (run: (file: string, openk: SpawnedOpenk) => Promise<void>, fileBlocks?: number) => {
    const folder = await mkdtemp(join(tmpdir(), 'openk-reports-'));
    const file = join(folder, 'openk.db');
    const openk = await spawnOpenk(configOf('{ reports_per_second: 100000 }'), {
      storage: `sqlite:${file}`,
      ...(fileBlocks !== undefined && { fileBlocks }),
    });
    try {
      await run(file, openk);
    } finally {
      await openk.dispose();
      await rm(folder, { recursive: true, force: true });
    }
  };

  it(
    'is UNAVAILABLE in every protocol, and counts all the same',
    () =>
      withFile(async (file, { address, logged }) => {
        const other = new Database(file);
        try {
          other.exec('BEGIN IMMEDIATE');
          for (const [name, report] of PROTOCOLS) {
            const outcome = await report(address, HealthStatus.UNHEALTHY, `by ${name}`);
            expect([name, outcome]).toMatchObject([
              name,
              { code: Code.Unavailable, reason: 'STORAGE_UNAVAILABLE', retryS: 1 },
            ]);
            if (name === 'REST') expect(outcome).toMatchObject({ httpStatus: 503, retryAfter: '1' });
          }
          const { status } = await healthOfJob(address);
          expect(status).toBe('HEALTH_STATUS_UNHEALTHY');
          other.exec('ROLLBACK');
          await logged('history is kept again, and what waited for it too');
          for (const [, report] of PROTOCOLS) {
            expect(await report(address, HealthStatus.UNHEALTHY)).toMatchObject({ code: undefined });
          }
        } finally {
          other.close();
        }
      }),
    TIMEOUT_MS,
  );

  it(
    'on a disk that is full is never answered as kept',
    () =>
      withFile(async (file, openk) => {
        let acknowledged = '';
        for (let n = 0; ; n++) {
          const message = `${n} ${'x'.repeat(4_000)}`;
          const { code } = await byRest(
            openk.address,
            n % 2 === 0 ? HealthStatus.UNHEALTHY : HealthStatus.HEALTHY,
            message,
          );
          if (code !== undefined) {
            expect(code).toBe(Code.Unavailable);
            break;
          }
          acknowledged = message;
        }
        openk.signal('SIGKILL');
        await openk.exited;
        const next = await spawnOpenk(configOf(), { storage: `sqlite:${file}` });
        try {
          const { reason } = await healthOfJob(next.address);
          expect(reason.message).toBe(acknowledged);
        } finally {
          await next.dispose();
        }
      }, 2_000),
    TIMEOUT_MS,
  );
});
