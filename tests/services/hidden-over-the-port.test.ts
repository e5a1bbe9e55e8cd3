// What is hidden from somebody, over the port: as if it were not there, byte for byte, whatever the protocol.
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import type { ClientHttp2Session } from 'node:http2';
import { create, type DescMethod, type JsonObject, toBinary, toJson } from '@bufbuild/protobuf';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Health } from '../../gen/grpc/health/v1/health_pb.ts';
import { HealthService } from '../../gen/openk/health/v1/health_pb.ts';
import { envelope } from '../support/envelope.ts';
import { openHttp2 } from '../support/raw-http2.ts';
import { type RunningOpenk, runOpenk } from '../support/running-openk.ts';

const key = (secret: string, rest: string) =>
  `    - { id: ${secret}, sha256: "${createHash('sha256').update(secret).digest('hex')}", ${rest} }`;

const CONFIG = `
auth:
  keys:
${key('shop', 'allow: [EXPLAIN, REPORT], select: ["team=shop", "id=front", "id=shop-*"]')}
${key('reader', 'allow: [READ]')}
${key('all', 'allow: [ADMIN]')}
components:
  - { id: web, tcp: { target: "127.0.0.1:1" }, interval: 1s, unhealthy_threshold: 1, labels: { team: shop }, depends_on: [vault] }
  - { id: till, heartbeat: { period: 1h }, labels: { team: shop } }
  - { id: vault, tcp: { target: "127.0.0.1:1" }, interval: 1s, unhealthy_threshold: 1, labels: { team: bank } }
  - { id: money, heartbeat: { period: 1h }, labels: { team: bank } }
  - id: front
    group: { members: [ { component: web }, { component: vault }, { component: money } ] }
`;
/** Each hidden one beside one of the same length that there is not. */
const PAIRS = [
  ['vault', 'vaulx'],
  ['money', 'moneq'],
] as const;

let openk: RunningOpenk;
let session: ClientHttp2Session;
const bearer = (secret: string) => ({ authorization: `Bearer ${secret}` });

beforeAll(async () => {
  openk = await runOpenk(CONFIG);
  session = await openHttp2(openk.address, undefined);
  const { aggregator } = openk.engine;
  const { promise, resolve } = Promise.withResolvers<void>();
  const look = () => aggregator.health('web')?.causedBy.length === 1 && resolve();
  const stop = aggregator.subscribe(undefined, look);
  look();
  await promise;
  stop();
});
afterAll(async () => {
  session.destroy();
  await openk.close();
});

interface Answer {
  readonly status: number;
  readonly headers: readonly string[];
  readonly body: string;
}

const BASE64 = /[A-Za-z0-9+/]{16,}={0,2}/g;
/** Without what differs from moment to moment, and with the id that the caller wrote under one name. */
function comparable({ status, headers, body }: Answer, id: string): string {
  const shown = [...headers].filter((line) => !line.startsWith('date:')).sort();
  return JSON.stringify([status, shown, body])
    .replaceAll(BASE64, (text) => `${text.length} ${Buffer.from(text, 'base64').toString('latin1')}`)
    .replaceAll(id, 'ID');
}

async function overHttp1(path: string, init: RequestInit = {}, secret = 'shop'): Promise<Answer> {
  const response = await fetch(`${openk.address}${path}`, { ...init, headers: { ...bearer(secret), ...init.headers } });
  const body = Buffer.from(await response.arrayBuffer()).toString('latin1');
  return { status: response.status, headers: [...response.headers].map((pair) => pair.join(':')), body };
}

async function overGrpc(method: DescMethod, message: Buffer): Promise<Answer> {
  const stream = session.request({
    ':method': 'POST',
    ':path': `/${method.parent.typeName}/${method.name}`,
    'content-type': 'application/grpc',
    te: 'trailers',
    ...bearer('shop'),
  });
  const trailers: string[] = [];
  stream.on('trailers', (fields: object) => trailers.push(...Object.entries(fields).map((pair) => pair.join(':'))));
  stream.end(message);
  const [fields] = (await once(stream, 'response')) as [Record<string, string>];
  let body = '';
  for await (const chunk of stream.setEncoding('latin1')) body += chunk;
  const headers = Object.entries(fields).map((pair) => pair.join(':'));
  return { status: Number(fields[':status']), headers: [...headers, ...trailers], body };
}

