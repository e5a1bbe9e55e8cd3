import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import { Code } from '@connectrpc/connect';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { HealthStatus } from '../../gen/openk/common/v1/common_pb.ts';
import { createCertificates } from '../support/certs.ts';
import { runOpenk } from '../support/running-openk.ts';
import { type ScriptedHealthServer, startScriptedHealthServer } from '../support/scripted-health-server.ts';
import { startGrpcHealth } from '../support/upstreams/grpc.ts';
import { runTestCli, startCli } from './test-cli.ts';

const SINCE = timestampFromMs(Date.UTC(2026, 0, 2, 3, 4, 5));

describe('openk check --ready', () => {
  it.each(['grpc', 'grpcweb', 'connect'])('asks an OpenK that lets nobody in, over %s', async (protocol) => {
    const openk = await runOpenk('auth: { keys: [] }\ncomponents: [{ id: job, heartbeat: { period: 1h, grace: 1h } }]');
    const server = ['--server', openk.address, '--protocol', protocol];
    const asked = [await runTestCli(['check', '--ready', ...server]), await runTestCli(['check', 'job', ...server])];
    await openk.close();
    expect(asked).toEqual([
      { exitCode: 0, stdout: 'ready\n', stderr: '' },
      expect.objectContaining({ exitCode: 3, stdout: '' }),
    ]);
  });

  it('exits with 1 while it is not ready', async () => {
    const upstream = await startGrpcHealth({ '': 'NOT_SERVING' });
    const { exitCode, stdout } = await runTestCli([
      'check',
      '--ready',
      '--server',
      `http://127.0.0.1:${upstream.port}`,
    ]);
    await upstream.close();
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: 'not ready\n' });
  });

  it.each([[['job']], [['--json']], [['--exit-degraded', '1']]])('takes no %j', async (args) => {
    const { exitCode, stderr } = await runTestCli(['check', '--ready', ...args]);
    expect(exitCode).toBe(3);
    expect(stderr).toContain('--ready asks about OpenK itself');
  });
});

describe.each([
  { protocol: 'grpc', http: '2' },
  { protocol: 'grpcweb', http: '1.1' },
  { protocol: 'connect', http: '1.1' },
] as const)('openk check over $protocol', ({ protocol, http }) => {
  let server: ScriptedHealthServer;
  beforeEach(async () => {
    server = await startScriptedHealthServer({ http });
  });
  afterEach(() => server.stop());
  const check = (...args: string[]) =>
    runTestCli(['check', ...args, '--protocol', protocol], { env: { OPENK_SERVER: server.url } });

  it.each([
    ['HEALTHY', 0],
    ['DEGRADED', 0],
    ['UNHEALTHY', 1],
    ['UNKNOWN', 2],
    ['MAINTENANCE', 2],
  ] as const)('says %s and exits with %i', async (status, exitCode) => {
    server.set('api', HealthStatus[status], { since: SINCE });
    expect(await check('api')).toEqual({
      exitCode,
      stdout: `${status} api: told by the test (SCRIPTED)\n  since 2026-01-02T03:04:05.000Z\n`,
      stderr: '',
    });
  });

  it('asks for the root group when no component is named', async () => {
    server.set('system', HealthStatus.UNHEALTHY);
    const { exitCode, stdout } = await check();
    expect(exitCode).toBe(1);
    expect(stdout).toMatch(/^UNHEALTHY system: /);
  });

  it('lets --exit-degraded decide about DEGRADED, and about nothing else', async () => {
    server.set('api', HealthStatus.DEGRADED);
    expect((await check('api', '--exit-degraded', '7')).exitCode).toBe(7);
    server.set('api', HealthStatus.HEALTHY);
    expect((await check('api', '--exit-degraded', '7')).exitCode).toBe(0);
  });

  it('exits with 4 for a component that there is not', async () => {
    const { exitCode, stdout, stderr } = await check('nope');
    expect(exitCode).toBe(4);
    expect(stdout).toBe('');
    expect(stderr).toBe(
      `openk check: ${server.url} has no such component: no component "nope"\n` +
        '`openk list` shows the components that there are.\n',
    );
  });

  it('prints the answer of the API with --json', async () => {
    server.set('api', HealthStatus.HEALTHY, { revision: 7n, since: SINCE });
    const { exitCode, stdout } = await check('api', '--json');
    expect(exitCode).toBe(0);
    expect(stdout.endsWith('}\n')).toBe(true);
    expect(JSON.parse(stdout)).toEqual({
      health: {
        component: 'api',
        status: 'HEALTH_STATUS_HEALTHY',
        since: '2026-01-02T03:04:05Z',
        reason: { code: 'SCRIPTED', message: 'told by the test' },
        revision: '7',
      },
    });
  });

  it('exits with 3 when the server refuses', async () => {
    server.refuse(Code.Unauthenticated, 'who are you?');
    const { exitCode, stderr } = await check('api');
    expect(exitCode).toBe(3);
    expect(stderr).toBe(
      `openk check: ${server.url}: who are you? (UNAUTHENTICATED)\n` +
        'Set OPENK_TOKEN to a token, or name a file that holds one with --token-file FILE.\n',
    );
  });

  it('exits with 3 when the answer does not come in time', async () => {
    server.hangGetHealth();
    const { exitCode, stderr } = await check('api', '--timeout', '50ms');
    expect(exitCode).toBe(3);
    expect(stderr).toBe(`openk check: ${server.url} did not answer in time\nGive it longer with --timeout.\n`);
  });

  it('exits with 3 when nothing listens', async () => {
    await server.stop();
    const { exitCode, stderr } = await check('api');
    await server.start();
    expect(exitCode).toBe(3);
    expect(stderr).toBe(
      `openk check: nothing listens at ${server.url} (connection refused)\n` +
        'Start it with `openk serve`, or name another server with --server URL or OPENK_SERVER.\n',
    );
  });

  it('leaves no connection behind', async () => {
    server.set('api', HealthStatus.HEALTHY);
    await check('api');
    await server.until(() => server.connections === 0);
  });

  it('exits with 130 when it is interrupted', async () => {
    server.hangGetHealth();
    const cli = startCli(['check', 'api', '--protocol', protocol, '--server', server.url]);
    await server.until(() => server.getCalls === 1);
    cli.interrupt();
    expect(await cli.exitCode).toBe(130);
    expect(cli.stdout.text + cli.stderr.text).toBe('');
  });
});

