// OpenK as its users run it: a process of its own.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { MAIN } from './program.ts';

export interface SpawnedOpenk {
  readonly address: string;
  readonly configPath: string;
  /** Lines of the log so far. */
  readonly log: readonly Record<string, unknown>[];
  /** The first log line, past or to come, with this message. */
  logged(message: string): Promise<Record<string, unknown>>;
  signal(signal: NodeJS.Signals): void;
  /** Exit code, once it has ended. */
  readonly exited: Promise<number | null>;
  /** Ends it, whatever state it is in, and removes its files. */
  dispose(): Promise<void>;
}

export interface SpawnOptions {
  /** What is started. Default: `MAIN`. */
  readonly program?: string;
  readonly storage?: string;
  readonly listen?: string;
  /** Bounds each file that it writes, in units of 1,024 bytes: beyond, writing fails as on a full disk. */
  readonly fileBlocks?: number;
  /** How many files it may have open. */
  readonly descriptors?: number;
  /** A program, with its arguments, that runs it. */
  readonly within?: readonly string[];
  /** Beside the PATH. */
  readonly env?: Readonly<Record<string, string>>;
}

/** An OpenK that may still be starting, or may never come so far. */
export interface LaunchedOpenk extends Omit<SpawnedOpenk, 'address'> {
  /** Its URL, once it listens; rejects when it ends before. */
  readonly address: Promise<string>;
  readonly pid: number;
  readonly stderr: () => string;
}

/** Settles when it listens. @throws when it ends before, with what it wrote to stderr. */
export async function spawnOpenk(config: string, options: SpawnOptions = {}): Promise<SpawnedOpenk> {
  const openk = await launchOpenk(config, options);
  try {
    return { ...openk, address: await openk.address };
  } catch (error) {
    await openk.dispose();
    throw error;
  }
}

/** Settles when its process runs. */
export async function launchOpenk(
  config: string,
  {
    program = MAIN,
    storage = 'memory:',
    listen = '127.0.0.1:0',
    fileBlocks,
    descriptors,
    within = [],
    env = {},
  }: SpawnOptions = {},
): Promise<LaunchedOpenk> {
  const folder = await mkdtemp(join(tmpdir(), 'openk-test-'));
  const configPath = join(folder, 'openk.yaml');
  await writeFile(configPath, config);
  const args = [program, 'serve', '--config', configPath, '--listen', listen, '--storage', storage];
  const bounds = [
    ...(fileBlocks === undefined ? [] : [`ulimit -f ${fileBlocks}`]),
    ...(descriptors === undefined ? [] : [`ulimit -n ${descriptors}`]),
  ];
  const [command = '', ...all] =
    bounds.length === 0
      ? [...within, process.execPath, ...args]
      : ['bash', '-c', `${bounds.join('; ')}; exec "$@"`, 'bash', process.execPath, ...args];
  const { PATH, NODE_COMPILE_CACHE } = process.env;
  const child: ChildProcess = spawn(command, all, {
    stdio: ['ignore', 'pipe', 'pipe'],
    // What it has compiled is no file of its own: a bound would be met by it first.
    env: { PATH, ...(bounds.length === 0 && { NODE_COMPILE_CACHE }), ...env },
  });
  let stderr = '';
  child.stderr?.on('data', (chunk) => {
    stderr += chunk;
  });
  const exited = once(child, 'close').then(([code]) => code as number | null);
  const log: Record<string, unknown>[] = [];
  const waiting = new Set<() => void>();
  createInterface({ input: child.stdout! }).on('line', (line) => {
    log.push(JSON.parse(line));
    for (const wake of waiting) wake();
  });
  const logged = async (message: string) => {
    for (;;) {
      const found = log.find(({ msg }) => msg === message);
      if (found !== undefined) return found;
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      waiting.add(resolve);
      void exited.then((code) => reject(new Error(`it ended with ${code} before it logged '${message}': ${stderr}`)));
      await promise.finally(() => waiting.delete(resolve));
    }
  };
  const address = logged('listening').then((line) => line.address as string);
  // Whoever needs it hears of it; whoever does not need not.
  address.catch(() => {});
  return {
    address,
    pid: child.pid ?? 0,
    stderr: () => stderr,
    configPath,
    log,
    logged,
    signal: (name) => void child.kill(name),
    exited,
    async dispose() {
      child.kill('SIGKILL');
      await exited;
      await rm(folder, { recursive: true, force: true });
    },
  };
}
