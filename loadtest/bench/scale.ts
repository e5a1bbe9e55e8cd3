// npm run bench -- scale: a whole OpenK with very many components. How much memory, how long does it take to start, how late do runs begin,
// and how long does a reload that changes one in a hundred hold up the event loop, or a scrape? From /proc, so on Linux only.
import { type ChildProcess, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { unusedPort } from '../../tests/support/upstreams/tcp.ts';
import type { Bench, Figure } from './bench.ts';
import type { Targets } from './engine-upstreams.ts';
import { cpuMicros, end, firstMessage } from './pinned.ts';
import { memoryOf, programIn } from './whole-process.ts';

const MEASURE_S = 60;
const STALL_MS = 20;
const RELOADS = 5;
const RELOAD_EVERY_MS = 5_000;

interface Reload {
  readonly tookMs: number;
  /** The longest that the loop was held up by it, and by the scrape before it. */
  readonly delayMs: number;
}

interface World {
  readonly name: string;
  readonly components: number;
  readonly intervalS: number;
  readonly targets: Readonly<Partial<Record<'memoryMb' | 'startMs' | 'lagMs' | 'stallMs' | 'scrapeMs', number>>>;
  /** The component of this number, as a line of YAML. */
  component(n: number, edition: number): string;
  readonly limits: string;
  close(): Promise<void>;
}

const WORLDS: Readonly<Record<string, () => Promise<World>>> = { '100k': refusing, '50k': blackHoled };

export const scaleBench: Bench = {
  title: '100,000 components at 60 s that refuse; 50,000 at 30 s of which a fifth never answers',
  parts: Object.keys(WORLDS),
  async run(parts) {
    const figures: Figure[] = [];
    for (const [name, begin] of Object.entries(WORLDS)) {
      if (parts !== undefined && !parts.includes(name)) continue;
      const world = await begin();
      try {
        figures.push(...(await measure(world)));
      } finally {
        await world.close();
      }
    }
    return figures;
  },
};

async function refusing(): Promise<World> {
  const [first, second] = [await unusedPort(), await unusedPort()];
  return {
    name: '100k',
    components: 100_000,
    intervalS: 60,
    targets: { memoryMb: 450, startMs: 6000, lagMs: 100, stallMs: STALL_MS, scrapeMs: 1000 },
    limits: '',
    component(n, edition) {
      const port = edition % 2 === 1 && n % 100 === 0 ? second : first;
      // Many hosts, all of them this machine.
      return `{ id: service-${n}, tcp: { target: "127.${1 + (n >> 16)}.${(n >> 8) & 255}.${n & 255}:${port}" } }`;
    },
    async close() {},
  };
}

async function blackHoled(): Promise<World> {
  const upstreams = fork(new URL('engine-upstreams.ts', import.meta.url), { execArgv: [] });
  const { tcp, blackHoles } = await firstMessage<Targets>(upstreams);
  return {
    name: '50k',
    components: 50_000,
    intervalS: 30,
    targets: { lagMs: 250 },
    limits: 'limits: { probes_in_flight: 8192, probes_in_flight_per_host: 64 }\n',
    component(n) {
      const target = n % 5 === 4 ? blackHoles[n % blackHoles.length] : tcp[n % tcp.length];
      return `{ id: service-${n}, tcp: { target: "${target}", send: "PING\\n", expect: "^PING" } }`;
    },
    close: () => end(upstreams),
  };
}

async function measure(world: World): Promise<readonly Figure[]> {
  const { name, targets } = world;
  const folder = await mkdtemp(join(tmpdir(), 'openk-scale-'));
  const config = join(folder, 'openk.yaml');
  await writeFile(config, textOf(world, 0));
  const program = programIn(join(import.meta.dirname, '../..'));
  const startedMs = performance.now();
  const args = ['serve', '--config', config, '--listen', '127.0.0.1:0', '--storage', 'memory:'];
  // As the image and the unit of systemd have it.
  const env = { ...process.env, MALLOC_ARENA_MAX: '2' };
  const server = spawn(process.execPath, [program.file, ...args], { env, stdio: ['ignore', 'pipe', 'inherit'] });
  try {
    const log = createInterface({ input: server.stdout! });
    const { address } = await logged(log, 'listening', server);
    const startMs = performance.now() - startedMs;
    const startCpuMs = cpuMicros(server.pid!) / 1000;
    // What is looked at for the first time is looked at sooner than later.
    await sleep(world.intervalS * 1000);
    const before = await scrape(address);
    const cpuBefore = cpuMicros(server.pid!);
    await sleep(MEASURE_S * 1000);
    const cpu = (cpuMicros(server.pid!) - cpuBefore) / 1e6 / MEASURE_S;
    const memory = memoryOf(server.pid!);
    const after = await scrape(address);
    // The delay is counted anew from the beginning of each scrape on.
    const scraped = await scrape(address);
    const reload = async (text: string): Promise<Reload> => {
      // The first one since the reload before writes anew what that has changed.
      await scrape(address);
      await sleep(RELOAD_EVERY_MS);
      await scrape(address);
      await writeFile(config, text);
      const reloadedMs = performance.now();
      server.kill('SIGHUP');
      await logged(log, 'configuration reloaded', server);
      return { tookMs: performance.now() - reloadedMs, delayMs: delayOf((await scrape(address)).text) };
    };
    const [changing, adding]: [Reload[], Reload[]] = [[], []];
    for (let edition = 1; edition <= RELOADS; edition++) {
      changing.push(await reload(textOf(world, edition, (edition - 1) % 2)));
      adding.push(await reload(textOf(world, edition, edition % 2)));
    }
    const figure = (what: string, value: number, unit: string, atMost?: number): Figure => {
      return { name: `${name}: ${what}`, value, unit, ...(atMost !== undefined && { atMost }) };
    };
    return [
      figure('start until it listens', startMs, 'ms', targets.startMs),
      figure('start, CPU', startCpuMs, 'ms'),
      figure('memory (RSS)', memory.residentMb, 'MB', targets.memoryMb),
      figure('of that its own (RssAnon)', memory.privateMb, 'MB'),
      figure('CPU', cpu * 100, '% of a core'),
      figure('scheduler lag p99, up to', lagOf(before.text, after.text, 0.99), 'ms', targets.lagMs),
      figure('/metrics', after.tookMs, 'ms', targets.scrapeMs),
      figure('longest delay of the loop by /metrics', delayOf(scraped.text), 'ms', targets.stallMs),
      ...[
        { what: 'reload of one in a hundred', reloads: changing },
        { what: 'reload that adds or removes one', reloads: adding },
      ].flatMap(({ what, reloads }) => [
        figure(`${what}, median of ${RELOADS}`, median(reloads.map(({ tookMs }) => tookMs)), 'ms'),
        figure(
          'longest delay of the loop by it, median',
          median(reloads.map(({ delayMs }) => delayMs)),
          'ms',
          targets.stallMs,
        ),
        figure('longest delay of the loop by any of them', Math.max(...reloads.map(({ delayMs }) => delayMs)), 'ms'),
      ]),
    ];
  } finally {
    await end(server);
    await rm(folder, { recursive: true, force: true });
  }
}

/** @param more components than there are at first */
function textOf({ components, intervalS, limits, component }: World, edition: number, more = 0): string {
  const lines = Array.from({ length: components + more }, (_, n) => `  - ${component(n, edition)}\n`);
  return `defaults: { interval: ${intervalS}s }\n${limits}components:\n${lines.join('')}`;
}

/** @throws when the server ends before it says so */
async function logged(log: Interface, message: string, server: ChildProcess): Promise<{ readonly address: string }> {
  const isOver = new AbortController();
  const ended = once(server, 'exit', { signal: isOver.signal }).then(([code]) => {
    throw new Error(`the server ended with ${code} before '${message}'`);
  });
  const found = new Promise<{ readonly address: string }>((resolve) => {
    const look = (line: string) => {
      const said = JSON.parse(line);
      if (said.msg !== message) return;
      log.off('line', look);
      resolve(said);
    };
    log.on('line', look);
  });
  ended.catch(() => {});
  return Promise.race([found, ended]).finally(() => isOver.abort());
}

async function scrape(address: string): Promise<{ readonly text: string; readonly tookMs: number }> {
  const askedMs = performance.now();
  const answer = await fetch(`${address}/metrics`);
  const text = await answer.text();
  return { text, tookMs: performance.now() - askedMs };
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1]!;
}

function delayOf(metrics: string): number {
  return Number(/^nodejs_eventloop_delay_max_seconds (\S+)/m.exec(metrics)?.[1]) * 1000;
}

/** The bound of the bucket that the quantile of what came between two scrapes is in. */
function lagOf(before: string, after: string, quantile: number): number {
  const buckets = (text: string) =>
    [...text.matchAll(/^openk_scheduler_lag_seconds_bucket\{le="([^"]+)"\} (\d+)$/gm)].map(([, le, count]) => ({
      boundMs: le === '+Inf' ? Number.POSITIVE_INFINITY : Number(le) * 1000,
      count: Number(count),
    }));
  const earlier = buckets(before);
  const counts = buckets(after).map(({ boundMs, count }, at) => ({ boundMs, count: count - earlier[at]!.count }));
  const all = counts.at(-1)?.count ?? 0;
  return counts.find(({ count }) => count >= all * quantile)?.boundMs ?? Number.NaN;
}
