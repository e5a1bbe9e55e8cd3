import { stripVTControlCharacters } from 'node:util';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import { Code } from '@connectrpc/connect';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { HealthStatus } from '../../gen/openk/common/v1/common_pb.ts';
import { type ScriptedHealthServer, startScriptedHealthServer } from '../support/scripted-health-server.ts';
import { createObservedClock, type ObservedClock } from './observed-clock.ts';
import { createTestOutput, startCli, type TestCli, type TestCliOptions } from './test-cli.ts';

const { HEALTHY, DEGRADED, UNHEALTHY } = HealthStatus;
/** With a random of one half a retry comes after exactly this time. */
const FIRST_RETRY_MS = 500;
const REDRAW_MS = 100;
/** Of the clock, which stands at the start of 2026: 3m20s. */
const AGO = { since: timestampFromMs(Date.UTC(2026, 0, 1) - 200_000) };
const SINCE = { since: timestampFromMs(Date.UTC(2026, 0, 2, 3, 4, 5)) };

describe('openk watch', () => {
  let server: ScriptedHealthServer;
  let clock: ObservedClock;
  let cli: TestCli;
  beforeEach(async () => {
    server = await startScriptedHealthServer({ http: '2' });
    clock = createObservedClock();
  });
  afterEach(async () => {
    cli.interrupt();
    await cli.exitCode;
    expect(clock.pendingTimers).toBe(0);
    await server.until(() => server.streams === 0 && server.connections === 0);
    await server.stop();
  });
  const start = (args: readonly string[] = [], options: TestCliOptions = {}) => {
    cli = startCli(['watch', '--server', server.url, ...args], { clock, ...options });
    return cli;
  };
  const lines = () => cli.stdout.text.trimEnd().split('\n');

  describe('as lines', () => {
    it('prints what there is, then what changes, and ends with 0 when it is interrupted', async () => {
      server.set('api', HEALTHY, SINCE);
      server.set('db', UNHEALTHY, SINCE);
      start();
      await cli.stdout.contains(' db: ');
      server.set('api', DEGRADED, SINCE);
      await cli.stdout.contains('was HEALTHY');
      server.remove('db');
      await cli.stdout.contains('no longer');
      cli.interrupt();
      expect(await cli.exitCode).toBe(0);
      expect(lines()).toEqual([
        '2026-01-02T03:04:05.000Z HEALTHY api: told by the test (SCRIPTED)',
        '2026-01-02T03:04:05.000Z UNHEALTHY db: told by the test (SCRIPTED)',
        '2026-01-02T03:04:05.000Z DEGRADED api: told by the test (SCRIPTED) [was HEALTHY]',
        'db is no longer configured',
      ]);
      expect(cli.stderr.text).toBe('');
    });

    it('prints no line when neither status nor reason changes', async () => {
      server.set('api', HEALTHY);
      start();
      await cli.stdout.contains(' api: ');
      server.set('api', HEALTHY, { latency: { seconds: 0n, nanos: 7 } });
      server.set('db', HEALTHY);
      await cli.stdout.contains(' db: ');
      expect(lines()).toHaveLength(2);
    });

    it('says what thresholds begin to hold back, and why, once', async () => {
      server.set('api', HEALTHY, SINCE);
      start();
      await cli.stdout.contains(' api: ');
      const pending = (count: number) => ({
        pending: { status: UNHEALTHY, count, threshold: 3, reason: { code: 'TIMEOUT', message: 'no answer' } },
      });
      server.set('api', HEALTHY, { ...SINCE, ...pending(1) });
      await cli.stdout.contains('pending');
      server.set('api', HEALTHY, { ...SINCE, ...pending(2) });
      server.set('db', HEALTHY, SINCE);
      await cli.stdout.contains(' db: ');
      expect(lines().slice(1, -1)).toEqual([
        '2026-01-02T03:04:05.000Z HEALTHY api: told by the test (SCRIPTED) [pending: 1 of 3 for UNHEALTHY: no answer (TIMEOUT)]',
      ]);
    });

    it('asks for the named components only, each once', async () => {
      server.set('api', HEALTHY);
      server.set('db', HEALTHY);
      start(['db', 'db']);
      await cli.stdout.contains(' db: ');
      expect(server.watchRequests[0]?.components).toEqual(['db']);
      expect(cli.stdout.text).not.toContain(' api: ');
    });

    it('prints what has a status, and that it has it no more', async () => {
      server.set('api', HEALTHY, SINCE);
      server.set('db', UNHEALTHY, SINCE);
      start(['--status', 'unhealthy']);
      await cli.stdout.contains(' db: ');
      server.set('db', HEALTHY, SINCE);
      await cli.stdout.contains('was UNHEALTHY');
      server.set('db', DEGRADED, SINCE);
      server.set('api', UNHEALTHY, SINCE);
      await cli.stdout.contains(' api: ');
      expect(lines().map((line) => line.replace(/^\S+ /, ''))).toEqual([
        'UNHEALTHY db: told by the test (SCRIPTED)',
        'HEALTHY db: told by the test (SCRIPTED) [was UNHEALTHY]',
        'UNHEALTHY api: told by the test (SCRIPTED) [was HEALTHY]',
      ]);
    });

    it('asks for those with a label, and of a group', async () => {
      server.set('api', HEALTHY);
      start(['--label', 'team=pay', '--label', 'tier', '--group', 'shop']);
      await cli.stdout.contains(' api: ');
      expect(server.watchRequests[0]).toMatchObject({ label: ['team=pay', 'tier'], parent: 'shop' });
    });

    it('resumes after a broken connection: tells what it missed, and nothing twice', async () => {
      server.set('api', HEALTHY, SINCE);
      server.set('db', HEALTHY, SINCE);
      start();
      await cli.stdout.contains(' db: ');
      server.cutConnections();
      await cli.stderr.contains('trying again in 500ms\n');
      server.set('db', UNHEALTHY, SINCE);
      await clock.advance(FIRST_RETRY_MS);
      await cli.stdout.contains('was HEALTHY');
      expect(server.watchRequests.map((request) => request.sinceRevision)).toEqual([0n, 102n]);
      expect(lines()).toHaveLength(3);
    });

    it('prints what differs when the server comes back with a snapshot', async () => {
      server.set('api', HEALTHY, SINCE);
      server.set('db', HEALTHY, SINCE);
      start();
      await cli.stdout.contains(' db: ');
      server.endStreams(Code.Unavailable);
      await cli.stderr.contains('ended by the test (UNAVAILABLE); trying again');
      server.forget();
      server.set('db', DEGRADED, SINCE);
      await clock.advance(FIRST_RETRY_MS);
      await cli.stdout.contains('was HEALTHY');
      expect(lines().slice(2)).toEqual([
        'api is no longer configured',
        '2026-01-02T03:04:05.000Z DEGRADED db: told by the test (SCRIPTED) [was HEALTHY]',
      ]);
    });

    it('tries on, at growing distances, when no server answers', async () => {
      await server.stop();
      start();
      await cli.stderr.contains('nothing listens');
      for (const retryMs of [500, 1000, 2000, 4000, 8000, 10_000]) {
        const failed = clock.nextTimer(Math.min(retryMs * 2, 10_000));
        await clock.advance(retryMs);
        await failed;
      }
      cli.interrupt();
      expect(await cli.exitCode).toBe(0);
      expect(cli.stderr.text.match(/(?<=trying again in ).*/g)).toEqual([
        '500ms',
        '1s',
        '2s',
        '4s',
        '8s',
        '10s',
        '10s',
      ]);
      await server.start();
    });

    it('ends with 0 when its reader closes the pipe', async () => {
      server.set('api', HEALTHY);
      const stdout = createTestOutput();
      start([], { stdout });
      await stdout.contains(' api: ');
      stdout.destroy(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }));
      expect(await cli.exitCode).toBe(0);
    });

    it('waits for a reader that is behind, and ends all the same when it is interrupted', async () => {
      server.set('api', HEALTHY);
      const stdout = createTestOutput({ highWaterMark: 1 });
      const writing = Promise.withResolvers<void>();
      // A reader that takes nothing: no write is ever done.
      stdout._write = () => writing.resolve();
      start([], { stdout });
      await writing.promise;
      cli.interrupt();
      expect(await cli.exitCode).toBe(0);
    });
  });

  describe('as JSON', () => {
    it('prints each message of the stream on a line of its own', async () => {
      server.set('api', HEALTHY, SINCE);
      start(['--json']);
      await cli.stdout.contains('snapshot');
      server.set('api', UNHEALTHY, SINCE);
      await cli.stdout.contains('change');
      server.keepAlive();
      await cli.stdout.contains('keepAlive');
      cli.interrupt();
      expect(await cli.exitCode).toBe(0);
      const api = {
        component: 'api',
        since: '2026-01-02T03:04:05Z',
        reason: { code: 'SCRIPTED', message: 'told by the test' },
      };
      expect(lines().map((line) => JSON.parse(line))).toEqual([
        { snapshot: { revision: '101', components: [{ ...api, status: 'HEALTH_STATUS_HEALTHY', revision: '101' }] } },
        { change: { revision: '102', components: [{ ...api, status: 'HEALTH_STATUS_UNHEALTHY', revision: '102' }] } },
        { keepAlive: { revision: '102' } },
      ]);
    });

    it('leaves out other statuses, and has the change that takes one away', async () => {
      server.set('api', HEALTHY);
      server.set('db', UNHEALTHY);
      start(['--json', '--status', 'UNHEALTHY']);
      await cli.stdout.contains('snapshot');
      for (const status of [HEALTHY, DEGRADED]) {
        const from = cli.stdout.text.length;
        server.set('db', status);
        await cli.stdout.contains('change', from);
      }
      server.remove('db');
      await cli.stdout.contains('"105"');
      const news = lines().map((line) => {
        const { snapshot, change } = JSON.parse(line);
        return (snapshot ?? change).components?.map((health: { component: string }) => health.component) ?? [];
      });
      expect(news).toEqual([['db'], ['db'], [], []]);
      expect(cli.stdout.text).not.toContain('removed');
    });

    it('resumes after a broken connection, and keeps its output clean', async () => {
      server.set('api', HEALTHY);
      start(['--json']);
      await cli.stdout.contains('snapshot');
      server.cutConnections();
      await cli.stderr.contains('trying again in 500ms');
      server.set('api', UNHEALTHY);
      await clock.advance(FIRST_RETRY_MS);
      await cli.stdout.contains('change');
      expect(lines().map((line) => Object.keys(JSON.parse(line)))).toEqual([['snapshot'], ['change']]);
    });
  });

  describe('as a table', () => {
    const tty = { columns: 70, rows: 24 };
    const frame = () => {
      const frames = cli.stdout.text.split('\x1b[H');
      return stripVTControlCharacters(frames.at(-1) ?? '').split('\r\n');
    };
    /** Waits until a message came in, then lets it be drawn. */
    const drawn = async (cause: () => void) => {
      const scheduled = clock.nextTimer(REDRAW_MS);
      cause();
      await scheduled;
      await clock.advance(REDRAW_MS);
    };

    it('draws the worst first, and draws it anew with each change', async () => {
      server.set('api', HEALTHY, AGO);
      server.set('db', HEALTHY, AGO);
      await drawn(() => start([], { tty, env: { NO_COLOR: '1' } }));
      expect(frame()).toEqual([
        `${server.url}  live`,
        '2 components  2 HEALTHY  revision 102',
        '',
        'STATUS   COMPONENT  FOR  REASON',
        'HEALTHY  api        3m   SCRIPTED: told by the test',
        'HEALTHY  db         3m   SCRIPTED: told by the test',
      ]);
      await drawn(() => server.set('db', UNHEALTHY, { ...AGO, reason: { code: 'REFUSED', message: 'refused' } }));
      expect(frame().slice(1, 6)).toEqual([
        '2 components  1 UNHEALTHY  1 HEALTHY  1 cause  revision 103',
        '',
        'STATUS     COMPONENT  FOR  REASON',
        'UNHEALTHY  db         3m   REFUSED: refused',
        'HEALTHY    api        3m   SCRIPTED: told by the test',
      ]);
      expect(cli.stdout.text).not.toContain('\x1b[32m');
    });

    it('shows what thresholds hold back before the reason', async () => {
      const pending = { status: UNHEALTHY, count: 1, threshold: 3, reason: { code: 'TIMEOUT', message: 'no answer' } };
      server.set('api', HEALTHY, { ...AGO, pending });
      await drawn(() => start([], { tty: { columns: 120, rows: 24 }, env: { NO_COLOR: '1' } }));
      expect(frame().at(-1)).toBe(
        'HEALTHY  api        3m   pending: 1 of 3 for UNHEALTHY: no answer (TIMEOUT); SCRIPTED: told by the test',
      );
    });

    it('clears each line before it is written, so that a full one keeps its last character', async () => {
      server.set('api', HEALTHY, { ...AGO, reason: { code: '', message: 'x'.repeat(100) } });
      await drawn(() => start([], { tty }));
      const lines = (cli.stdout.text.split('\x1b[H').at(-1) ?? '').split('\r\n');
      const clears = lines.map((line) => [line.lastIndexOf('\x1b[K'), line.lastIndexOf('\x1b[J')]);
      expect(clears).toEqual([...lines.slice(1).map(() => [0, -1]), [-1, 0]]);
    });

    it('lets ages grow, and writes nothing where none has', async () => {
      server.set('api', HEALTHY, AGO);
      await drawn(() => start([], { tty, env: { NO_COLOR: '1' } }));
      const frames = () => cli.stdout.text.split('\x1b[H').length;
      const before = frames();
      await clock.advance(30_000);
      expect(frames()).toBe(before);
      await clock.advance(11_000);
      expect(frames()).toBe(before + 1);
      expect(frame().at(-1)).toBe('HEALTHY  api        4m   SCRIPTED: told by the test');
    });

    it('keeps what stands below the table in sight', async () => {
      for (let id = 0; id < 20; id++) server.set(`c${id}`, HEALTHY, AGO);
      const footer = ['--footer', '', '--footer', 'try this', '--footer', 'x'.repeat(100)];
      await drawn(() => start(footer, { tty }));
      expect(frame()).toHaveLength(24);
      expect(frame().slice(-4)).toEqual(['… and 4 more', '', 'try this', `${'x'.repeat(69)}…`]);
      cli.stdout.rows = 12;
      await drawn(() => cli.stdout.emit('resize'));
      expect(frame().slice(-3)).toEqual(['… and 15 more', '', 'try this']);
    });

    it('shows those of a status', async () => {
      server.set('api', HEALTHY, AGO);
      server.set('db', UNHEALTHY, AGO);
      await drawn(() => start(['--status', 'unhealthy', '--status', 'DEGRADED'], { tty, env: { NO_COLOR: '1' } }));
      expect(frame().slice(4)).toEqual(['UNHEALTHY  db         3m   SCRIPTED: told by the test']);
      await drawn(() => server.set('db', HEALTHY, AGO));
      expect(frame()[1]).toBe('0 components  revision 103');
    });

    it('leaves the terminal as it was, with the last state in sight', async () => {
      server.set('api', HEALTHY, AGO);
      await drawn(() => start([], { tty }));
      cli.interrupt();
      expect(await cli.exitCode).toBe(0);
      expect(cli.stdout.text.startsWith('\x1b[?1049h\x1b[?25l')).toBe(true);
      const end = cli.stdout.text.split('\x1b[?25h\x1b[?1049l')[1];
      expect(end).toContain('\x1b[32mHEALTHY\x1b[39m  api');
      expect(cli.stdout.listenerCount('resize')).toBe(0);
    });

    it('counts what does not fit, and uses the space that a resize gives', async () => {
      for (let id = 0; id < 10; id++) server.set(`c${id}`, HEALTHY, AGO);
      await drawn(() => start([], { tty: { columns: 70, rows: 8 } }));
      expect(frame()).toHaveLength(8);
      expect(frame().at(-1)).toBe('… and 7 more');
      cli.stdout.rows = 40;
      await drawn(() => cli.stdout.emit('resize'));
      expect(frame()).toHaveLength(14);
    });

    it('draws for 80 columns where the terminal does not say how many it has', async () => {
      server.set('api', HEALTHY, { ...AGO, reason: { code: '', message: 'x'.repeat(100) } });
      await drawn(() => start([], { tty: { columns: 0, rows: 0 } }));
      expect(frame().at(-1)).toHaveLength(80);
    });

    it('says that the connection is lost, and keeps what it knew', async () => {
      server.set('api', HEALTHY, AGO);
      await drawn(() => start([], { tty: { columns: 200, rows: 24 } }));
      await drawn(() => server.endStreams(Code.Unavailable));
      expect(frame()[0]).toBe(`${server.url}: ended by the test (UNAVAILABLE); trying again in 500ms`);
      expect(frame()[4]).toContain('api');
      await clock.advance(FIRST_RETRY_MS);
      await server.watched(2);
      await drawn(() => server.keepAlive());
      expect(frame()[0]).toBe(`${server.url}  live`);
    });

    it('merges changes that come at once', async () => {
      server.set('api', HEALTHY, AGO);
      await drawn(() => start([], { tty }));
      const before = cli.stdout.text.split('\x1b[H').length;
      await drawn(() => {
        for (let turn = 0; turn < 50; turn++) server.set('api', turn % 2 === 0 ? DEGRADED : HEALTHY, AGO);
      });
      expect(cli.stdout.text.split('\x1b[H').length).toBe(before + 1);
    });
  });

  it('prints lines on a dumb terminal', async () => {
    server.set('api', HEALTHY);
    start([], { tty: { columns: 80, rows: 24 }, env: { TERM: 'dumb' } });
    await cli.stdout.contains(' api: ');
    expect(cli.stdout.text).not.toContain('\x1b');
  });

  it('exits with 4 for a component that there is not at the start', async () => {
    start(['nope']);
    expect(await cli.exitCode).toBe(4);
    expect(cli.stderr.text).toContain('has no such component: no component "nope"');
  });

  it('exits with 3 when the server refuses', async () => {
    server.refuse(Code.Unauthenticated);
    start([]);
    expect(await cli.exitCode).toBe(3);
  });

  it('leaves the terminal as it was when the server refuses', async () => {
    server.refuse(Code.Unauthenticated);
    start([], { tty: { columns: 80, rows: 24 } });
    expect(await cli.exitCode).toBe(3);
    expect(cli.stdout.text.endsWith('\x1b[?25h\x1b[?1049l')).toBe(true);
    expect(cli.stderr.text).toContain('refused by the test');
  });
});
