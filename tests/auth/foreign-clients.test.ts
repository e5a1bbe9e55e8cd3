// Programs that others wrote send the credentials that they know how to send. Those that are not there are skipped, and say so.
import { type ChildProcess, execFile, spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createCertificates } from '../support/certs.ts';
import { type RunningOpenk, runOpenk } from '../support/running-openk.ts';
import { createTemporaryFiles } from '../support/temporary-files.ts';

const KEY = 'openk_ci_key-of-a-foreign-client';
const CONFIG = `
auth:
  keys:
    - { id: ci, sha256: "${createHash('sha256').update(KEY).digest('hex')}", allow: [READ, REPORT] }
components:
  - { id: backup, heartbeat: { period: 1h, ping_token: ping-token-of-backup } }
`;
/** With grpcio and grpcio-health-checking. */
const PYTHON = process.env.PYTHON_WITH_GRPC ?? 'python3';

const run = promisify(execFile);
const files = createTemporaryFiles();
let openk: RunningOpenk;
let secure: RunningOpenk;

beforeAll(async () => {
  const { ca, server } = await createCertificates();
  files.write('ca.pem', ca);
  const tls = {
    cert_file: files.write('cert.pem', String(server.cert)),
    key_file: files.write('key.pem', String(server.key)),
  };
  openk = await runOpenk(CONFIG);
  secure = await runOpenk(`tls: ${JSON.stringify(tls)}\n${CONFIG}`);
});
afterAll(async () => {
  await openk.close();
  await secure.close();
  files.remove();
});

/** `it`, or a skipped test that says what is missing. */
function itWith(program: string, args: readonly string[], name: string, test: () => Promise<void>): void {
  const found = spawnSync(program, args);
  if (found.error === undefined && found.status === 0) it(name, test, 60_000);
  else it.skip(`${name} (skipped: no ${program})`, test);
}

const host = () => new URL(openk.address).host;
/** Exit code, and what it said. */
async function tryTo(program: string, ...args: string[]): Promise<{ readonly code: number; readonly text: string }> {
  try {
    const { stdout, stderr } = await run(program, args, { timeout: 30_000 });
    return { code: 0, text: stdout + stderr };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
    return { code, text: stdout + stderr };
  }
}

describe('curl', () => {
  const status = async (...args: string[]) =>
    (await tryTo('curl', '-so', '/dev/null', '-w', '%{http_code}', ...args)).text;
  itWith('curl', ['--version'], 'sends a key in a header of its own, as Bearer, or as a password', async () => {
    const url = `${openk.address}/v1/health`;
    expect(await status(url)).toBe('401');
    expect(await status('-H', `X-Api-Key: ${KEY}`, url)).toBe('200');
    expect(await status('--oauth2-bearer', KEY, url)).toBe('200');
    expect(await status('-u', `curl:${KEY}`, url)).toBe('200');
    expect(await status('-u', 'curl:wrong', url)).toBe('401');
  });

  itWith('curl', ['--version'], 'reports with a ping token', async () => {
    const url = `${openk.address}/v1/components/backup:report`;
    expect(await status('-X', 'POST', url)).toBe('401');
    expect(await status('-X', 'POST', '--oauth2-bearer', 'ping-token-of-backup', url)).toBe('200');
  });
});

describe('grpcurl', () => {
  itWith('grpcurl', ['-version'], 'sends a key as metadata, for reflection too', async () => {
    const method = 'grpc.health.v1.Health/Check';
    const ask = (...args: string[]) =>
      tryTo('grpcurl', '-plaintext', ...args, '-d', '{"service":"backup"}', host(), method);
    expect((await ask()).text).toContain('Unauthenticated');
    expect(await ask('-H', `authorization: Bearer ${KEY}`)).toMatchObject({ code: 0 });
  });
});

describe('grpc-health-probe', () => {
  const ask = (...args: string[]) => tryTo('grpc-health-probe', '-addr', host(), ...args);
  itWith(
    'grpc-health-probe',
    ['-version'],
    'asks about OpenK itself without a credential, about others with one',
    async () => {
      expect(await ask()).toMatchObject({ code: 0, text: expect.stringContaining('SERVING') });
      expect(await ask('-service', 'backup')).toMatchObject({
        code: 3,
        text: expect.stringContaining('Unauthenticated'),
      });
      await fetch(`${openk.address}/v1/components/backup:report`, { method: 'POST', headers: { 'x-api-key': KEY } });
      expect(await ask('-service', 'backup', '-rpc-header', `authorization: Bearer ${KEY}`)).toMatchObject({ code: 0 });
    },
  );
});

describe('a kubelet', () => {
  it('asks whether OpenK is alive and ready, without a credential', async () => {
    for (const path of ['/livez', '/readyz']) {
      const response = await fetch(`${openk.address}${path}`, { headers: { 'user-agent': 'kube-probe/1.34' } });
      expect([path, response.status]).toEqual([path, 200]);
    }
  });
});

describe('grpcio', () => {
  itWith(PYTHON, ['-c', 'import grpc_health.v1.health_pb2'], 'sends credentials of each call', async () => {
    const script = join(import.meta.dirname, 'ask-with-grpcio.py');
    const address = `localhost:${new URL(secure.address).port}`;
    const { text } = await tryTo(PYTHON, script, address, files.path('ca.pem'), KEY, 'backup');
    expect(text.trim()).toMatch(/^SERVING UNAUTHENTICATED (SERVING|UNKNOWN) UNAUTHENTICATED$/);
  });
});

describe('Prometheus', () => {
  itWith('prometheus', ['--version'], 'scrapes with authorization', async () => {
    const config = files.write(
      'prometheus.yml',
      JSON.stringify({
        global: { scrape_interval: '1s' },
        scrape_configs: ['Bearer', 'none'].map((name) => ({
          job_name: name,
          static_configs: [{ targets: [host()] }],
          ...(name === 'Bearer' && { authorization: { credentials_file: files.write('key', KEY) } }),
        })),
      }),
    );
    const flags = [
      '--web.listen-address=127.0.0.1:0',
      `--config.file=${config}`,
      `--storage.tsdb.path=${files.path('tsdb')}`,
    ];
    const prometheus = spawn('prometheus', flags, { stdio: ['ignore', 'ignore', 'pipe'] });
    try {
      const address = await addressOf(prometheus);
      const health = async () => {
        const response = await fetch(`http://${address}/api/v1/targets`);
        const { data } = (await response.json()) as {
          data: { activeTargets: { scrapePool: string; health: string }[] };
        };
        return Object.fromEntries(data.activeTargets.map((target) => [target.scrapePool, target.health]));
      };
      let seen = await health();
      while (Object.keys(seen).length < 2 || Object.values(seen).includes('unknown')) seen = await health();
      expect(seen).toEqual({ Bearer: 'up', none: 'down' });
    } finally {
      prometheus.kill();
      await once(prometheus, 'exit');
    }
  });

  /** As it logs it, once it is ready: it says both, in either order. */
  async function addressOf({ stderr }: ChildProcess): Promise<string> {
    let address = '';
    let isReady = false;
    for await (const line of createInterface({ input: stderr! })) {
      address ||= /msg="Listening on" address=(\S+)/.exec(line)?.[1] ?? '';
      isReady ||= line.includes('Server is ready');
      if (isReady && address !== '') break;
    }
    stderr!.resume();
    return address;
  }
});
