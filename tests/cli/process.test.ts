// The command line as a real process: what only a process has. The commands themselves are tested as functions.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { MAIN } from '../support/program.ts';
import { runTestCli } from './test-cli.ts';

const BIN = fileURLToPath(new URL('../../bin/openk.js', import.meta.url));
const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
const CONFIG = `
components:
  - { id: api, heartbeat: { period: 1h, grace: 1h } }
`;

interface Started {
  readonly process: ChildProcess;
  readonly stdout: () => string;
  readonly stderr: () => string;
  /** Settles once stdout contains `part`; rejects when the process ends without. */
  contains(part: string): Promise<void>;
  readonly ended: Promise<{ code: number | null; stdout: string; stderr: string }>;
}

const running = new Set<ChildProcess>();

function start(script: string, args: readonly string[], nodeArgs: readonly string[] = []): Started {
  const child = spawn(process.execPath, [...nodeArgs, script, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  running.add(child);
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk) => {
    stdout += chunk;
  });
  child.stderr.on('data', (chunk) => {
    stderr += chunk;
  });
  const ended = once(child, 'close').then(([code]) => {
    running.delete(child);
    return { code: code as number | null, stdout, stderr };
  });
  return {
    process: child,
    stdout: () => stdout,
    stderr: () => stderr,
    ended,
    contains: (part) =>
      new Promise((resolve, reject) => {
        const look = () => stdout.includes(part) && resolve();
        child.stdout.on('data', look);
        void ended.then(() => reject(new Error(`ended without ${part}: ${stdout}${stderr}`)));
        look();
      }),
  };
}

afterEach(() => {
  for (const child of running) child.kill('SIGKILL');
});

it.each([
  ['the program', MAIN],
  ['bin/openk.js', BIN],
])('%s prints the version of the package', async (_name, script) => {
  expect(await start(script, ['--version']).ended).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' });
});

describe('where there is no room for what it says', () => {
  const written = async (command: string) => {
    const child = spawn('bash', ['-c', command], { stdio: ['ignore', 'ignore', 'pipe'] });
    running.add(child);
    let stderr = '';
    child.stderr.on('data', (chunk) => {
      stderr += chunk;
    });
    const [code] = await once(child, 'close');
    running.delete(child);
    return { code, stderr };
  };
  const openk = `exec '${process.execPath}' '${MAIN}'`;

  it.each(['config schema', 'completion bash', 'token new ci', '--help'])(
    'openk %s says so, and ends with 1',
    async (args) => {
      const { code, stderr } = await written(`${openk} ${args} > /dev/full`);
      expect(stderr).toMatch(/^openk: the output is not whole: ENOSPC/m);
      expect(code).toBe(1);
    },
  );

  it('so it does where a part of a file was written', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'openk-full-'));
    const { code, stderr } = await written(
      `trap '' XFSZ; ulimit -f 8; ${openk} config schema > '${join(folder, 'schema.json')}'`,
    );
    rmSync(folder, { recursive: true });
    expect(stderr).toMatch(/^openk: the output is not whole: EFBIG/);
    expect(code).toBe(1);
  });
});

describe('on a Node that is too old', () => {
  const AS_NODE_20 = [
    '--import',
    'data:text/javascript,Object.defineProperty(process,"versions",{value:{...process.versions,node:"20.20.2"}})',
  ];

  it('hands over to the Node of the checkout, with arguments and exit code', async () => {
    const { code, stdout, stderr } = await start(BIN, ['check', '--nope'], AS_NODE_20).ended;
    expect({ code, stdout }).toEqual({ code: 3, stdout: '' });
    expect(stderr).toMatch(/^openk: runs on Node \d+\.\d+\.\d+ of the checkout, since 20\.20\.2 is too old\n/);
    expect(stderr).toContain("openk check: unknown option '--nope'");
  });

  it('says what is needed where there is no other, and ends as the command does for wrong usage', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'openk-bin-'));
    mkdirSync(join(folder, 'bin'));
    writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
    copyFileSync(BIN, join(folder, 'bin', 'openk.js'));
    const commands = /^Commands:\n(.*?)\n\n/ms.exec((await runTestCli(['--help'])).stdout)![1]!;
    const names = [...commands.matchAll(/^ {2}(\w+)/gm)].map(([, name]) => name!);
    expect(names).toContain('check');
    for (const name of names) {
      const { code, stderr } = await start(join(folder, 'bin', 'openk.js'), [name], AS_NODE_20).ended;
      expect(stderr).toMatch(/^openk: Node 20\.20\.2 is too old: Node 24 or newer is needed\n/);
      const { exitCode } = await runTestCli([name, '--no-such-flag']);
      expect([name, code]).toEqual([name, name === 'help' ? 2 : exitCode]);
    }
    rmSync(folder, { recursive: true });
  });
});

