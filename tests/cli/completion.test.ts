// `openk completion`: what is completed, and that real shells do so with the scripts.
import { execFile, spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { MAIN } from '../support/program.ts';
import { type RunningOpenk, runOpenk } from '../support/running-openk.ts';
import { runTestCli } from './test-cli.ts';

const HEARTBEAT = 'heartbeat: { period: 1h, grace: 1h }';

let openk: RunningOpenk;
let folder: string;
beforeAll(async () => {
  openk = await runOpenk(`components: [ { id: payments-api, ${HEARTBEAT} }, { id: payments-db, ${HEARTBEAT} } ]`);
  folder = mkdtempSync(join(tmpdir(), 'openk-completion-'));
  writeFileSync(join(folder, 'openk'), `#!/bin/sh\nexec ${process.execPath} ${MAIN} "$@"\n`);
  chmodSync(join(folder, 'openk'), 0o755);
});
afterAll(async () => {
  await openk.close();
  rmSync(folder, { recursive: true });
});

describe('openk complete', () => {
  const complete = async (line: string, env: Record<string, string> = { OPENK_SERVER: openk.address }) => {
    const { exitCode, stdout, stderr } = await runTestCli(['complete', line], { env });
    expect([exitCode, stderr]).toEqual([0, '']);
    return stdout
      .split('\n')
      .slice(0, -1)
      .map((candidate) => candidate.split('\t')[0]);
  };

  it.each([
    ['openk che', ['check']],
    ['A=b openk config ', ['check', 'schema', 'help']],
    ['openk storage c', ['check', 'compact']],
    ['openk check --pro', ['--protocol']],
    ['openk check --protocol ', ['grpc', 'grpcweb', 'connect']],
    ['openk check --protocol=grpc', ['--protocol=grpc', '--protocol=grpcweb']],
    ['openk list --status un', ['UNHEALTHY', 'UNKNOWN']],
    ['openk list --group pay', ['payments-api', 'payments-db']],
    ['openk list --group=payments-d', ['--group=payments-db']],
    ['openk check --json payments-a', ['payments-api']],
    ['openk watch payments-api payments-', ['payments-api', 'payments-db']],
    ['openk check payments-api ', []],
    ['openk report payments-api d', ['DEGRADED']],
    ['openk check --ca ', []],
    ['openk completion ', ['bash', 'zsh', 'fish']],
    ['openk nosuch ', []],
  ])('completes %j', async (line, expected) => {
    expect(await complete(line)).toEqual(expected);
  });

  it('offers no hidden command, and every visible one', async () => {
    const all = await complete('openk ');
    expect(all).toEqual(expect.arrayContaining(['serve', 'list', 'explain', 'report', 'completion', 'help']));
    expect(all).not.toContain('complete');
  });

  it.each(['grpc', 'connect'])('asks the server of the line, over %s', async (protocol) => {
    const line = `openk check --server ${openk.address} --protocol ${protocol} payments-d`;
    expect(await complete(line, {})).toEqual(['payments-db']);
  });

  it('knows the alerts that are not over', async () => {
    const config = `
components: [ { id: payments-api, ${HEARTBEAT} }, { id: payments-db, ${HEARTBEAT} } ]
alerts:
  channels: [ { id: nobody, webhook: { url: "http://127.0.0.1:1/" } } ]
  routes: [ { id: all, match: { labels: [ "id=payments-*" ] }, to: [ nobody ] } ]
`;
    const server = await runOpenk(config);
    try {
      const env = { OPENK_SERVER: server.address };
      await runTestCli(['report', 'payments-api', 'UNHEALTHY'], { env });
      const { stdout } = await runTestCli(['alerts', 'list', '--json'], { env });
      const id = /"id": *"([^"]+)"/.exec(stdout)?.[1];
      expect(id).toBeDefined();
      expect(await complete('openk ack ', env)).toEqual([id]);
    } finally {
      await server.close();
    }
  });

  it.each(['http://127.0.0.1:1', 'nonsense'])('is silent where no server is (%s)', async (server) => {
    expect(await complete(`openk check --server ${server} `, {})).toEqual([]);
  });
});

describe('openk completion', () => {
  /** What the shell makes of `openk check payments-d`; each script is loaded as its help says. */
  const SHELLS = [
    [
      'bash',
      `source <(openk completion bash); COMP_LINE='openk check payments-d'; COMP_POINT=\${#COMP_LINE}
       complete -p openk; _openk openk; echo "\${COMPREPLY[@]}"
       COMP_LINE='openk list --status=unk'; COMP_POINT=\${#COMP_LINE}; _openk openk; echo "\${COMPREPLY[@]}"`,
      'complete -o default -F _openk openk\npayments-db\nUNKNOWN\n',
    ],
    [
      'zsh',
      `compdef() { echo "compdef $@" }; _describe() { echo "\${(P)2}" }; _files() { echo files }
       source <(openk completion zsh); words=(openk check payments-d); CURRENT=3; PREFIX=payments-d; _openk
       words=(openk check --ca x); CURRENT=4; PREFIX=x; _openk`,
      'compdef _openk openk\npayments-db:heartbeat\nfiles\n',
    ],
    ['fish', `openk completion fish | source; complete -C 'openk check payments-d'`, 'payments-db\theartbeat\n'],
  ] as const;
  const isThere = (shell: string) => spawnSync(shell, ['-c', 'true']).status === 0;

  for (const [shell, script, expected] of SHELLS) {
    (isThere(shell) ? it : it.skip)(
      `works in ${shell}`,
      async () => {
        const env = { PATH: `${folder}:${process.env.PATH}`, HOME: folder, OPENK_SERVER: openk.address };
        const { stdout } = await promisify(execFile)(shell, ['-c', script], { env, timeout: 60_000 });
        expect(stdout).toBe(expected);
      },
      60_000,
    );
  }

  it.each([[['tcsh']], [[]]])('exits with 2 for %j', async (args) => {
    expect(await runTestCli(['completion', ...args])).toMatchObject({ exitCode: 2, stdout: '' });
  });
});
