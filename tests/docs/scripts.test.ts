// The scripts that the guides give people to copy run here as they stand there, by sh, and say what they should to an OpenK.
import { execFile } from 'node:child_process';
import { chmodSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { statusName, statusOf } from '../../src/cli/health-text.ts';
import { MAIN } from '../support/program.ts';
import { connectHealthClient, type HealthClient, type RunningOpenk, runOpenk } from '../support/running-openk.ts';
import { createTemporaryFiles } from '../support/temporary-files.ts';
import { ROOT } from './examples.ts';

const CONFIG = `
components:
  - { id: job, heartbeat: { period: 1h, max_run: 1h, ping_token: token-of-the-job } }
  - { id: disk, heartbeat: { period: 1h } }
  - { id: disk-by-ping, heartbeat: { period: 1h, ping_token: token-of-the-disk } }
`;
const files = createTemporaryFiles();
let openk: RunningOpenk;
let client: HealthClient;

beforeAll(async () => {
  openk = await runOpenk(CONFIG);
  client = connectHealthClient(openk.address);
  // Says what its first argument says, and ends with that.
  program('plugin', '#!/bin/sh\necho "DISK said $1 | /=12%"\nexit "$1"\n');
  program('backup.sh', '#!/bin/sh\necho "saved $RESULT"\nexit "$RESULT"\n');
  program('openk', `#!/bin/sh\nexec "${process.execPath}" "${MAIN}" "$@"\n`);
  for (const [page, name] of [
    ['import.md', 'openk-plugin'],
    ['import.md', 'openk-plugin-ping'],
    ['pings.md', 'openk-job'],
  ] as const) {
    const text = readFileSync(join(ROOT, 'docs', page), 'utf8');
    const script = Array.from(text.matchAll(/^```sh\n(#!\/bin\/sh\n.*?)^```$/gms), ([, each = '']) => each);
    const wanted = script.find((each) => each.split('\n')[1]?.startsWith(`# ${name} `)) ?? 'exit 99';
    program(name, wanted.replaceAll('https://openk.example.com', openk.address));
  }
});
afterAll(async () => {
  client.close();
  await openk.close();
  files.remove();
});

function program(name: string, text: string): void {
  chmodSync(files.write(name, text), 0o755);
}

/** Runs a line of a shell. @returns its exit code */
function sh(line: string, variables: Readonly<Record<string, string>> = {}): Promise<number> {
  const env = {
    ...process.env,
    PATH: `${files.path('')}:${process.env.PATH}`,
    OPENK_SERVER: openk.address,
    ...variables,
  };
  return new Promise((resolve) => {
    const child = execFile('sh', ['-c', line], { env, timeout: 30_000 }, () => resolve(child.exitCode ?? -1));
  });
}

async function said(component: string) {
  const { health } = await client.getHealth({ component });
  return [
    statusName(statusOf(health)),
    health!
      .reason!.message.split('\n')[0]!
      .trim()
      .replace(/^exit code \d+: /, ''),
  ];
}

describe('a plugin of Nagios', () => {
  it('is reported by its exit code', async () => {
    const told: unknown[] = [];
    for (const code of [0, 1, 2, 3]) told.push([await sh(`openk-plugin disk plugin ${code}`), ...(await said('disk'))]);
    expect(told).toEqual([
      [0, 'HEALTHY', 'DISK said 0'],
      [0, 'DEGRADED', 'DISK said 1'],
      [0, 'UNHEALTHY', 'DISK said 2'],
      // Nobody knows.
      [3, 'UNHEALTHY', 'DISK said 2'],
    ]);
  }, 30_000);

  it('is told by curl alone', async () => {
    const told: unknown[] = [];
    for (const code of [0, 1, 0, 3]) {
      told.push([await sh(`openk-plugin-ping token-of-the-disk plugin ${code}`), ...(await said('disk-by-ping'))]);
    }
    expect(told).toEqual([
      [0, 'HEALTHY', 'DISK said 0'],
      [0, 'UNHEALTHY', 'DISK said 1'],
      [0, 'HEALTHY', 'DISK said 0'],
      [0, 'HEALTHY', 'DISK said 0'],
    ]);
  });
});

describe('a job', () => {
  it.each([
    [0, 'HEALTHY'],
    [7, 'UNHEALTHY'],
  ])('in the wrapper ends with %i', async (result, status) => {
    expect(await sh('openk-job token-of-the-job backup.sh', { RESULT: String(result) })).toBe(result);
    expect(await said('job')).toEqual([status, `saved ${result}`]);
  });

  it.each([
    [0, 'HEALTHY'],
    [7, 'UNHEALTHY'],
  ])('in the line of a crontab ends with %i', async (result, status) => {
    const page = readFileSync(join(ROOT, 'docs/pings.md'), 'utf8');
    const [, line = ''] = /^30 2 \* \* \* (backup\.sh .*)$/m.exec(page) ?? [];
    const here = line.replaceAll('https://openk.example.com', openk.address).replaceAll('/tmp', files.path(''));
    expect(await sh(here, { BACKUP_TOKEN: 'token-of-the-job', RESULT: String(result) })).toBe(0);
    expect(await said('job')).toEqual([status, `saved ${result}`]);
  });
});
