// `openk history` against OpenK's own port, over a past that the test made up.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { StoreFault } from '../../src/core/store.ts';
import type { HistoryReader } from '../../src/services/history-reader.ts';
import { createApi } from '../services/support/api.ts';
import { group, probed, system } from '../services/support/definitions.ts';
import { createPast } from '../services/support/past.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { startServer, type TestServer } from '../transport/harness.ts';
import { runTestCli, startCli } from './test-cli.ts';

const SECOND_MS = 1000;
const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const YEAR_MS = 365 * DAY_MS;
/** 2026-01-01T00:00:00Z */
const NOW_MS = createFakeClock().nowMs();
const ago = (ms: number) => NOW_MS - ms;
const shop = system(probed('web'), probed('db'), group('checkout', ['web', 'db']));
const EVIL = '\x1b[2Jevil\nline \u202e';

/** OpenK ran from six hours ago to four, and again since three hours, up to half a second ago. */
async function createStore() {
  const past = createPast(ago(6 * HOUR_MS), {
    retention: {
      transitionsMs: YEAR_MS,
      observationsMs: DAY_MS,
      fiveMinutesMs: 30 * DAY_MS,
      hoursMs: 60 * DAY_MS,
      daysMs: YEAR_MS,
      auditMs: YEAR_MS,
      alertsMs: YEAR_MS,
    },
  });
  for (const id of ['web', 'db', 'checkout', 'system']) past.becomes(id, 'HEALTHY', ago(6 * HOUR_MS));
  await past.runs(ago(4 * HOUR_MS));
  await past.restarts(ago(3 * HOUR_MS));
  past.becomes('web', 'UNHEALTHY', ago(2 * HOUR_MS));
  past.becomes('checkout', 'UNHEALTHY', ago(2 * HOUR_MS));
  past.becomes('web', 'HEALTHY', ago(114 * MINUTE_MS));
  past.becomes('checkout', 'HEALTHY', ago(114 * MINUTE_MS));
  past.becomes('db', 'DEGRADED', ago(HOUR_MS), EVIL);
  past.becomes('db', 'MAINTENANCE', ago(30 * MINUTE_MS));
  for (let run = 1; run <= 100; run++) past.observes('web', 'HEALTHY', ago(HOUR_MS) + run * SECOND_MS, run * 20);
  await past.runs(ago(500));
  return past.store;
}

async function serve(history: HistoryReader) {
  const api = createApi(shop, { history });
  return startServer('cleartext', { routes: api.routes });
}

let server: TestServer;
beforeAll(async () => {
  server = await serve(await createStore());
});
afterAll(() => server.server.close());

const history = (...args: string[]) => runTestCli(['history', ...args], { env: { OPENK_SERVER: server.url } });

describe.each(['grpc', 'grpcweb', 'connect'])('openk history over %s', (protocol) => {
  it('shows uptime, times, latency, a bar and the changes', async () => {
    expect(await history('web', '--window', '6h', '--protocol', protocol)).toEqual({
      exitCode: 0,
      stdout: [
        'web from 2025-12-31T18:00:00.000Z to 2025-12-31T23:59:59.500Z',
        '  97.999 % up: HEALTHY 4h54m, UNKNOWN 1h, UNHEALTHY 6m',
        '  latency p50 1.01s, p95 1.88s, p99 1.98s (100 observations)',
        '  ████████····████▁███████',
        '  █ HEALTHY  · UNKNOWN  ▁ UNHEALTHY, 15m each',
        '',
        '2025-12-31T22:06:00.000Z UNHEALTHY → HEALTHY: it is HEALTHY (TEST)',
        '2025-12-31T22:00:00.000Z HEALTHY → UNHEALTHY: it is UNHEALTHY (TEST), caused by network',
        '',
      ].join('\n'),
      stderr: '',
    });
  });

  it('exits with 4 for a component that there is not', async () => {
    const { exitCode, stdout, stderr } = await history('nosuch', '--protocol', protocol);
    expect([exitCode, stdout]).toEqual([4, '']);
    expect(stderr).toMatch(/^openk history: .* has no such component: /);
  });
});

