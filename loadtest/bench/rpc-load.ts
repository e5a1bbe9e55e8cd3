// One measured run of h2load or wrk, each with one thread, and what it counted. Requests that are not answered as expected
// make the run worth nothing: it throws.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { LOAD_CORE, runPinned } from './pinned.ts';

export interface LoadRequest {
  readonly tool: 'h2load' | 'wrk';
  readonly url: string;
  /** None: GET. */
  readonly body?: Uint8Array;
  readonly headers: Readonly<Record<string, string>>;
}

export interface LoadResult {
  /** Answered ones. */
  readonly requests: number;
  readonly requestsPerSecond: number;
  readonly p99Ms: number;
  /** Of one answer, headers and all. */
  readonly answerBytes: number;
}

const CONNECTIONS = 10;
const STREAMS = 10;
export const IN_FLIGHT = CONNECTIONS * STREAMS;

export async function load(folder: string, request: LoadRequest, seconds: number): Promise<LoadResult> {
  return request.tool === 'h2load' ? runH2load(folder, request, seconds) : runWrk(folder, request, seconds);
}

async function runH2load(folder: string, { url, body, headers }: LoadRequest, seconds: number): Promise<LoadResult> {
  const bodyFile = join(folder, 'body');
  const logFile = join(folder, 'h2load.log');
  await writeFile(bodyFile, body ?? '');
  await writeFile(logFile, '');
  const fields = Object.entries(headers).flatMap(([name, value]) => ['-H', `${name}: ${value}`]);
  const clients = ['-c', String(CONNECTIONS), '-m', String(STREAMS), '-D', `${seconds * 1000}ms`];
  const args = [...clients, ...fields, ...(body ? ['-d', bodyFile] : []), `--log-file=${logFile}`, url];
  const out = await runPinned(LOAD_CORE, ['h2load', ...args], (seconds + 20) * 1000);
  const number = (pattern: RegExp) => Number(pattern.exec(out)?.[1] ?? Number.NaN);
  const ok = number(/status codes: (\d+) 2xx/);
  const failed = number(/(\d+) failed/) + number(/(\d+) errored/) + number(/(\d+) 4xx/) + number(/(\d+) 5xx/);
  if (!(ok > 0) || failed !== 0) throw new Error(`h2load was not answered as it should be:\n${out}`);
  const logged = (await readFile(logFile, 'utf8')).trim().split('\n');
  const micros = Float64Array.from(logged, (line) => Number(line.split('\t')[2])).sort();
  return {
    requests: ok,
    requestsPerSecond: number(/, ([\d.]+) req\/s/),
    p99Ms: (micros[Math.floor(micros.length * 0.99)] ?? Number.NaN) / 1000,
    // Data alone: headers shrink as HPACK learns them.
    answerBytes: number(/headers \(space savings .*?\), \S+ \((\d+)\) data/) / ok,
  };
}

const WRK_DONE = `
function done(summary, latency)
  local e = summary.errors
  print(string.format('RESULT {"requests":%d,"us":%d,"bytes":%d,"failed":%d,"p99":%d}', summary.requests, summary.duration,
    summary.bytes, e.connect + e.read + e.write + e.status + e.timeout, latency:percentile(99)))
end`;

async function runWrk(folder: string, { url, body, headers }: LoadRequest, seconds: number): Promise<LoadResult> {
  const script = join(folder, 'wrk.lua');
  const fields = Object.entries(headers).map(([name, value]) => `wrk.headers["${name}"] = "${value}"`);
  const bytes =
    body &&
    `wrk.method = "POST"\nwrk.body = "${[...body].map((byte) => `\\${String(byte).padStart(3, '0')}`).join('')}"`;
  await writeFile(script, [bytes ?? '', ...fields, WRK_DONE].join('\n'));
  const args = ['-t1', `-c${IN_FLIGHT}`, `-d${seconds}s`, '--timeout', '10s', '-s', script, url];
  const out = await runPinned(LOAD_CORE, ['wrk', ...args], (seconds + 20) * 1000);
  const result = JSON.parse(/RESULT (.*)/.exec(out)?.[1] ?? '{}');
  if (!(result.requests > 0) || result.failed !== 0) throw new Error(`wrk was not answered as it should be:\n${out}`);
  return {
    requests: result.requests,
    requestsPerSecond: (result.requests / result.us) * 1e6,
    p99Ms: result.p99 / 1000,
    answerBytes: result.bytes / result.requests,
  };
}
