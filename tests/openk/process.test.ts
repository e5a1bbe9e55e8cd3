// What only a real process has: its first moments, its signals, its pipes, its address, its end.
import '../support/one-realm.ts';
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Code, type ConnectError } from '@connectrpc/connect';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import Database from 'better-sqlite3';
import { HealthStatus } from '../../gen/openk/common/v1/common_pb.ts';
import { MAIN } from '../support/program.ts';
import { connectHealthClient } from '../support/running-openk.ts';
import { type SpawnedOpenk, spawnOpenk } from '../support/spawned-openk.ts';

const ROOT = new URL('../..', import.meta.url).pathname;
const BIN = join(ROOT, 'bin/openk.js');
const CONFIG =
  'limits: { reports_per_second: 100000, reports_per_second_per_client: 1000000 }\ncomponents:\n  - { id: job, heartbeat: { period: 1h } }\n';
const TIMEOUT_MS = 120_000;
let folder: string;
let config: string;
const children = new Set<ChildProcess>();
let openk: SpawnedOpenk | undefined;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'openk-process-'));
  config = join(folder, 'openk.yaml');
  writeFileSync(config, CONFIG);
});
afterEach(async () => {
  for (const child of children) child.kill('SIGKILL');
  await openk?.dispose();
  openk = undefined;
  rmSync(folder, { recursive: true, force: true });
});

interface Started {
  readonly child: ChildProcess;
  readonly text: () => string;
  /** Settles once stdout or stderr contains it; rejects when the process ends without. */
  says(part: string): Promise<void>;
  readonly ended: Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>;
}

function start(command: string, args: readonly string[], stdout: 'pipe' | number = 'pipe'): Started {
  const { PATH, NODE_COMPILE_CACHE } = process.env;
  const env = { PATH: `${join(ROOT, 'node_modules/.bin')}:${PATH}`, HOME: folder, NODE_COMPILE_CACHE };
  const child = spawn(command, args, { stdio: ['ignore', stdout, 'pipe'], env, cwd: ROOT });
  children.add(child);
  let text = '';
  const wakes = new Set<() => void>();
  for (const output of [child.stdout, child.stderr]) {
    output?.on('data', (chunk) => {
      text += chunk;
      for (const wake of wakes) wake();
    });
  }
  const ended = once(child, 'exit').then(([code, signal]) => {
    children.delete(child);
    return { code, signal };
  });
  return {
    child,
    text: () => text,
    ended,
    says: (part) =>
      new Promise((resolve, reject) => {
        const look = () => text.includes(part) && resolve();
        wakes.add(look);
        void ended.then(() => reject(new Error(`ended without ${part}: ${text}`)));
        look();
      }),
  };
}

const serve = (...flags: string[]) =>
  start(process.execPath, [
    MAIN,
    'serve',
    '--config',
    config,
    '--listen',
    '127.0.0.1:0',
    '--storage',
    'memory:',
    ...flags,
  ]);

const addressIn = (text: string) => /"address":"([^"]+)"/.exec(text)?.[1] ?? '';

describe('a signal in the first moments', () => {
  /** A preload that says when the first line of JavaScript runs: from there on nothing is to be lost. */
  const WITH_WORD = ['--import', `data:text/javascript,process.stderr.write("begun\\n")`];
  const begin = (program: string) =>
    start(process.execPath, [
      ...WITH_WORD,
      program,
      'serve',
      '--config',
      config,
      '--listen',
      '127.0.0.1:0',
      '--storage',
      'memory:',
    ]);
  const started = async (program: string) => {
    const server = begin(program);
    await server.says('begun');
    // What is first of our own is there when it reads its own handlers from the kernel.
    await caught(server.child.pid!);
    return server;
  };

  it.each([
    ['the program', MAIN],
    ['bin/openk.js', BIN],
  ])(
    'SIGHUP to %s is no end, and one reload once it has started',
    async (_name, program) => {
      const server = await started(program);
      server.child.kill('SIGHUP');
      server.child.kill('SIGHUP');
      await server.says('configuration reloaded');
      expect(server.text().indexOf('"listening"')).toBeLessThan(server.text().indexOf('configuration reloaded'));
      server.child.kill('SIGTERM');
      expect(await server.ended).toEqual({ code: 0, signal: null });
      expect(server.text().match(/configuration reloaded/g)).toHaveLength(1);
    },
    TIMEOUT_MS,
  );

  it.each(['SIGTERM', 'SIGINT'] as const)(
    '%s ends it with 0, and nothing is begun',
    async (signal) => {
      const server = await started(MAIN);
      server.child.kill(signal);
      expect(await server.ended).toEqual({ code: 0, signal: null });
      expect(server.text()).not.toContain('"listening"');
    },
    TIMEOUT_MS,
  );

  it(
    'SIGHUP still ends what a person runs in a terminal',
    async () => {
      openk = await spawnOpenk(CONFIG);
      const watch = start(process.execPath, [MAIN, 'watch', '--server', openk.address]);
      await watch.says('job');
      watch.child.kill('SIGHUP');
      expect(await watch.ended).toEqual({ code: null, signal: 'SIGHUP' });
    },
    TIMEOUT_MS,
  );
});

