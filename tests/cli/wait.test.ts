import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import { Code } from '@connectrpc/connect';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { HealthStatus } from '../../gen/openk/common/v1/common_pb.ts';
import { type ScriptedHealthServer, startScriptedHealthServer } from '../support/scripted-health-server.ts';
import { createObservedClock, type ObservedClock } from './observed-clock.ts';
import { runTestCli, startCli, type TestCli } from './test-cli.ts';

const { HEALTHY, DEGRADED, UNHEALTHY, UNKNOWN } = HealthStatus;
const SECOND = 1000;
/** With a random of one half a retry comes after exactly this time. */
const FIRST_RETRY_MS = 500;
const SILENCE_MS = 45 * SECOND;
const KEEP_ALIVE_MS = 15 * SECOND;

describe.each([
  { protocol: 'grpc', http: '2' },
  { protocol: 'connect', http: '1.1' },
] as const)('openk wait over $protocol', ({ protocol, http }) => {
  let server: ScriptedHealthServer;
  let clock: ObservedClock;
  let cli: TestCli;
  let toldUntil: number;
  beforeEach(async () => {
    toldUntil = 0;
    server = await startScriptedHealthServer({ http });
    clock = createObservedClock();
  });
  afterEach(async () => {
    cli.interrupt();
    await cli.exitCode;
    expect(clock.pendingTimers).toBe(0);
    await server.until(() => server.streams === 0 && server.connections === 0);
    await server.stop();
  });
  const start = (...args: string[]) => {
    cli = startCli(['wait', 'api', '--server', server.url, '--protocol', protocol, ...args], { clock });
    return cli;
  };
  /** Waits until the command has told of something, which it has not told before. */
  const told = async (line: string) => {
    await cli.stderr.contains(line, toldUntil);
    toldUntil = cli.stderr.text.indexOf(line, toldUntil) + line.length;
  };
  /** Lets time pass on a stream that is alive. */
  const pass = async (ms: number) => {
    for (let restMs = ms; restMs > 0; restMs -= KEEP_ALIVE_MS) {
      await clock.advance(Math.min(restMs, KEEP_ALIVE_MS));
      if (restMs < KEEP_ALIVE_MS) return;
      const heard = clock.nextTimer(SILENCE_MS);
      server.keepAlive();
      await heard;
    }
  };
  /** Lets a retry begin that fails, and the next one be waited for. */
  const retryInVain = async (retryMs: number, nextRetryMs: number) => {
    const failed = clock.nextTimer(nextRetryMs);
    await clock.advance(retryMs);
    await failed;
  };

  it('exits with 0 once the component was healthy throughout', async () => {
    server.set('api', HEALTHY);
    start('--for', '60s');
    await told('HEALTHY api: told by the test (SCRIPTED); to stay so for 1m');
    await pass(59_999);
    expect(server.getCalls).toBe(0);
    expect(cli.stdout.text).toBe('');
    await clock.advance(1);
    expect(await cli.exitCode).toBe(0);
    expect(cli.stdout.text).toBe('api has been HEALTHY for 1m\n');
    expect(server.watchRequests).toHaveLength(1);
    // One question at the end, for proof; nothing is polled.
    expect(server.getCalls).toBe(1);
  });

  it('begins anew after a flap', async () => {
    server.set('api', HEALTHY);
    start('--for', '60s');
    await told('to stay so for 1m');
    await pass(50 * SECOND);
    server.set('api', UNHEALTHY);
    await told('UNHEALTHY api: told by the test (SCRIPTED); waiting for HEALTHY');
    server.set('api', HEALTHY);
    await told('to stay so for 1m');
    await pass(59 * SECOND);
    expect(server.getCalls).toBe(0);
    await clock.advance(SECOND);
    expect(await cli.exitCode).toBe(0);
  });

  it('begins anew after a flap that was too short to be seen', async () => {
    server.set('api', HEALTHY);
    start('--for', '60s');
    await told('to stay so for 1m');
    await pass(50 * SECOND);
    // Both in one turn: the server merges them, and only `since` tells.
    server.set('api', UNHEALTHY);
    server.set('api', HEALTHY);
    await told('it was not all the time in between, so 1m begin anew');
    await pass(59 * SECOND);
    expect(server.getCalls).toBe(0);
    await clock.advance(SECOND);
    expect(await cli.exitCode).toBe(0);
  });

  it('does not begin anew when the reason changes and the status does not', async () => {
    server.set('api', HEALTHY);
    start('--for', '60s');
    await told('to stay so for 1m');
    await pass(40 * SECOND);
    server.set('api', HEALTHY, { reason: { code: 'OK', message: 'as well' } });
    await told('HEALTHY api: as well (OK); to stay so for 20s');
    await pass(20 * SECOND);
    expect(await cli.exitCode).toBe(0);
  });

  it('counts DEGRADED as not healthy', async () => {
    server.set('api', DEGRADED);
    start('--for', '1s', '--timeout', '10s');
    await told('DEGRADED api: told by the test (SCRIPTED); waiting for HEALTHY');
    await pass(10 * SECOND);
    expect(await cli.exitCode).toBe(1);
    expect(cli.stderr.text).toContain(
      'openk wait: api was not HEALTHY for 1s without a break within 10s: DEGRADED api: told by the test (SCRIPTED)\n' +
        'Ask for the cause with `openk check`, or give a longer --timeout.\n',
    );
  });

  it('measures on its own clock, whatever the clock of the server says', async () => {
    server.set('api', HEALTHY, { since: timestampFromMs(0) });
    start('--for', '60s');
    await told('to stay so for 1m');
    clock.stepWall(3_600_000);
    await pass(59 * SECOND);
    expect(server.getCalls).toBe(0);
    await clock.advance(SECOND);
    expect(await cli.exitCode).toBe(0);
  });

  it('goes on over a broken connection when nothing changed meanwhile', async () => {
    server.set('api', HEALTHY);
    start('--for', '60s');
    await told('to stay so for 1m');
    await pass(30 * SECOND);
    server.cutConnections();
    await told('trying again');
    await clock.advance(FIRST_RETRY_MS);
    await server.watched(2);
    expect(server.watchRequests.map((request) => request.sinceRevision)).toEqual([0n, 101n]);
    server.keepAlive();
    await told('HEALTHY api: told by the test (SCRIPTED); to stay so for 29.5s');
    await pass(29.5 * SECOND);
    expect(await cli.exitCode).toBe(0);
  });

  it('begins anew when the status changed while the connection was broken', async () => {
    server.set('api', HEALTHY);
    start('--for', '60s');
    await told('to stay so for 1m');
    await pass(30 * SECOND);
    server.endStreams(Code.Unavailable);
    await told('ended by the test (UNAVAILABLE); trying again');
    server.set('api', UNHEALTHY);
    server.set('api', HEALTHY);
    await clock.advance(FIRST_RETRY_MS);
    await told('it was not all the time in between, so 1m begin anew');
    await pass(59 * SECOND);
    expect(cli.stdout.text).toBe('');
    await clock.advance(SECOND);
    expect(await cli.exitCode).toBe(0);
  });

  it('does not take time without a connection for time in health, until it is proved', async () => {
    server.set('api', HEALTHY);
    start('--for', '10s');
    await told('to stay so for 10s');
    await clock.advance(9 * SECOND);
    await server.stop();
    await told('trying again');
    await retryInVain(FIRST_RETRY_MS, 2 * FIRST_RETRY_MS);
    await retryInVain(2 * FIRST_RETRY_MS, 4 * FIRST_RETRY_MS);
    // The time is over, and nobody can say how the component is.
    expect(cli.stdout.text).toBe('');
    await server.start();
    await clock.advance(4 * FIRST_RETRY_MS);
    await server.watched(2);
    server.keepAlive();
    expect(await cli.exitCode).toBe(0);
  });

  it('begins anew when the server restarts and has to look first', async () => {
    server.set('api', HEALTHY);
    start('--for', '60s');
    await told('to stay so for 1m');
    await pass(50 * SECOND);
    await server.stop();
    await told('trying again');
    server.forget();
    server.set('api', UNKNOWN);
    await retryInVain(FIRST_RETRY_MS, 2 * FIRST_RETRY_MS);
    await server.start();
    await clock.advance(2 * FIRST_RETRY_MS);
    await told('UNKNOWN api: told by the test (SCRIPTED); waiting for HEALTHY');
    server.set('api', HEALTHY);
    await told('to stay so for 1m');
    await pass(59 * SECOND);
    expect(server.getCalls).toBe(0);
    await clock.advance(SECOND);
    expect(await cli.exitCode).toBe(0);
  });

  it('asks for a snapshot where the server does not know the revision any more', async () => {
    server.set('api', HEALTHY);
    start('--for', '60s');
    await told('to stay so for 1m');
    server.cutConnections();
    await told('trying again');
    server.refuse(Code.InvalidArgument, 'never given', 'REVISION_IN_THE_FUTURE');
    await clock.advance(FIRST_RETRY_MS);
    await told('never given (INVALID_ARGUMENT); trying again');
    server.refuse(undefined);
    await clock.advance(2 * FIRST_RETRY_MS);
    await told('to stay so for 58.5s');
    expect(server.watchRequests.map((request) => request.sinceRevision)).toEqual([0n, 101n, 0n]);
    await pass(58.5 * SECOND);
    expect(await cli.exitCode).toBe(0);
  });

  it('says no while the last proof is older than the end of the time', async () => {
    server.set('api', HEALTHY);
    server.hangGetHealth();
    start('--for', '30s');
    await told('to stay so for 30s');
    await clock.advance(30 * SECOND);
    await server.until(() => server.getCalls === 1);
    expect(cli.stdout.text).toBe('');
    server.keepAlive();
    expect(await cli.exitCode).toBe(0);
  });

  it('takes a silent connection for dead, and opens another', async () => {
    server.set('api', HEALTHY);
    start('--for', '5m');
    await told('to stay so for 5m');
    await clock.advance(SILENCE_MS);
    await told('no word from the server for 45 s (UNAVAILABLE); trying again');
    await clock.advance(FIRST_RETRY_MS);
    await server.watched(2);
  });

  it('exits with 1 at the time-out when the component flaps for ever', async () => {
    server.set('api', HEALTHY);
    start('--for', '60s', '--timeout', '3m');
    for (let turn = 0; turn < 4; turn++) {
      await told('to stay so for 1m');
      await pass(30 * SECOND);
      server.set('api', UNHEALTHY);
      await told('waiting for HEALTHY');
      await pass(10 * SECOND);
      server.set('api', HEALTHY);
    }
    await told('to stay so for 1m');
    await pass(20 * SECOND);
    expect(await cli.exitCode).toBe(1);
  });

  it('waits for a component that the configuration lost, and says so', async () => {
    server.set('api', HEALTHY);
    start('--for', '60s');
    await told('to stay so for 1m');
    server.remove('api');
    await told('api does not exist (any more); waiting for HEALTHY');
    server.set('api', HEALTHY);
    await told('to stay so for 1m');
    await clock.advance(60 * SECOND);
    expect(await cli.exitCode).toBe(0);
  });

  it('exits with 4 for a component that there is not at the start', async () => {
    start('--for', '60s');
    expect(await cli.exitCode).toBe(4);
    expect(cli.stderr.text).toContain('has no such component: no component "api"');
  });

  it('exits with 3 at once when the server refuses', async () => {
    server.refuse(Code.PermissionDenied);
    start('--for', '60s');
    expect(await cli.exitCode).toBe(3);
  });

  it('exits with 3 at the time-out when no server ever answered', async () => {
    await server.stop();
    start('--for', '1s', '--timeout', '5s');
    await told(`nothing listens at ${server.url} (connection refused); trying again`);
    await retryInVain(FIRST_RETRY_MS, 2 * FIRST_RETRY_MS);
    await retryInVain(2 * FIRST_RETRY_MS, 4 * FIRST_RETRY_MS);
    await retryInVain(4 * FIRST_RETRY_MS, 8 * FIRST_RETRY_MS);
    await clock.advance(5 * SECOND - 7 * FIRST_RETRY_MS);
    expect(await cli.exitCode).toBe(3);
    // The same trouble is told once, however often it was tried.
    expect(cli.stderr.text.match(/trying again/g)).toHaveLength(1);
    expect(cli.stderr.text).toContain(
      `openk wait: no answer within 5s: nothing listens at ${server.url} (connection refused)\nStart it with`,
    );
    await server.start();
  });

  it('waits for a server that comes up later', async () => {
    server.set('api', HEALTHY);
    await server.stop();
    start('--for', '5s');
    await told('nothing listens');
    await server.start();
    await clock.advance(FIRST_RETRY_MS);
    await told('to stay so for 5s');
    await clock.advance(5 * SECOND);
    expect(await cli.exitCode).toBe(0);
  });

  it('exits with 130 when it is interrupted', async () => {
    server.set('api', HEALTHY);
    start('--for', '60s');
    await told('to stay so for 1m');
    cli.interrupt();
    expect(await cli.exitCode).toBe(130);
    expect(cli.stdout.text).toBe('');
  });
});

describe('openk wait', () => {
  it.each([
    ['no --for', ['api'], "required option '--for <duration>'"],
    ['no component', ['--for', '1s'], "missing required argument 'component'"],
    [
      'a time that is too long for the time-out',
      ['api', '--for', '10m'],
      '--for 10m cannot come true within --timeout 10m',
    ],
  ])('takes wrong usage for no answer: %s', async (_name, args, message) => {
    const { exitCode, stderr } = await runTestCli(['wait', ...args]);
    expect(exitCode).toBe(3);
    expect(stderr).toContain(message);
  });
});
