// npm run bench -- watch: one change to 10,000 open grpc.health.v1 Watch streams. When do the first and the last of them have
// it, what memory does a stream cost, and does a change that nobody waits for cost more with them than without?
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect, type IncomingHttpHeaders } from 'node:http2';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createCertificates } from '../../tests/support/certs.ts';
import { type Bench, type Figure, median } from './bench.ts';
import { cpuMicros, end, firstMessage, LOAD_CORE, requirePrograms, SERVER_CORE, spawnPinned } from './pinned.ts';
import { COMPONENT, HAS_PIPELINE_SWITCH, startOpenkProcess } from './rpc-openk.ts';
import type { Answers, ReferencePorts } from './rpc-reference.ts';
import type { AllAnswered } from './watch-client.ts';

const STREAMS = 10_000;
const CONNECTIONS = 40;
/** Before those that are measured, until V8 is done with what they run through. */
const WARM_UP_CHANGES = 6;
const CHANGES = 9;
/** Processes of OpenK, of grpc-js and of node:http2 alone, whose changes are taken together. */
const TURNS = 3;
const UNWATCHED_CHANGES = 300;
const UNWATCHED = 'component-1';
const REPORT = {
  ':method': 'POST',
  ':path': '/openk.health.v1.HealthService/ReportHealth',
  'content-type': 'application/json',
};

interface Watched {
  readonly name: string;
  readonly port: number;
  readonly pid: number;
  /** Whether its streams are read as browsers do. */
  readonly isGzipped?: boolean;
  /** Turns the watched service around. */
  change(isServing: boolean): Promise<void> | void;
  /** Changes something else. */
  readonly changeOther?: (isServing: boolean) => Promise<void>;
  end(): Promise<void>;
}

interface Measured {
  readonly firstMs: number[];
  readonly lastMs: number[];
  /** Of the server, for each change. */
  readonly cpuMs: number;
  readonly rssKb: number;
  readonly otherMs?: { readonly without: number; readonly beside: number };
}

export const watchBench: Bench = {
  title: `one change to ${STREAMS} Watch streams over ${CONNECTIONS} connections, ${CHANGES} times in each of ${TURNS} processes`,
  async run() {
    requirePrograms({ taskset: 'util-linux' });
    const folder = await mkdtemp(join(tmpdir(), 'openk-bench-'));
    try {
      const ours = () => startOurs(folder, 'OpenK', true);
      const grpcJs = () => startReference(folder, 'grpc-js');
      const bare = () => startReference(folder, 'bare');
      // In turns, since what else the machine does comes and goes.
      const starts: (() => Promise<Watched>)[] = [
        ...Array.from({ length: TURNS }, () => [ours, grpcJs, bare]).flat(),
        () => startReference(folder, 'connect'),
        async () => ({ ...(await ours()), name: 'OpenK, gzipped for browsers', isGzipped: true }),
        ...(HAS_PIPELINE_SWITCH ? [() => startOurs(folder, 'OpenK, pipeline off', false)] : []),
      ];
      const results = new Map<string, Measured[]>();
      for (const start of starts) {
        // One at a time: RSS is of a fresh process, and 10,000 streams of another would share the caches.
        const watched = await start();
        try {
          results.set(watched.name, [...(results.get(watched.name) ?? []), await measure(watched)]);
        } finally {
          await watched.end();
        }
      }
      return figuresOf(new Map(Array.from(results, ([name, all]) => [name, together(all)])));
    } finally {
      await rm(folder, { recursive: true });
    }
  },
};

async function startOurs(folder: string, name: string, pipeline: boolean): Promise<Watched> {
  // As the references are.
  const openk = await startOpenkProcess(folder, { pipeline, env: { OTEL_SDK_DISABLED: 'true' } });
  // By node:http2 alone, as the streams: what a client library does would take time from both cores.
  const session = connect(`http://127.0.0.1:${openk.port}`);
  const report = async (component: string, isServing: boolean) => {
    const call = session.request(REPORT);
    call.end(JSON.stringify({ component, status: isServing ? 'HEALTH_STATUS_HEALTHY' : 'HEALTH_STATUS_UNHEALTHY' }));
    const [headers] = (await once(call, 'response')) as [IncomingHttpHeaders];
    if (Number(headers[':status']) !== 200) throw new Error(`ReportHealth answered ${headers[':status']}`);
    await once(call.resume(), 'close');
  };
  await report(COMPONENT, true);
  await report(UNWATCHED, true);
  return {
    name,
    port: openk.port,
    pid: openk.pid,
    change: (isServing) => report(COMPONENT, isServing),
    changeOther: (isServing) => report(UNWATCHED, isServing),
    async end() {
      session.destroy();
      await openk.end();
    },
  };
}

