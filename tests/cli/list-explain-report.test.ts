// `openk list`, `explain` and `report` against a whole OpenK on its own port.
import { stripVTControlCharacters } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type RunningOpenk, runOpenk } from '../support/running-openk.ts';
import { runTestCli } from './test-cli.ts';

const HEARTBEAT = 'heartbeat: { period: 1h, grace: 1h }';
const CONFIG = `
components:
  - { id: db, labels: { team: data, tier: prod }, ${HEARTBEAT} }
  - { id: api, labels: { team: shop, tier: prod }, depends_on: [ db ], ${HEARTBEAT} }
  - { id: cache, labels: { team: shop, tier: test }, ${HEARTBEAT} }
  - { id: mail, maintenance: { active: true, reason: move }, ${HEARTBEAT} }
  - { id: queue, ${HEARTBEAT} }
  - { id: search, ${HEARTBEAT} }
  - { id: evil, ${HEARTBEAT} }
  - id: shop
    group:
      members:
        - { component: api }
        - { component: cache, impact: DEGRADES }
        - { component: mail }
        - { component: queue }
        - { component: search, weight: 2 }
`;
const TIME = String.raw`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z`;

let openk: RunningOpenk;
const run = (...args: string[]) => runTestCli(args, { env: { OPENK_SERVER: openk.address } });
beforeAll(async () => {
  openk = await runOpenk(CONFIG);
  for (const args of [
    ['db', 'unhealthy', '--message', 'disk full'],
    ['api', 'UNHEALTHY', '--message', 'no database'],
    ['cache', 'unhealthy', '--message', 'cold'],
    ['queue', 'unhealthy', '--message', 'full'],
    ['search', 'Healthy'],
    ['evil', 'degraded', '--message', '\x1b[2J\u202e'],
  ]) {
    expect(await run('report', ...args)).toMatchObject({ exitCode: 0 });
  }
});
afterAll(() => openk.close());

describe('openk list', () => {
  const ids = (text: string) =>
    text
      .trimEnd()
      .split('\n')
      .slice(1)
      .map((line) => line.split(/\s+/)[1]);

  it.each(['grpc', 'grpcweb', 'connect'])('shows what there is, the worst first, over %s', async (protocol) => {
    const { exitCode, stdout, stderr } = await run('list', '--protocol', protocol);
    expect([exitCode, stderr]).toEqual([0, '']);
    const [heading, first] = stdout.split('\n');
    expect(heading).toMatch(/^STATUS +COMPONENT +SINCE +REASON$/);
    expect(first).toMatch(/^UNHEALTHY +cache +\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ +REPORTED: cold$/);
    // Causes, then what follows from them.
    expect(ids(stdout).slice(0, 6)).toEqual(['cache', 'db', 'queue', 'api', 'shop', 'system']);
    for (const control of ['\x1b', '\u202e']) expect(stdout).not.toContain(control);
  });

  it.each([
    [['--status', 'maintenance'], ['mail']],
    [
      ['--status', 'HEALTH_STATUS_DEGRADED', '--status', 'Maintenance'],
      ['evil', 'mail'],
    ],
    [
      ['--label', 'team=shop'],
      ['cache', 'api'],
    ],
    [
      ['--label', 'team', '--label', 'tier!=test'],
      ['db', 'api'],
    ],
    [['--group', 'shop', '--status', 'healthy'], ['search']],
    [['--group', 'shop', '--label', 'team=nobody'], []],
  ])('selects by %j', async (args, expected) => {
    const { exitCode, stdout } = await run('list', ...args);
    expect([exitCode, ids(stdout)]).toEqual([0, expected]);
  });

  it.each([
    [['--group', 'nosuch'], 4, 'there is no component "nosuch"'],
    [['--label', '!'], 3, 'is not a label selector'],
    [['--status', 'sick'], 3, 'It must be UNHEALTHY, DEGRADED, UNKNOWN, MAINTENANCE or HEALTHY.'],
  ])('says what is wrong with %j', async (args, expected, message) => {
    const { exitCode, stdout, stderr } = await run('list', ...args);
    expect([exitCode, stdout]).toEqual([expected, '']);
    expect(stderr).toContain(message);
  });

  it('fits a terminal', async () => {
    const cli = await runTestCli(['list', '--server', openk.address], { tty: { columns: 50, rows: 5 } });
    for (const line of stripVTControlCharacters(cli.stdout).split('\n')) expect(line.length).toBeLessThanOrEqual(50);
    expect(cli.stdout).toContain('…');
  });

  it('fetches every page, also as JSON', async () => {
    const many = Array.from({ length: 1001 }, (_, index) => `{ id: c${index}, ${HEARTBEAT} }`);
    const large = await runOpenk(`components: [ ${many.join(', ')} ]`);
    const text = await runTestCli(['list', '--status', 'unknown', '--label', 'team!=x', '--server', large.address]);
    const json = await runTestCli(['list', '--json', '--server', large.address]);
    await large.close();
    expect(new Set(ids(text.stdout)).size).toBe(1002);
    const answer = JSON.parse(json.stdout);
    expect(answer.components).toHaveLength(1002);
    expect(answer.components[0]).toMatchObject({ id: 'c0', kind: 'heartbeat' });
    expect(answer).not.toHaveProperty('nextPageToken');
    expect(answer.revision).toMatch(/^\d+$/);
  });
});

