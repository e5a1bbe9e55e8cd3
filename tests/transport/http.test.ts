// What callers get who are no well-behaved RPC client: browsers of other origins, wrong paths, methods and content types,
// and a server that fails.

import { createClient } from '@connectrpc/connect';
import { createGrpcWebTransport } from '@connectrpc/connect-web';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { HealthService } from '../../gen/openk/health/v1/health_pb.ts';
import { NO_COMPONENTS } from '../support/open-admission.ts';
import { METADATA_HEADER, METADATA_TRAILER, SECRET } from '../support/wire-service.ts';
import { startServer, type TestServer } from './harness.ts';

const ORIGIN = 'https://status.example.com';
const GET_HEALTH = '/openk.health.v1.HealthService/GetHealth';
const WATCH_HEALTH = '/openk.health.v1.HealthService/WatchHealth';
const JSON_BODY = { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}' };

const preflight = (url: string, origin: string) =>
  fetch(`${url}${GET_HEALTH}`, {
    method: 'OPTIONS',
    headers: {
      origin,
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'content-type,grpc-timeout,x-grpc-web,x-user-agent',
    },
  });
const listed = (response: Response, name: string) => (response.headers.get(name) ?? '').toLowerCase().split(/, */);

describe('CORS', () => {
  let test: TestServer;
  beforeAll(async () => {
    test = await startServer('cleartext', {
      corsOrigins: [ORIGIN, 'https://other.example.com'],
      cors: { exposedMetadata: [METADATA_HEADER, METADATA_TRAILER] },
    });
  });
  afterAll(() => test.server.close());

  it('lets a gRPC-Web call of an allowed origin through: preflight and answer', async () => {
    const before = await preflight(test.url, ORIGIN);
    expect(before.status).toBe(204);
    expect(before.headers.get('access-control-allow-origin')).toBe(ORIGIN);
    expect(listed(before, 'access-control-allow-methods')).toContain('post');
    expect(listed(before, 'access-control-allow-headers')).toEqual(
      expect.arrayContaining(['content-type', 'grpc-timeout', 'x-grpc-web', 'x-user-agent']),
    );
    const seen: Response[] = [];
    const transport = createGrpcWebTransport({
      baseUrl: test.url,
      fetch: async (input, init) => {
        const response = await fetch(input, {
          ...init,
          headers: { ...Object.fromEntries(new Headers(init?.headers)), origin: ORIGIN },
        });
        seen.push(response);
        return response;
      },
    });
    const { health } = await createClient(HealthService, transport).getHealth({ component: 'echo' });
    expect(health?.component).toBe('echo');
    const [answer] = seen;
    expect(answer?.headers.get('access-control-allow-origin')).toBe(ORIGIN);
    expect(answer?.headers.get('vary')?.toLowerCase()).toContain('origin');
    expect(listed(answer!, 'access-control-expose-headers')).toEqual(
      expect.arrayContaining(['grpc-status', 'grpc-message', METADATA_HEADER, `trailer-${METADATA_TRAILER}`]),
    );
  });

  it('gives an origin that is not allowed nothing', async () => {
    const before = await preflight(test.url, 'https://evil.example.com');
    expect(before.headers.get('access-control-allow-origin')).toBeNull();
  });

  it('shows scripts of an allowed origin why a path is wrong', async () => {
    const response = await fetch(`${test.url}/nothing`, { headers: { origin: ORIGIN } });
    expect([response.status, response.headers.get('access-control-allow-origin')]).toEqual([404, ORIGIN]);
  });

  it('allows no other origin by default, and its own as ever', async () => {
    const strict = await startServer('cleartext');
    const before = await preflight(strict.url, ORIGIN);
    expect(before.status).toBe(405);
    expect(before.headers.get('access-control-allow-origin')).toBeNull();
    const same = await fetch(`${strict.url}${GET_HEALTH}`, {
      ...JSON_BODY,
      headers: { ...JSON_BODY.headers, origin: strict.url },
    });
    expect([same.status, same.headers.get('access-control-allow-origin')]).toEqual([200, null]);
    await strict.server.close();
  });
});

