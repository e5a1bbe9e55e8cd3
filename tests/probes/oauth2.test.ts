import { create, type MessageInitShape } from '@bufbuild/protobuf';
import { durationFromMs } from '@bufbuild/protobuf/wkt';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import {
  HttpProbeSchema,
  OAuth2_ClientAuthentication,
  type OAuth2Schema,
  PromqlProbeSchema,
} from '../../gen/openk/config/v1/config_pb.ts';
import type { Probe } from '../../src/core/probe.ts';
import { httpProbe } from '../../src/probes/http.ts';
import { createTokens, type Tokens } from '../../src/probes/oauth2.ts';
import { promqlProbe } from '../../src/probes/promql.ts';
import { createFakeClock, type FakeClock } from '../support/fake-clock.ts';
import { look, probeContext, probeRun } from '../support/probe-run.ts';
import { type HttpUpstream, startHttp } from '../support/upstreams/http.ts';

type OAuth = Exclude<MessageInitShape<typeof OAuth2Schema>, { $typeName: string }>;
type Options = Exclude<MessageInitShape<typeof HttpProbeSchema>, { $typeName: string }>;
type Grant = { readonly status?: number; readonly body: string | ((count: number) => string) };

let provider: HttpUpstream;
let target: HttpUpstream;
let grant: Grant;
/** What the target takes; undefined: every token. */
let accepted: string | undefined;
let clock: FakeClock;
let tokens: Tokens;
const probes: Probe[] = [];

const token = (name: string, seconds?: number) =>
  JSON.stringify({ access_token: name, token_type: 'Bearer', ...(seconds && { expires_in: seconds }) });

beforeAll(async () => {
  provider = await startHttp((_request, response) => {
    const { status = 200, body } = grant;
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(typeof body === 'string' ? body : body(provider.requests.length));
  });
  target = await startHttp((request, response) => {
    const { authorization = '' } = request.headers;
    response.statusCode = accepted === undefined || authorization === `Bearer ${accepted}` ? 200 : 401;
    response.end(`you are ${authorization}`);
  });
  clock = createFakeClock();
});
afterEach(async () => {
  await Promise.all(probes.splice(0).map((probe) => probe.close()));
});
afterAll(() => Promise.all([provider.close(), target.close()]));

function start(given: { grant: Grant; accepted?: string }) {
  ({ grant, accepted } = given);
  const context = probeContext({ clock });
  tokens = createTokens(context);
  (provider.requests as unknown[]).length = 0;
  (target.requests as unknown[]).length = 0;
}
function probeWith(oauth: OAuth = {}, options: Options = {}): Probe {
  const oauth2 = { tokenUrl: `${provider.url}token`, clientId: 'me', clientSecret: 's3cr3t:/', ...oauth };
  const context = { ...probeContext({ clock }), tokens: async () => tokens };
  const probe = httpProbe.create(create(HttpProbeSchema, { url: target.url, oauth2, ...options }), context);
  probes.push(probe);
  return probe;
}
const short = async (probe: Probe) => {
  const { outcome, reason } = await probe.run(probeRun());
  return `${outcome} ${reason.code}`;
};
const sent = () => target.requests.map(({ headers }) => headers.authorization);

it.each<[string, OAuth, string | undefined, string]>([
  ['by its header', {}, `Basic ${btoa('me:s3cr3t%3A%2F')}`, 'grant_type=client_credentials'],
  [
    'in the body',
    { clientAuthentication: OAuth2_ClientAuthentication.POST },
    undefined,
    'grant_type=client_credentials&client_id=me&client_secret=s3cr3t%3A%2F',
  ],
  [
    'with scopes and an audience',
    { scopes: ['read', 'health:read'], audience: 'https://a.example' },
    `Basic ${btoa('me:s3cr3t%3A%2F')}`,
    'grant_type=client_credentials&scope=read+health%3Aread&audience=https%3A%2F%2Fa.example',
  ],
])('names itself %s', async (_what, oauth, authorization, body) => {
  start({ grant: { body: token('abc', 60) } });
  expect(await short(probeWith(oauth))).toBe('HEALTHY OK');
  expect(provider.requests).toMatchObject([{ method: 'POST', path: '/token', body }]);
  expect(provider.requests[0]?.headers.authorization).toBe(authorization);
  expect(sent()).toEqual(['Bearer abc']);
});

