// The proxies of docs/deployment.md as they stand there, with other ports and a certificate of the tests, in front of an OpenK with the
// configuration that stands there too. Those that are not on the PATH are skipped, and say so.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient } from '@connectrpc/connect';
import { createGrpcTransport, createGrpcWebTransport, Http2SessionManager } from '@connectrpc/connect-node';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Agent, fetch } from 'undici';
import { HealthService } from '../../gen/openk/health/v1/health_pb.ts';
import { type Certificates, createCertificates } from '../support/certs.ts';
import { type RunningOpenk, runOpenk } from '../support/running-openk.ts';

const PAGE = readFileSync(join(import.meta.dirname, '../../docs/deployment.md'), 'utf8');
const block = (language: string) => new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, 'm').exec(PAGE)![1]!;

interface Proxy {
  readonly program: string;
  readonly language: string;
  /** The whole of a configuration of which the page has the part that matters. */
  readonly whole: (part: string, folder: string) => string;
  readonly args: (file: string) => readonly string[];
}
const PROXIES: readonly Proxy[] = [
  {
    program: 'nginx',
    language: 'nginx',
    whole: (part, folder) =>
      `daemon off; pid ${folder}/pid; error_log stderr; events {}\nhttp { access_log off;\n${[
        'client_body',
        'proxy',
        'fastcgi',
        'uwsgi',
        'scgi',
      ]
        .map((name) => `${name}_temp_path ${folder}/${name};\n`)
        .join('')}${part}}\n`,
    args: (file) => ['-e', 'stderr', '-c', file],
  },
  { program: 'haproxy', language: 'haproxy', whole: (part) => part, args: (file) => ['-db', '-f', file] },
  {
    program: 'envoy',
    language: 'yaml envoy',
    whole: (part) => part,
    args: (file) => ['--log-level', 'warning', '--concurrency', '1', '--use-dynamic-base-id', '-c', file],
  },
];
const missing = PROXIES.filter(({ program }) => !isInstalled(program));

let certificates: Certificates;
let openk: RunningOpenk;

beforeAll(async () => {
  certificates = await createCertificates();
  openk = await runOpenk(block('yaml openk').replace('health.example.com', 'localhost, 127.0.0.1'));
});
afterAll(() => openk.close());

const testBehind = ({ language, whole, args }: Proxy) => {
  const folder = mkdtempSync(join(tmpdir(), 'openk-proxy-'));
  let proxy: ChildProcess;
  let exited: Promise<unknown>;
  let address: string;
  let dispatcher: Agent;

  beforeAll(async () => {
    const port = await freePort();
    address = `https://localhost:${port}`;
    dispatcher = new Agent({ connect: { ca: certificates.ca } });
    const pem = join(folder, 'server.pem');
    writeFileSync(pem, `${certificates.server.cert}\n${certificates.server.key}`);
    const part = block(language)
      .replaceAll('127.0.0.1:8080', new URL(openk.address).host)
      .replaceAll('port_value: 8080', `port_value: ${new URL(openk.address).port}`)
      .replaceAll(/\/etc\/ssl\/health\.example\.com\.(pem|key)/g, pem)
      .replaceAll('health.example.com', 'localhost')
      .replace(/listen 443|bind :443|0\.0\.0\.0, port_value: 443/, (listen) =>
        listen.replace(/:?443/, (was) => (was.startsWith(':') ? `127.0.0.1:${port}` : `${port}`)),
      );
    const file = join(folder, 'proxy.yaml');
    writeFileSync(file, whole(part, folder));
    const program = PROXIES.find((one) => one.language === language)!.program;
    proxy = spawn(program, args(file), { stdio: ['ignore', 'ignore', 'pipe'] });
    let said = '';
    proxy.stderr!.on('data', (chunk) => {
      said += chunk;
    });
    exited = once(proxy, 'exit');
    await answers(address, dispatcher, exited, () => said);
  }, 60_000);

  afterAll(async () => {
    // With its workers, which a signal that it cannot handle would leave behind.
    proxy.kill('SIGTERM');
    await exited;
    await dispatcher.destroy();
    rmSync(folder, { recursive: true, force: true });
  });

  it('pages and REST come through', async () => {
    for (const path of ['/readyz', '/v1/health', '/openapi.json']) {
      const answer = await fetch(address + path, { dispatcher });
      expect([path, answer.status]).toEqual([path, 200]);
      await answer.text();
    }
  });

  it.each(['gRPC', 'gRPC-Web'])('%s comes through, a call and a stream', async (protocol) => {
    const nodeOptions = { ca: certificates.ca };
    const sessionManager = new Http2SessionManager(address, {}, nodeOptions);
    const options = { baseUrl: address, sessionManager };
    const client = createClient(
      HealthService,
      protocol === 'gRPC'
        ? createGrpcTransport(options)
        : createGrpcWebTransport({
            baseUrl: address,
            httpVersion: '1.1',
            nodeOptions: { ...nodeOptions, agent: false },
          }),
    );
    expect((await client.getHealth({ component: 'nightly-backup' })).health?.component).toBe('nightly-backup');
    const stop = new AbortController();
    const events = client
      .watchHealth({ components: ['nightly-backup'] }, { signal: stop.signal })
      [Symbol.asyncIterator]();
    expect((await events.next()).value?.event.case).toBe('snapshot');
    stop.abort();
    await expect(events.next()).rejects.toThrow();
    sessionManager.abort();
  });

  it('a stream comes through as browsers read it: gzipped, each message at once', async () => {
    const stop = new AbortController();
    const answer = await fetch(`${address}/v1/health:watch?keep_alive=1s`, {
      dispatcher,
      signal: stop.signal,
      headers: { accept: 'text/event-stream', 'accept-encoding': 'gzip' },
    });
    expect(answer.headers.get('content-encoding')).toBe('gzip');
    let text = '';
    for await (const part of answer.body!.pipeThrough(new TextDecoderStream())) {
      text += part;
      if (text.includes('keepAlive')) break;
    }
    expect(text).toMatch(/"snapshot".*"keepAlive"/s);
    stop.abort();
  });

  it('what callers may not do stays refused', async () => {
    const answer = await fetch(`${address}/v1/components/nightly-backup:report`, {
      dispatcher,
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"status":"HEALTHY"}',
    });
    expect(answer.status).toBe(401);
    await answer.text();
  });
};

const present = PROXIES.filter((proxy) => !missing.includes(proxy));
// Jest takes no empty table.
if (present.length > 0) describe.each(present)('behind $program', testBehind);
// Skipped, with the reason.
if (missing.length > 0) it.skip.each(missing)('behind $program: not run, it is not on the PATH', () => {});

async function answers(
  address: string,
  dispatcher: Agent,
  exited: Promise<unknown>,
  said: () => string,
): Promise<void> {
  const deadline = AbortSignal.timeout(40_000);
  let ended = false;
  void exited.then(() => {
    ended = true;
  });
  for (;;) {
    if (ended || deadline.aborted) throw new Error(`it does not answer: ${said()}`);
    const answer = await fetch(`${address}/readyz`, { dispatcher, signal: deadline }).catch(() => undefined);
    await answer?.text();
    if (answer?.status === 200) return;
  }
}

/** Freed again, for a program that cannot pick one itself. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

function isInstalled(program: string): boolean {
  try {
    execFileSync('bash', ['-c', `command -v ${program}`], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
