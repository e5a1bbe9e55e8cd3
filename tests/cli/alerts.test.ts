// `openk alerts`, `ack`, `silence` and `maintenance` against the services on a port of the loopback.
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { connectNodeAdapter } from '@connectrpc/connect-node';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createPrincipal } from '../../src/auth/principal.ts';
import type { SendResult } from '../../src/core/alert.ts';
import { contextOfCaller } from '../../src/services/caller.ts';
import { type AlertWorld, anAlert, createAlertWorld, resolved } from '../services/support/alert-world.ts';
import { runTestCli } from './test-cli.ts';

const START_MS = Date.UTC(2026, 0, 1);
const HOUR_MS = 3_600_000;

let world: AlertWorld;
let server: Server;
const run = (...args: string[]) => {
  const { port } = server.address() as AddressInfo;
  return runTestCli([...args, '--server', `http://127.0.0.1:${port}`, '--protocol', 'connect']);
};
beforeEach(async () => {
  world = createAlertWorld();
  const principal = createPrincipal('key:sre', { allow: ['EXPLAIN', 'OPERATE'] });
  const contextValues = () => contextOfCaller('127.0.0.1', { ok: true, principal });
  server = createServer(connectNodeAdapter({ routes: world.routes, contextValues }));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
});
afterEach(async () => {
  server.closeAllConnections();
  server.close();
  await once(server, 'close');
});

describe('openk alerts list', () => {
  it('shows what is to be taken care of', async () => {
    const open = anAlert({
      component: 'evil\x1b[2J',
      consequences: ['web'],
      consequenceCount: 3,
      labels: { team: 'a' },
    });
    const pending = anAlert({
      sinceMs: START_MS + HOUR_MS,
      state: 'PENDING',
      severity: 'CRITICAL',
      status: 'DEGRADED',
    });
    const over = resolved(anAlert(), START_MS + HOUR_MS);
    world.publish(open, pending, over);
    const { exitCode, stdout, stderr } = await run('alerts', 'list');
    expect([exitCode, stderr]).toEqual([0, '']);
    const [heading, ...lines] = stdout.trimEnd().split('\n');
    expect(heading).toMatch(/^ALERT +STATE +SEVERITY +STATUS +COMPONENT +SINCE +WHY$/);
    expect(lines).toEqual([
      expect.stringMatching(
        `^${pending.id} +PENDING +CRITICAL +DEGRADED +web-1 +2026-01-01 01:00:00Z +nothing listens`,
      ),
      expect.stringMatching(
        `^${open.id} +OPEN +ERROR +UNHEALTHY +evil\ufffd\\[2J +.*CONNECTION_REFUSED.; 3 more because`,
      ),
    ]);
    expect((await run('alerts', 'list', '--label', 'team=a')).stdout.match(/-/g)).not.toBeNull();
    expect((await run('alerts', 'list', '--label', 'team=a', '--state', 'pending')).stdout).toBe('no alerts\n');
    const json = await run('alerts', 'list', '--state', 'resolved', '--state', 'OPEN', '--json');
    expect(JSON.parse(json.stdout).alerts.map(({ id }: { id: string }) => id)).toEqual([open.id, over.id]);
    expect((await run('alerts', 'list', '--limit', '1')).stdout).toContain('… and more: --limit');
  });

  it('says what is wrong with how it was called', async () => {
    expect(await run('alerts', 'list', '--state', 'broken')).toMatchObject({
      exitCode: 3,
      stderr: expect.stringContaining('It must be one of PENDING, HELD, OPEN'),
    });
    expect(await run('alerts', 'list', '--label', '=a')).toMatchObject({ exitCode: 3 });
  });
});

describe('openk alerts test', () => {
  it.each<[SendResult, number, string]>([
    [{ kind: 'accepted' }, 0, 'hook accepted the test after 0s\n'],
    [{ kind: 'refused', error: '410 Gone' }, 1, 'hook did not accept the test after 0s: 410 Gone\n'],
    [
      { kind: 'retry', error: 'no answer', perhapsDelivered: true },
      1,
      'hook did not accept the test after 0s: no answer\n',
    ],
  ])('of a channel that answers %j ends with %i', async (result, exitCode, stdout) => {
    world.channels.set('hook', { channel: { id: 'hook', send: async () => result }, timeoutMs: 1_000 });
    const answer = await run('alerts', 'test', 'hook');
    expect([answer.exitCode, answer.stdout.replace(/after \d+m?s/, 'after 0s')]).toEqual([exitCode, stdout]);
  });

  it('of a channel that there is not ends with 4', async () => {
    const { exitCode, stderr } = await run('alerts', 'test', 'hoook');
    expect([exitCode, stderr]).toEqual([4, expect.stringMatching(/there is no channel "hoook".*\nLook at/)]);
  });
});

