// A whole OpenK, or another program, as a process: until it listens, and what it takes of the machine. From /proc, so on Linux only.
import type { ChildProcess } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** The file to run of an OpenK in a folder: what `npm run build` has made there, else the sources. */
export function programIn(folder: string): { readonly file: string; readonly kind: 'package' | 'checkout' } {
  const built = join(folder, 'dist/openk/main.js');
  return existsSync(built) ? { file: built, kind: 'package' } : { file: join(folder, 'src/main.ts'), kind: 'checkout' };
}

/** The address that a server logs once it listens. @throws when it ends before that */
export async function listening(server: ChildProcess): Promise<string> {
  for await (const line of createInterface({ input: server.stdout! })) {
    const { msg, address } = JSON.parse(line);
    if (msg !== 'listening') continue;
    server.stdout!.resume();
    return address;
  }
  throw new Error('a server ended before it listened');
}

export interface Memory {
  readonly residentMb: number;
  /** Of that its own, not of files. */
  readonly privateMb: number;
}

export function memoryOf(pid: number): Memory {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const read = (key: string) => Number(new RegExp(`^${key}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1]) / 1024;
  return { residentMb: read('VmRSS'), privateMb: read('RssAnon') };
}
