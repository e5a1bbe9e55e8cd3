// Tokens from their making to their end: `openk token new`, the configuration that it is for, and the commands that send it.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type RunningOpenk, runOpenk } from '../support/running-openk.ts';
import { createObservedClock } from './observed-clock.ts';
import { runTestCli, startCli, type TestCli } from './test-cli.ts';

const COMPONENTS = `
components:
  - { id: api, labels: { team: payments }, heartbeat: { period: 1h } }
  - { id: db, heartbeat: { period: 1h } }
`;

/** What it prints, and that as a configuration of its own. */
async function makeKey(...args: string[]) {
  const { exitCode, stdout, stderr } = await runTestCli(['token', 'new', ...args]);
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  const [key = '', ...entry] = stdout.trimEnd().split('\n');
  return { key, config: `auth:\n  keys:\n${entry.map((line) => `  ${line}\n`).join('')}${COMPONENTS}` };
}

describe('openk token new', () => {
  it('prints the key, and an entry for auth.keys', async () => {
    const randomBytes = (count: number) => new Uint8Array(count);
    const args = ['token', 'new', 'ci', '--allow', 'read,REPORT', '--expires', '2027-06-01'];
    const selectors = ['--select', 'team=payments,tier!=test', '--select', 'id=nightly-*'];
    expect(await runTestCli([...args, ...selectors], { randomBytes })).toEqual({
      exitCode: 0,
      stderr: '',
      stdout: `openk_ci_000000000000000000000000000000002wjyrI
# The key is the line above; it is not shown again. Below auth.keys in openk.yaml:
- id: "ci"
  sha256: "b95c867f2217035b78e962ccd5b1dfca8c9602656dc516022ae5ec951466a5fc"
  allow: [READ, REPORT]
  select: ["team=payments,tier!=test", "id=nightly-*"]
  expires: 2027-06-01
`,
    });
  });

  it.each([
    [['ci']],
    [['null', '--allow', 'STATUS_PAGES,READ,EXPLAIN,REPORT,OPERATE,ADMIN']],
    [['1e3', '--expires', '2999-06-01T12:30:00+02:00']],
    [['2027-06-01', '--select', 'team', '--select', 'id=system,team!=x']],
  ])('%j is taken by the configuration, and the key by the server', async (args) => {
    const { key, config } = await makeKey(...args);
    const openk = await runOpenk(config);
    const check = (env: Record<string, string>) =>
      runTestCli(['check', '--server', openk.address], { env }).then(({ exitCode }) => exitCode);
    const codes = [await check({ OPENK_TOKEN: key }), await check({ OPENK_TOKEN: `${key}0` })];
    await openk.close();
    expect(codes).toEqual([2, 3]);
  });

  it.each([
    ['no name', [], "missing required argument 'name'"],
    ['a name that auth.keys would not take', ['a b'], 'It must be a letter or digit'],
    ['a name that is too long', ['a'.repeat(65)], 'It must be a letter or digit'],
    ['an unknown scope', ['ci', '--allow', 'READ,WRITE'], 'They are STATUS_PAGES, READ'],
    ['no selector', ['ci', '--select', 'id'], 'It must be such as team=payments'],
    ['no time', ['ci', '--expires', 'tomorrow'], 'It must be a day such as'],
    ['a day that there is not', ['ci', '--expires', '2999-02-30'], 'It must be a day such as'],
    ['an hour that there is not', ['ci', '--expires', '2999-02-03T24:00:00Z'], 'It must be a day such as'],
    ['a time that is over', ['ci', '--expires', '1999-01-01'], 'It must be in the future'],
  ])('refuses %s', async (_name, args, message) => {
    const { exitCode, stdout, stderr } = await runTestCli(['token', 'new', ...args]);
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr).toContain(message);
  });
});

describe('a token that a command cannot use', () => {
  let folder: string;
  const fileWith = (text: string) => {
    const path = join(folder, 'token');
    writeFileSync(path, text);
    return path;
  };
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'openk-token-'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it.each([
    ['a file that is not there', () => ['--token-file', '/nope'], {}, 'cannot read /nope (ENOENT)'],
    ['a folder', () => ['--token-file', folder], {}, '(EISDIR)'],
    ['an empty file', () => ['--token-file', fileWith(' \n')], {}, 'is empty'],
    ['a file of two lines', () => ['--token-file', fileWith('secret\nsecret')], {}, 'is no token'],
    [
      'a file that is too large',
      () => ['--token-file', fileWith('secret'.repeat(4000))],
      {},
      'is larger than the 12 KiB',
    ],
    ['a file without an end', () => ['--token-file', '/dev/zero'], {}, 'is larger than the 12 KiB'],
    [
      'a variable that holds more than a token',
      () => [],
      { OPENK_TOKEN: 'secret secret' },
      'what OPENK_TOKEN holds is no token',
    ],
  ])('%s', async (_name, args, env, message) => {
    const { exitCode, stdout, stderr } = await runTestCli(['check', ...args()], { env });
    expect({ exitCode, stdout }).toEqual({ exitCode: 3, stdout: '' });
    expect(stderr).toContain(message);
    expect(stderr).not.toContain('secret');
  });
});