describe('openk ack', () => {
  it('says who takes care of an alert', async () => {
    const alert = anAlert();
    world.publish(alert);
    expect(await run('ack', alert.id, '--note', 'on it')).toMatchObject({
      exitCode: 0,
      stdout: expect.stringMatching(/^ACKNOWLEDGED web-1: nothing listens.*; acknowledged by key:sre; on it\n$/),
    });
    expect(JSON.parse((await run('ack', alert.id, '--json')).stdout)).toMatchObject({ alert: { id: alert.id } });
  });

  it('ends with 1 for one that is over, and with 4 for none', async () => {
    const alert = resolved(anAlert(), START_MS);
    world.publish(alert);
    expect(await run('ack', alert.id)).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('is resolved') });
    expect(await run('ack', 'nosuch')).toMatchObject({
      exitCode: 4,
      stderr: expect.stringContaining('openk alerts list'),
    });
  });

  it('says that it counts where it cannot be kept', async () => {
    const alert = anAlert();
    world.publish(alert);
    world.fails = true;
    expect(await run('ack', alert.id)).toMatchObject({
      exitCode: 3,
      stderr: expect.stringContaining('counts from now on'),
    });
  });
});

describe.each(['silence', 'maintenance'])('openk %s', (name) => {
  const begin = (...args: string[]) => run(name, 'start', ...args);

  it('begins, is shown, and ends', async () => {
    const { exitCode, stdout } = await begin('team=shop', '--for', '2h', '--reason', 'moving');
    expect([exitCode, stdout]).toEqual([
      0,
      expect.stringMatching(`^${name} \\S+ of team=shop until 2026-01-01T02:00:00.000Z\n$`),
    ]);
    const [{ id } = { id: '' }] = world.suspensions;
    const list = (await run(name, 'list')).stdout.split('\n');
    expect(list[0]).toMatch(/^ID +SELECTOR +START +END +BY +REASON$/);
    expect(list[1]).toMatch(
      new RegExp(`^${id}  team=shop  2026-01-01 00:00:00Z  2026-01-01 02:00:00Z  key:sre  moving$`),
    );
    expect(await run(name, 'end', id)).toMatchObject({ exitCode: 0, stdout: `${name} ${id} of team=shop is over\n` });
    expect((await run(name, 'list')).stdout).toBe(`no ${name}\n`);
    expect((await run(name, 'list', '--all')).stdout).toContain(id);
    expect(await run(name, 'end', id)).toMatchObject({
      exitCode: 4,
      stderr: expect.stringContaining(`no ${name} "${id}"`),
    });
  });

  it('begins later', async () => {
    const { stdout } = await begin('id=a-*', '--for', '1h', '--reason', 'x', '--at', '2026-01-01T04:00:00+01:00');
    expect(stdout).toMatch(/ of id=a-\* from 2026-01-01T03:00:00.000Z until 2026-01-01T04:00:00.000Z\n$/);
    expect(JSON.parse((await run(name, 'list', '--json')).stdout)).toEqual({});
  });

  it('says where it takes nothing that there is, and how one component is written', async () => {
    world.reload({ web: { team: 'shop' } });
    expect(await begin('team=shop', '--for', '2h', '--reason', 'x')).toMatchObject({ exitCode: 0, stderr: '' });
    expect(await begin('web', '--for', '2h', '--reason', 'x')).toMatchObject({
      exitCode: 0,
      stderr: `openk ${name}: there is no component now that this takes: for the component of that id write id=web\n`,
    });
    expect((await begin('id=web', '--for', '2h', '--reason', 'x')).stderr).toBe('');
    expect((await begin('id=wbe', '--for', '2h', '--reason', 'x')).stderr).toMatch(/ that this takes\n$/);
    expect((await begin('id=w*,team=shop', '--for', '2h', '--reason', 'x')).stderr).toBe('');
    expect((await begin('team=nobody', '--for', '2h', '--reason', 'x')).stderr).toMatch(/ that this takes\n$/);
  });

  it.each([
    [['team=shop', '--for', '0s', '--reason', 'x'], 'at least 1ms'],
    [['team=shop', '--for', '2h'], '--reason'],
    [['team=shop', '--reason', 'x'], '--for'],
    [['team=shop', '--for', 'long', '--reason', 'x'], 'duration'],
    [['team=shop', '--for', '2h', '--reason', 'x', '--at', 'tomorrow'], 'zone'],
    [
      ['team=shop', '--for', '2h', '--reason', 'x', '--at', '2026-02-30T02:00:00Z'],
      '2026-02-30 is no day of the calendar',
    ],
    [['team=shop', '--for', '2h', '--reason', 'x', '--at', '2026-02-28T24:00:00Z'], 'the hour is 00 to 23'],
    [['team=', 'shop', '--for', '2h', '--reason', 'x'], 'too many arguments'],
    [['=shop', '--for', '2h', '--reason', 'x'], 'is no selector'],
  ])('refuses %j', async (args, word) => {
    expect(await begin(...args)).toMatchObject({ exitCode: 3, stderr: expect.stringContaining(word) });
    expect(world.suspensions).toEqual([]);
  });
});

it('openk silence takes a selector at once', async () => {
  const { exitCode } = await run('silence', 'team=shop', '--for', '2h', '--reason', 'we know', '--json');
  expect([exitCode, world.suspensions]).toMatchObject([
    0,
    [{ kind: 'SILENCE', selector: 'team=shop', reason: 'we know' }],
  ]);
});
