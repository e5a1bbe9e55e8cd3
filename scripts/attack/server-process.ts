// OpenK as a process of its own to be attacked, with a hundred components, and what it takes of the machine.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { createCertificates } from '../../tests/support/certs.ts';
import { HEARTBEATS } from './attack.ts';

export interface ServerProcess {
  readonly address: string;
  /** Of a server that speaks TLS. */
  readonly ca: string | undefined;
  readonly isAlive: boolean;
  /** How it ended, and the last lines of what it wrote to stderr. */
  epitaph(): string;
  /** Resident bytes; undefined once it is gone. */
  rssBytes(): number | undefined;
  /** Ends it, whatever state it is in, and removes its files. */
  dispose(): Promise<void>;
}

const MAIN = new URL('../../src/main.ts', import.meta.url).pathname;
const GROUPS = 10;

function configOf(tlsFolder: string | undefined): string {
  const tls =
    tlsFolder === undefined ? '' : `tls: { cert_file: ${tlsFolder}/cert.pem, key_file: ${tlsFolder}/key.pem }\n`;
  const heartbeats = HEARTBEATS.map((id) => `  - { id: ${id}, heartbeat: { period: 1h } }\n`);
  const groups = Array.from({ length: GROUPS }, (_, n) => {
    const members = HEARTBEATS.filter((_id, at) => at % GROUPS === n).map((id) => `{ component: ${id} }`);
    return `  - { id: group-${n}, group: { members: [${members.join(', ')}] } }\n`;
  });
  return `${tls}components:\n${[...heartbeats, ...groups].join('')}`;
}

/** Settles when it listens. @throws when it ends before, with what it wrote to stderr */
export async function startServerProcess(options: { tls?: boolean; openFiles?: number }): Promise<ServerProcess> {
  const { tls = false, openFiles } = options;
  const folder = await mkdtemp(join(tmpdir(), 'openk-attack-'));
  const certificates = tls ? await createCertificates() : undefined;
  if (certificates !== undefined) {
    await writeFile(join(folder, 'cert.pem'), certificates.server.cert);
    await writeFile(join(folder, 'key.pem'), certificates.server.key);
  }
  await writeFile(join(folder, 'openk.yaml'), configOf(tls ? folder : undefined));
  // As many descriptors as there may be, so that an attack does not stop at a limit of the shell.
  const limit = openFiles === undefined ? '$(ulimit -H -n)' : String(openFiles);
  const args = ['serve', '--config', join(folder, 'openk.yaml'), '--listen', '127.0.0.1:0'];
  const storage = `sqlite:${join(folder, 'openk.db')}`;
  const child: ChildProcess = spawn(
    'bash',
    ['-c', `ulimit -n ${limit}; exec "$@"`, 'bash', process.execPath, MAIN, ...args, '--storage', storage],
    { stdio: ['ignore', 'pipe', 'pipe'], env: { PATH: process.env.PATH } },
  );
  let stderr = '';
  child.stderr!.on('data', (chunk) => {
    stderr = `${stderr}${chunk}`.slice(-4_000);
  });
  let end: string | undefined;
  const exited = once(child, 'close').then(([code, signal]) => {
    end = `ended with ${code ?? signal}`;
  });
  const dispose = async () => {
    child.kill('SIGKILL');
    await exited;
    await rm(folder, { recursive: true, force: true });
  };
  const listening = Promise.withResolvers<string>();
  // The log goes where a service's log goes: to a file.
  const log = createWriteStream(join(folder, 'log'));
  createInterface({ input: child.stdout! }).on('line', (line) => {
    log.write(`${line}\n`);
    const { msg, address } = JSON.parse(line);
    if (msg === 'listening') listening.resolve(address);
  });
  void exited.then(() => {
    log.end();
    listening.reject(new Error(`the server ${end} before it listened: ${stderr}`));
  });
  try {
    const address = await listening.promise;
    return {
      address: tls ? address.replace('127.0.0.1', 'localhost') : address,
      ca: certificates?.ca,
      get isAlive() {
        return end === undefined;
      },
      epitaph: () => `${end}: ${stderr.trim().split('\n').slice(-4).join(' | ')}`,
      rssBytes: () => readRss(child.pid!),
      dispose,
    };
  } catch (error) {
    await dispose();
    throw error;
  }
}

/** Of Linux' /proc. */
function readRss(pid: number): number | undefined {
  try {
    const [, kilobytes] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
    return kilobytes === undefined ? undefined : Number(kilobytes) * 1024;
  } catch {
    return undefined;
  }
}