describe.each(['grpc', 'grpcweb', 'connect'])('the commands, over %s', (protocol) => {
  let folder: string;
  let reader: Awaited<ReturnType<typeof makeKey>>;
  let openk: RunningOpenk;
  let cli: TestCli | undefined;
  const clock = createObservedClock();
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'openk-token-'));
    reader = await makeKey('reader');
    openk = await runOpenk(reader.config);
  });
  afterEach(async () => {
    cli?.interrupt();
    await cli?.exitCode;
    await openk.close();
    rmSync(folder, { recursive: true });
  });
  const run = (args: readonly string[], env: Readonly<Record<string, string>> = {}) =>
    runTestCli([...args, '--server', openk.address, '--protocol', protocol], { env, clock });
  const start = (...args: string[]) => {
    const env = { OPENK_TOKEN: reader.key };
    cli = startCli([...args, '--server', openk.address, '--protocol', protocol], { env, clock });
    return cli;
  };

  it.each([
    ['check api', 2],
    ['history api', 0],
    ['wait api --for 1s', 3],
    ['watch api', 3],
  ])('`openk %s` says what to set where it has no token', async (command, withToken) => {
    const args = command.split(' ');
    const { exitCode, stdout, stderr } = await run(args);
    expect({ exitCode, stdout }).toEqual({ exitCode: 3, stdout: '' });
    expect(stderr).toContain('(UNAUTHENTICATED)\nSet OPENK_TOKEN to a token, or name a file');
    if (withToken !== 3) expect((await run(args, { OPENK_TOKEN: reader.key })).exitCode).toBe(withToken);
  });

  it('take the token of the file before the one of the environment, without what is around it', async () => {
    const file = join(folder, 'token');
    writeFileSync(file, `\n ${reader.key}\r\n`);
    const args = ['check', 'api', '--token-file', file];
    expect(await run(args, { OPENK_TOKEN: 'wrong' })).toMatchObject({ exitCode: 2, stderr: '' });
  });

  it('say where a token comes from that is not good, and never what it is', async () => {
    const { exitCode, stderr } = await run(['check', 'api'], { OPENK_TOKEN: 'openk_wrong' });
    expect(exitCode).toBe(3);
    expect(stderr).toContain('(UNAUTHENTICATED)\nLook at the token, which comes from OPENK_TOKEN');
    expect(stderr).not.toContain('openk_wrong');
  });

  it('say where it is written what a token may do that may not do this', async () => {
    const reporter = await makeKey('reporter', '--allow', 'REPORT');
    await openk.reloadWith(reporter.config);
    const { exitCode, stderr } = await run(['check', 'api'], { OPENK_TOKEN: reporter.key });
    expect(exitCode).toBe(3);
    expect(stderr).toContain('(PERMISSION_DENIED)\nThe token comes from OPENK_TOKEN: `allow` of its key');
  });

  it('`openk watch` ends when its token does: it asks once more, and is refused', async () => {
    const { stdout, stderr, exitCode } = start('watch', 'api');
    await stdout.contains(' api: ');
    await openk.reloadWith((await makeKey('other')).config);
    await stderr.contains('no longer valid: call again with a new one (UNAUTHENTICATED); trying again in 500ms');
    await clock.advance(500);
    expect(await exitCode).toBe(3);
    expect(stderr.text).toContain('is not valid here (UNAUTHENTICATED)\nLook at the token');
    expect(stderr.text + stdout.text).not.toContain(reader.key);
  });

  it('`openk wait` does too', async () => {
    const { stderr, exitCode } = start('wait', 'api', '--for', '1m');
    await stderr.contains('waiting for HEALTHY');
    await openk.reloadWith((await makeKey('other')).config);
    await stderr.contains('trying again');
    await clock.advance(500);
    expect(await exitCode).toBe(3);
  });

  it('`openk watch` goes on where its token may do something else, but this too', async () => {
    const { stdout, stderr } = start('watch', '--json');
    await stdout.contains('"snapshot"');
    await openk.reloadWith(reader.config.replace('allow: [READ]', 'allow: [READ, REPORT]'));
    await stderr.contains('trying again in 500ms');
    const before = stdout.text.length;
    await clock.advance(500);
    await stdout.contains('"keepAlive"', before);
  });
});

describe('a token over http://', () => {
  it.each([
    ['http://openk.invalid:8080', true],
    ['https://openk.invalid', false],
    ['http://127.0.0.1:1', false],
    ['http://[::1]:1', false],
    ['http://localhost:1', false],
  ])('%s: warns: %s', async (server, warns) => {
    const { stderr } = await runTestCli(['check', '--server', server], { env: { OPENK_TOKEN: 'secret' } });
    expect(stderr.includes(`openk: warning: the token goes to ${server} in cleartext`)).toBe(warns);
    expect(stderr).not.toContain('secret');
  });
});
