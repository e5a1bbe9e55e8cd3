// npm run bench -- start: what a start takes until the first answer, and what is held at rest, beside a bare HTTP server of Node's. From the
// checkout, and from the package where `npm run build` has made it. From /proc, so on Linux only.
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Bench, type Figure, median } from './bench.ts';
import { cpuMicros, end, SERVER_CORE, spawnPinned } from './pinned.ts';
import { listening, type Memory, memoryOf } from './whole-process.ts';

const COMPONENTS = 5;
const ROUNDS = 5;
/** Until what is made once is made. */
const SETTLE_MS = 5_000;

const ROOT = join(import.meta.dirname, '../..');
const BUILT = join(ROOT, 'dist/openk/main.js');
const BARE = `const server = require('node:http').createServer((request, response) => response.end('ok'));
server.listen(0, '127.0.0.1', () => console.log(JSON.stringify({ msg: 'listening', address: 'http://127.0.0.1:' + server.address().port })));`;

interface Side {
  readonly name: string;
  readonly args: readonly string[];
  /** Of CPU time and memory. */
  readonly targets?: { readonly cpuMs: number; readonly memory: number };
}

interface Round extends Memory {
  readonly cpuMs: number;
}

export const startBench: Bench = {
  title: `a start with ${COMPONENTS} components in memory until its first answer, and memory at rest, beside bare node:http`,
  async run() {
    const folder = await mkdtemp(join(tmpdir(), 'openk-start-'));
    try {
      const config = join(folder, 'openk.yaml');
      const components = Array.from(
        { length: COMPONENTS },
        (_, n) => `  - { id: service-${n}, heartbeat: { period: 24h } }`,
      );
      await writeFile(config, ['components:', ...components].join('\n'));
      const serve = ['serve', '--config', config, '--listen', '127.0.0.1:0', '--storage', 'memory:'];
      const sides: Side[] = [
        { name: 'bare', args: ['-e', BARE] },
        { name: 'checkout', args: [join(ROOT, 'src/main.ts'), ...serve], targets: { cpuMs: 700, memory: 2.2 } },
      ];
      if (existsSync(BUILT))
        sides.push({ name: 'package', args: [BUILT, ...serve], targets: { cpuMs: 450, memory: 1.8 } });
      else console.log('  package: not run, since dist/ is not there (npm run build)');
      // The first start of each keeps what Node has compiled.
      for (const side of sides) await measure(side, folder);
      const rounds = new Map<string, Round[]>(sides.map(({ name }) => [name, []]));
      for (let round = 0; round < ROUNDS; round++) {
        for (const side of sides) rounds.get(side.name)!.push(await measure(side, folder));
      }
      const bare = figuresOf(rounds.get('bare')!);
      return sides.flatMap(({ name, targets }): Figure[] => {
        const { cpuMs, residentMb, privateMb } = figuresOf(rounds.get(name)!);
        return [
          {
            name: `${name}: CPU until the first answer`,
            value: cpuMs,
            unit: 'ms',
            ...(targets && { atMost: targets.cpuMs }),
          },
          { name: `${name}: memory at rest (RSS)`, value: residentMb, unit: 'MB' },
          { name: `${name}: of that its own (RssAnon)`, value: privateMb, unit: 'MB' },
          ...(targets
            ? [
                {
                  name: `${name} to bare: memory`,
                  value: residentMb / bare.residentMb,
                  unit: '×',
                  atMost: targets.memory,
                },
              ]
            : []),
        ];
      });
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
};

async function measure({ args }: Side, folder: string): Promise<Round> {
  const server = spawnPinned(SERVER_CORE, [process.execPath, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { PATH: process.env.PATH, XDG_CACHE_HOME: folder },
  });
  try {
    await fetch(`${await listening(server)}/livez`);
    const cpuMs = cpuMicros(server.pid!) / 1000;
    await sleep(SETTLE_MS);
    return { cpuMs, ...memoryOf(server.pid!) };
  } finally {
    await end(server);
  }
}

function figuresOf(rounds: readonly Round[]): Round {
  return {
    cpuMs: median(rounds.map(({ cpuMs }) => cpuMs)),
    residentMb: median(rounds.map(({ residentMb }) => residentMb)),
    privateMb: median(rounds.map(({ privateMb }) => privateMb)),
  };
}
