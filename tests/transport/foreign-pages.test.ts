// What browsers send for web pages of somebody else: the rule as a table, and its place before everything else, in every
// protocol, over both versions of HTTP, with the pipeline and without.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createForeignCheck } from '../../src/transport/foreign-pages.ts';
import { askPort, type PortRequest, SAFE_REQUESTS, UNSAFE_REQUESTS } from '../support/port-requests.ts';
import { noCalls, noConnections, startServer, type TestServer, TRANSPORTS } from './harness.ts';

type Row = readonly [name: string, method: string, headers: Record<string, string>, foreign: boolean];
const OWN = { host: 'openk.example:8080' };
const RULE: readonly Row[] = [
  ['no browser', 'POST', {}, false],
  ['its own page', 'POST', { 'sec-fetch-site': 'same-origin', origin: 'http://openk.example:8080' }, false],
  ['the address bar', 'POST', { 'sec-fetch-site': 'none' }, false],
  ['another site', 'POST', { 'sec-fetch-site': 'cross-site' }, true],
  ['another host of its site', 'POST', { 'sec-fetch-site': 'same-site' }, true],
  ['a site that there is not', 'POST', { 'sec-fetch-site': 'whatever' }, true],
  ['an empty site', 'POST', { 'sec-fetch-site': '' }, true],
  ['two sites', 'POST', { 'sec-fetch-site': 'same-origin, cross-site' }, true],
  [
    'another site, which says our origin',
    'POST',
    { 'sec-fetch-site': 'cross-site', origin: 'http://openk.example:8080' },
    true,
  ],
  ['an old browser on its own page', 'POST', { origin: 'http://openk.example:8080' }, false],
  ['the same behind TLS of a proxy', 'POST', { origin: 'https://openk.example:8080' }, false],
  ['the same in capitals', 'POST', { origin: 'http://OpenK.example:8080' }, false],
  ['an old browser on another port', 'POST', { origin: 'http://openk.example' }, true],
  ['an old browser elsewhere', 'POST', { origin: 'http://evil.example' }, true],
  ['a host that only begins like ours', 'POST', { origin: 'http://openk.example:80801' }, true],
  ['a page from a file', 'POST', { origin: 'null' }, true],
  ['no origin at all', 'POST', { origin: '' }, true],
  [
    'an allowed origin of another site',
    'POST',
    { 'sec-fetch-site': 'cross-site', origin: 'https://ui.example' },
    false,
  ],
  ['an allowed origin of an old browser', 'POST', { origin: 'https://ui.example' }, false],
  [
    'an allowed origin but for its scheme',
    'POST',
    { 'sec-fetch-site': 'cross-site', origin: 'http://ui.example' },
    true,
  ],
  ...['GET', 'HEAD', 'OPTIONS'].map(
    (method): Row => [`a safe ${method}`, method, { 'sec-fetch-site': 'cross-site' }, false],
  ),
  ...['PUT', 'DELETE', 'PATCH', 'TRACE', 'get', 'QUERY'].map(
    (method): Row => [`an unsafe ${method}`, method, { 'sec-fetch-site': 'cross-site' }, true],
  ),
];

test.each(RULE)('%s', (_name, method, headers, foreign) => {
  const isForeign = createForeignCheck(['https://ui.example']);
  expect(isForeign(method, { ...OWN, ...headers })).toBe(foreign);
});

test('any origin may be allowed', () => {
  expect(createForeignCheck(['*'])('POST', { 'sec-fetch-site': 'cross-site', origin: 'http://evil.example' })).toBe(
    false,
  );
});

test('an origin on a default port is that of a host that says the port', () => {
  const isForeign = createForeignCheck([]);
  expect(isForeign('POST', { origin: 'http://openk.example', host: 'openk.example:80' })).toBe(false);
  expect(isForeign('POST', { origin: 'https://openk.example', ':authority': 'openk.example' })).toBe(false);
});

/** Where it is said to who can read it. */
function refusedAs({ protocol, method }: PortRequest, httpStatus: number, reason: string) {
  if (protocol === 'grpc' || protocol === 'grpc-web') return { httpStatus: 200, reason };
  return method === 'HEAD' ? { httpStatus } : { httpStatus, reason };
}

describe.each(TRANSPORTS)('over %s', (transport) => {
  describe.each([{ pipeline: true }, { pipeline: false }])('with %p', ({ pipeline }) => {
    let running: TestServer;
    beforeAll(async () => {
      running = await startServer(transport, {
        pipeline,
        corsOrigins: ['https://ui.example'],
        allowedHosts: ['localhost', '127.0.0.1', '*.trusted.example'],
      });
    });
    afterAll(async () => {
      await noCalls(running);
      await running.server.close();
    });

    test.each(UNSAFE_REQUESTS)('$name: a foreign page is refused', async (request) => {
      for (const headers of [{ 'sec-fetch-site': 'cross-site' }, { origin: 'http://evil.example' }]) {
        const asked = await askPort(running, request, headers);
        expect(asked).toMatchObject(refusedAs(request, 403, 'FOREIGN_PAGE'));
        expect(asked.words).toContain('cors.allowed_origins');
      }
      await noConnections(running);
    });

    test.each(UNSAFE_REQUESTS)('$name: nobody else is', async (request) => {
      for (const headers of [
        {},
        { 'sec-fetch-site': 'same-origin' },
        { 'sec-fetch-site': 'cross-site', origin: 'https://ui.example' },
      ]) {
        expect(await askPort(running, request, headers)).not.toMatchObject({ reason: 'FOREIGN_PAGE' });
      }
      await noConnections(running);
    });

    test.each([...UNSAFE_REQUESTS, ...SAFE_REQUESTS])('$name: a host that is not ours is refused', async (request) => {
      for (const host of ['evil.example', 'evil.example:8080', 'localhost.evil.example', 'trusted.example']) {
        const asked = await askPort(running, request, {}, host);
        expect(asked).toMatchObject(refusedAs(request, 421, 'HOST_NOT_ALLOWED'));
        if (request.method !== 'HEAD') expect(asked.words).toContain('server.allowed_hosts');
      }
      await noConnections(running);
    });

    test.each([...UNSAFE_REQUESTS, ...SAFE_REQUESTS])('$name: one that is ours is not', async (request) => {
      for (const host of ['localhost', 'LOCALHOST.:9', 'a.trusted.example', '127.0.0.1:1']) {
        expect(await askPort(running, request, {}, host)).not.toMatchObject({ reason: 'HOST_NOT_ALLOWED' });
      }
      await noConnections(running);
    });
  });
});
