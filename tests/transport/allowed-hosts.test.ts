// Which hosts a request may name: the defaults of where the port listens, and what server.allowed_hosts says.
import { afterEach, describe, expect, test } from '@jest/globals';
import { allowedHosts, createHostCheck } from '../../src/transport/allowed-hosts.ts';
import { openRawSocket } from '../support/raw-socket.ts';
import { type RunningOpenk, runOpenk } from '../support/running-openk.ts';

const JSON_TYPE = { 'content-type': 'application/json' };
const EVIL = [
  'evil.example',
  'evil.example:8080',
  'localhost.evil.example',
  '127.0.0.1.evil.example',
  '128.0.0.1',
  '[::2]',
  '169.254.169.254',
  'xlocalhost',
];
const LOOPBACK = [
  'localhost',
  'LocalHost:8080',
  'localhost.',
  'a.localhost:1',
  '127.0.0.1',
  '127.9.8.7:80',
  '[::1]',
  '[::1]:8080',
  '0x7f.1',
  '2130706433',
  '[0:0:0:0:0:0:0:1]',
];

describe.each(['127.0.0.1', 'localhost', '::1', '127.0.0.9', 'LOCALHOST'])('listening on %s', (listen) => {
  const mayAsk = createHostCheck(allowedHosts([], listen));
  test.each(LOOPBACK)('%s is answered', (host) => expect(mayAsk(host)).toBe(true));
  test.each(EVIL)('%s is not', (host) => expect(mayAsk(host)).toBe(false));
});

test.each(['0.0.0.0', '::', '10.0.0.1', 'openk.example'])('listening on %s every host is answered', (listen) => {
  const mayAsk = createHostCheck(allowedHosts([], listen));
  for (const host of [...EVIL, ...LOOPBACK]) expect(mayAsk(host)).toBe(true);
});

describe('with allowed hosts', () => {
  const mayAsk = createHostCheck(
    allowedHosts(['openk.example', '*.Internal.example', '10.0.0.7', 'fd00::1', 'my_host'], '127.0.0.1'),
  );
  test.each([
    'openk.example',
    'OPENK.example.:443',
    'a.internal.example',
    'a.b.internal.example:1',
    '10.0.0.7:8080',
    '[fd00::1]:8080',
    '[FD00:0::1]',
    'my_host',
  ])('%s is answered', (host) => expect(mayAsk(host)).toBe(true));
  test.each([
    'localhost',
    '127.0.0.1',
    'internal.example',
    'xopenk.example',
    'openk.example.evil',
    'evil.example',
    '',
    'a b',
  ])('%j is not', (host) => expect(mayAsk(host)).toBe(false));
  test('* is all', () => expect(createHostCheck(['a', '*'])('evil.example')).toBe(true));
});

describe('a whole OpenK on the loopback', () => {
  let openk: RunningOpenk | undefined;
  afterEach(() => openk?.close());
  const say = async (lines: string) => {
    const raw = await openRawSocket(openk!.address);
    raw.socket.end(lines.replaceAll('\n', '\r\n'));
    return (await raw.closed()).split('\r\n', 1)[0];
  };

  test('by default it answers for the loopback, in every form of a target', async () => {
    openk = await runOpenk('components: []');
    expect(await say('GET /livez HTTP/1.1\nHost: localhost\nConnection: close\n\n')).toContain('200');
    expect(await say('GET /livez HTTP/1.1\nHost: evil.example\nConnection: close\n\n')).toContain('421');
    expect(await say('GET http://evil.example/livez HTTP/1.1\nHost: localhost\nConnection: close\n\n')).toContain(
      '421',
    );
    expect(await say('GET http://localhost/livez HTTP/1.1\nHost: evil.example\nConnection: close\n\n')).toContain(
      '421',
    );
    expect(await say('GET /livez HTTP/1.0\n\n')).toContain('200');
    expect(await say('GET /livez HTTP/1.0\nHost: evil.example\n\n')).toContain('421');
  });

  test('configured, it answers for those alone', async () => {
    openk = await runOpenk('{ components: [], server: { allowed_hosts: [openk.example] } }');
    expect(await say('GET /livez HTTP/1.1\nHost: openk.example\nConnection: close\n\n')).toContain('200');
    expect(await say('GET /livez HTTP/1.1\nHost: localhost\nConnection: close\n\n')).toContain('421');
  });
});

test('a heartbeat is not reported by a page of somebody else', async () => {
  const openk = await runOpenk('components: [{ id: job, heartbeat: { period: 60s } }]');
  try {
    const report = `${openk.address}/v1/components/job:report`;
    const foreign = { 'sec-fetch-site': 'cross-site' };
    expect((await fetch(report, { method: 'POST', headers: foreign })).status).toBe(403);
    const health = async () =>
      (await (await fetch(`${openk.address}/v1/components/job/health`)).json()) as { health: { status: string } };
    expect((await health()).health.status).toBe('HEALTH_STATUS_UNKNOWN');
    expect((await fetch(report, { method: 'POST', headers: JSON_TYPE, body: '{}' })).status).toBe(200);
    expect((await health()).health.status).toBe('HEALTH_STATUS_HEALTHY');
  } finally {
    await openk.close();
  }
});
