// npm run bench -- rpc: what a call costs at OpenK's port beside its references, in turns, round by round: bare node:http2 and
// node:http, @grpc/grpc-js, connect-fastify as it comes, plain Fastify routes, grpc-go and connect-go; and what a header costs.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Bench, type Figure, median } from './bench.ts';
import { cpuMicros, requirePrograms } from './pinned.ts';
import { IN_FLIGHT, load } from './rpc-load.ts';
import { type Ratio, ROWS, type Row } from './rpc-rows.ts';
import { type Running, type Servers, startServers } from './rpc-servers.ts';

const ROUNDS = 7;
const ROUND_S = 1;
/** V8 takes this long to be done with what a call runs through; until then p99 is that of the compiler. */
const WARM_UP_S = 3;

/** One round of one way. */
interface Measured {
  readonly requests: number;
  readonly calls: number;
  /** Of the server, user and system, per call. */
  readonly cpuUs: number;
  readonly p99Ms: number;
  readonly answerBytes: number;
}

export const rpcBench: Bench = {
  title: `calls beside the references, ${ROUNDS} rounds of ${ROUND_S} s, server and load on a core each`,
  parts: [...new Set(ROWS.map(({ part }) => part))],
  async run(parts) {
    requirePrograms({ taskset: 'util-linux', h2load: 'nghttp2-client', wrk: 'wrk' });
    const rows = ROWS.filter(({ part }) => parts?.includes(part) ?? true);
    const folder = await mkdtemp(join(tmpdir(), 'openk-bench-'));
    try {
      const names = rows.flatMap(({ ways }) => Object.values(ways).map(({ server }) => server));
      const servers = await startServers(folder, new Set(['OpenK', ...names]));
      try {
        const figures: Figure[] = [];
        for (const row of rows) figures.push(...(await measureRow(folder, row, servers)));
        return figures;
      } finally {
        await servers.end();
      }
    } finally {
      await rm(folder, { recursive: true });
    }
  },
};

/** In turns, so that what else the machine does hits all alike. */
async function measureRow(folder: string, row: Row, servers: Servers): Promise<Figure[]> {
  const ways = Object.entries(row.ways).flatMap(([name, way]) => {
    const running = servers.at(way.server, row.port);
    return running ? [{ name, running, verify: way.verify, request: requestTo(running, way.request) }] : [];
  });
  const { count: rounds, seconds } = row.rounds ?? { count: ROUNDS, seconds: ROUND_S };
  const results = new Map(ways.map(({ name }) => [name, [] as Measured[]]));
  for (const { running, verify, request } of ways) {
    servers.letRun(running);
    await verify(running.origin);
    await load(folder, request, WARM_UP_S);
  }
  for (let round = 0; round < rounds; round++) {
    // Each is first and last as often as the others: what a way leaves to be collected, the next one pays for.
    const first = round % ways.length;
    for (const { name, running, request } of [...ways.slice(first), ...ways.slice(0, first)]) {
      servers.letRun(running);
      const before = cpuMicros(running.pid);
      const { requests, requestsPerSecond, ...rest } = await load(folder, request, seconds);
      const cpuUs = (cpuMicros(running.pid) - before) / requests;
      results.get(name)?.push({ requests, calls: requestsPerSecond, cpuUs, ...rest });
    }
  }
  servers.letRun();
  for (const { name, running, verify } of ways) {
    await verify(running.origin);
    const bytes = results.get(name)!.map(({ answerBytes }) => answerBytes);
    const fewest = Math.min(...results.get(name)!.map(({ requests }) => requests));
    // The end of the run cuts answers, at most those that are in flight.
    if (Math.max(...bytes) / Math.min(...bytes) > 1.05 + IN_FLIGHT / fewest)
      throw new Error(`${name} did not answer alike: ${bytes} bytes`);
  }
  return [
    ...[...results].flatMap(([name, measured]) => figuresOf(`${row.name}: ${name}`, measured)),
    ...row.ratios.flatMap((ratio) => ratioFigure(row, ratio, results.get(ratio.of), results.get(ratio.to))),
  ];
}

function requestTo({ origin }: Running, { path, ...request }: Row['ways'][string]['request']) {
  return { ...request, url: origin + path };
}

function figuresOf(name: string, measured: readonly Measured[]): Figure[] {
  const figure = (of: string, rounds: readonly number[], unit: string): Figure => ({
    name: name + of,
    value: median(rounds),
    unit,
    rounds,
  });
  const calls = measured.map((one) => one.calls);
  return [
    { ...figure('', calls, '/s'), value: Math.round(median(calls)) },
    figure(
      ', p99',
      measured.map((one) => one.p99Ms),
      'ms',
    ),
    figure(
      ', CPU per call',
      measured.map((one) => one.cpuUs),
      'µs',
    ),
  ];
}

/** Round by round: what else the machine did then, it did to both. Empty where one of the two was not measured. */
function ratioFigure(
  row: Row,
  { of, to, by, atLeast, atMost }: Ratio,
  own: readonly Measured[] | undefined,
  other: readonly Measured[] | undefined,
): Figure[] {
  if (own === undefined || other === undefined) return [];
  const value = (one: Measured) => (by === 'CPU' ? one.cpuUs : one.calls);
  const rounds = own.map((one, round) => value(one) / value(other[round]!));
  return [
    {
      name: `${row.name}: ${of} to ${to}, ${by === 'CPU' ? 'CPU per call' : 'calls per second'}`,
      value: median(rounds),
      unit: '×',
      rounds,
      ...(atLeast !== undefined && { atLeast }),
      ...(atMost !== undefined && { atMost }),
    },
  ];
}
