// The health servers of grpc-go and connect-go (go-references/), built where Go is there; each has one core and one thread
// that runs Go code.
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { end, SERVER_CORE, spawnPinned } from './pinned.ts';

export const GO_KINDS = ['grpc-go', 'connect-go'] as const;
export type GoKind = (typeof GO_KINDS)[number];

const SOURCES = fileURLToPath(new URL('go-references/', import.meta.url));
/** The first time its modules are fetched and compiled. */
const BUILD_MS = 300_000;

/** @returns why they could not be built, or undefined */
export async function buildGoReferences(folder: string): Promise<string | undefined> {
  try {
    await promisify(execFile)('go', ['build', '-buildvcs=false', '-o', `${folder}/`, './...'], {
      cwd: SOURCES,
      timeout: BUILD_MS,
    });
    return undefined;
  } catch (error) {
    const { code, stderr } = error as { code?: unknown; stderr?: string };
    return code === 'ENOENT' ? 'go is not on the PATH' : `go build failed: ${stderr?.trim().split('\n')[0]}`;
  }
}

export async function startGoReference(folder: string, kind: GoKind, service: string) {
  const child = spawnPinned(SERVER_CORE, [`${folder}/${kind}`, service], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, GOMAXPROCS: '1' },
  });
  const [line] = await Promise.race([once(child.stdout!, 'data'), once(child, 'exit')]);
  const port = Number.parseInt(String(line), 10);
  if (!(line instanceof Buffer) || !(port > 0)) throw new Error(`${kind} ended before it listened`);
  return { port, pid: child.pid!, end: () => end(child) };
}
