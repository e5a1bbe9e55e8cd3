// npm run bench -- telemetry: what telemetry costs a call. The same OpenK four times, off, with metrics, with logs too, with
// traces too; in turns, round by round, each beside off. Then what a scrape of 10,000 components costs the calls beside it.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { create, toBinary } from '@bufbuild/protobuf';
import { createClient, type Transport } from '@connectrpc/connect';
import { createConnectTransport, createGrpcTransport, Http2SessionManager } from '@connectrpc/connect-node';
import {
  Health,
  HealthCheckRequestSchema,
  HealthCheckResponse_ServingStatus,
} from '../../gen/grpc/health/v1/health_pb.ts';
import { HealthStatus } from '../../gen/openk/common/v1/common_pb.ts';
import { HealthService } from '../../gen/openk/health/v1/health_pb.ts';
import { type Bench, type Figure, median } from './bench.ts';
import type { OtlpCounts } from './otlp-receiver.ts';
import { cpuMicros, end, firstMessage, LOAD_CORE, requirePrograms, spawnPinned } from './pinned.ts';
import { type LoadRequest, load } from './rpc-load.ts';
import { COMPONENT, startOpenkProcess } from './rpc-openk.ts';
import { scrapeFigures } from './telemetry-scrape.ts';

const ROUNDS = 5;
const ROUND_S = 2;
const WARM_UP_S = 2;
/** Traces that are kept. */
const SAMPLED = '0.1';

const MODES = ['off', 'metrics', 'metrics and logs', 'all, 10 % of traces'] as const;
type Mode = (typeof MODES)[number];

/**
 * Calls per second of the server's CPU, beside those with telemetry off: what counts on a machine with nothing else to do, and
 * holds on one that has, where calls per second are those of whoever else wants the cores.
 */
const AT_LEAST: Readonly<Partial<Record<Mode, number>>> = { metrics: 0.85, 'all, 10 % of traces': 0.6 };

function environmentOf(mode: Mode, collector: string): Record<string, string> {
  if (mode === 'off') return { OTEL_SDK_DISABLED: 'true' };
  if (mode === 'metrics') return {};
  const logs = {
    OPENK_LOG_LEVEL: 'debug',
    OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
    OTEL_EXPORTER_OTLP_LOGS_ENDPOINT: `${collector}/v1/logs`,
  };
  if (mode === 'metrics and logs') return logs;
  return {
    OPENK_LOG_LEVEL: 'debug',
    OTEL_EXPORTER_OTLP_ENDPOINT: collector,
    OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
    OTEL_METRIC_EXPORT_INTERVAL: '5000',
    OTEL_TRACES_SAMPLER: 'parentbased_traceidratio',
    OTEL_TRACES_SAMPLER_ARG: SAMPLED,
  };
}

/** One kind of call. */
interface Row {
  readonly name: string;
  readonly request: (origin: string) => LoadRequest;
  /** Asks by a real client. @throws when the answer is not the one that is counted */
  readonly verify: (origin: string) => Promise<void>;
}

const CHECK_PATH = '/grpc.health.v1.Health/Check';
const CHECK = toBinary(HealthCheckRequestSchema, create(HealthCheckRequestSchema, { service: COMPONENT }));
const ROWS: readonly Row[] = [
  {
    name: 'gRPC Check',
    request: (origin) => ({
      tool: 'h2load',
      url: origin + CHECK_PATH,
      body: Buffer.concat([Buffer.of(0, 0, 0, 0, CHECK.length), CHECK]),
      headers: { 'content-type': 'application/grpc', te: 'trailers' },
    }),
    verify: (origin) => withGrpc(origin, verifyCheck),
  },
  {
    name: 'Connect JSON Check',
    request: (origin) => ({
      tool: 'wrk',
      url: origin + CHECK_PATH,
      body: Buffer.from(JSON.stringify({ service: COMPONENT })),
      headers: { 'content-type': 'application/json' },
    }),
    verify: (origin) =>
      verifyCheck(createConnectTransport({ baseUrl: origin, httpVersion: '1.1', useBinaryFormat: false })),
  },
];

interface Measured {
  readonly perSecond: number;
  /** Of the server, user and system. */
  readonly cpuMicrosPerCall: number;
}

interface Server {
  readonly origin: string;
  readonly pid: number;
}