describe('callers who ask in a wrong way', () => {
  let test: TestServer;
  beforeAll(async () => {
    test = await startServer('cleartext');
  });
  afterAll(() => test.server.close());
  const ask = async (path: string, init?: RequestInit) => {
    const response = await fetch(`${test.url}${path}`, init);
    const text = await response.text();
    return {
      status: response.status,
      headers: response.headers,
      text,
      json: text === '' ? undefined : JSON.parse(text),
    };
  };

  it('404: in the form of google.rpc.Status for a path, in that of Connect for a method', async () => {
    const path = await ask('/some/where?secret=1');
    expect(path).toMatchObject({ status: 404, json: { code: 5, message: 'there is nothing at GET /some/where' } });
    const method = await ask('/openk.health.v1.HealthService/Nope', JSON_BODY);
    expect(method).toMatchObject({ status: 404, json: { code: 'unimplemented' } });
    const viaGet = await ask('/openk.health.v1.HealthService/Nope?encoding=json&message={}');
    expect(viaGet).toMatchObject({ status: 404, json: { code: 'unimplemented' } });
  });

  it('405 with Allow, on an RPC path and on a health path', async () => {
    const rpc = await ask(GET_HEALTH, { method: 'DELETE' });
    expect(rpc).toMatchObject({ status: 405, json: { code: 12, details: [{ reason: 'METHOD_NOT_ALLOWED' }] } });
    expect(rpc.headers.get('allow')).toBe('POST, GET');
    const livez = await ask('/livez', { method: 'POST', body: 'x' });
    expect([livez.status, livez.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
  });

  it('415 with what to send, also for the content type of a stream in place of a single message', async () => {
    const unknown = await ask(GET_HEALTH, { method: 'POST', headers: { 'content-type': 'text/csv' }, body: 'a' });
    expect(unknown).toMatchObject({ status: 415, json: { code: 3 } });
    expect(unknown.json.message).toContain('Content-Type is "text/csv": send one of application/json');
    expect(unknown.headers.get('accept-post')).toContain('application/grpc-web');
    const missing = await ask(GET_HEALTH, { method: 'POST' });
    expect(missing.json.message).toContain('is missing');
    const single = await ask(WATCH_HEALTH, JSON_BODY);
    expect(single).toMatchObject({ status: 415 });
    expect(single.json.message).toContain('application/connect+json');
  });

  it('takes what curl -d sends without a header for JSON, but not from a browser', async () => {
    const post = (path: string, headers: Record<string, string> = {}) =>
      fetch(`${test.url}${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
        body: '{}',
      });
    expect((await post(GET_HEALTH)).status).toBe(200);
    expect((await post(GET_HEALTH, { origin: test.url })).status).toBe(415);
    expect((await post(GET_HEALTH, { 'sec-fetch-site': 'same-origin' })).status).toBe(415);
    expect((await post(GET_HEALTH, { 'sec-fetch-site': 'cross-site' })).status).toBe(403);
    expect((await post(WATCH_HEALTH)).status).toBe(415);
  });

  it('answers a Connect GET of a method without side effects', async () => {
    const query = new URLSearchParams({ connect: 'v1', encoding: 'json', message: '{"component":"echo"}' });
    expect(await ask(`${GET_HEALTH}?${query}`)).toMatchObject({ status: 200, json: { health: { component: 'echo' } } });
  });

  it('400 for a path that cannot be decoded, and for JSON that is none', async () => {
    expect(await ask('/%zz')).toMatchObject({ status: 400, json: { code: 3 } });
    expect(await ask(GET_HEALTH, { ...JSON_BODY, body: '{' })).toMatchObject({
      status: 400,
      json: { code: 'invalid_argument' },
    });
  });

  it('sends pages with security headers that do not promise https', async () => {
    const { headers } = await fetch(`${test.url}/livez`);
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('content-security-policy')).toMatch(/^default-src 'none';/);
    expect(headers.get('content-security-policy')).not.toContain('upgrade-insecure-requests');
    expect(headers.get('strict-transport-security')).toBeNull();
  });
});

describe('a server that fails outside of an RPC', () => {
  it('says internal error and an id that stands in the log, and no more', async () => {
    const reader = {
      ...NO_COMPONENTS,
      health: () => {
        throw new Error(SECRET);
      },
      memberIds: () => [],
    };
    const readiness = { checks: () => [], notices: () => [] };
    const test = await startServer('cleartext', { health: { readerOf: () => reader, readiness } });
    const response = await fetch(`${test.url}/healthz/any`);
    const text = await response.text();
    expect(response.status).toBe(500);
    expect(text).not.toContain(SECRET);
    const [, id] = /internal error ([0-9a-f-]{36})/.exec(text) ?? [];
    expect(test.log.find((line) => line.id === id)).toMatchObject({
      err: { message: SECRET },
      route: '/healthz/:component',
    });
    await test.server.close();
  });
});
