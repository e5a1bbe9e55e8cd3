// What systemd is sent, seen by a socket that receives as systemd does, through systemd's own systemd-notify. Both are asked
// where they are there: Python has the datagrams over Unix sockets that Node lacks.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createServiceManager } from '../../src/service-manager.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { type SpawnedOpenk, spawnOpenk } from '../support/spawned-openk.ts';
import { createTemporaryFiles, type TemporaryFiles } from '../support/temporary-files.ts';

const RECEIVER = `
import json, socket, sys
receiver = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
receiver.bind(sys.argv[1])
print('"bound"', flush=True)
while True: print(json.dumps(receiver.recv(65536).decode()), flush=True)
`;
const CONFIG = 'components: [{ id: api, heartbeat: { period: 1h, grace: 1h } }]\n';

const missing = ['systemd-notify', 'python3'].filter((name) => spawnSync(name, ['--version']).error !== undefined);
const where = missing.length === 0 ? describe : describe.skip;
const why = missing.length === 0 ? '' : ` (skipped: no ${missing.join(' and no ')} on the PATH)`;

where(`under systemd${why}`, () => {
  let files: TemporaryFiles;
  let socket: string;
  let receiver: ReturnType<typeof spawn>;
  let messages: AsyncIterator<string>;
  let openk: SpawnedOpenk | undefined;
  beforeEach(async () => {
    files = createTemporaryFiles();
    socket = files.path('notify');
    receiver = spawn('python3', ['-c', RECEIVER, socket], { stdio: ['ignore', 'pipe', 'inherit'] });
    messages = createInterface({ input: receiver.stdout! })[Symbol.asyncIterator]();
    expect(await next()).toEqual(['bound']);
  });
  afterEach(async () => {
    await openk?.dispose();
    openk = undefined;
    receiver.kill();
    await once(receiver, 'close');
    files.remove();
  });

  /** The next message, as its lines. By BARRIER=1 systemd-notify only waits until what it sent was taken. */
  const next = async (): Promise<readonly string[]> => {
    const { value } = await messages.next();
    const lines = JSON.parse(value).trim().split('\n');
    return lines[0] === 'BARRIER=1' ? next() : lines;
  };
  const nextBut = async (unwanted: string): Promise<readonly string[]> => {
    const lines = await next();
    return lines[0] === unwanted ? nextBut(unwanted) : lines;
  };

  it('a server says that it is ready, lives, reloads and stops', async () => {
    openk = await spawnOpenk(CONFIG, { env: { NOTIFY_SOCKET: socket, WATCHDOG_USEC: '100000' } });
    const { components } = await openk.logged('listening');
    const watching = `STATUS=watching ${components} components, ${openk.address}`;
    expect(await next()).toEqual(['READY=1', watching]);
    for (const _ of [1, 2, 3]) expect(await next()).toEqual(['WATCHDOG=1']);

    openk.signal('SIGHUP');
    expect(await nextBut('WATCHDOG=1')).toEqual(['RELOADING=1', expect.stringMatching(/^MONOTONIC_USEC=\d+$/)]);
    expect(await nextBut('WATCHDOG=1')).toEqual(['READY=1', watching]);

    await writeFile(openk.configPath, 'components: 7');
    expect((await nextBut('WATCHDOG=1'))[0]).toBe('RELOADING=1');
    expect(await nextBut('WATCHDOG=1')).toEqual([
      'READY=1',
      `STATUS=the configuration is wrong, the one before it runs: ${watching.slice(7)}`,
    ]);

    openk.signal('SIGTERM');
    expect(await nextBut('WATCHDOG=1')).toEqual(['STOPPING=1', 'STATUS=draining']);
    expect(await openk.exited).toBe(0);
  });

  const start = (env: Readonly<Record<string, string>>) => {
    const clock = createFakeClock();
    const faults: string[] = [];
    const manager = createServiceManager({
      env: { PATH: process.env.PATH, NOTIFY_SOCKET: socket, ...env },
      pid: 42,
      clock,
      onFault: (fault) => faults.push(fault),
    });
    return { clock, faults, manager };
  };

  it.each([
    { what: 'an engine with nothing to do', looks: [0, 0], startedAtEach: 0, beats: true },
    { what: 'an engine that is late and works', looks: [9000, 9000], startedAtEach: 3, beats: true },
    { what: 'an engine that stands still', looks: [9000, 9000], startedAtEach: 0, beats: false },
  ])('the watchdog of $what: $beats', async ({ looks, startedAtEach, beats }) => {
    const { clock, manager } = start({ WATCHDOG_USEC: '2000000', WATCHDOG_PID: '42' });
    let started = 0;
    let overdueMs = 0;
    manager.ready('up', () => ({ started, overdueMs }));
    expect(await next()).toEqual(['READY=1', 'STATUS=up']);
    expect(await next()).toEqual(['WATCHDOG=1']);
    for (const lateMs of looks) {
      started += startedAtEach;
      overdueMs = lateMs;
      // A reload is answered after what was sent before: no beat is under way then.
      await manager.reload(async () => '');
      expect((await next())[0]).toBe('RELOADING=1');
      expect(await next()).toEqual(['READY=1']);
      await clock.advance(1000);
      if (beats) expect(await next()).toEqual(['WATCHDOG=1']);
    }
    manager.stopping();
    expect(await next()).toEqual(['STOPPING=1', 'STATUS=draining']);
    await manager.close();
    expect(clock.pendingTimers).toBe(0);
  });

  it.each([
    { what: 'without a watchdog', env: {} },
    { what: "with its parent's watchdog", env: { WATCHDOG_USEC: '2000000', WATCHDOG_PID: '41' } },
    { what: 'with a watchdog of no time', env: { WATCHDOG_USEC: '0' } },
  ])('$what no timer runs', async ({ env }) => {
    const { clock, manager } = start(env);
    manager.ready('up', () => ({ started: 0, overdueMs: 0 }));
    expect(clock.pendingTimers).toBe(0);
    expect(await next()).toEqual(['READY=1', 'STATUS=up']);
    await manager.close();
  });

  it('reloads that overlap are one, and a status is one line', async () => {
    const { manager } = start({});
    const first = Promise.withResolvers<string>();
    const both = [manager.reload(() => first.promise), manager.reload(async () => 'second')];
    await both[1];
    first.resolve('first\nREADY=0');
    await both[0];
    expect((await next())[0]).toBe('RELOADING=1');
    expect(await next()).toEqual(['READY=1', 'STATUS=first READY=0']);
    await manager.close();
  });

  it('says once that systemd-notify is not there, and reloads all the same', async () => {
    const { faults, manager } = start({ PATH: '/nowhere' });
    manager.ready('up', () => ({ started: 0, overdueMs: 0 }));
    let reloaded = false;
    await manager.reload(async () => {
      reloaded = true;
      return '';
    });
    await manager.close();
    expect({ faults, reloaded }).toEqual({ faults: ['spawn systemd-notify ENOENT'], reloaded: true });
  });
});
