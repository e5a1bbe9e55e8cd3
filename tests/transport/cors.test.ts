// What a page of another origin may do, whatever answers it: the pipeline, Connect's router, or Fastify.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ECHO } from '../support/wire-service.ts';
import { startServer, type TestServer } from './harness.ts';

const ORIGIN = 'https://status.example.com';
const CHECK = '/openk.health.v1.HealthService/GetHealth';
const QUERY = `?connect=v1&encoding=json&message=${encodeURIComponent(JSON.stringify({ component: ECHO }))}`;

let test: TestServer;
beforeAll(async () => {
  test = await startServer('cleartext', {
    corsOrigins: [ORIGIN],
    cors: { allowedHeaders: ['authorization', 'traceparent', 'last-event-id'], allowCredentials: true, maxAgeS: 600 },
  });
});
afterAll(() => test.server.close());

const ask = async (path: string, init: RequestInit = {}) => {
  const response = await fetch(test.url + path, init);
  await response.arrayBuffer();
  return response;
};
const post = (type: string) => ({ method: 'POST', headers: { origin: ORIGIN, 'content-type': type }, body: '{}' });

describe.each([
  ['Connect', CHECK, post('application/json')],
  ['Connect, a GET', CHECK + QUERY, { headers: { origin: ORIGIN } }],
  ['gRPC-Web', CHECK, post('application/grpc-web+json')],
  ['a media type that no protocol has', CHECK, post('text/csv')],
  ['REST', '/v1/health/nosuch', { headers: { origin: ORIGIN } }],
  ['REST, nothing there', '/v1/nothing', { headers: { origin: ORIGIN } }],
  ['a page', '/livez', { headers: { origin: ORIGIN } }],
])('%s', (_name, path, init) => {
  it('is answered to a page of an origin that may', async () => {
    const { headers } = await ask(path, init);
    expect(headers.get('access-control-allow-origin')).toBe(ORIGIN);
    expect(headers.get('access-control-allow-credentials')).toBe('true');
    expect(headers.get('access-control-expose-headers')).toMatch(/Grpc-Status/i);
    expect(headers.get('vary')).toMatch(/\bOrigin\b/);
  });
});

it('a cache must not hand a GET to who takes another coding', async () => {
  const { headers } = await ask(CHECK + QUERY);
  expect(headers.get('vary')).toMatch(/accept-encoding/i);
});

it('a preflight says what may be sent, and for how long', async () => {
  const { status, headers } = await ask(CHECK, {
    method: 'OPTIONS',
    headers: {
      origin: ORIGIN,
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'traceparent',
    },
  });
  expect(status).toBe(204);
  expect(headers.get('access-control-allow-headers')).toMatch(/authorization, traceparent, last-event-id/);
  expect(headers.get('access-control-allow-credentials')).toBe('true');
  expect(headers.get('access-control-max-age')).toBe('600');
});
