// Processes on a core of their own: servers on one, what loads them on another, so that neither measures the other.
import { type ChildProcess, execFileSync, type SpawnOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';

export const SERVER_CORE = 0;
export const LOAD_CORE = 1;

/** @throws when a program is not there, with the Debian package that has it */
export function requirePrograms(programs: Readonly<Record<string, string>>): void {
  for (const [program, debianPackage] of Object.entries(programs)) {
    try {
      execFileSync('which', [program]);
    } catch {
      throw new Error(`this bench needs ${program}, which is not on the PATH: apt-get install ${debianPackage}`);
    }
  }
}

export function spawnPinned(core: number, command: readonly string[], options: SpawnOptions): ChildProcess {
  return spawn('taskset', ['-c', String(core), ...command], options);
}

/** This process with all its threads, and what it starts from now on, unless that is pinned itself. */
export function pinToLoadCore(attempts = 5): void {
  try {
    execFileSync('taskset', ['-acp', String(LOAD_CORE), String(process.pid)], { stdio: 'ignore' });
  } catch (error) {
    // It fails where a thread ends while it goes through them.
    if (attempts === 1) throw error;
    pinToLoadCore(attempts - 1);
  }
}

/** Standard output of a program that ends by itself. @throws when it fails or takes longer than `timeoutMs` */
export async function runPinned(core: number, command: readonly string[], timeoutMs: number): Promise<string> {
  const child = spawnPinned(core, command, { stdio: ['ignore', 'pipe', 'pipe'], timeout: timeoutMs });
  let out = '';
  let errors = '';
  child.stdout?.on('data', (text) => {
    out += text;
  });
  child.stderr?.on('data', (text) => {
    errors += text;
  });
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`${command[0]} ended with ${code}: ${errors || out}`);
  return out;
}

/**
 * User and system time that a process has used, in steps of 10 ms: proc(5), utime and stime. The name of the process before
 * them may hold anything but `)` at its end.
 */
export function cpuMicros(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10_000;
}

/** Ends a child by disconnecting from it, or by SIGTERM, and waits until it is gone. */
export async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  if (child.connected) child.disconnect();
  else child.kill('SIGTERM');
  await ended;
}

/** The next message of a child. @throws when it ends before */
export async function firstMessage<T>(child: ChildProcess): Promise<T> {
  const settled = new AbortController();
  const { signal } = settled;
  const died = once(child, 'exit', { signal }).then(([code]) => {
    throw new Error(`a process of the bench ended with ${code} before it said anything`);
  });
  try {
    const [message] = await Promise.race([once(child, 'message', { signal }), died]);
    return message as T;
  } finally {
    settled.abort();
  }
}
