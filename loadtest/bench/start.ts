// npm run bench -- start: what a start takes until the first answer, and what is held at rest, beside a bare HTTP server of Node's and one of the
// same libraries; and how long `openk import gatus FILE --serve` takes from a file of a thousand lines to its first answer. From the sources; as
// `openk` starts in this checkout, which is what was built where nothing has changed since (ADR 88); and from the package where `npm run build` has
// made it. From /proc, so on Linux only.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { build } from 'vite';
import { APART, keepToAscii, narrowHttp } from '../../scripts/package/vite.config.ts';
import { type Bench, type Figure, median } from './bench.ts';
import { cpuMicros, end, SERVER_CORE, spawnPinned } from './pinned.ts';
import { listening, type Memory, memoryOf } from './whole-process.ts';

const COMPONENTS = 5;
const ROUNDS = 5;
/** Of the file of Gatus. */
const IMPORT_LINES = 1_000;
const IMPORT_TARGET_S = 2;
/** Until what is made once is made. */
const SETTLE_MS = 5_000;

const ROOT = join(import.meta.dirname, '../..');
const BUILT = join(ROOT, 'dist/openk/main.js');
const BARE = `const server = require('node:http').createServer((request, response) => response.end('ok'));
server.listen(0, '127.0.0.1', () => console.log(JSON.stringify({ msg: 'listening', address: 'http://127.0.0.1:' + server.address().port })));`;

/** Whether what was built is current or not. */
const CHECKOUT_TARGETS = { cpuMs: 700, memory: 2.2 };

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
        { name: 'libraries', args: [await bundleLibraries(folder)] },
        { name: 'sources', args: [join(ROOT, 'src/main.ts'), ...serve], targets: CHECKOUT_TARGETS },
        { name: 'checkout', args: [join(ROOT, 'bin/openk.js'), ...serve], targets: CHECKOUT_TARGETS },
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
      const imports = await measureImports(sides, folder);
      const starts = sides.flatMap(({ name, targets }): Figure[] => {
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
      return [...starts, ...imports];
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
};

/** As scripts/package/vite.config.ts bundles OpenK. @returns the file to run */
async function bundleLibraries(folder: string): Promise<string> {
  await build({
    root: ROOT,
    configFile: false,
    logLevel: 'warn',
    plugins: [narrowHttp(), keepToAscii()],
    ssr: { noExternal: true, external: APART },
    build: {
      ssr: join(import.meta.dirname, 'start-libraries.ts'),
      outDir: folder,
      emptyOutDir: false,
      target: 'node24',
      minify: false,
      rolldownOptions: { output: { entryFileNames: 'libraries.mjs', comments: false } },
    },
  });
  // What is not bundled is looked for from here.
  await symlink(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  return join(folder, 'libraries.mjs');
}

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

async function measureImports(sides: readonly Side[], folder: string): Promise<Figure[]> {
  const source = join(folder, 'gatus.yaml');
  await writeFile(source, gatusFile());
  const figures: Figure[] = [];
  for (const { name, args, targets } of sides) {
    // What is no OpenK has none.
    if (targets === undefined) continue;
    const rounds: { readonly wallS: number; readonly cpuS: number }[] = [];
    // The first one keeps what Node has compiled.
    for (let round = 0; round <= ROUNDS; round++) {
      const output = join(folder, `${name}-${round}.yaml`);
      const startedMs = performance.now();
      // On all cores, as people run it.
      const server = spawn(process.execPath, [args[0]!, 'import', 'gatus', source, '-o', output, '--serve'], {
        stdio: ['ignore', 'pipe', 'ignore'],
        env: {
          PATH: process.env.PATH,
          XDG_CACHE_HOME: folder,
          OPENK_LISTEN: '127.0.0.1:0',
          OPENK_STORAGE: 'memory:',
        },
      });
      try {
        await fetch(`${await listening(server)}/livez`);
        const wallS = (performance.now() - startedMs) / 1000;
        if (round > 0) rounds.push({ wallS, cpuS: cpuMicros(server.pid!) / 1e6 });
      } finally {
        await end(server);
      }
    }
    const what = `${name}: ${IMPORT_LINES} lines of Gatus to the first answer`;
    figures.push(
      { name: what, value: median(rounds.map(({ wallS }) => wallS)), unit: 's', atMost: IMPORT_TARGET_S },
      { name: `${what}, CPU`, value: median(rounds.map(({ cpuS }) => cpuS)), unit: 's' },
    );
  }
  return figures;
}

/** Endpoints as people have them, on loopback, where nothing listens. */
function gatusFile(): string {
  const lines = [
    'alerting:',
    '  slack:',
    '    webhook-url: "https://hooks.slack.example.com/services/secret"',
    '    default-alert: { failure-threshold: 3, send-on-resolved: true }',
    'endpoints:',
  ];
  for (let n = 0; lines.length < IMPORT_LINES; n++) {
    lines.push(
      `  - name: service-${n}`,
      `    group: team-${n % 7}`,
      `    url: "http://127.0.0.1:9/${n}/health"`,
      '    interval: 5m',
      '    headers:',
      `      Authorization: "Bearer secret-${n}"`,
      '    conditions:',
      '      - "[STATUS] == 200"',
      '      - "[BODY].status == UP"',
      '      - "[RESPONSE_TIME] < 500"',
      '    alerts: [ { type: slack } ]',
    );
  }
  return `${lines.join('\n')}\n`;
}

function figuresOf(rounds: readonly Round[]): Round {
  return {
    cpuMs: median(rounds.map(({ cpuMs }) => cpuMs)),
    residentMb: median(rounds.map(({ residentMb }) => residentMb)),
    privateMb: median(rounds.map(({ privateMb }) => privateMb)),
  };
}
