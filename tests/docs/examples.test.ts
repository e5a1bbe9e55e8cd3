// What README and docs tell people to type is typed here, against the openk.yaml of the checkout on a free port.
import { execFile, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { MAIN } from '../support/program.ts';
import { type SpawnedOpenk, spawnOpenk } from '../support/spawned-openk.ts';
import { createTemporaryFiles } from '../support/temporary-files.ts';
import { aim, type Example, ROOT, readExamples, wholeConfiguration } from './examples.ts';

/** An example is at fault when any of its lines is, and an HTTP error is a fault. */
const PRELUDE = `
set -euo pipefail
curl() { command curl --silent --show-error --fail-with-body --max-time 20 "$@"; }
npx() { [ "$1" = openk ] && shift && "$NODE" "$MAIN" "$@"; }
`;
const run = promisify(execFile);

const examples = readExamples();
const shell = examples.filter(({ language }) => language === 'sh');
const programs = examples.filter(({ language }) => language === 'ts');
const configurations = examples.filter(({ language }) => language === 'yaml');
/** What examples may need that npm does not bring. */
const FOREIGN_PROGRAMS = ['grpcurl'];
const missingPrograms = FOREIGN_PROGRAMS.filter((program) => !isInstalled(program));
const missingFor = ({ text }: Example) => missingPrograms.find((program) => text.includes(program));
const runnable = shell.filter((example) => missingFor(example) === undefined);
const notRunnable = shell.flatMap((example) => {
  const program = missingFor(example);
  return program === undefined ? [] : [{ place: example.place, program }];
});

let openk: SpawnedOpenk;
let host: string;

beforeAll(async () => {
  const text = readFileSync(join(ROOT, 'openk.yaml'), 'utf8');
  // It watches itself, at an address that is known once it listens.
  const configFor = (address: string) => text.replaceAll(/\$\{OPENK_LISTEN[^}]*\}|127\.0\.0\.1:8080/g, address);
  openk = await spawnOpenk(configFor('127.0.0.1:1'));
  host = new URL(openk.address).host;
  await writeFile(openk.configPath, configFor(host));
  openk.signal('SIGHUP');
  await openk.logged('configuration reloaded');
  await run(process.execPath, [MAIN, 'wait', 'openk', '--for', '10ms', '--timeout', '60s', '--server', openk.address]);
}, 90_000);
afterAll(() => openk.dispose());

it('there are examples of each kind', () => {
  expect(shell.length).toBeGreaterThan(3);
  expect(programs.length).toBeGreaterThan(0);
  expect(configurations.length).toBeGreaterThan(5);
  expect(shell.length + programs.length + configurations.length).toBe(examples.length);
});

describe('commands', () => {
  it.each(runnable)(
    '$place',
    async ({ text }) => {
      const env = { ...process.env, NODE: process.execPath, MAIN, OPENK_SERVER: openk.address };
      const { stdout } = await run('bash', ['-c', PRELUDE + aim(text, host)], { cwd: ROOT, env, timeout: 60_000 });
      expect(stdout).not.toBe('');
    },
    90_000,
  );

  // Told as skipped, with the reason. CI asks with grpcurl by scripts/ask-with-grpcurl.ts, where it can get one.
  if (notRunnable.length > 0) {
    it.skip.each(notRunnable)('$place is not run: $program is not on the PATH', () => {});
  }
});

describe('programs', () => {
  it.each(programs)('$place', async ({ text }) => {
    // From standard input, so that its imports are found from the root of the checkout.
    const child = spawn(process.execPath, ['--input-type=module-typescript', '-'], {
      cwd: ROOT,
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    const exited = once(child, 'close');
    let stderr = '';
    child.stderr.on('data', (chunk) => {
      stderr += chunk;
    });
    child.stdin.end(aim(text, host));
    const [line] = await Promise.race([
      once(createInterface({ input: child.stdout }), 'line'),
      exited.then(() => [`it ended without a word: ${stderr}`]),
    ]);
    child.kill('SIGKILL');
    await exited;
    expect(line).not.toMatch(/ended without/);
  });
});

describe('configurations', () => {
  const files = createTemporaryFiles();
  afterAll(() => files.remove());

  it.each(configurations)('$place', async ({ place, text }) => {
    const { text: whole, env } = wholeConfiguration(text);
    const name = `${place.replaceAll(/\W/g, '-')}.yaml`;
    files.write(name, whole);
    const { stdout, stderr } = await run(process.execPath, [MAIN, 'config', 'check', files.path(name)], {
      env: { ...process.env, ...env },
    });
    // A warning is a fault of an example.
    expect([stdout, stderr]).toEqual([expect.stringMatching(/ is valid/), '']);
  });
});

function isInstalled(program: string): boolean {
  try {
    execFileSync('bash', ['-c', `command -v ${program}`], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
