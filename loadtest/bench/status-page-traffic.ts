// What falls on a server in `npm run bench -- status-page`: readers of a page, calls beside them, and the reports that change the page.
import { readFile, rm } from 'node:fs/promises';
import { Agent, type IncomingHttpHeaders, request } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { setTimeout as pause } from 'node:timers/promises';
import { LOAD_CORE, runPinned } from './pinned.ts';

export const READERS_PER_SECOND = 5_000;
export const SECONDS = 5;
/** One request each every ten milliseconds, and all of them in the same. */
const CLIENTS = 50;
const CHANGES_PER_SECOND = 200;
/** Of somebody who asks beside them. */
const CALLS_PER_SECOND = 200;
export const CALL = '/openk.health.v1.HealthService/GetHealth';
const JSON_HEADERS = { 'content-type': 'application/json' };

export interface Seen {
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** @throws where the answer is not 200 */
export async function ask(
  agent: Agent,
  port: number,
  path: string,
  { json, headers = {} }: { readonly json?: string; readonly headers?: Readonly<Record<string, string>> } = {},
): Promise<Seen> {
  const { promise, resolve, reject } = Promise.withResolvers<Seen>();
  const options = { agent, port, host: '127.0.0.1', path, headers: { ...headers, ...(json && JSON_HEADERS) } };
  request({ ...options, method: json === undefined ? 'GET' : 'POST' }, async (response) => {
    const body = await buffer(response);
    if (response.statusCode === 200) resolve({ headers: response.headers, body });
    else reject(new Error(`${path} was answered with ${response.statusCode}: ${body}`));
  })
    .on('error', reject)
    .end(json);
  return promise;
}

/** What the slowest in a hundred of the calls took that were made during `work`, in milliseconds, and what that comes to. */
export async function callBeside<T>(port: number, work: () => Promise<T>): Promise<readonly [T, number]> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const took: number[] = [];
  let isOver = false;
  const call = async () => {
    for (let dueAt = performance.now(); !isOver; ) {
      const beganAt = performance.now();
      await ask(agent, port, CALL, { json: '{}' });
      took.push(performance.now() - beganAt);
      // At random: in even steps they would meet readers and reports, which come in even steps, always or never.
      dueAt += (-Math.log(1 - Math.random()) * 1000) / CALLS_PER_SECOND;
      const dueMs = dueAt - performance.now();
      if (dueMs > 0) await pause(dueMs);
    }
  };
  const calling = call();
  try {
    return [await work(), percentile99(took)];
  } finally {
    isOver = true;
    await calling;
    agent.destroy();
  }
}

export interface Reading {
  readonly perSecond: number;
  readonly p99Ms: number;
}

/** Readers of a page. @param flags for h2load @param log the name of a file of its own @returns what it says at its end */
export async function readPages(url: string, flags: readonly string[], log: string): Promise<string> {
  const rate = `--rps=${READERS_PER_SECOND / CLIENTS}`;
  const load = ['-c', String(CLIENTS), rate, '-D', String(SECONDS), '--warm-up-time=1', `--log-file=${log}`];
  const command = ['h2load', ...load, '-H', 'accept-encoding: gzip', ...flags, url];
  await rm(log, { force: true });
  return runPinned(LOAD_CORE, command, (SECONDS + 20) * 1000);
}

/** Takes long: not while something is measured. @throws where not every reader got a page */
export async function readingOf(out: string, log: string): Promise<Reading> {
  // One line for each: its start, its status and what it took, in microseconds. Those that the end cut off have no status.
  const all = (await readFile(log, 'utf8'))
    .trimEnd()
    .split('\n')
    .map((line) => line.split('\t').map(Number));
  const lines = all.filter(([, status]) => status === 200);
  if (lines.length === 0 || !/ 0 failed, 0 errored/.test(out)) throw new Error(`not every reader got a page:\n${out}`);
  const p99Ms = percentile99(lines.map(([, , micros = 0]) => micros / 1000));
  return { perSecond: Math.round(lines.length / SECONDS), p99Ms };
}

function percentile99(values: number[]): number {
  return values.sort((a, b) => a - b)[Math.floor(values.length * 0.99)] ?? Number.NaN;
}

/** One report after the other, each of which changes its component: as many a second as are meant, if the server takes them. */
export function breakAndMend(port: number, components: number) {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const startedAt = performance.now();
  let changes = 0;
  let isOver = false;
  const run = async () => {
    while (!isOver) {
      const status = Math.floor(changes / components) % 2 === 0 ? 'UNHEALTHY' : 'HEALTHY';
      const path = `/v1/components/component-${changes % components}:report`;
      await ask(agent, port, path, { json: JSON.stringify({ status }) });
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
      agent.destroy();
    },
  };
}