describe('openk explain', () => {
  it('shows the rule, its members, and the paths to the root causes', async () => {
    const { exitCode, stdout, stderr } = await run('explain', 'shop');
    expect([exitCode, stderr]).toEqual([0, '']);
    expect(stdout.replaceAll(new RegExp(TIME, 'g'), 'TIME').split('\n')).toEqual([
      'UNHEALTHY shop: of 5 members: 1 healthy, 3 unhealthy, 1 in maintenance (api, queue) (MEMBERS_UNHEALTHY)',
      '  since TIME',
      '  members: 5 (1 healthy, 3 unhealthy, 1 maintenance)',
      'rule worst',
      '  UNHEALTHY api',
      '  UNHEALTHY cache, counts as DEGRADED, impact DEGRADES',
      '  UNHEALTHY queue',
      '  1 HEALTHY',
      '  MAINTENANCE mail, does not count',
      'why',
      '  member UNHEALTHY api: no database (REPORTED) [alerts suppressed]',
      '    depends on UNHEALTHY db: disk full (REPORTED) [root cause]',
      '  member UNHEALTHY queue: full (REPORTED) [root cause]',
      '',
    ]);
  });

  it('takes the root group where no component is named', async () => {
    expect((await run('explain')).stdout).toMatch(/^UNHEALTHY /);
  });

  it.each([
    ['db', /^why\n {2}it is a root cause itself$/m],
    ['api', /^ {2}alerts suppressed: it is the consequence of something else\nwhy\n {2}depends on UNHEALTHY db: /m],
    [
      'system',
      / member UNHEALTHY shop: .*\n {4}member UNHEALTHY api: .*\n {6}depends on .*\n {4}member UNHEALTHY queue: /,
    ],
  ])('shows what the cause of %s is', async (component, text) => {
    expect((await run('explain', component)).stdout).toMatch(text);
  });

  it('has nothing to add about what is healthy', async () => {
    const { exitCode, stdout } = await run('explain', 'search');
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^HEALTHY search/);
    expect(stdout).not.toMatch(/^(why|rule)/m);
  });

  it('prints the answer of the API with --json', async () => {
    const { causes } = JSON.parse((await run('explain', 'api', '--json')).stdout);
    expect(causes[0].steps).toMatchObject([{ component: 'api', suppressed: true }, { component: 'db' }]);
  });

  it('exits with 4 for a component that there is not', async () => {
    const { exitCode, stdout, stderr } = await run('explain', 'nosuch');
    expect([exitCode, stdout]).toEqual([4, '']);
    expect(stderr).toContain('`openk list` shows the components that there are.');
  });

  it('names the component that was meant', async () => {
    const { exitCode, stderr } = await run('explain', 'apii');
    expect(exitCode).toBe(4);
    expect(stderr).toContain('Did you mean api?\n');
  });
});

describe('openk report', () => {
  it.each(['grpc', 'grpcweb', 'connect'])('prints how it is after the report, over %s', async (protocol) => {
    const args = ['cache', 'degraded', '--message', 'half', '--duration', '1h30m', '--run-id', 'r7'];
    const { exitCode, stdout } = await run('report', ...args, '--protocol', protocol);
    expect([exitCode, stdout]).toEqual([0, 'DEGRADED cache: half (run r7) (REPORTED)\n']);
    expect((await run('check', 'cache')).stdout).toContain('took 1h30m');
  });

  it('prints the answer of the API with --json', async () => {
    const { stdout } = await run('report', 'cache', 'healthy', '--json');
    expect(JSON.parse(stdout).health).toMatchObject({ component: 'cache', status: 'HEALTH_STATUS_HEALTHY' });
  });

  it.each([
    [['shop', 'healthy'], 1, 'openk report: component "shop" is of kind group: only components of kind heartbeat'],
    [['nosuch', 'healthy'], 4, 'has no such component'],
    [['cache', 'maintenance'], 3, 'It must be HEALTHY, DEGRADED or UNHEALTHY.'],
    [['cache'], 3, "missing required argument 'status'"],
    [['cache', 'healthy', '--duration', 'long'], 3, 'It must be a duration'],
    [['cache', 'healthy', '--server', 'http://127.0.0.1:1'], 3, 'nothing listens'],
  ])('says what is wrong with %j', async (args, expected, message) => {
    const { exitCode, stdout, stderr } = await run('report', ...args);
    expect([exitCode, stdout]).toEqual([expected, '']);
    expect(stderr).toContain(message);
  });

  it('exits with 3 where the token does not let it', async () => {
    const strict = await runOpenk(`auth: { keys: [] }\ncomponents: [ { id: job, ${HEARTBEAT} } ]`);
    const { exitCode, stderr } = await runTestCli(['report', 'job', 'healthy', '--server', strict.address]);
    await strict.close();
    expect(exitCode).toBe(3);
    expect(stderr).toContain('OPENK_TOKEN');
  });
});