describe('npm start', () => {
  it.each(['SIGTERM', 'SIGINT'] as const)(
    'hands %s on: the server drains, ends, and leaves the port',
    async (signal) => {
      const port = await freePort();
      writeFileSync(config, `${CONFIG}listen: 127.0.0.1:${port}\nstorage: { url: "memory:" }\n`);
      const npm = start('npm', ['start', '--', '--config', config]);
      await npm.says('"listening"');
      npm.child.kill(signal);
      await npm.says('"stopped"');
      expect(await npm.ended).toEqual({ code: 0, signal: null });
      expect(await isFree(port)).toBe(true);
    },
    TIMEOUT_MS,
  );

  it(
    'takes the two SIGINT of one Ctrl-C, from the terminal and from npm, for one',
    async () => {
      const server = serve();
      await server.says('"listening"');
      server.child.kill('SIGINT');
      server.child.kill('SIGINT');
      expect(await server.ended).toEqual({ code: 0, signal: null });
      expect(server.text()).toContain('"stopped"');
    },
    TIMEOUT_MS,
  );
});

describe('an address that is taken', () => {
  it(
    'is said kindly, with exit code 1, and the file of who has it is not touched',
    async () => {
      const file = join(folder, 'openk.db');
      openk = await spawnOpenk(CONFIG, { storage: `sqlite:${file}` });
      const { host } = new URL(openk.address);
      const second = start(process.execPath, [
        MAIN,
        'serve',
        '--config',
        config,
        '--listen',
        host,
        '--storage',
        `sqlite:${file}`,
      ]);
      expect(await second.ended).toEqual({ code: 1, signal: null });
      expect(second.text()).toMatch(/openk serve: 127\.0\.0\.1:\d+ is in use: another program listens there/);
      const client = connectHealthClient(openk.address);
      await client.reportHealth({ component: 'job', status: HealthStatus.DEGRADED });
      const { transitions } = await client.listTransitions({ component: 'job' });
      client.close();
      expect(transitions).toHaveLength(1);
      expect(openk.log.map(({ msg }) => msg)).not.toContain('history cannot be kept, watching goes on');
    },
    TIMEOUT_MS,
  );

  it.each([
    ['no address of this machine', '192.0.2.1:18080', /is no address of this machine/],
    ['a host that there is not', 'nowhere.invalid:18080', /cannot be looked up|is not known/],
  ])(
    '%s: exit code 1, in words, and no file is made',
    async (_what, listen, words) => {
      const file = join(folder, 'openk.db');
      const server = start(process.execPath, [
        MAIN,
        'serve',
        '--config',
        config,
        '--listen',
        listen,
        '--storage',
        `sqlite:${file}`,
      ]);
      expect(await server.ended).toEqual({ code: 1, signal: null });
      expect(server.text()).toMatch(words);
      expect(existsSync(file)).toBe(false);
    },
    TIMEOUT_MS,
  );

  it(
    'a TLS key that does not fit its certificate: no file is made',
    async () => {
      writeFileSync(join(folder, 'cert.pem'), 'no certificate');
      writeFileSync(config, `${CONFIG}tls: { cert_file: cert.pem, key_file: cert.pem }\n`);
      const server = serve('--storage', `sqlite:${join(folder, 'data', 'openk.db')}`);
      expect((await server.ended).code).not.toBe(0);
      expect(readdirSync(folder)).not.toContain('data');
    },
    TIMEOUT_MS,
  );
});

describe('a log', () => {
  it.each(['stdout', 'stderr'] as const)(
    'whose reader is gone (%s) is no end, and ends with 0',
    async (output) => {
      const server = serve();
      await server.says('"listening"');
      const address = addressIn(server.text());
      server.child[output]?.destroy();
      await report(address, 200);
      expect((await fetch(`${address}/livez`)).status).toBe(200);
      server.child.kill('SIGTERM');
      expect(await server.ended).toEqual({ code: 0, signal: null });
    },
    TIMEOUT_MS,
  );

  it(
    'that nobody reads holds up neither the service nor its end',
    async () => {
      const server = start(process.execPath, [
        MAIN,
        'serve',
        '--config',
        config,
        '--listen',
        '127.0.0.1:0',
        '--storage',
        'memory:',
      ]);
      await server.says('"listening"');
      const address = addressIn(server.text());
      server.child.stdout?.pause();
      // Each line is as long as can be: five megabytes and more in all, and four may wait.
      await report(address, 1500, 'x'.repeat(4000));
      const metrics = await (await fetch(`${address}/metrics`)).text();
      expect(Number(/^openk_log_lines_dropped_total(?:\{.*\})? (\d+)$/m.exec(metrics)?.[1])).toBeGreaterThan(0);
      server.child.kill('SIGTERM');
      expect(await server.ended).toEqual({ code: 0, signal: null });
    },
    TIMEOUT_MS,
  );

  it(
    'on a full disk is no end, and ends with 0',
    async () => {
      const server = start(
        process.execPath,
        [
          MAIN,
          'serve',
          '--config',
          config,
          '--listen',
          `127.0.0.1:${await freePort()}`,
          '--storage',
          `sqlite:${join(folder, 'o.db')}`,
        ],
        openSync('/dev/full', 'w'),
      );
      await exists(join(folder, 'o.db-lock'));
      server.child.kill('SIGTERM');
      expect(await server.ended).toEqual({ code: 0, signal: null });
    },
    TIMEOUT_MS,
  );

  it(
    'of a command whose reader takes one line is no error',
    () => {
      const sh = `${process.execPath} ${BIN} --help | head -1; exit \${PIPESTATUS[0]}`;
      expect(execFileSync('bash', ['-c', sh], { encoding: 'utf8' })).toMatch(/^Usage: openk/);
    },
    TIMEOUT_MS,
  );
});