const at = { seconds: 1_700_000_000n, nanos: 0 };
const QUESTIONS: readonly [string, DescMethod, (id: string) => Record<string, unknown>][] = [
  ['GetHealth', HealthService.method.getHealth, (component) => ({ component })],
  ['GetHealth at a time', HealthService.method.getHealth, (component) => ({ component, at })],
  ['GetComponent', HealthService.method.getComponent, (component) => ({ component })],
  ['ListComponents', HealthService.method.listComponents, (parent) => ({ parent })],
  ['WatchHealth', HealthService.method.watchHealth, (id) => ({ components: ['web', id] })],
  ['WatchHealth of a parent', HealthService.method.watchHealth, (parent) => ({ parent })],
  ['ReportHealth', HealthService.method.reportHealth, (component) => ({ component })],
  ['ExplainHealth', HealthService.method.explainHealth, (component) => ({ component })],
  ['ListTransitions', HealthService.method.listTransitions, (component) => ({ component, includeMembers: true })],
  ['GetAvailability', HealthService.method.getAvailability, (component) => ({ component })],
  ['Check', Health.method.check, (service) => ({ service })],
];
const PATHS: readonly ((id: string) => string)[] = [
  (id) => `/healthz/${id}`,
  (id) => `/v1/components/${id}`,
  (id) => `/v1/components/${id}/health`,
  (id) => `/v1/components/${id}/health?at=2024-02-29T00:00:00Z`,
  (id) => `/v1/components/${id}:explain`,
  (id) => `/v1/components/${id}/transitions`,
  (id) => `/v1/components/${id}/availability`,
  (id) => `/v1/components?parent=${id}`,
  (id) => `/v1/health:watch?components=${id}`,
  (id) => `/v1/health:watch?parent=${id}&label=team`,
];

describe.each(PAIRS)('%s, which is hidden, and %s, which there is not', (hidden, missing) => {
  const expectSame = async (ask: (id: string) => Promise<Answer>, isFailure: (answer: Answer) => boolean) => {
    const [there, not] = [await ask(hidden), await ask(missing)];
    expect(comparable(there, hidden)).toBe(comparable(not, missing));
    expect(isFailure(there)).toBe(true);
  };

  it.each(QUESTIONS)('%s', async (_name, method, requestOf) => {
    const binaryOf = (id: string) => envelope(toBinary(method.input, create(method.input, requestOf(id))));
    const path = `/${method.parent.typeName}/${method.name}`;
    const isStream = method.methodKind === 'server_streaming';
    await expectSame(
      (id) => overGrpc(method, binaryOf(id)),
      ({ headers }) => headers.includes('grpc-status:5'),
    );
    await expectSame(
      (id) =>
        overHttp1(path, { method: 'POST', body: binaryOf(id), headers: { 'content-type': 'application/grpc-web' } }),
      ({ headers, body }) => [...headers, body].join('\n').includes('grpc-status:'),
    );
    await expectSame(
      (id) => {
        const json = JSON.stringify(toJson(method.input, create(method.input, requestOf(id))) as JsonObject);
        const body = isStream ? envelope(Buffer.from(json)) : json;
        const type = isStream ? 'application/connect+json' : 'application/json';
        return overHttp1(path, { method: 'POST', body, headers: { 'content-type': type } });
      },
      ({ body }) => body.includes('not_found'),
    );
  });

  it('pages and REST', async () => {
    for (const pathOf of PATHS)
      await expectSame(
        (id) => overHttp1(pathOf(id)),
        ({ status }) => status === 404,
      );
    const report = { method: 'POST', body: '{}', headers: { 'content-type': 'application/json' } };
    await expectSame(
      (id) => overHttp1(`/v1/components/${id}:report`, report),
      ({ status }) => status === 404,
    );
  });

  it('a Watch of grpc.health.v1', async () => {
    const { watch } = Health.method;
    const firstOf = async (service: string) => {
      const stream = session.request({
        ':method': 'POST',
        ':path': `/${watch.parent.typeName}/${watch.name}`,
        'content-type': 'application/grpc',
        te: 'trailers',
        ...bearer('shop'),
      });
      stream.end(envelope(toBinary(watch.input, create(watch.input, { service }))));
      const [chunk] = (await once(stream, 'data')) as [Buffer];
      stream.close();
      return chunk.toString('hex');
    };
    expect(await firstOf(hidden)).toBe(await firstOf(missing));
    expect(await firstOf('web')).not.toBe(await firstOf(hidden));
  });
});