describe('openk history', () => {
  it('shows latencies below a millisecond too', async () => {
    const past = createPast(ago(HOUR_MS));
    past.observes('web', 'HEALTHY', ago(MINUTE_MS), 0.25);
    await past.runs(ago(0));
    const quick = await serve(past.store);
    const { stdout } = await runTestCli(['history', 'web', '--server', quick.url]);
    await quick.server.close();
    expect(stdout).toMatch(/p50 0\.25ms,/);
  });

  it('takes the root group, and the last 24 hours, where nothing else is said', async () => {
    const { stdout } = await history();
    expect(stdout).toMatch(/^system from 2025-12-31T00:00:00.000Z to /);
    expect(stdout).toContain(', 30m each\n');
    expect(stdout).toContain('\nno change of status in this time\n');
    expect(stdout).not.toContain('latency');
  });

  it('shows the members of a group with it', async () => {
    const { stdout } = await history('checkout', '--members', '--window', '1h', '--limit', '3');
    expect(stdout.split('\n').slice(1)).toEqual([
      '  100 % up: HEALTHY 1h',
      '  ████████████',
      '  █ HEALTHY, 5m each',
      '  ▅▅▅▅▅▅▒▒▒▒▒▒  100 % up  db',
      '  ████████████  100 % up  web',
      '',
      expect.stringMatching(/ db DEGRADED → MAINTENANCE: it is MAINTENANCE \(TEST\)$/),
      expect.stringMatching(/ db HEALTHY → DEGRADED: \ufffd\[2Jevil line \ufffd? ?\(TEST\)$/),
      '',
    ]);
  });

  it('says that there are more changes than it shows', async () => {
    const { stdout } = await history('web', '--limit', '1');
    expect(stdout).toContain('\n… and older ones: see more with --limit\n');
  });

  it.each([
    ['5m', '5m'],
    ['5h', '5m'],
    ['6h', '15m'],
    ['168h', '3h'],
    ['720h', '12h'],
    ['1000h', '24h'],
    ['8760h', '168h'],
  ])('a window of %s has cells of %s', async (window, cell) => {
    const { exitCode, stdout } = await history('web', '--window', window);
    expect(exitCode).toBe(0);
    expect(stdout).toContain(`, ${cell} each\n`);
  });

  it('takes wider cells where nothing finer is kept of that age', async () => {
    const store = await createStore();
    const coarse = await serve({ ...store, retention: { ...store.retention, fiveMinutesMs: HOUR_MS } });
    const { exitCode, stdout } = await runTestCli(['history', 'web', '--window', '6h', '--server', coarse.url]);
    await coarse.server.close();
    expect(exitCode).toBe(0);
    expect(stdout).toContain(', 1h each\n');
  });

  it('fits the terminal, in colours', async () => {
    const args = ['history', 'web', '--server', server.url, '--window', '6h'];
    const { stdout } = await runTestCli(args, { tty: { columns: 20, rows: 24 } });
    expect(stdout).toContain(', 30m each\n');
    expect(stdout).toContain('\x1b[32m█\x1b[39m');
  });

  it('prints the answers of the API with --json', async () => {
    const { stdout } = await history('web', '--window', '1h', '--json');
    expect(stdout.trimEnd()).not.toContain('\n');
    const { availability, transitions } = JSON.parse(stdout);
    expect(availability.availability.total).toMatchObject({ uptimeRatio: 1, observations: '100' });
    expect(availability.availability.buckets).toHaveLength(12);
    expect(transitions).toEqual({ revision: expect.any(String) });
  });

  it('exits with 3 when history cannot be read', async () => {
    const store = await createStore();
    const broken = await serve({ ...store, availability: () => Promise.reject(new StoreFault('disk full')) });
    const { exitCode, stderr } = await runTestCli(['history', 'web', '--server', broken.url]);
    await broken.server.close();
    expect(exitCode).toBe(3);
    expect(stderr).toContain('history cannot be read now');
    expect(stderr).not.toContain('disk');
  });

  it('ends when it is interrupted, or the answer does not come in time', async () => {
    const store = await createStore();
    const asked = Promise.withResolvers<void>();
    const silent = await serve({
      ...store,
      availability: () => {
        asked.resolve();
        return new Promise(() => {});
      },
    });
    const args = ['history', 'web', '--server', silent.url];
    const cli = startCli(args);
    await asked.promise;
    cli.interrupt();
    expect(await cli.exitCode).toBe(130);
    expect((await runTestCli([...args, '--timeout', '50ms'])).exitCode).toBe(3);
    await silent.server.close();
  });

  it.each([
    ['a window that is none', ['--window', '1 day'], 'It must be a duration'],
    ['no number of changes', ['--limit', 'many'], 'It must be a whole number from 1 to 1000'],
    ['too many changes', ['--limit', '1001'], 'It must be a whole number from 1 to 1000'],
    ['two components', ['a', 'b'], 'too many arguments'],
    ['a window that is too short', ['--window', '1s'], 'at least 5m'],
  ])('takes wrong usage for no answer: %s', async (_name, args, message) => {
    const { exitCode, stdout, stderr } = await history(...args);
    expect([exitCode, stdout]).toEqual([3, '']);
    expect(stderr).toContain(message);
  });
});
