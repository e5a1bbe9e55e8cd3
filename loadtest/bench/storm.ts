// npm run bench -- storm: ten thousand components go down and come back with the one that they all depend on. How many messages
// are sent, how long they take from the change of the root to a channel that has accepted them, and what that does to the probes.
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer as createHttpServer, type Server as HttpServer } from 'node:http';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Bench, Figure } from './bench.ts';
import { requirePrograms } from './pinned.ts';
import { type OpenkProcess, startConfigured } from './rpc-openk.ts';

const DEPENDENTS = 10_000;
const INTERVAL_S = 10;
const STORMS = 5;
const CHANNELS = ['a', 'b'];
/** A dependent that is seen down first waits for the root, which is looked at each second. */
const FOR_S = 5;
const ACCEPTED_AT_MOST_MS = 1_000;
/** Of the probes: this, or what it is in storms without alerts. */
const LAG_P99_MS = 250;
const LOOK_MS = 250;
const STORM_MS = 120_000;

export const stormBench: Bench = {
  title: `${DEPENDENTS} components behind one cause go down and come back, ${STORMS} times, ${CHANNELS.length} channels, a file`,
  async run() {
    requirePrograms({ taskset: 'util-linux' });
    const folder = await mkdtemp(join(tmpdir(), 'openk-bench-'));
    const receiver = await startReceiver();
    const target = await startTarget();
    try {
      const lags: { readonly quiet: number; readonly storms: number }[] = [];
      const counts: number[] = [];
      for (const alerts of ['', alertsText(receiver.port)]) {
        const storage = `sqlite:${join(folder, `openk-${lags.length}.db`)}`;
        const openk = await startConfigured(folder, `${alerts}${configText(target.port)}`, { storage });
        try {
          lags.push(await measure(openk, target, receiver, counts));
        } finally {
          await openk.end();
        }
      }
      return figuresOf(receiver, counts.slice(STORMS), lags[0]!, lags[1]!);
    } finally {
      target.close();
      receiver.close();
      await rm(folder, { recursive: true });
    }
  },
};

/** @param counts takes the messages of each storm */
async function measure({ port }: OpenkProcess, target: Target, receiver: Receiver, counts: number[]) {
  await reach(port, 'healthy');
  const quietFrom = await readLags(port);
  await sleep(2 * INTERVAL_S * 1000);
  const stormsFrom = await readLags(port);
  for (let storm = 0; storm < STORMS; storm++) {
    const before = receiver.messages.length;
    for (const [turn, status] of [
      [target.close, 'unhealthy'],
      [target.open, 'healthy'],
    ] as const) {
      await turn();
      await reach(port, status);
      // Whatever a dependent has to say comes within this.
      await sleep((FOR_S + 2) * 1000);
    }
    counts.push((receiver.messages.length - before) / CHANNELS.length);
  }
  return { quiet: lagBetween(quietFrom, stormsFrom), storms: lagBetween(stormsFrom, await readLags(port)) };
}

type LagsMs = Awaited<ReturnType<typeof measure>>;

function figuresOf({ messages }: Receiver, counts: number[], without: LagsMs, sent: LagsMs): Figure[] {
  const times = messages.map(({ tookMs }) => tookMs).toSorted((a, b) => a - b);
  return [
    { name: 'messages per channel and storm, fewest', value: Math.min(...counts), unit: '', atLeast: 2 },
    { name: 'messages per channel and storm, most', value: Math.max(...counts), unit: '', atMost: 2, rounds: counts },
    { name: 'change of the root to accepted, p50', value: at(times, 0.5), unit: 'ms', rounds: times },
    { name: 'change of the root to accepted, p99', value: at(times, 0.99), unit: 'ms', atMost: ACCEPTED_AT_MOST_MS },
    { name: 'lag of probes p99, quiet, without alerts', value: without.quiet, unit: 'ms' },
    { name: 'lag of probes p99, quiet, with alerts', value: sent.quiet, unit: 'ms' },
    { name: 'lag of probes p99, in storms, without alerts', value: without.storms, unit: 'ms' },
    {
      name: 'lag of probes p99, in storms, with alerts',
      value: sent.storms,
      unit: 'ms',
      atMost: Math.max(LAG_P99_MS, without.storms),
    },
  ];
}