async function startReference(folder: string, name: 'bare' | 'grpc-js' | 'connect'): Promise<Watched> {
  const { server: identity } = await createCertificates();
  const answersPath = join(folder, 'answers.json');
  const answers: Answers = { service: COMPONENT, getHealth: '', listComponents: '', rest: '', ...identity };
  await writeFile(answersPath, JSON.stringify(answers));
  const program = new URL('rpc-reference.ts', import.meta.url).pathname;
  const child = spawnPinned(SERVER_CORE, [process.execPath, program, name, answersPath], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const { http2 } = await firstMessage<ReferencePorts>(child);
  return {
    name,
    port: http2!,
    pid: child.pid!,
    change: (isServing) => void child.send(isServing),
    end: () => end(child),
  };
}

async function measure(watched: Watched): Promise<Measured> {
  const without = await timeOther(watched);
  const rssBefore = rssKb(watched.pid);
  const program = new URL('watch-client.ts', import.meta.url).pathname;
  const args = [String(watched.port), COMPONENT, String(STREAMS), String(CONNECTIONS)];
  if (watched.isGzipped) args.push('gzip');
  const client = spawnPinned(LOAD_CORE, [process.execPath, program, ...args], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  try {
    await firstMessage<AllAnswered>(client);
    const perStreamKb = (rssKb(watched.pid) - rssBefore) / STREAMS;
    const firstMs: number[] = [];
    const lastMs: number[] = [];
    let cpuBefore = 0;
    for (let at = 0; at < WARM_UP_CHANGES + CHANGES; at++) {
      if (at === WARM_UP_CHANGES) cpuBefore = cpuMicros(watched.pid);
      const answered = firstMessage<AllAnswered>(client);
      const startNs = process.hrtime.bigint();
      await watched.change(at % 2 === 1);
      const { firstNs, lastNs } = await answered;
      if (at < WARM_UP_CHANGES) continue;
      firstMs.push(Number(BigInt(firstNs) - startNs) / 1e6);
      lastMs.push(Number(BigInt(lastNs) - startNs) / 1e6);
    }
    const cpuMs = (cpuMicros(watched.pid) - cpuBefore) / 1000 / CHANGES;
    const beside = await timeOther(watched);
    const otherMs = without !== undefined && beside !== undefined ? { without, beside } : undefined;
    return { firstMs, lastMs, cpuMs, rssKb: perStreamKb, ...(otherMs && { otherMs }) };
  } finally {
    await end(client);
  }
}

/** Milliseconds of one change that no stream watches, call and all. */
async function timeOther({ changeOther }: Watched): Promise<number | undefined> {
  if (changeOther === undefined) return undefined;
  const timesMs: number[] = [];
  for (let at = 0; at < UNWATCHED_CHANGES; at++) {
    const startMs = performance.now();
    await changeOther(at % 2 === 1);
    timesMs.push(performance.now() - startMs);
  }
  return median(timesMs);
}

function together(all: readonly Measured[]): Measured {
  const others = all.flatMap(({ otherMs }) => (otherMs === undefined ? [] : [otherMs]));
  const otherMs = others.length > 0 && {
    without: median(others.map(({ without }) => without)),
    beside: median(others.map(({ beside }) => beside)),
  };
  return {
    firstMs: all.flatMap(({ firstMs }) => firstMs),
    lastMs: all.flatMap(({ lastMs }) => lastMs),
    cpuMs: median(all.map(({ cpuMs }) => cpuMs)),
    rssKb: median(all.map(({ rssKb: kb }) => kb)),
    ...(otherMs && { otherMs }),
  };
}

function figuresOf(results: ReadonlyMap<string, Measured>): Figure[] {
  const ours = results.get('OpenK')!;
  const theirs = results.get('grpc-js')!;
  return [
    ...[...results].flatMap(([name, { firstMs, lastMs, cpuMs, rssKb: kb, otherMs }]): Figure[] => [
      { name: `${name}: first client has it`, value: median(firstMs), unit: 'ms', rounds: firstMs },
      { name: `${name}: last client has it`, value: median(lastMs), unit: 'ms', rounds: lastMs },
      { name: `${name}: CPU of the server for a change`, value: cpuMs, unit: 'ms' },
      { name: `${name}: RSS per stream`, value: kb, unit: 'KB', ...(name === 'OpenK' && { atMost: 8 }) },
      ...(otherMs === undefined
        ? []
        : [
            { name: `${name}: a change nobody waits for, no streams`, value: otherMs.without, unit: 'ms' },
            { name: `${name}: a change nobody waits for, beside them`, value: otherMs.beside, unit: 'ms' },
          ]),
    ]),
    {
      name: 'last client: OpenK to grpc-js',
      value: median(ours.lastMs) / median(theirs.lastMs),
      unit: '×',
      atMost: 0.8,
    },
    {
      name: 'last client: bare to grpc-js',
      value: median(results.get('bare')!.lastMs) / median(theirs.lastMs),
      unit: '×',
    },
  ];
}

function rssKb(pid: number): number {
  return Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
}