it('fetches once for many, and anew shortly before the token expires', async () => {
  start({ grant: { body: (count) => token(`t${count}`, 100) } });
  const many = Array.from({ length: 20 }, () => probeWith());
  await Promise.all(many.map(short));
  expect([provider.requests.length, new Set(sent())]).toEqual([1, new Set(['Bearer t1'])]);
  await clock.advance(79_000);
  await short(many[0]!);
  expect(provider.requests).toHaveLength(1);
  await clock.advance(2_000);
  await short(many[1]!);
  expect([provider.requests.length, sent().at(-1)]).toEqual([2, 'Bearer t2']);
});

it('of another client is another one, and none is left once nobody holds it', async () => {
  start({ grant: { body: (count) => token(`t${count}`) } });
  await short(probeWith());
  await short(probeWith({ clientId: 'you' }));
  expect(sent()).toEqual(['Bearer t1', 'Bearer t2']);
  await Promise.all(probes.splice(0).map((probe) => probe.close()));
  await short(probeWith());
  expect(sent().at(-1)).toBe('Bearer t3');
});

it.each<[string, string | undefined, string, string[]]>([
  ['a new one that it takes', 't2', 'HEALTHY OK', ['Bearer t1', 'Bearer t2']],
  ['a new one that it does not take either', 'other', 'UNHEALTHY UNEXPECTED_STATUS', ['Bearer t1', 'Bearer t2']],
])('is fetched anew once where the target answers 401: %s', async (_what, takes, expected, headers) => {
  start({ grant: { body: (count) => token(`t${count}`) }, ...(takes && { accepted: takes }) });
  expect(await short(probeWith())).toBe(expected);
  expect(sent()).toEqual(headers);
});

it.each<[string, string, string]>([
  ['of Salesforce', '{"access_token":"00DR00!AQoAQN.x_y","token_type":"Bearer"}', 'Bearer 00DR00!AQoAQN.x_y'],
  ['of Laravel', '{"access_token":"1|abc","token_type":"bearer"}', 'Bearer 1|abc'],
  ['of Apigee', '{"access_token":"abc","token_type":"BearerToken"}', 'Bearer abc'],
  ['with a byte order mark', '\ufeff{"access_token":"abc"}', 'Bearer abc'],
])('is sent as it came: one %s', async (_what, body, header) => {
  start({ grant: { body } });
  expect(await short(probeWith())).toBe('HEALTHY OK');
  expect(sent()).toEqual([header]);
});

it('is not fetched anew where 401 is expected', async () => {
  start({ grant: { body: token('abc') }, accepted: 'other' });
  expect(await short(probeWith({}, { expectedStatus: ['401'] }))).toBe('HEALTHY OK');
  expect(sent()).toEqual(['Bearer abc']);
});

it.each<[string, Grant, string]>([
  [
    'refuses',
    { status: 401, body: '{"error":"invalid_client","error_description":"s3cr3t:/"}' },
    'it answered 401, invalid_client',
  ],
  ['fails', { status: 500, body: 'no' }, 'it answered 500'],
  ['redirects', { status: 302, body: '' }, 'it answered 302'],
  ['gives none', { body: '{}' }, 'it answered 200'],
  ['gives one of another kind', { body: '{"access_token":"a","token_type":"mac"}' }, 'it answered 200'],
  ['gives one that no header can have', { body: '{"access_token":"a\\r\\nX: y"}' }, 'it answered 200'],
  ['says too much', { body: `{"a":"${'x'.repeat(70_000)}"}` }, 'the body is longer than max_body, 65536 bytes'],
])('is UNKNOWN where the provider %s, and asks again only after a while', async (_what, given, evidence) => {
  start({ grant: given });
  const probe = probeWith();
  const { outcome, reason } = await probe.run(probeRun());
  const message = `${new URL(provider.url).host} gives no access token`;
  expect([outcome, reason]).toEqual(['UNKNOWN', { code: 'TOKEN_FAILED', message, evidence }]);
  await Promise.all([short(probe), short(probeWith())]);
  expect([provider.requests.length, target.requests.length]).toEqual([1, 0]);
  await clock.advance(5_001);
  grant = { body: token('abc') };
  expect(await short(probe)).toBe('HEALTHY OK');
});

it('never shows a token, though the target sends it back', async () => {
  start({ grant: { body: token('a-very-secret-token') } });
  const options = { expectedStatus: ['204'], showBody: true };
  const observation = await look(probeWith({}, options));
  expect(observation.reason.evidence).toBe('body: you are Bearer [redacted]');
});