describe('openk config check', () => {
  it.each([
    ['a usable file', CONFIG, 0],
    ['a file with a fault', `${CONFIG}\nlisten: nowhere\n`, 2],
  ])('exits for %s as it should', async (_name, text, code) => {
    const folder = mkdtempSync(join(tmpdir(), 'openk-config-'));
    const file = join(folder, 'openk.yaml');
    writeFileSync(file, text);
    const ended = await start(MAIN, ['config', 'check', file]).ended;
    rmSync(folder, { recursive: true });
    expect(ended.code).toBe(code);
    expect(ended.stderr).toMatch(code === 0 ? /^$/ : /openk\.yaml:5:9: listen: /);
  });
});

it('openk config check --verbose shows the maintenance of groups as GetComponent does', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'openk-config-'));
  const file = join(folder, 'openk.yaml');
  const maintenance = 'maintenance: { windows: [ { start: 2100-01-01T01:00:00Z, end: 2100-01-01T02:00:00Z } ] }';
  writeFileSync(
    file,
    `components: [ { id: db, heartbeat: { period: 1h }, ${maintenance} }, { id: data, group: { members: [ { component: db } ] } } ]`,
  );
  const { code, stdout } = await start(MAIN, ['config', 'check', '--verbose', file]).ended;
  rmSync(folder, { recursive: true });
  const period = 'maintenance from 2100-01-01T01:00:00.000Z until 2100-01-01T02:00:00.000Z';
  expect(stdout.split('\n').filter((line) => line.includes('maintenance'))).toEqual(
    ['system', 'db', 'data'].map((id) => `${id}: ${period}`),
  );
  expect(code).toBe(0);
});

describe('against openk serve', () => {
  let folder: string;
  let server: Started;
  let url: string;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'openk-serve-'));
    writeFileSync(join(folder, 'openk.yaml'), CONFIG);
    const flags = ['--config', join(folder, 'openk.yaml'), '--listen', '127.0.0.1:0', '--storage', 'memory:'];
    server = start(MAIN, ['serve', ...flags]);
    // It outlives each single test.
    running.delete(server.process);
    await server.contains('"listening"');
    const line = server
      .stdout()
      .split('\n')
      .find((text) => text.includes('"listening"'));
    url = JSON.parse(line ?? '{}').address;
  });
  afterAll(async () => {
    server.process.kill('SIGTERM');
    await server.ended;
    rmSync(folder, { recursive: true });
  });
  const report = (status: string) =>
    fetch(`${url}/openk.health.v1.HealthService/ReportHealth`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ component: 'api', status: `HEALTH_STATUS_${status}` }),
    }).then((response) => response.text());

  it.each([['grpc'], ['grpcweb'], ['connect']])(
    'checks over %s, with the exit code of each status',
    async (protocol) => {
      const check = (component: string) => runTestCli(['check', component, '--server', url, '--protocol', protocol]);
      const codes: unknown[] = [];
      for (const status of ['HEALTHY', 'DEGRADED', 'UNHEALTHY']) {
        await report(status);
        const { exitCode, stdout } = await check('api');
        codes.push([stdout.split(' ')[0], exitCode]);
      }
      expect(codes).toEqual([
        ['HEALTHY', 0],
        ['DEGRADED', 0],
        ['UNHEALTHY', 1],
      ]);
      expect((await check('nope')).exitCode).toBe(4);
    },
  );

  it('hands the exit code on to the shell', async () => {
    await report('UNHEALTHY');
    const { code, stdout, stderr } = await start(MAIN, ['check', 'api', '--server', url]).ended;
    expect({ code, stderr }).toEqual({ code: 1, stderr: '' });
    expect(stdout).toMatch(/^UNHEALTHY api: /);
  });

  it('waits until the component has been healthy', async () => {
    await report('HEALTHY');
    const { code, stdout } = await start(MAIN, ['wait', 'api', '--for', '200ms', '--server', url]).ended;
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'api has been HEALTHY for 200ms\n' });
  });

  it('watches until SIGINT', async () => {
    await report('HEALTHY');
    const watch = start(MAIN, ['watch', 'api', '--json', '--server', url]);
    await watch.contains('"snapshot"');
    await report('UNHEALTHY');
    await watch.contains('"HEALTH_STATUS_UNHEALTHY"');
    watch.process.kill('SIGINT');
    expect(await watch.ended).toMatchObject({ code: 0, stderr: '' });
  });

  it('stops watching, without a word, when the pipe is closed', async () => {
    await report('HEALTHY');
    const watch = start(MAIN, ['watch', '--server', url]);
    await watch.contains('HEALTHY api');
    watch.process.stdout?.destroy();
    await report('UNHEALTHY');
    expect(await watch.ended).toMatchObject({ code: 0, stderr: '' });
  });
});