export const telemetryBench: Bench = {
  title: `calls with telemetry beside calls without, ${ROUNDS} rounds of ${ROUND_S} s; scrapes of 10,000 components`,
  async run() {
    requirePrograms({ taskset: 'util-linux', h2load: 'nghttp2-client', wrk: 'wrk' });
    const folder = await mkdtemp(join(tmpdir(), 'openk-bench-'));
    const ends: (() => Promise<void>)[] = [];
    try {
      const program = new URL('otlp-receiver.ts', import.meta.url).pathname;
      const receiver = spawnPinned(LOAD_CORE, [process.execPath, program], {
        stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      });
      ends.push(() => end(receiver));
      const collector = `http://127.0.0.1:${await firstMessage<number>(receiver)}`;
      const servers = new Map<Mode, Server>();
      for (const mode of MODES) {
        const openk = await startOpenkProcess(folder, { env: environmentOf(mode, collector) });
        ends.unshift(openk.end);
        const origin = `http://127.0.0.1:${openk.port}`;
        await withGrpc(origin, report);
        servers.set(mode, { origin, pid: openk.pid });
      }
      const figures: Figure[] = [];
      for (const row of ROWS) figures.push(...(await measureRow(folder, row, servers)));
      receiver.send('count');
      const counts = await firstMessage<OtlpCounts>(receiver);
      if (counts.spans === 0 || counts.logRecords === 0)
        throw new Error('the collector got no spans or no log records');
      for (const [name, value] of Object.entries(counts)) figures.push({ name: `collector: ${name}`, value, unit: '' });
      for (const endOne of ends.splice(0)) await endOne();
      return [...figures, ...(await scrapeFigures(folder))];
    } finally {
      for (const endOne of ends) await endOne();
      await rm(folder, { recursive: true });
    }
  },
};

/** In turns, so that what else the machine does hits all alike. */
async function measureRow(folder: string, row: Row, servers: ReadonlyMap<Mode, Server>): Promise<Figure[]> {
  const measured = new Map(MODES.map((mode) => [mode, [] as Measured[]]));
  for (const [, { origin }] of servers) {
    await row.verify(origin);
    await load(folder, row.request(origin), WARM_UP_S);
  }
  for (let round = 0; round < ROUNDS; round++) {
    for (const [mode, server] of servers) measured.get(mode)?.push(await measure(folder, row, server));
  }
  for (const [, { origin }] of servers) await row.verify(origin);
  return MODES.flatMap((mode) => figuresOf(row, mode, measured.get(mode)!, measured.get('off')!));
}

async function measure(folder: string, row: Row, { origin, pid }: Server): Promise<Measured> {
  const before = cpuMicros(pid);
  const { requestsPerSecond, requests } = await load(folder, row.request(origin), ROUND_S);
  return { perSecond: requestsPerSecond, cpuMicrosPerCall: (cpuMicros(pid) - before) / requests };
}

function figuresOf(row: Row, mode: Mode, measured: readonly Measured[], off: readonly Measured[]): Figure[] {
  const rates = measured.map(({ perSecond }) => perSecond);
  const costs = measured.map(({ cpuMicrosPerCall }) => cpuMicrosPerCall);
  const name = `${row.name}: ${mode}`;
  const figures: Figure[] = [
    { name, value: Math.round(median(rates)), unit: '/s', rounds: rates },
    { name: `${name}, CPU per call`, value: median(costs), unit: 'µs', rounds: costs },
  ];
  if (mode === 'off') return figures;
  // Of neighbours in time.
  const ratios = rates.map((rate, round) => rate / off[round]!.perSecond);
  const perCpu = costs.map((cost, round) => off[round]!.cpuMicrosPerCall / cost);
  const atLeast = AT_LEAST[mode];
  figures.push(
    { name: `${name} to off`, value: median(ratios), unit: '×', rounds: ratios },
    {
      name: `${name} to off, per CPU second`,
      value: median(perCpu),
      unit: '×',
      rounds: perCpu,
      ...(atLeast !== undefined && { atLeast }),
    },
  );
  return figures;
}

async function withGrpc(baseUrl: string, use: (transport: Transport) => Promise<void>): Promise<void> {
  const sessionManager = new Http2SessionManager(baseUrl);
  try {
    await use(createGrpcTransport({ baseUrl, sessionManager }));
  } finally {
    sessionManager.abort();
  }
}

async function report(transport: Transport): Promise<void> {
  await createClient(HealthService, transport).reportHealth({ component: COMPONENT, status: HealthStatus.HEALTHY });
}

async function verifyCheck(transport: Transport): Promise<void> {
  const { status } = await createClient(Health, transport).check({ service: COMPONENT });
  if (status !== HealthCheckResponse_ServingStatus.SERVING) throw new Error(`SERVING expected, but it is ${status}`);
}