interface Target {
  readonly port: number;
  close(): Promise<void>;
  open(): Promise<void>;
}

/** What all of them connect to. */
async function startTarget(): Promise<Target> {
  let server: Server;
  const listen = async (port: number) => {
    server = createServer((socket) => socket.on('error', () => {}).end());
    server.listen(port, '127.0.0.1', 4096);
    await once(server, 'listening');
    return (server.address() as AddressInfo).port;
  };
  const port = await listen(0);
  return {
    port,
    async close() {
      if (server.listening) server.close();
    },
    open: async () => void (await listen(port)),
  };
}

interface Receiver {
  readonly port: number;
  /** Time from when the root changed to when it was accepted. */
  readonly messages: { readonly type: string; readonly tookMs: number }[];
  close(): void;
}

async function startReceiver(): Promise<Receiver> {
  const messages: Receiver['messages'] = [];
  const server: HttpServer = createHttpServer(async (request, response) => {
    const { type, timestamp } = (await json(request)) as { readonly type: string; readonly timestamp: string };
    response.writeHead(204).end();
    messages.push({ type, tookMs: Date.now() - Date.parse(timestamp) });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    messages,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** Of the histogram of lags: runs up to each bound, in seconds. */
type Lags = ReadonlyMap<number, number>;

async function readLags(port: number): Promise<Lags> {
  const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  const lags = new Map<number, number>();
  for (const [, bound, count] of text.matchAll(/^openk_scheduler_lag_seconds_bucket\{.*le="([^"]+)"\} (\d+)/gm)) {
    lags.set(bound === '+Inf' ? Number.POSITIVE_INFINITY : Number(bound), Number(count));
  }
  if (lags.size === 0) throw new Error('there is no histogram of lags');
  return lags;
}

/** Waits until that many dependents have this status. */
async function reach(port: number, status: 'healthy' | 'unhealthy'): Promise<void> {
  const giveUpMs = performance.now() + STORM_MS;
  for (;;) {
    const answer = await fetch(`http://127.0.0.1:${port}/v1/components/all/health`);
    const { health } = (await answer.json()) as { readonly health: { readonly memberCounts: Record<string, number> } };
    const found = health.memberCounts[status] ?? 0;
    if (found === DEPENDENTS) return;
    if (performance.now() > giveUpMs) throw new Error(`only ${found} of ${DEPENDENTS} became ${status}`);
    await sleep(LOOK_MS);
  }
}

/** The bound that 99 % of the runs between two readings were below, in milliseconds. */
function lagBetween(before: Lags, after: Lags): number {
  const bounds = [...after.keys()].toSorted((a, b) => a - b);
  const runs = (bound: number) => (after.get(bound) ?? 0) - (before.get(bound) ?? 0);
  const all = runs(Number.POSITIVE_INFINITY);
  return 1000 * (bounds.find((bound) => runs(bound) >= 0.99 * all) ?? Number.POSITIVE_INFINITY);
}

function at(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

function alertsText(receiver: number): string {
  return `alerts:
  channels:
${CHANNELS.map((id) => `    - { id: ${id}, webhook: { url: "http://127.0.0.1:${receiver}/${id}" } }\n`).join('')}  routes:
    - { id: root, match: { labels: [ "role=root" ] }, on: [ UNHEALTHY ], flapping: { changes: 0 }, to: [ ${CHANNELS.join(', ')} ] }
    - { id: all, on: [ UNHEALTHY ], for: ${FOR_S}s, flapping: { changes: 0 }, to: [ ${CHANNELS.join(', ')} ] }
`;
}

function configText(target: number): string {
  const dependents = Array.from({ length: DEPENDENTS }, (_, at) => `c${at}`);
  const probe = `tcp: { target: "127.0.0.1:${target}" }`;
  return `limits: { probes_in_flight_per_host: 512 }
defaults: { unhealthy_threshold: 1, timeout: 1s }
components:
  - { id: root, labels: { role: root }, interval: 1s, ${probe} }
  - { id: all, group: { rule: { worst: {} }, members: [ ${dependents.map((id) => `{ component: ${id} }`).join(', ')} ] } }
${dependents.map((id) => `  - { id: ${id}, interval: ${INTERVAL_S}s, depends_on: [ root ], ${probe} }\n`).join('')}`;
}
