// Looks on while k6 runs, once a second: what the server costs (from /proc, so on Linux only), how long its event loop
// keeps a trivial request waiting, and how many calls k6 makes.
import { readFile } from 'node:fs/promises';

export interface Sample {
  /** Since the start, in seconds. */
  readonly atS: number;
  readonly rssMb?: number;
  /** Of one core, since the sample before. */
  readonly cpuPercent?: number;
  /** The slowest answer of /livez since the sample before. */
  readonly livezMs: number;
  readonly callsPerS?: number;
  readonly failedCallsPerS?: number;
}

export interface ObserveOptions {
  /** HOST:PORT of the server. */
  readonly target: string;
  readonly pid: number;
  /** HOST:PORT of k6's own API. */
  readonly k6Api: string;
}

export interface Observation {
  /** Ends it and gives what it saw. */
  stop(): Promise<readonly Sample[]>;
}

const SAMPLE_EVERY_MS = 1000;
const LIVEZ_EVERY_MS = 100;
/** An answer that takes longer is taken down as having taken this long. */
const LIVEZ_TIMEOUT_MS = 5000;
/** USER_HZ: 100 on every Linux that Node runs on (man 5 proc). */
const TICKS_PER_S = 100;

export function observe({ target, pid, k6Api }: ObserveOptions): Observation {
  const stopped = new AbortController();
  const samples: Sample[] = [];
  const startedAt = performance.now();
  let slowestLivezMs = 0;

  const watchLivez = every(LIVEZ_EVERY_MS, stopped.signal, async () => {
    slowestLivezMs = Math.max(slowestLivezMs, await timeLivez(target));
  });
  let before = { atMs: startedAt, cpuS: undefined as number | undefined, calls: 0, failedCalls: 0 };
  const sample = every(SAMPLE_EVERY_MS, stopped.signal, async () => {
    const [cost, calls, failedCalls] = await Promise.all([
      costOf(pid),
      k6Count(k6Api, 'openk_calls'),
      k6Count(k6Api, 'openk_failed_calls'),
    ]);
    const atMs = performance.now();
    const seconds = (atMs - before.atMs) / 1000;
    samples.push({
      atS: round((atMs - startedAt) / 1000),
      livezMs: round(slowestLivezMs),
      ...(cost && { rssMb: round(cost.rssMb) }),
      ...(cost && before.cpuS !== undefined && { cpuPercent: round(((cost.cpuS - before.cpuS) / seconds) * 100) }),
      ...(calls !== undefined && { callsPerS: round((calls - before.calls) / seconds) }),
      ...(failedCalls !== undefined && { failedCallsPerS: round((failedCalls - before.failedCalls) / seconds) }),
    });
    slowestLivezMs = 0;
    before = { atMs, cpuS: cost?.cpuS, calls: calls ?? before.calls, failedCalls: failedCalls ?? before.failedCalls };
  });
  return {
    async stop() {
      stopped.abort();
      await Promise.all([watchLivez, sample]);
      return samples;
    },
  };
}

/** Never two at once: what takes longer than the period makes the next one late. Settles soon after the signal. */
async function every(periodMs: number, signal: AbortSignal, work: () => Promise<void>): Promise<void> {
  const ended = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
  while (!signal.aborted) {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, periodMs);
    await Promise.race([promise, ended]);
    clearTimeout(timer);
    if (!signal.aborted) await work();
  }
}

async function timeLivez(target: string): Promise<number> {
  const startedAt = performance.now();
  try {
    const answer = await fetch(`http://${target}/livez`, { signal: AbortSignal.timeout(LIVEZ_TIMEOUT_MS) });
    await answer.arrayBuffer();
    return answer.ok ? performance.now() - startedAt : LIVEZ_TIMEOUT_MS;
  } catch {
    return LIVEZ_TIMEOUT_MS;
  }
}

/** Undefined where there is no /proc, and once the process is gone. */
async function costOf(pid: number): Promise<{ cpuS: number; rssMb: number } | undefined> {
  try {
    const [stat, status] = await Promise.all([
      readFile(`/proc/${pid}/stat`, 'utf8'),
      readFile(`/proc/${pid}/status`, 'utf8'),
    ]);
    // The name, in brackets, may hold anything; utime and stime are the 12th and 13th field behind it (man 5 proc).
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const rssKb = /^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1];
    return { cpuS: (Number(fields[11]) + Number(fields[12])) / TICKS_PER_S, rssMb: Number(rssKb) / 1024 };
  } catch {
    return undefined;
  }
}

/** Of a counter so far. Undefined before k6 listens, after it ends, and before the metric has a value. */
async function k6Count(api: string, metric: string): Promise<number | undefined> {
  try {
    const answer = await fetch(`http://${api}/v1/metrics/${metric}`, { signal: AbortSignal.timeout(SAMPLE_EVERY_MS) });
    if (!answer.ok) return undefined;
    const { data } = (await answer.json()) as { data?: { attributes?: { sample?: { count?: number } } } };
    return data?.attributes?.sample?.count;
  } catch {
    return undefined;
  }
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
