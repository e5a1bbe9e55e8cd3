// npm run bench -- status-page: readers of a status page while everything on it changes, which is when they come. Beside it node:http and
// node:http2 alone with the same bytes: what a call has to wait there is not OpenK's.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { Agent } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { type Bench, type Figure, median } from './bench.ts';
import { end, firstMessage, pinToLoadCore, requirePrograms, SERVER_CORE, spawnPinned } from './pinned.ts';
import { startOpenkProcess } from './rpc-openk.ts';
import type { BareAnswers, BarePorts } from './status-page-bare.ts';
import {
  ask,
  breakAndMend,
  CALL,
  callBeside,
  READERS_PER_SECOND,
  readingOf,
  readPages,
  SECONDS,
} from './status-page-traffic.ts';

const ENTRIES = 20;
/** The slowest in a hundred of a thousand calls is another one each time. */
const ROUNDS = 5;
const P99_MS = 20;
const PAGE = '/status/public';
const GROUP = `{ title: All, components: [ ${Array.from({ length: ENTRIES }, (_, n) => `component-${n}`).join(', ')} ] }`;
const STATUS_PAGES = `status_pages: [ { id: public, title: Bench, access: PUBLIC, groups: [ ${GROUP} ] } ]`;
const VERSIONS = [
  { name: 'HTTP/1.1', port: 'http1', flags: ['--h1'] },
  { name: 'HTTP/2', port: 'http2', flags: [] },
] as const;

interface Side {
  readonly name: 'OpenK' | 'bare';
  readonly ports: BarePorts;
  end(): Promise<void>;
}

/** Of one side: for each name of a figure, what the rounds gave. */
type Rounds = Record<string, number[]>;

export const statusPageBench: Bench = {
  title: `${READERS_PER_SECOND} readers a second of a page of ${ENTRIES} entries by 90 days, gzip, while all of them change, ${ROUNDS} × ${SECONDS} s each`,
  async run() {
    requirePrograms({ taskset: 'util-linux', h2load: 'nghttp2-client' });
    pinToLoadCore();
    const folder = await mkdtemp(join(tmpdir(), 'openk-bench-'));
    const sides: Side[] = [];
    try {
      const openk = await startOpenkProcess(folder, { components: ENTRIES, statusPages: STATUS_PAGES });
      sides.push({ name: 'OpenK', ports: { http1: openk.port, http2: openk.port }, end: openk.end });
      sides.push(await startBare(folder, openk.port));
      const log = join(folder, 'h2load.log');
      const rounds = { OpenK: {} as Rounds, bare: {} as Rounds };
      // The first is forgotten. Before V8 is warm one in a hundred takes long with every server (docs/performance.md).
      for (let round = 0; round <= ROUNDS; round++) {
        for (const side of sides) {
          const results = await runRound(side, log);
          for (const [name, value] of Object.entries(round > 0 ? results : {})) {
            rounds[side.name][name] ??= [];
            rounds[side.name][name]?.push(value);
          }
        }
      }
      return toFigures(rounds);
    } finally {
      for (const side of sides) await side.end();
      await rm(folder, { recursive: true });
    }
  },
};

async function startBare(folder: string, openkPort: number): Promise<Side> {
  const agent = new Agent();
  const page = await ask(agent, openkPort, PAGE, { headers: { 'accept-encoding': 'gzip' } });
  const call = await ask(agent, openkPort, CALL, { json: '{}' });
  // What Node adds by itself.
  const { date: _date, connection: _connection, 'keep-alive': _keepAlive, ...headers } = page.headers;
  const answers: BareAnswers = {
    page: { headers: headers as Record<string, string>, base64: page.body.toString('base64') },
    call: call.body.toString(),
  };
  const file = join(folder, 'answers.json');
  await writeFile(file, JSON.stringify(answers));
  const program = new URL('status-page-bare.ts', import.meta.url).pathname;
  const child = spawnPinned(SERVER_CORE, [process.execPath, program, file], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  return { name: 'bare', ports: await firstMessage<BarePorts>(child), end: () => end(child) };
}

async function runRound({ ports }: Side, log: string): Promise<Readonly<Record<string, number>>> {
  const world = breakAndMend(ports.http1, ENTRIES);
  try {
    const [, idleMs] = await callBeside(ports.http1, () => pause(SECONDS * 1000));
    const results: Record<string, number> = { idleMs };
    for (const { name, port, flags } of VERSIONS) {
      const read = () => readPages(`http://127.0.0.1:${ports[port]}${PAGE}`, flags, log);
      const [out, besideMs] = await callBeside(ports.http1, read);
      const { perSecond, p99Ms } = await readingOf(out, log);
      Object.assign(results, {
        [`${name} readers`]: perSecond,
        [`${name} p99`]: p99Ms,
        [`${name} beside`]: besideMs,
        [`${name} ratio`]: besideMs / idleMs,
      });
    }
    return { ...results, changes: world.perSecond() };
  } finally {
    await world.end();
  }
}

function toFigures({ OpenK: openk, bare }: Readonly<Record<Side['name'], Rounds>>): Figure[] {
  const figure = (name: string, rounds: readonly number[] = [], rest: Pick<Figure, 'unit' | 'atMost'>): Figure => ({
    name,
    value: median(rounds),
    rounds,
    ...rest,
  });
  const ms = { unit: 'ms' };
  return [
    figure('a call, p99, without readers', openk.idleMs, ms),
    figure('bare: the same', bare.idleMs, ms),
    ...VERSIONS.flatMap(({ name }) => [
      figure(`${name}: readers`, openk[`${name} readers`], { unit: '/s' }),
      figure(`${name}: p99`, openk[`${name} p99`], { ...ms, atMost: P99_MS }),
      figure(`${name}: p99, bare`, bare[`${name} p99`], ms),
      figure(`${name}: a call beside them, p99`, openk[`${name} beside`], ms),
      figure(`${name}: the same, bare`, bare[`${name} beside`], ms),
      figure(`${name}: to that without readers`, openk[`${name} ratio`], { unit: '×', atMost: 2 }),
      figure(`${name}: the same, bare`, bare[`${name} ratio`], { unit: '×' }),
    ]),
    figure('changes meanwhile', openk.changes, { unit: '/s' }),
  ];
}
