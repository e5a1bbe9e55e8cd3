// npm run bench -- probes: what a probe costs a whole OpenK, many a second and few: CPU time for each, and memory. Beside the OpenK of
// another folder (BEFORE), beside what Node itself takes for as many requests, and beside Gatus (GATUS) and blackbox_exporter (BLACKBOX)
// where these variables name their programs.
import { type ChildProcess, fork, spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { Agent, get } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startBlackbox } from '../../tests/support/blackbox/blackbox-exporter.ts';
import { unusedPort } from '../../tests/support/upstreams/tcp.ts';
import { type Bench, type Figure, median } from './bench.ts';
import { cpuMicros, end, firstMessage } from './pinned.ts';
import { listening, memoryOf, programIn } from './whole-process.ts';

const TARGETS = 1000;
const ROUNDS = 3;
const MEASURE_S = 15;
/** Beyond one interval, in which each target is looked at for the first time. */
const WARM_UP_S = 8;
/** Gatus begins with one more endpoint every 222 ms. */
const GATUS_WARM_UP_S = (TARGETS * 222) / 1000 + 10;

interface World {
  readonly name: string;
  readonly kind: 'http' | 'tcp';
  readonly intervalS: number;
}

const WORLDS: readonly World[] = [
  { name: 'http-1s', kind: 'http', intervalS: 1 },
  { name: 'http-10s', kind: 'http', intervalS: 10 },
  { name: 'refused-1s', kind: 'tcp', intervalS: 1 },
  { name: 'refused-10s', kind: 'tcp', intervalS: 10 },
];

/** Something that probes all targets of a world, from its start on. */
interface Running {
  readonly pid: number;
  close(): Promise<void>;
}

interface Side {
  readonly name: string;
  readonly warmUpS: number;
  readonly rounds: number;
  start(world: World, ports: readonly number[], folder: string): Promise<Running>;
}

interface Round {
  readonly runs: number;
  readonly cpuMs: number;
  readonly residentMb: number;
  readonly privateMb: number;
}

const { BEFORE, GATUS, BLACKBOX } = process.env;
const OWN = 'openk';

export const probesBench: Bench = {
  title: `what a probe costs with ${TARGETS} targets`,
  parts: WORLDS.map(({ name }) => name),
  async run(parts) {
    const figures: Figure[] = [];
    const cpuOf = new Map<string, number>();
    for (const world of WORLDS.filter(({ name }) => parts?.includes(name) ?? true)) {
      const rounds = await measureAll(world);
      for (const [side, taken] of rounds) {
        const [cpuMs, residentMb, privateMb] = (['cpuMs', 'residentMb', 'privateMb'] as const).map((key) =>
          median(taken.map((round) => round[key])),
        );
        cpuOf.set(`${world.name} ${side}`, cpuMs!);
        const isHeld = side === OWN && world.name === 'http-1s';
        figures.push(
          { name: `${world.name}, ${side}: runs`, value: median(taken.map(({ runs }) => runs)), unit: '' },
          { name: `${world.name}, ${side}: CPU of one`, value: cpuMs!, unit: 'ms', rounds: taken.map((t) => t.cpuMs) },
          {
            name: `${world.name}, ${side}: memory (RSS)`,
            value: residentMb!,
            unit: 'MB',
            ...(isHeld && { atMost: 130 }),
          },
          { name: `${world.name}, ${side}: of that its own (RssAnon)`, value: privateMb!, unit: 'MB' },
        );
      }
    }
    return [...figures, ...ratiosOf((name) => cpuOf.get(name))];
  },
};

/** Ratios of CPU time, as far as both sides were measured. */
function ratiosOf(cpuOf: (name: string) => number | undefined): Figure[] {
  const ratio = (one: string, other: string, atMost?: number): Figure[] => {
    const [a, b] = [cpuOf(one), cpuOf(other)];
    if (a === undefined || b === undefined) return [];
    return [{ name: `CPU of one, ${one} to ${other}`, value: a / b, unit: '×', ...(atMost && { atMost }) }];
  };
  return [
    ...WORLDS.flatMap(({ name }) => ratio(`${name} ${OWN}`, `${name} before`, 1)),
    ...ratio(`http-1s ${OWN}`, 'http-1s gatus', 0.5),
    ...ratio('http-1s bare node:net', 'http-1s gatus'),
    ...ratio('http-1s bare node:http', 'http-1s gatus'),
    ...ratio(`http-1s ${OWN}`, 'http-1s bare node:net'),
    ...ratio(`http-1s ${OWN}`, 'http-1s blackbox_exporter', 0.3),
    ...ratio(`http-10s ${OWN}`, 'http-10s blackbox_exporter'),
    ...ratio(`http-10s ${OWN}`, `http-1s ${OWN}`, 1.5),
    ...ratio(`refused-10s ${OWN}`, `refused-1s ${OWN}`, 1.5),
  ];
}

async function measureAll(world: World): Promise<ReadonlyMap<string, readonly Round[]>> {
  const rounds = new Map<string, Round[]>();
  const sides = sidesFor(world);
  for (let round = 0; round < ROUNDS; round++) {
    for (const side of sides.filter((one) => round < one.rounds)) {
      rounds.set(side.name, [...(rounds.get(side.name) ?? []), await measure(side, world)]);
    }
  }
  return rounds;
}

