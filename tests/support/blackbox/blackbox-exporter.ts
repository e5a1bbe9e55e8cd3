// A running blackbox_exporter (https://github.com/prometheus/blackbox_exporter), where the machine has one.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { unusedPort } from '../upstreams/tcp.ts';

/** Debian's name, and that of its authors. */
const NAMES = ['prometheus-blackbox-exporter', 'blackbox_exporter'];
const READY_MS = 10_000;

/** The program, or undefined where there is none. */
export function findBlackbox(): string | undefined {
  return [process.env.BLACKBOX_EXPORTER, ...NAMES].find(
    (name) => name !== undefined && spawnSync(name, ['--version']).status === 0,
  );
}

export interface BlackboxExporter {
  /** Where it answers, without a slash at the end. */
  readonly url: string;
  readonly pid: number;
  /** Whether it says that the target is up. */
  probe(module: string, target: string): Promise<boolean>;
  close(): Promise<void>;
}

/** `modules` as in its configuration. */
export async function startBlackbox(
  program: string,
  modules: Readonly<Record<string, object>>,
): Promise<BlackboxExporter> {
  const directory = await mkdtemp(join(tmpdir(), 'openk-blackbox-'));
  const file = join(directory, 'blackbox.yml');
  // JSON is YAML.
  await writeFile(file, JSON.stringify({ modules }));
  const address = `127.0.0.1:${await unusedPort()}`;
  const child = spawn(program, [`--config.file=${file}`, `--web.listen-address=${address}`], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const exited = once(child, 'exit');
  let said = '';
  child.stderr.on('data', (chunk) => {
    said += chunk;
  });
  await ready(child, `http://${address}/-/healthy`, () => said);
  return {
    url: `http://${address}`,
    pid: child.pid ?? 0,
    async probe(module, target) {
      const answer = await fetch(`http://${address}/probe?${new URLSearchParams({ module, target })}`);
      const text = await answer.text();
      const value = /^probe_success ([01])$/m.exec(text)?.[1];
      if (value === undefined)
        throw new Error(`blackbox_exporter does not say whether ${target} is up: ${text.slice(0, 500)}`);
      return value === '1';
    },
    async close() {
      child.kill();
      await exited;
      await rm(directory, { recursive: true });
    },
  };
}

async function ready(child: ChildProcess, url: string, said: () => string): Promise<void> {
  const signal = AbortSignal.timeout(READY_MS);
  try {
    while (!said().includes('Listening on')) await once(child.stderr!, 'data', { signal });
    const { ok } = await fetch(url, { signal });
    if (ok) return;
  } catch (error) {
    if (!signal.aborted && child.exitCode === null) throw error;
  }
  child.kill();
  throw new Error(`blackbox_exporter does not start: ${said().slice(-500)}`);
}