const EVERYTHING = [
  '/v1/components',
  '/v1/components/front',
  '/v1/components/web',
  '/v1/components/front/health',
  '/v1/components/web/health',
  '/v1/components/front:explain',
  '/v1/components/web:explain',
  '/v1/components/front/transitions?includeMembers=true',
  '/v1/components/web/transitions',
  '/v1/components/front/availability?includeMembers=true',
  '/healthz/front',
  '/healthz/web',
  '/metrics',
];

it('what is hidden is named in no answer, nor counted', async () => {
  for (const path of EVERYTHING) {
    const { status, body } = await overHttp1(path);
    expect([path, status === 200 || path.startsWith('/healthz')]).toEqual([path, true]);
    expect([path, /vault|money|system/.exec(body)?.[0]]).toEqual([path, undefined]);
  }
  const front = JSON.parse((await overHttp1('/v1/components/front/health')).body).health;
  expect(front).toMatchObject({ reason: { code: 'MEMBERS_UNHEALTHY' }, memberCounts: { total: 1, unhealthy: 1 } });
  expect(front.reason.message ?? '').toBe('');
  expect((await overHttp1('/v1/health')).status).toBe(404);
  const all = await overHttp1('/v1/components/front/health', {}, 'all');
  expect(JSON.parse(all.body).health.memberCounts.total).toBe(3);
});

it('metrics are those of what somebody sees, with their HELP and TYPE, and nothing else', async () => {
  const { body } = await overHttp1('/metrics');
  const lines = body.trimEnd().split('\n');
  const samples = lines.filter((line) => !line.startsWith('#'));
  expect(samples.length).toBeGreaterThan(10);
  for (const line of samples) expect(line).toMatch(/^openk_(?:component|group)_\w+\{component="(?:web|till|front)"/);
  const families = new Set(samples.map((line) => /^\w+/.exec(line)?.[0]));
  expect(lines.filter((line) => line.startsWith('# TYPE')).map((line) => line.split(' ')[2])).toEqual([...families]);
  expect((await overHttp1('/metrics', {}, 'reader')).body).toMatch(/component="vault"/);
});

it('without EXPLAIN reasons have codes and no words', async () => {
  for (const path of EVERYTHING.filter((one) => !one.endsWith('explain') && !/components\/\w+$/.test(one))) {
    const { body } = await overHttp1(path, {}, 'reader');
    expect([path, /127\.0\.0\.1|refused|of 3 members/.exec(body)?.[0]]).toEqual([path, undefined]);
  }
  const { body } = await overHttp1('/v1/components/web/health', {}, 'reader');
  expect(JSON.parse(body).health).toMatchObject({
    causedBy: ['vault'],
    reason: { code: expect.stringMatching(/^\w+$/) },
  });
  expect(JSON.parse((await overHttp1('/healthz/web', {}, 'reader')).body).output).toMatch(/^[A-Z_]+$/);
  expect(JSON.parse((await overHttp1('/v1/components/web/health', {}, 'all')).body).health.reason.message).not.toBe('');
});

it('who reports what exists for it is answered with what it may see', async () => {
  const init = { method: 'POST', body: '{"message":"done"}', headers: { 'content-type': 'application/json' } };
  const { status, body } = await overHttp1('/v1/components/till:report', init);
  expect([status, JSON.parse(body).health.reason.message]).toEqual([200, 'done']);
});

it('lines of /readyz?verbose are for those who may read', async () => {
  const verbose = async (secret: string) => (await overHttp1('/readyz?verbose', {}, secret)).body;
  expect(await verbose('reader')).toContain('[+]started ok');
  expect(await verbose('wrong')).toBe('ok\n');
  const nobody = await fetch(`${openk.address}/readyz?verbose`);
  expect([nobody.status, await nobody.text()]).toEqual([200, 'ok\n']);
});
