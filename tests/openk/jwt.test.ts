// Access tokens of a real identity provider at a whole OpenK: what they allow, when streams in their name end, and reloads.
import '../support/one-realm.ts';
import { type CallOptions, Code, ConnectError, createClient, type Transport } from '@connectrpc/connect';
import { createConnectTransport, createGrpcTransport, createGrpcWebTransport } from '@connectrpc/connect-node';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { HealthService } from '../../gen/openk/health/v1/health_pb.ts';
import { AUDIENCE, type IdentityProvider, startIdentityProvider } from '../support/identity-provider.ts';
import { type RunningOpenk, runOpenk } from '../support/running-openk.ts';

let provider: IdentityProvider;
let openk: RunningOpenk;

beforeAll(async () => {
  provider = await startIdentityProvider();
});
afterAll(() => provider.close());
afterEach(() => openk.close());

const config = (skew = '60s', more = '') => `
auth:
  jwt:
    issuer: ${provider.issuer}
    audience: ${AUDIENCE}
    clock_skew: ${skew}
    roles: [ { when: "claims.groups.exists(g, g == 'sre')", allow: [READ], select: ["id=seen"] } ]
components:
  - { id: seen, heartbeat: { period: 1h } }
  - { id: other, heartbeat: { period: 1h } }
${more}`;

const get = (path: string, token?: string, headers = {}) =>
  fetch(`${openk.address}${path}`, { headers: { ...headers, ...(token && { authorization: `Bearer ${token}` }) } });

it('are let in by what the provider issues, as far as a role goes', async () => {
  openk = await runOpenk(config());
  const token = await provider.issueToken();
  const status = async (path: string, credential?: string) => (await get(path, credential)).status;
  expect(await status('/v1/components/seen/health', token)).toBe(200);
  expect(await status('/v1/components/seen/health')).toBe(401);
  expect(await status('/v1/components/seen:explain', token)).toBe(403);
  expect(await status('/v1/components/seen/health', `${token}x`)).toBe(401);
  expect(await status('/v1/components/seen/health', await provider.sign({ groups: [] }))).toBe(403);
  expect(await status('/metrics', token)).toBe(200);
  expect(JSON.stringify(openk.log)).not.toContain(token);
});

it('are unverifiable, and no more than that, while the provider is down', async () => {
  provider.setDown(true);
  openk = await runOpenk(config());
  const answer = await get('/v1/components/seen/health', await provider.sign());
  provider.setDown(false);
  expect(answer.status).toBe(503);
  expect(await answer.json()).toMatchObject({ details: [{ reason: 'CREDENTIALS_UNVERIFIABLE' }, {}] });
  expect(openk.log).toContainEqual(expect.objectContaining({ msg: expect.stringContaining('answered 503') }));
});

const TRANSPORTS: Readonly<Record<string, (baseUrl: string) => Transport>> = {
  gRPC: (baseUrl) => createGrpcTransport({ baseUrl }),
  'gRPC-Web': (baseUrl) => createGrpcWebTransport({ baseUrl, httpVersion: '1.1' }),
  Connect: (baseUrl) => createConnectTransport({ baseUrl, httpVersion: '1.1' }),
};

/** The error that the stream ends with. @param onOpen once its first message is there */
async function follow(transport: Transport, token: string, onOpen = () => {}): Promise<ConnectError> {
  const options: CallOptions = { headers: { authorization: `Bearer ${token}` } };
  try {
    for await (const _ of createClient(HealthService, transport).watchHealth({}, options)) onOpen();
  } catch (error) {
    return ConnectError.from(error);
  }
  throw new Error('it ended without an error');
}

describe('a stream ends with the token', () => {
  it.each(Object.entries(TRANSPORTS))('over %s', async (_name, transport) => {
    openk = await runOpenk(config('0s'));
    const exp = Math.floor(Date.now() / 1000) + 2;
    const error = await follow(transport(openk.address), await provider.sign({ exp }));
    expect(Date.now()).toBeGreaterThanOrEqual(exp * 1000);
    expect(error.code).toBe(Code.Unauthenticated);
    expect(error.message).toContain('no longer valid');
  });

  it('over server-sent events', async () => {
    openk = await runOpenk(config('0s'));
    const token = await provider.sign({ exp: Math.floor(Date.now() / 1000) + 2 });
    const text = await (await get('/v1/health:watch', token, { accept: 'text/event-stream' })).text();
    expect(text).toMatch(/^event: snapshot|^id: /m);
    expect(text).toMatch(/"reason":"CREDENTIALS_EXPIRED"/);
  });
});

it('goes on over a reload with the same settings, and ends with others', async () => {
  openk = await runOpenk(config());
  const opened = Promise.withResolvers<void>();
  let isOver = false;
  const ended = follow(TRANSPORTS.gRPC!(openk.address), await provider.sign(), opened.resolve).finally(() => {
    isOver = true;
  });
  await opened.promise;
  await openk.reloadWith(config('60s', '  - { id: added, heartbeat: { period: 1h } }'));
  expect(isOver).toBe(false);
  await openk.reloadWith(config().replace('[READ]', '[EXPLAIN]'));
  expect((await ended).code).toBe(Code.Unauthenticated);
});
