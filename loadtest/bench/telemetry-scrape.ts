// Scrapes of a server with 10,000 components, while calls at a steady rate go on: how long one takes, and what it does to
// the calls beside it.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { create, toBinary } from '@bufbuild/protobuf';
import { HealthCheckRequestSchema } from '../../gen/grpc/health/v1/health_pb.ts';
import { type Figure, median } from './bench.ts';
import { LOAD_CORE, runPinned } from './pinned.ts';
import { COMPONENT, startOpenkProcess } from './rpc-openk.ts';

const COMPONENTS = 10_000;
const CALL_S = 5;
/** Far below what the server can: the latencies are to be those of the server, not of a queue before it. */
const CONNECTIONS = 10;
const CALLS_PER_SECOND_EACH = 100;
const BETWEEN_SCRAPES_MS = 200;
const SCRAPE_AT_MOST_MS = 300;

export async function scrapeFigures(folder: string): Promise<Figure[]> {
  const openk = await startOpenkProcess(folder, { components: COMPONENTS });
  try {
    const origin = `http://127.0.0.1:${openk.port}`;
    // The first ones compile what they run.
    for (let warmUp = 0; warmUp < 5; warmUp++) await scrape(origin);
    await checkP99Ms(folder, origin);
    const quiet = await checkP99Ms(folder, origin);
    const stop = new AbortController();
    const scraping = scrapeAgainAndAgain(origin, stop.signal);
    const scraped = await checkP99Ms(folder, origin);
    stop.abort();
    const times = await scraping;
    return [
      {
        name: `a scrape of ${COMPONENTS} components`,
        value: median(times),
        unit: 'ms',
        atMost: SCRAPE_AT_MOST_MS,
        rounds: times,
      },
      { name: 'the slowest scrape', value: Math.max(...times), unit: 'ms' },
      { name: 'gRPC Check, p99, no scrapes', value: quiet, unit: 'ms' },
      { name: 'gRPC Check, p99, during scrapes', value: scraped, unit: 'ms' },
    ];
  } finally {
    await openk.end();
  }
}

async function scrapeAgainAndAgain(origin: string, signal: AbortSignal): Promise<number[]> {
  const times: number[] = [];
  while (!signal.aborted) {
    times.push(await scrape(origin));
    await sleep(BETWEEN_SCRAPES_MS);
  }
  return times;
}

/** @throws when not every component is there. @returns how long it took, in milliseconds */
async function scrape(origin: string): Promise<number> {
  const startedMs = performance.now();
  const response = await fetch(`${origin}/metrics`);
  const text = await response.text();
  const tookMs = performance.now() - startedMs;
  const lines = text.match(/^openk_component_status\{.*status="UNKNOWN"\}/gm)?.length ?? 0;
  // The components and the root.
  if (lines !== COMPONENTS + 1) throw new Error(`a scrape of ${COMPONENTS} components told of ${lines}`);
  return tookMs;
}

async function checkP99Ms(folder: string, origin: string): Promise<number> {
  const message = toBinary(HealthCheckRequestSchema, create(HealthCheckRequestSchema, { service: COMPONENT }));
  const body = join(folder, 'check');
  const log = join(folder, 'check.log');
  await writeFile(body, Buffer.concat([Buffer.of(0, 0, 0, 0, message.length), message]));
  await writeFile(log, '');
  const clients = ['-c', `${CONNECTIONS}`, '--rps', `${CALLS_PER_SECOND_EACH}`, '-D', `${CALL_S}`];
  const headers = ['-H', 'content-type: application/grpc', '-H', 'te: trailers'];
  const url = `${origin}/grpc.health.v1.Health/Check`;
  const out = await runPinned(
    LOAD_CORE,
    ['h2load', ...clients, ...headers, '-d', body, `--log-file=${log}`, url],
    (CALL_S + 20) * 1000,
  );
  if (!/ 0 failed, 0 errored/.test(out)) throw new Error(`h2load was not answered as it should be:\n${out}`);
  const lines = (await readFile(log, 'utf8')).trim().split('\n');
  const micros = Float64Array.from(lines, (line) => Number(line.split('\t')[2])).sort();
  return (micros[Math.floor(micros.length * 0.99)] ?? Number.NaN) / 1000;
}