it('sends no token to where the target redirects', async () => {
  start({ grant: { body: token('abc') } });
  const other = await startHttp((_request, response) => void response.writeHead(401).end());
  const from = await startHttp((_request, response) => void response.writeHead(302, { location: other.url }).end());
  try {
    expect(await short(probeWith({}, { url: from.url, followRedirects: 1 }))).toBe('UNHEALTHY UNEXPECTED_STATUS');
    expect(other.requests.map(({ headers }) => headers.authorization)).toEqual([undefined]);
    expect(provider.requests).toHaveLength(1);
  } finally {
    await Promise.all([other.close(), from.close()]);
  }
});

it('ends what is under way when the last who holds it closes, and waits no longer than its run', async () => {
  start({ grant: { body: token('abc') } });
  const silent = await startHttp(() => {});
  try {
    const probe = probeWith({ tokenUrl: silent.url });
    const stop = new AbortController();
    const run = probe.run(probeRun(stop.signal));
    await silent.acceptedAtLeast(1);
    stop.abort(new Error('out of time'));
    await expect(run).rejects.toThrow('out of time');
    await probe.close();
    await silent.idle();
  } finally {
    await silent.close();
  }
});

it('is refused beside other credentials, and where it is none', () => {
  const oauth2 = { tokenUrl: 'ftp://a', clientId: 'a', clientSecret: 'b', scopes: ['a b'] };
  const options = create(HttpProbeSchema, { url: 'http://a:b@c/', headers: { Authorization: 'x' }, oauth2 });
  expect(httpProbe.check(options).map(({ path }) => path.join('.'))).toEqual([
    ...['url', 'headers.Authorization', 'oauth2.token_url', 'oauth2.scopes.0'],
  ]);
});

describe('a provider that takes its time', () => {
  /** Answers when it is let: each request resolves to what answers it. */
  async function holding() {
    const asked = Promise.withResolvers<() => void>();
    const server = await startHttp((_request, response) => asked.resolve(() => response.end(token('abc', 100))));
    return { server, asked: asked.promise };
  }
  const late = (server: HttpUpstream) => `${new URL(server.url).host} gives its access token too late`;

  it.each(['http', 'promql'])('says nothing about what it is for: %s', async (kind) => {
    start({ grant: { body: '' } });
    const { server, asked } = await holding();
    const context = { ...probeContext({ clock }), tokens: async () => tokens };
    const oauth2 = { tokenUrl: server.url, clientId: 'me', clientSecret: 's' };
    const probe =
      kind === 'http'
        ? probeWith({ tokenUrl: server.url })
        : promqlProbe.create(
            create(PromqlProbeSchema, { server: target.url, query: 'up', healthy: 'value == 1.0', oauth2 }),
            context,
          );
    try {
      const run = probe.run(probeRun());
      await asked;
      await clock.advance(4_900);
      const { outcome, reason } = await run;
      expect([outcome, reason.code, reason.message]).toEqual(['UNKNOWN', 'TOKEN_FAILED', late(server)]);
      expect(target.requests).toEqual([]);
    } finally {
      await probe.close();
      await server.close();
    }
  });

  it('leaves the target what is left of the time, which says nothing about it where it is not enough', async () => {
    start({ grant: { body: '' } });
    const { server, asked } = await holding();
    const silent = await startHttp(() => {});
    try {
      const probe = probeWith({ tokenUrl: server.url }, { url: silent.url });
      const run = probe.run(probeRun());
      (await asked)();
      await silent.acceptedAtLeast(1);
      await clock.advance(4_900);
      expect((await run).reason).toEqual({ code: 'TOKEN_FAILED', message: late(server) });
      // The token is there now, so that a silent target is one.
      const stop = new AbortController();
      const next = probe.run(probeRun(stop.signal));
      await silent.acceptedAtLeast(2);
      await clock.advance(4_950);
      stop.abort(new Error('out of time'));
      await expect(next).rejects.toThrow('out of time');
    } finally {
      await Promise.all([server.close(), silent.close()]);
    }
  });

  it('makes no target slow', async () => {
    start({ grant: { body: '' } });
    const { server, asked } = await holding();
    try {
      const expected = { degradedAbove: durationFromMs(500), expect: ['latency_ms < 500'] };
      const run = probeWith({ tokenUrl: server.url }, expected).run(probeRun());
      const answer = await asked;
      await clock.advance(1_200);
      answer();
      expect(await run).toMatchObject({ outcome: 'HEALTHY', latencyMs: 0 });
    } finally {
      await server.close();
    }
  });
});
