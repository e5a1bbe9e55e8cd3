// Pings over the port: in the words of Healthchecks, of Uptime Kuma and of Gatus, over both versions of HTTP, and for whoever has no token.
import '../support/one-realm.ts';
import { connect } from 'node:http2';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { FastifyRequest } from 'fastify';
import { readPingBody } from '../../src/pages/pings/ping-body.ts';
import { type RunningOpenk, runOpenk } from '../support/running-openk.ts';

const TOKEN = 'ping-token-of-backup';
const CONFIG = `
limits: { reports_per_second: 1000, reports_per_second_per_client: 1000 }
auth: { anonymous: { allow: [READ, EXPLAIN] }, keys: [ { id: all, sha256: "${'0'.repeat(64)}", allow: [REPORT] } ] }
components:
  - { id: nightly.backup, heartbeat: { period: 1h, grace: 10m, ping_token: ${TOKEN} } }
  - { id: other, heartbeat: { period: 1h } }
`;

let openk: RunningOpenk;
beforeAll(async () => {
  openk = await runOpenk(CONFIG);
});
afterAll(() => openk.close());

interface Asked {
  readonly method?: string;
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

async function ask(path: string, { method, body, headers = {} }: Asked = {}) {
  const response = await fetch(`${openk.address}${path}`, {
    method: method ?? (body === undefined ? 'GET' : 'POST'),
    headers: { connection: 'close', ...headers },
    ...(body !== undefined && { body }),
  });
  return { status: response.status, text: await response.text(), headers: response.headers };
}

function health() {
  const { status, reason, latencyMs } = openk.engine.aggregator.health('nightly.backup')!;
  return { status, message: reason.message, evidence: reason.evidence, latencyMs };
}

describe("in Healthchecks' words", () => {
  it.each<[string, Asked, string, string]>([
    ['', {}, 'HEALTHY', 'reported HEALTHY'],
    ['', { method: 'HEAD' }, 'HEALTHY', 'reported HEALTHY'],
    ['', { body: 'copied 7 files' }, 'HEALTHY', 'copied 7 files'],
    ['', { body: '', headers: { 'content-type': 'application/json' } }, 'HEALTHY', 'reported HEALTHY'],
    ['/fail', {}, 'UNHEALTHY', 'reported UNHEALTHY'],
    ['/fail', { body: 'line 1\nline 2' }, 'UNHEALTHY', 'line 1\nline 2'],
    ['/0', {}, 'HEALTHY', 'reported HEALTHY'],
    ['/1', {}, 'UNHEALTHY', 'exit code 1'],
    ['/007', {}, 'UNHEALTHY', 'exit code 7'],
    [
      '/255',
      { body: 'no space left', headers: { 'content-type': 'text/plain' } },
      'UNHEALTHY',
      'exit code 255: no space left',
    ],
  ])('%s %j is %s', async (path, asked, status, message) => {
    const answer = await ask(`/ping/${TOKEN}${path}`, asked);

    expect([answer.status, answer.text]).toEqual([200, asked.method === 'HEAD' ? '' : 'OK\n']);
    expect(answer.headers.get('ping-body-limit')).toBe('10000');
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect(health()).toMatchObject({ status, message });
  });

  it('keeps the beginning of a long body, and reads the rest of it', async () => {
    const { status } = await ask(`/ping/${TOKEN}/fail`, { body: 'x'.repeat(300_000) });

    expect(status).toBe(200);
    expect(health().message).toBe(`${'x'.repeat(4_095)}…`);
  });

  it('a log says nothing of how it is', async () => {
    await ask(`/ping/${TOKEN}/fail`, { body: 'broken' });
    expect((await ask(`/ping/${TOKEN}/log`, { body: 'working on it' })).status).toBe(200);
    expect(health().message).toBe('broken');
  });

  it('a run says how long it took', async () => {
    await ask(`/ping/${TOKEN}`);
    expect((await ask(`/ping/${TOKEN}/start?rid=7`)).status).toBe(200);
    await ask(`/ping/${TOKEN}/0?rid=7`);

    expect(health()).toMatchObject({ status: 'HEALTHY', evidence: 'run 7' });
    expect(health().latencyMs).toBeGreaterThanOrEqual(0);
  });

  it.each([
    ['/ping/nobody-knows-this-token', 404, 'not found\n'],
    ['/ping/nobody-knows-this-token/1', 404, 'not found\n'],
    [`/ping/${TOKEN}/finish`, 404, 'not found\n'],
    [`/ping/${TOKEN}/256`, 400, 'an exit code is 0 to 255\n'],
    ['/ping/nobody-knows-this-token/256', 404, 'not found\n'],
  ])('%s is %d', async (path, status, text) => {
    expect(await ask(path)).toMatchObject({ status, text });
  });

  it('takes no other method', async () => {
    expect((await ask(`/ping/${TOKEN}`, { method: 'PUT' })).status).toBe(405);
  });

  it('over HTTP/2, with a body', async () => {
    const session = connect(openk.address);
    const stream = session.request({ ':method': 'POST', ':path': `/ping/${TOKEN}/2` });
    stream.end('by HTTP/2');
    const status = await new Promise((resolve) => stream.once('response', (headers) => resolve(headers[':status'])));
    stream.close();
    session.close();

    expect(status).toBe(200);
    expect(health().message).toBe('exit code 2: by HTTP/2');
  });

  it('the token is in no line of the log, and the audit has its component', () => {
    expect(JSON.stringify(openk.log)).not.toContain(TOKEN);
    expect(openk.log).toContainEqual(expect.objectContaining({ principal: 'ping:nightly.backup', msg: 'reported' }));
  });
});

describe("in Uptime Kuma's words", () => {
  it.each([
    ['', 'HEALTHY', 'reported HEALTHY', undefined],
    ['?status=up&msg=OK&ping=', 'HEALTHY', 'OK', undefined],
    ['?status=up&msg=OK&ping=12.5', 'HEALTHY', 'OK', 12.5],
    ['?status=up&ping=0', 'HEALTHY', 'reported HEALTHY', undefined],
    ['?status=down&msg=full', 'UNHEALTHY', 'full', undefined],
    ['?status=UP', 'UNHEALTHY', 'reported UNHEALTHY', undefined],
  ])('%s is %s', async (query, status, message, latencyMs) => {
    const answer = await ask(`/api/push/${TOKEN}${query}`);

    expect(answer).toMatchObject({ status: 200, text: '{"ok":true}' });
    expect(health()).toMatchObject({ status, message });
    if (latencyMs !== undefined) expect(health().latencyMs).toBe(latencyMs);
  });

  it('refuses what is no time, and who has no token', async () => {
    expect(await ask(`/api/push/${TOKEN}?ping=1e12`)).toMatchObject({ status: 400 });
    expect(JSON.parse((await ask('/api/push/nobody-knows-this-token')).text)).toEqual({
      ok: false,
      msg: 'Monitor not found or not active.',
    });
  });
});

describe("in Gatus' words", () => {
  const headers = { authorization: `Bearer ${TOKEN}` };
  const push = (path: string, asked: Asked = {}) =>
    ask(`/api/v1/endpoints/${path}`, { method: 'POST', headers, ...asked });

  it.each([
    ['nightly.backup/external?success=true', 'HEALTHY', 'reported HEALTHY'],
    ['nightly-backup/external?success=true&duration=10s', 'HEALTHY', 'reported HEALTHY'],
    ['Nightly_Backup/external?success=false&error=boom', 'UNHEALTHY', 'boom'],
  ])('%s is %s', async (path, status, message) => {
    expect((await push(path)).status).toBe(200);
    expect(health()).toMatchObject({ status, message });
  });

  it.each([
    ['nightly.backup/external', {}, 400],
    ['nightly.backup/external?success=yes', {}, 400],
    ['nightly.backup/external?success=true&duration=soon', {}, 400],
    // It is there, and not for this token.
    ['other/external?success=true', {}, 404],
    ['nightly.backup/external?success=true', { headers: {} }, 401],
    ['nightly.backup/external?success=true', { headers: { authorization: 'Bearer wrong' } }, 401],
    ['nightly.backup/external?success=true', { method: 'GET' }, 405],
  ])('%s %j is %d', async (path, asked, status) => {
    expect((await push(path, asked)).status).toBe(status);
  });
});

it('keeps 10,000 bytes of a body at the most, and reads it to its end', async () => {
  const raw = Readable.from([Buffer.alloc(9_999, 'a'), Buffer.from('bcd'), Buffer.alloc(5_000, 'e')]);
  const request = { method: 'POST', raw } as unknown as FastifyRequest;

  expect(await readPingBody(request)).toBe(`${'a'.repeat(9_999)}b`);
  expect(raw.readableEnded).toBe(true);
});

it('a token that the configuration no longer has is unknown', async () => {
  await openk.reloadWith(CONFIG.replace(TOKEN, 'another-token-of-backup'));
  expect((await ask(`/ping/${TOKEN}`)).status).toBe(404);
  expect((await ask('/ping/another-token-of-backup')).status).toBe(200);
});

it('pings beyond the limit are told to wait', async () => {
  await openk.reloadWith(CONFIG);
  const limited = await runOpenk(CONFIG.replace('reports_per_second: 1000', 'reports_per_second: 1'));
  try {
    const statuses = [];
    for (let at = 0; at < 30; at++) {
      const response = await fetch(`${limited.address}/ping/${TOKEN}`, { headers: { connection: 'close' } });
      statuses.push([response.status, response.headers.get('retry-after') !== null]);
    }
    expect(statuses).toContainEqual([429, true]);
  } finally {
    await limited.close();
  }
});
