// The server that is loaded, with the upstreams that it probes: two processes of their own, and their end.
import { type ChildProcess, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Targets } from './bench/engine-upstreams.ts';
import { configOf, SYSTEM } from './system.ts';

export interface ServerUnderLoad {
  /** HOST:PORT. */
  readonly target: string;
  readonly pid: number;
  /** Counts from the log so far. */
  readonly reloads: { readonly applied: number; readonly failed: number };
  /** Rewrites the configuration file: with the extras, without them, and so on. */
  rewriteConfig(): Promise<void>;
  /** Ends it and its upstreams. Exit code: 0 if it drained as it should. */
  close(): Promise<number | null>;
}

const MAIN = new URL('../src/main.ts', import.meta.url).pathname;
const UPSTREAMS = new URL('bench/engine-upstreams.ts', import.meta.url);

/** One interval of the probes, their time-out, and time for a slow machine. */
const READY_WITHIN_MS = 60_000;
/** More than the server's own drain time. */
const CLOSE_WITHIN_MS = 15_000;

/** Settles once every component has been probed. @throws when the server ends before, or is not ready in time. */
export async function startServerUnderLoad(
  folder: string,
  token: string | undefined,
  signal: AbortSignal,
): Promise<ServerUnderLoad> {
  const upstreams = fork(UPSTREAMS, { execArgv: [] });
  try {
    const targets = await targetsOf(upstreams, signal);
    const configPath = join(folder, 'openk.yaml');
    await writeFile(configPath, configOf(targets, { withExtras: true, token }));
    const server = await startServer(configPath, token, signal);
    let withExtras = true;
    return {
      ...server,
      async rewriteConfig() {
        withExtras = !withExtras;
        // By a rename: the server never sees half a file.
        const next = `${configPath}.next`;
        await writeFile(next, configOf(targets, { withExtras, token }));
        await rename(next, configPath);
      },
      async close() {
        const code = await server.close();
        await endUpstreams(upstreams);
        return code;
      },
    };
  } catch (error) {
    await endUpstreams(upstreams);
    throw error;
  }
}

async function targetsOf(upstreams: ChildProcess, signal: AbortSignal): Promise<Targets> {
  const died = once(upstreams, 'exit', { signal }).then(([code]) => {
    throw new Error(`the upstreams ended with ${code} before they listened`);
  });
  const [targets] = await Promise.race([once(upstreams, 'message', { signal }), died]);
  died.catch(() => {});
  return targets as Targets;
}

async function endUpstreams(upstreams: ChildProcess): Promise<void> {
  if (upstreams.exitCode !== null || upstreams.signalCode !== null) return;
  const ended = once(upstreams, 'exit');
  if (upstreams.connected) upstreams.disconnect();
  await ended;
}

async function startServer(configPath: string, token: string | undefined, signal: AbortSignal) {
  const child = spawn(process.execPath, [MAIN, 'serve', '--config', configPath], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { PATH: process.env.PATH },
  });
  const exited = once(child, 'close').then(([code]) => code as number | null);
  const reloads = { applied: 0, failed: 0 };
  const listening = Promise.withResolvers<string>();
  void exited.then((code) => listening.reject(new Error(`the server ended with ${code} before it listened`)));
  createInterface({ input: child.stdout }).on('line', (line) => {
    const { msg, address } = JSON.parse(line) as { msg?: string; address?: string };
    if (msg === 'listening' && address !== undefined) listening.resolve(address);
    if (msg === 'configuration reloaded') reloads.applied++;
    if (msg?.startsWith('the configuration ')) reloads.failed++;
  });
  const close = async () => {
    child.kill('SIGTERM');
    const tooLate = setTimeout(() => child.kill('SIGKILL'), CLOSE_WITHIN_MS);
    return exited.finally(() => clearTimeout(tooLate));
  };
  try {
    const address = await listening.promise;
    await everythingProbed(address, token, AbortSignal.any([signal, AbortSignal.timeout(READY_WITHIN_MS)]));
    return { target: new URL(address).host, pid: child.pid!, reloads, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Until then answers are UNKNOWN, which the scenarios would count as wrong. */
async function everythingProbed(address: string, token: string | undefined, signal: AbortSignal): Promise<void> {
  const unhealthy = SYSTEM.components / SYSTEM.unhealthyEvery;
  for (;;) {
    const answer = await fetch(`${address}/openk.health.v1.HealthService/GetHealth`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(token !== undefined && { authorization: `Bearer ${token}` }) },
      body: '{}',
      signal,
    });
    const { health } = (await answer.json()) as { health?: { memberCounts?: Record<string, number> } };
    const counts = health?.memberCounts;
    if (counts?.healthy === SYSTEM.components - unhealthy && counts.unhealthy === unhealthy) return;
    await sleep(250, undefined, { signal });
  }
}