describe('openk check', () => {
  it('shows all that the health has', async () => {
    const server = await startScriptedHealthServer({ http: '2' });
    server.set('api', HealthStatus.UNHEALTHY, {
      since: SINCE,
      checkedAt: timestampFromMs(Date.UTC(2026, 0, 2, 3, 5)),
      latency: { seconds: 0n, nanos: 12_600_000 },
      reason: { code: 'TIMEOUT', message: 'no answer' },
      pending: { status: HealthStatus.HEALTHY, count: 1, threshold: 3, reason: { code: 'OK', message: 'answered' } },
      memberCounts: { total: 5, healthy: 2, unhealthy: 2, unknown: 1 },
      causedBy: ['network', 'db'],
      maintenance: { reason: 'new disks', until: SINCE },
      run: { id: '7', start: SINCE },
    });
    const { stdout } = await runTestCli(['check', 'api', '--server', server.url]);
    await server.stop();
    expect(stdout).toBe(
      [
        'UNHEALTHY api: no answer (TIMEOUT)',
        '  since 2026-01-02T03:04:05.000Z',
        '  last checked 2026-01-02T03:05:00.000Z, took 13ms',
        '  running since 2026-01-02T03:04:05.000Z (run 7)',
        '  pending: 1 of 3 for HEALTHY: answered (OK)',
        '  members: 5 (2 healthy, 2 unhealthy, 1 unknown)',
        '  caused by: network, db',
        '  in maintenance until 2026-01-02T03:04:05.000Z: new disks',
        '',
      ].join('\n'),
    );
  });

  it('lets nothing from the server control the terminal', async () => {
    const server = await startScriptedHealthServer({ http: '2' });
    const evil = '\x1b[2J\x1b]0;owned\x07 two\nlines \u009b31m \u202egnp';
    server.set('api', HealthStatus.HEALTHY, { reason: { code: '', message: evil }, causedBy: [evil] });
    const args = ['check', 'api', '--server', server.url];
    const text = await runTestCli(args);
    const json = await runTestCli([...args, '--json']);
    await server.stop();
    expect(text.stdout).toContain('owned');
    expect(text.stdout.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\u202e]/u);
    expect(text.stdout.split('\n')[0]).toContain('two lines');
    expect(json.stdout.trimEnd()).not.toMatch(/[\p{Cc}\u202e]/u);
    expect(JSON.parse(json.stdout).health.reason.message).toBe(evil);
  });

  it.each([
    ['a terminal', {}, true],
    ['NO_COLOR', { NO_COLOR: '1' }, false],
    ['an empty NO_COLOR, which counts as none', { NO_COLOR: '' }, true],
    ['a dumb terminal', { TERM: 'dumb' }, false],
  ])('colours the status or not: %s', async (_name, env, colored) => {
    const server = await startScriptedHealthServer({ http: '2' });
    server.set('api', HealthStatus.HEALTHY);
    const args = ['check', 'api', '--server', server.url];
    const { stdout } = await runTestCli(args, { env, tty: { columns: 80, rows: 24 } });
    const piped = await runTestCli(args, { env });
    await server.stop();
    expect(stdout.startsWith('\x1b[32mHEALTHY\x1b[39m api')).toBe(colored);
    expect(piped.stdout).toMatch(/^HEALTHY api/);
  });

  it('prefers --server to OPENK_SERVER', async () => {
    const server = await startScriptedHealthServer({ http: '2' });
    server.set('api', HealthStatus.HEALTHY);
    const env = { OPENK_SERVER: 'http://127.0.0.1:1' };
    const { exitCode } = await runTestCli(['check', 'api', '--server', server.url], { env });
    await server.stop();
    expect(exitCode).toBe(0);
  });

  it.each([
    ['no URL', ['--server', 'localhost:8080'], 'not an http:// or https:// URL'],
    ['a URL with a password', ['--server', 'http://me:secret@localhost'], 'a user name, a password'],
    ['an unknown flag', ['--nope'], "unknown option '--nope'"],
    ['an unknown protocol', ['--protocol', 'soap'], 'Allowed choices are grpc, grpcweb, connect'],
    ['a bad duration', ['--timeout', '5 minutes'], 'It must be a duration such as 500ms'],
    ['a duration that no timer holds', ['--timeout', '600h'], 'at most 576h'],
    ['a bad exit code', ['--exit-degraded', '256'], 'from 0 to 255'],
    ['too many arguments', ['a', 'b'], 'too many arguments'],
    [
      'an authority file that is not there',
      ['--server', 'https://x', '--ca', '/nope.pem'],
      'cannot read /nope.pem (ENOENT)',
    ],
    ['an authority in cleartext', ['--server', 'http://x', '--ca', '/nope.pem'], '--ca is for https://'],
    ['--ca with --insecure', ['--ca', 'x', '--insecure'], 'cannot be used with option'],
  ])('takes wrong usage for no answer about a component: %s', async (_name, args, message) => {
    const { exitCode, stdout, stderr } = await runTestCli(['check', ...args]);
    expect(exitCode).toBe(3);
    expect(stdout).toBe('');
    expect(stderr).toContain(message);
    expect(stderr).toMatch(/^openk check: /);
    expect(stderr).not.toContain('secret');
    expect(stderr).not.toMatch(/^\s+at /m);
  });

  it('gives up on a server that accepts and says nothing', async () => {
    const silent = createServer((socket) => socket.on('error', () => {}).resume());
    silent.listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const url = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`;
    const { exitCode } = await runTestCli(['check', '--server', url, '--timeout', '50ms']);
    // Ends only when the command closed its connection.
    await new Promise((resolve) => silent.close(resolve));
    expect(exitCode).toBe(3);
  });

  it('names the way out where a server speaks HTTP/1.1 only', async () => {
    const server = await startScriptedHealthServer({ http: '1.1' });
    const { exitCode, stderr } = await runTestCli(['check', '--server', server.url]);
    await server.stop();
    expect(exitCode).toBe(3);
    expect(stderr).toContain('does not answer as OpenK over grpc');
    expect(stderr).toContain('try --protocol connect');
  });
});

describe('openk check over TLS', () => {
  let folder: string;
  let caFile: string;
  let server: ScriptedHealthServer;
  beforeEach(async () => {
    const certificates = await createCertificates();
    folder = mkdtempSync(join(tmpdir(), 'openk-cli-'));
    caFile = join(folder, 'ca.pem');
    writeFileSync(caFile, certificates.ca);
    server = await startScriptedHealthServer({ http: '2', tls: certificates.server });
    server.set('api', HealthStatus.HEALTHY);
  });
  afterEach(async () => {
    await server.stop();
    rmSync(folder, { recursive: true });
  });

  it('trusts the authority of --ca', async () => {
    expect(await runTestCli(['check', 'api', '--server', server.url, '--ca', caFile])).toMatchObject({ exitCode: 0 });
  });

  it('trusts anything with --insecure', async () => {
    expect(await runTestCli(['check', 'api', '--server', server.url, '--insecure'])).toMatchObject({ exitCode: 0 });
  });

  it('says what to do about a certificate that it does not trust', async () => {
    const { exitCode, stderr } = await runTestCli(['check', 'api', '--server', server.url]);
    expect(exitCode).toBe(3);
    expect(stderr).toContain(`the certificate of ${server.url} is not trusted: `);
    expect(stderr).toContain('--ca FILE');
  });

  it('says so when the server speaks no TLS', async () => {
    const cleartext = await startScriptedHealthServer({ http: '2' });
    const url = cleartext.url.replace('http:', 'https:');
    const { exitCode, stderr } = await runTestCli(['check', 'api', '--server', url, '--insecure']);
    await cleartext.stop();
    expect(exitCode).toBe(3);
    expect(stderr).toContain('does not speak TLS');
  });
});