describe('the end', () => {
  it(
    'says what is lost where history cannot be written, with exit code 1',
    async () => {
      const file = join(folder, 'openk.db');
      openk = await spawnOpenk(CONFIG, { storage: `sqlite:${file}` });
      const other = new Database(file);
      other.exec('BEGIN IMMEDIATE');
      try {
        await report(openk.address, 3);
        openk.signal('SIGTERM');
        expect(await openk.exited).toBe(1);
      } finally {
        other.close();
      }
      const lines = openk.log.filter(({ level, msg }) => level === 'error' && /is lost/.test(String(msg)));
      expect(lines).toEqual([
        expect.objectContaining({ transitions: expect.any(Number), observations: 3, states: expect.any(Number) }),
      ]);
      expect(Number(lines[0]?.transitions)).toBeGreaterThanOrEqual(3);
      expect(openk.log.map(({ msg }) => msg)).not.toContain('stopped');
    },
    TIMEOUT_MS,
  );

  it(
    'comes at once with a second signal, which says what is lost',
    async () => {
      openk = await spawnOpenk(`drain_timeout: 60s\n${CONFIG}`);
      const { hostname, port, host } = new URL(openk.address);
      const socket = connect(Number(port), hostname);
      await once(socket, 'connect');
      const path = '/openk.health.v1.HealthService/ReportHealth';
      const head = ['Content-Type: application/json', 'Content-Length: 50'].join('\r\n');
      socket.write(`POST ${path} HTTP/1.1\r\nHost: ${host}\r\n${head}\r\n\r\n{`);
      const closed = once(
        socket.on('error', () => {}),
        'close',
      );
      // The server has the head once it answers a later request on another connection.
      await fetch(`${openk.address}/livez`);
      openk.signal('SIGTERM');
      await openk.logged('draining');
      // Repeated, since one that comes right after the first is taken for the same request.
      const again = setInterval(() => openk?.signal('SIGTERM'), 100);
      const line = await openk.logged('stopped at once by a second signal; what is counted here is lost');
      clearInterval(again);
      expect(line).toMatchObject({ level: 'error', openCalls: 1, transitions: 0, observations: 0, states: 0 });
      expect(await openk.exited).toBe(1);
      await closed;
    },
    TIMEOUT_MS,
  );

  it(
    'does not wait for a thread that hangs',
    async () => {
      const fifo = join(folder, 'fifo');
      execFileSync('mkfifo', [fifo]);
      const program = `
      const { endProcess } = await import(${JSON.stringify(join(ROOT, 'src/end-process.ts'))});
      (await import('node:fs')).open(${JSON.stringify(fifo)}, 'r', () => {});
      await endProcess(1);
    `;
      const child = start(process.execPath, ['--input-type=module', '--eval', program]);
      expect(await child.ended).toEqual({ code: 1, signal: null });
    },
    TIMEOUT_MS,
  );
});

/** Every other one is another status. */
async function report(address: string, times: number, message = 'by the test'): Promise<void> {
  const client = connectHealthClient(address);
  try {
    const reportOne = (status: HealthStatus) =>
      // While it cannot be kept it counts all the same.
      client.reportHealth({ component: 'job', status, message }).catch((error: ConnectError) => {
        if (error.code !== Code.Unavailable) throw error;
      });
    const statuses = Array.from({ length: times }, (_, n) =>
      n % 2 === 0 ? HealthStatus.UNHEALTHY : HealthStatus.HEALTHY,
    );
    // Two at a time: each of them is a change.
    for (let n = 0; n < times; n += 2) await Promise.all(statuses.slice(n, n + 2).map(reportOne));
  } finally {
    client.close();
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address !== null ? address.port : 0;
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer().listen(port, '127.0.0.1');
  const listening = await Promise.race([
    once(server, 'listening').then(() => true),
    once(server, 'error').then(() => false),
  ]);
  server.close();
  return listening;
}

/** Settles when the process handles SIGHUP by itself, as the kernel has it. */
async function caught(pid: number): Promise<void> {
  for (;;) {
    const mask = /^SigCgt:\s*([0-9a-f]+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? '0';
    if ((BigInt(`0x${mask}`) & 1n) === 1n) return;
    await turnOfTheLoop();
  }
}

async function exists(path: string): Promise<void> {
  while (!existsSync(path)) await turnOfTheLoop();
}

function turnOfTheLoop(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
