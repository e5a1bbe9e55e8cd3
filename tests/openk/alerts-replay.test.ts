// `openk alerts replay` over what a whole OpenK remembers.
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { HealthStatus } from '../../gen/openk/common/v1/common_pb.ts';
import { readAlertPlan } from '../../src/check-config.ts';
import type { Clock } from '../../src/core/clock.ts';
import { systemClock } from '../../src/engine/system-clock.ts';
import { runTestCli } from '../cli/test-cli.ts';
import { connectHealthClient, type HealthClient, type RunningOpenk, runOpenk } from '../support/running-openk.ts';
import { createTemporaryFiles, type TemporaryFiles } from '../support/temporary-files.ts';

const COMPONENTS = `
components:
  - { id: db, heartbeat: { period: 1h } }
  - { id: api, depends_on: [ db ], heartbeat: { period: 1h } }
`;
const ALERTS = `
alerts:
  channels: [ { id: hook, webhook: { url: "https://hooks.test/\${NAME}" } } ]
  routes: [ { id: all, to: [ hook ] } ]
`;

let openk: RunningOpenk;
let client: HealthClient;
let files: TemporaryFiles;
beforeAll(async () => {
  files = createTemporaryFiles();
  openk = await runOpenk(COMPONENTS);
  client = connectHealthClient(openk.address);
  const report = (component: string, status: HealthStatus) => client.reportHealth({ component, status });
  for (const round of ['first', 'second']) {
    // What depends on the other is the last to fall and the first to rise, so that it is never bad for itself.
    for (const id of ['api', 'db']) await report(id, HealthStatus.HEALTHY);
    for (const id of ['db', 'api'])
      await client.reportHealth({ component: id, status: HealthStatus.UNHEALTHY, message: round });
  }
});
afterAll(async () => {
  client.close();
  await openk.close();
  files.remove();
});

const run = (text: string, clock: Clock, ...args: string[]) => {
  const config = files.write('replayed.yaml', text);
  const options = { readAlertPlan, clock, env: { OPENK_SERVER: openk.address, OPENK_CONFIG: config, NAME: 'secret' } };
  return runTestCli(['alerts', 'replay', ...args], options);
};
/** Some time later, so that nothing is as of this moment. */
const later: Clock = { ...systemClock, nowMs: () => systemClock.nowMs() + 60_000 };

it('shows what would have been sent, and how much that is', async () => {
  const { exitCode, stdout, stderr } = await run(`${COMPONENTS}${ALERTS}`, later, '--since', '1d');
  expect([exitCode, stderr]).toEqual([0, '']);
  const lines = stdout.trimEnd().split('\n');
  expect(lines[0]).toMatch(/^TIME +MESSAGE +CHANNEL +COMPONENT +STATUS +WHY$/);
  expect(lines.slice(1, -1).map((line) => line.split(/ {2,}/).slice(1, 5))).toEqual([
    ['alert.opened', 'hook', 'db', 'UNHEALTHY'],
    ['alert.resolved', 'hook', 'db', 'HEALTHY'],
    ['alert.opened', 'hook', 'db', 'UNHEALTHY'],
  ]);
  expect(lines.at(-1)).toMatch(/^\d+ changes of status in 24h: 3 messages \(hook 3\), \d+ fewer than one for each$/);
  expect(stdout).not.toContain('secret');
});

it('says how far it has read while somebody looks, and takes that away', async () => {
  const config = files.write('watched.yaml', `${COMPONENTS}${ALERTS}`);
  const env = { OPENK_SERVER: openk.address, OPENK_CONFIG: config, NAME: 'secret' };
  const tty = { columns: 80, rows: 24 };
  const { exitCode, stderr } = await runTestCli(['alerts', 'replay'], { readAlertPlan, clock: later, env, tty });
  expect(exitCode).toBe(0);
  const [before, shown, after] = stderr.split('\r\x1b[2K');
  expect([before, after]).toEqual(['', '']);
  expect(shown).toMatch(/^\d+ changes read, back to 20\d\d-[^ ]+Z$/);
});

it('shows as many as are asked for, and all as JSON', async () => {
  expect((await run(`${COMPONENTS}${ALERTS}`, later, '--limit', '1')).stdout).toContain('… and 2 more\n');
  const { messages } = JSON.parse((await run(`${COMPONENTS}${ALERTS}`, later, '--json', '--limit', '1')).stdout);
  expect(messages).toHaveLength(3);
  expect(messages[0]).toMatchObject({ type: 'alert.opened', channel: 'hook', component: 'db', status: 'UNHEALTHY' });
});

it('ends with 2 for a file that cannot be served, and with 3 for no time', async () => {
  const wrong = await run(`${COMPONENTS}${ALERTS.replace('to: [ hook ]', 'to: [ hok ]')}`, later);
  expect([wrong.exitCode, wrong.stderr]).toEqual([2, expect.stringContaining("did you mean 'hook'")]);
  expect(await run(COMPONENTS, later, '--since', 'monday')).toMatchObject({ exitCode: 3 });
});