function sidesFor({ kind, intervalS }: World): readonly Side[] {
  const warmUpS = intervalS + WARM_UP_S;
  const sides = [openkIn(OWN, join(import.meta.dirname, '../..'), warmUpS)];
  if (BEFORE !== undefined) sides.push(openkIn('before', BEFORE, warmUpS));
  if (kind !== 'http') return sides;
  sides.push(bare('net', warmUpS), bare('http', warmUpS));
  if (BLACKBOX === undefined) console.log('  blackbox_exporter: not run, since BLACKBOX names no program');
  else sides.push(blackbox(BLACKBOX, warmUpS));
  if (intervalS !== 1) return sides;
  if (GATUS === undefined) console.log('  Gatus: not run, since GATUS names no program');
  else sides.push(gatus(GATUS));
  return sides;
}

async function measure(side: Side, world: World): Promise<Round> {
  const folder = await mkdtemp(join(tmpdir(), 'openk-probes-'));
  const targets = fork(new URL('fresh-http-target.ts', import.meta.url), { execArgv: [] });
  try {
    const ports = await firstMessage<readonly number[]>(targets);
    const running = await side.start(world, ports, folder);
    try {
      await sleep(side.warmUpS * 1000);
      const [askedBefore, cpuBefore] = [await asked(targets), cpuMicros(running.pid)];
      await sleep(MEASURE_S * 1000);
      const [cpu, askedAfter] = [cpuMicros(running.pid), await asked(targets)];
      // Nobody counts at a port where nobody listens: its runs are those that are due.
      const runs = world.kind === 'http' ? askedAfter - askedBefore : (TARGETS / world.intervalS) * MEASURE_S;
      return { runs, cpuMs: (cpu - cpuBefore) / 1000 / runs, ...memoryOf(running.pid) };
    } finally {
      await running.close();
    }
  } finally {
    await end(targets);
    await rm(folder, { recursive: true, force: true });
  }
}

/** How many requests the targets have had. */
function asked(targets: ChildProcess): Promise<number> {
  targets.send('asked');
  return firstMessage<number>(targets);
}

function openkIn(name: string, root: string, warmUpS: number): Side {
  const program = programIn(root);
  console.log(`  ${name}: the ${program.kind} in ${root}`);
  return {
    name,
    warmUpS,
    rounds: ROUNDS,
    async start({ kind, intervalS }, ports, folder) {
      const closed = await unusedPort();
      const components = Array.from({ length: TARGETS }, (_, n) =>
        kind === 'http'
          ? `  - { id: service-${n}, http: { url: "http://127.0.0.1:${ports[n % ports.length]}/", expect: ['json.status == "up"'] } }`
          : `  - { id: service-${n}, tcp: { target: "127.0.0.1:${closed}" } }`,
      );
      const head = `defaults: { interval: ${intervalS}s, timeout: 900ms }\nlimits: { probes_in_flight_per_host: 512 }`;
      const config = join(folder, 'openk.yaml');
      await writeFile(config, `${head}\ncomponents:\n${components.join('\n')}\n`);
      const args = ['serve', '--config', config, '--listen', '127.0.0.1:0', '--storage', 'memory:'];
      const server = spawn(process.execPath, [program.file, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
      await listening(server);
      return { pid: server.pid!, close: () => end(server) };
    },
  };
}

function bare(by: 'net' | 'http', warmUpS: number): Side {
  const file = join(import.meta.dirname, 'bare-prober.ts');
  return {
    name: `bare node:${by}`,
    warmUpS,
    rounds: ROUNDS,
    async start({ intervalS }, ports) {
      const args = [file, by, JSON.stringify(ports), String(TARGETS), String(intervalS)];
      const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'inherit'] });
      return { pid: child.pid!, close: () => end(child) };
    },
  };
}

function gatus(program: string): Side {
  return {
    name: 'gatus',
    warmUpS: GATUS_WARM_UP_S,
    // Its warm-up takes four minutes.
    rounds: 1,
    async start({ intervalS }, ports, folder) {
      const file = join(folder, 'gatus.yaml');
      const endpoints = Array.from({ length: TARGETS }, (_, n) => ({
        name: `service-${n}`,
        url: `http://127.0.0.1:${ports[n % ports.length]}/`,
        interval: `${intervalS}s`,
        // As OpenK does: a new connection for each look.
        headers: { Connection: 'close' },
        conditions: ['[STATUS] == 200', '[BODY].status == up'],
      }));
      const web = { address: '127.0.0.1', port: await unusedPort() };
      // JSON is YAML.
      await writeFile(file, JSON.stringify({ web, concurrency: 0, endpoints }));
      const child = spawn(program, { stdio: 'ignore', env: { ...process.env, GATUS_CONFIG_PATH: file } });
      return { pid: child.pid!, close: () => end(child) };
    },
  };
}

/** Its work begins with a request to it and ends with a page of metrics; it is asked as often as is due, evenly. */
function blackbox(program: string, warmUpS: number): Side {
  return {
    name: 'blackbox_exporter',
    warmUpS,
    rounds: ROUNDS,
    async start({ intervalS }, ports) {
      const exporter = await startBlackbox(program, {
        up: { prober: 'http', timeout: '2s', http: { fail_if_body_not_matches_regexp: ['"status":"up"'] } },
      });
      const agent = new Agent({ keepAlive: true, maxSockets: 64 });
      const begunMs = performance.now();
      let sent = 0;
      const timer = setInterval(() => {
        const due = ((performance.now() - begunMs) * TARGETS) / (intervalS * 1000);
        for (; sent < due; sent++) {
          const target = `http://127.0.0.1:${ports[sent % ports.length]}/`;
          get(`${exporter.url}/probe?module=up&target=${target}`, { agent }, (answer) => answer.resume()).on(
            'error',
            () => {},
          );
        }
      }, 10);
      return {
        pid: exporter.pid,
        async close() {
          clearInterval(timer);
          agent.destroy();
          await exporter.close();
        },
      };
    },
  };
}
