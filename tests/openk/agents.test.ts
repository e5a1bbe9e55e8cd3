// Agents as processes of their own, against an OpenK over its port.
import '../support/one-realm.ts';
import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createInterface } from 'node:readline';
import { afterEach, describe, expect, it } from '@jest/globals';
import { startCli } from '../cli/test-cli.ts';
import { MAIN } from '../support/program.ts';
import { type RunningOpenk, runOpenk } from '../support/running-openk.ts';

const TIMEOUT_MS = 60_000;

interface RunningAgent {
  logged(message: RegExp): Promise<Record<string, unknown>>;
  readonly text: () => string;
  signal(signal: NodeJS.Signals): void;
  readonly exited: Promise<number | null>;
}

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

function startAgent(address: string, ...more: readonly string[]): RunningAgent {
  const child: ChildProcess = spawn(process.execPath, [MAIN, 'agent', '--server', address, ...more], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env.PATH, NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE, OPENK_TOKEN: 'probe' },
  });
  const lines: Record<string, unknown>[] = [];
  let text = '';
  let wake = () => {};
  createInterface({ input: child.stdout! }).on('line', (line) => {
    text += line;
    lines.push(JSON.parse(line));
    wake();
  });
  child.stderr!.on('data', (chunk) => {
    text += chunk;
  });
  const exited = once(child, 'close').then(([code]) => code as number | null);
  closing.push(() => {
    child.kill('SIGKILL');
    return exited;
  });
  return {
    async logged(message) {
      for (;;) {
        const found = lines.find(({ msg }) => message.test(String(msg)));
        if (found !== undefined) return found;
        const { promise, resolve, reject } = Promise.withResolvers<void>();
        wake = resolve;
        void exited.then((code) => reject(new Error(`it ended with ${code}: ${text}`)));
        await promise;
      }
    },
    text: () => text,
    signal: (name) => void child.kill(name),
    exited,
  };
}

/** What is probed: answers, and says who has asked. */
async function startTarget() {
  const asked: { readonly path: string; readonly authorization: string | undefined }[] = [];
  let wake = () => {};
  const server = createServer(({ url = '', headers: { authorization } }, response) => {
    asked.push({ path: url, authorization });
    response.end('fine');
    wake();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  closing.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    /** Settles when it is asked the next time. */
    asks: () =>
      new Promise<void>((resolve) => {
        wake = resolve;
      }),
  };
}

/** The next change of a component to this. */
async function until(openk: RunningOpenk, id: string, status: string): Promise<void> {
  const reader = openk.engine.aggregator;
  const isSo = () => `${reader.health(id)?.status} ${reader.health(id)?.reason.code}`.startsWith(status);
  if (isSo()) return;
  const { promise, resolve } = Promise.withResolvers<void>();
  const end = reader.subscribe(new Set([id]), () => isSo() && resolve());
  await promise.finally(end);
}

async function startServer(url: string) {
  const sha256 = createHash('sha256').update('probe').digest('hex');
  const openk = await runOpenk(
    `
auth: { keys: [ { id: agent, sha256: "${sha256}", allow: [PROBE] } ] }
defaults: { interval: 500ms }
components: [ { id: shop, stale_after: 60s, http: { url: "${url}/shop", headers: { authorization: top-secret } } } ]
`,
    {},
    '127.0.0.1',
    { places: { shop: 'eu' } },
  );
  closing.push(() => openk.close());
  return openk;
}

describe('openk agent', () => {
  it(
    'probes with the secrets of the server, and hands over to another one at SIGTERM',
    async () => {
      const target = await startTarget();
      const openk = await startServer(target.url);
      const first = startAgent(openk.address, '--place', 'eu', '--id', 'eu-1');
      await first.logged(/^connected$/);
      await until(openk, 'shop', 'HEALTHY');
      expect(target.asked[0]).toEqual({ path: '/shop', authorization: 'top-secret' });
      const second = startAgent(openk.address, '--place', 'eu', '--id', 'eu-2', '--protocol', 'connect');
      await second.logged(/^connected$/);
      first.signal('SIGTERM');
      expect(await first.exited).toBe(0);
      await first.logged(/^stopped$/);
      expect(openk.log.filter(({ msg }) => msg === 'an agent has ended')).toMatchObject([{ agent: 'eu-1', lost: 0 }]);
      await target.asks();
      expect(JSON.stringify(openk.log) + first.text() + second.text()).not.toContain('top-secret');
    },
    TIMEOUT_MS,
  );

  it('ends with 3 where the server refuses it', async () => {
    const openk = await startServer('http://127.0.0.1:1');
    const agent = startAgent(openk.address, '--place', 'eu', '--token-file', '/dev/null');
    expect(await agent.exited).toBe(3);
    expect(agent.text()).toMatch(/is empty/);
  });

  it('says what is wrong with its command line', async () => {
    const cli = startCli(['agent', '--place', 'no place']);
    expect(await cli.exitCode).toBe(3);
    expect(cli.stderr.text).toMatch(/must be a letter or digit/);
  });
});
