// npm run bench -- sizing: what a whole OpenK takes of a machine, by how many components it watches: CPU time, memory, and what its
// file grows by. Processes of different sizes run at the same time; CPU time and memory hardly depend on what else a machine does. From
// /proc, so on Linux only.

import { fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Bench, Figure } from './bench.ts';
import { cpuMicros } from './pinned.ts';
import { listening, memoryOf } from './whole-process.ts';

const SIZES = [0, 1000, 4000];
const INTERVAL_S = 30;
/** Until each was probed once, and what is made once is made. */
const SETTLE_S = 45;
/** Two intervals. */
const MEASURE_S = 60;
const MB = 2 ** 20;

interface Use {
  /** Seconds since the start. */
  readonly cpu: number;
  readonly residentMb: number;
  readonly fileMb: number;
}

export const sizingBench: Bench = {
  title: `a whole OpenK with ${SIZES.join(', ')} http components at ${INTERVAL_S} s, fresh connections, history in a file`,
  async run() {
    const targets = fork(new URL('fresh-http-target.ts', import.meta.url), { execArgv: [] });
    const folder = await mkdtemp(join(tmpdir(), 'openk-sizing-'));
    try {
      const [ports] = (await once(targets, 'message')) as [number[]];
      return (await Promise.all(SIZES.map((size) => measure(size, ports, folder)))).flat();
    } finally {
      targets.disconnect();
      await rm(folder, { recursive: true, force: true });
    }
  },
};

async function measure(size: number, ports: readonly number[], folder: string): Promise<readonly Figure[]> {
  const file = join(folder, `${size}.db`);
  const config = join(folder, `${size}.yaml`);
  await writeFile(config, configOf(size, ports));
  const server = spawn(
    process.execPath,
    ['src/main.ts', 'serve', '--config', config, '--listen', '127.0.0.1:0', '--storage', `sqlite:${file}`],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const exited = once(server, 'exit');
  try {
    await listening(server);
    await sleep(SETTLE_S * 1000);
    const before = await useOf(server.pid!, file);
    await sleep(MEASURE_S * 1000);
    const after = await useOf(server.pid!, file);
    const name = `${size} components`;
    return [
      { name: `${name}: CPU`, value: ((after.cpu - before.cpu) / MEASURE_S) * 100, unit: '% of a core' },
      { name: `${name}: CPU until all were probed once`, value: before.cpu, unit: 's' },
      { name: `${name}: memory`, value: after.residentMb, unit: 'MB' },
      { name: `${name}: file and its log`, value: after.fileMb, unit: 'MB' },
    ];
  } finally {
    server.kill('SIGTERM');
    await exited;
  }
}

function configOf(size: number, ports: readonly number[]): string {
  const components = Array.from({ length: size }, (_, n) => {
    return `  - { id: service-${n}, http: { url: "http://127.0.0.1:${ports[n % ports.length]}/" } }`;
  });
  const list = size === 0 ? 'components: []' : ['components:', ...components].join('\n');
  return `defaults: { interval: ${INTERVAL_S}s }\n${list}\n`;
}

async function useOf(pid: number, file: string): Promise<Use> {
  const sizes = await Promise.all([file, `${file}-wal`].map(async (name) => (await stat(name)).size));
  return {
    cpu: cpuMicros(pid) / 1e6,
    residentMb: memoryOf(pid).residentMb,
    fileMb: sizes.reduce((sum, bytes) => sum + bytes, 0) / MB,
  };
}
