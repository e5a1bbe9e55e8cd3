// npm run bench -- status-page: readers of a status page while everything on it changes, which is when they come.
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as pause } from 'node:timers/promises';
import type { Bench, Figure } from './bench.ts';
import { LOAD_CORE, pinToLoadCore, requirePrograms, runPinned } from './pinned.ts';
import { startOpenkProcess } from './rpc-openk.ts';

const ENTRIES = 20;
const READERS_PER_SECOND = 5_000;
const CLIENTS = 50;
const SECONDS = 5;
const P99_MS = 20;
const CHANGES_PER_SECOND = 200;
/** Of somebody who asks beside them. */
const CALLS_PER_SECOND = 200;
const GROUP = `{ title: All, components: [ ${Array.from({ length: ENTRIES }, (_, n) => `component-${n}`).join(', ')} ] }`;
const STATUS_PAGES = `status_pages: [ { id: public, title: Bench, access: PUBLIC, groups: [ ${GROUP} ] } ]`;

export const statusPageBench: Bench = {
  title: `${READERS_PER_SECOND} readers a second of a page of ${ENTRIES} entries by 90 days, gzip, while all of them change, ${SECONDS} s each`,
  async run() {
    requirePrograms({ taskset: 'util-linux', h2load: 'nghttp2-client' });
    pinToLoadCore();
    const folder = await mkdtemp(join(tmpdir(), 'openk-bench-'));
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    try {
      const openk = await startOpenkProcess(folder, { components: ENTRIES, statusPages: STATUS_PAGES });
      const world = breakAndMend(agent, openk.port);
      try {
        const url = `http://127.0.0.1:${openk.port}/status/public`;
        // Before V8 is warm one in a hundred takes long with every server (docs/performance.md).
        for (const flags of [['--h1'], []]) {
          await callBeside(openk.port, () => readPages('warm', [...flags, url], join(folder, 'h2load.log')));
        }
        const [, idleMs] = await callBeside(openk.port, () => pause(SECONDS * 1000));
        const figures: Figure[] = [{ name: 'a call, p99, without readers', value: idleMs, unit: 'ms' }];
        for (const [name, flags] of [
          ['HTTP/1.1', ['--h1']],
          ['HTTP/2', []],
        ] as const) {
          const read = () => readPages(name, [...flags, url], join(folder, 'h2load.log'));
          const [pages, besideMs] = await callBeside(openk.port, read);
          figures.push(
            ...pages,
            { name: `${name}: a call beside them, p99`, value: besideMs, unit: 'ms' },
            { name: `${name}: the same to that without readers`, value: besideMs / idleMs, unit: '×', atMost: 2 },
          );
        }
        return [...figures, { name: 'changes meanwhile', value: Math.round(world.perSecond()), unit: '/s' }];
      } finally {
        await world.end();
        await openk.end();
      }
    } finally {
      agent.destroy();
      await rm(folder, { recursive: true });
    }
  },
};

/** What the work comes to, and how long the slowest in a hundred of the calls took that were made meanwhile, in milliseconds. */
async function callBeside<T>(port: number, work: () => Promise<T>): Promise<readonly [T, number]> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const took: number[] = [];
  let isOver = false;
  const call = async () => {
    for (const startedAt = performance.now(); !isOver; ) {
      const beganAt = performance.now();
      await post(agent, port, '/openk.health.v1.HealthService/GetHealth', '{}');
      took.push(performance.now() - beganAt);
      const dueMs = startedAt + (took.length * 1000) / CALLS_PER_SECOND - performance.now();
      if (dueMs > 0) await pause(dueMs);
    }
  };
  const calling = call();
  try {
    const result = await work();
    took.sort((a, b) => a - b);
    return [result, took[Math.floor(took.length * 0.99)] ?? Number.NaN];
  } finally {
    isOver = true;
    await calling;
    agent.destroy();
  }
}

async function readPages(name: string, args: readonly string[], log: string): Promise<Figure[]> {
  const rate = `--rps=${READERS_PER_SECOND / CLIENTS}`;
  const load = ['-c', String(CLIENTS), rate, '-D', String(SECONDS), '--warm-up-time=1', `--log-file=${log}`];
  const command = ['h2load', ...load, '-H', 'accept-encoding: gzip', ...args];
  await rm(log, { force: true });
  const out = await runPinned(LOAD_CORE, command, (SECONDS + 20) * 1000);
  // One line for each: its start, its status and what it took, in microseconds. Those that the end cut off have no status.
  const all = (await readFile(log, 'utf8'))
    .trimEnd()
    .split('\n')
    .map((line) => line.split('\t').map(Number));
  const lines = all.filter(([, status]) => status === 200);
  if (lines.length === 0 || !/ 0 failed, 0 errored/.test(out)) throw new Error(`not every reader got a page:\n${out}`);
  const took = lines.map(([, , micros = 0]) => micros / 1000).sort((a, b) => a - b);
  return [
    { name: `${name}: readers`, value: Math.round(lines.length / SECONDS), unit: '/s' },
    { name: `${name}: p99`, value: took[Math.floor(took.length * 0.99)] ?? Number.NaN, unit: 'ms', atMost: P99_MS },
  ];
}

/** One report after the other, each of which changes its component: as many a second as are meant, if the server takes them. */
function breakAndMend(agent: Agent, port: number) {
  const startedAt = performance.now();
  let changes = 0;
  let isOver = false;
  const run = async () => {
    while (!isOver) {
      const status = Math.floor(changes / ENTRIES) % 2 === 0 ? 'UNHEALTHY' : 'HEALTHY';
      await report(agent, port, `component-${changes % ENTRIES}`, status);
      changes++;
      const dueMs = startedAt + (changes * 1000) / CHANGES_PER_SECOND - performance.now();
      if (dueMs > 0) await pause(dueMs);
    }
  };
  const running = run();
  return {
    perSecond: () => (changes * 1000) / (performance.now() - startedAt),
    async end() {
      isOver = true;
      await running;
    },
  };
}

function report(agent: Agent, port: number, component: string, status: string): Promise<void> {
  return post(agent, port, `/v1/components/${component}:report`, JSON.stringify({ status }));
}

async function post(agent: Agent, port: number, path: string, json: string): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const headers = { 'content-type': 'application/json' };
  request({ agent, port, host: '127.0.0.1', method: 'POST', path, headers }, async (response) => {
    const body = await text(response);
    if (response.statusCode === 200) resolve();
    else reject(new Error(`${path} was answered with ${response.statusCode}: ${body}`));
  })
    .on('error', reject)
    .end(json);
  return promise;
}
