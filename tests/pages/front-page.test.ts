// `/`: a page of links for people, and the answer that simple health checkers look for.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openRawSocket } from '../support/raw-socket.ts';
import { startServer, type TestServer } from '../transport/harness.ts';

describe.each([{ corsOrigins: [] }, { corsOrigins: ['https://a.example'] }])(
  'with CORS for $corsOrigins',
  (options) => {
    let test: TestServer;
    beforeAll(async () => {
      test = await startServer('cleartext', {
        ...options,
        loadDocument: async () => ({}),
        async *metricsText() {
          yield 'up 1\n';
        },
      });
    });
    afterAll(() => test.server.close());

    it('links to what there is, with nothing that runs', async () => {
      const page = await fetch(test.url);
      expect(page.status).toBe(200);
      expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
      expect(page.headers.get('content-security-policy')).toMatch(/^default-src 'none'/);
      const html = await page.text();
      expect(html).not.toMatch(/<script|<style|\son\w+=|https?:/i);
      const links = [...html.matchAll(/href="([^"]+)"/g)].map(([, href = '']) => href);
      expect(links).toEqual(expect.arrayContaining(['docs/', 'readyz?verbose', 'metrics', 'openapi.yaml']));
      for (const href of links.filter((each) => !each.startsWith('v1/'))) {
        expect([href, (await fetch(new URL(href, `${test.url}/`))).status]).toEqual([href, 200]);
      }
    });

    it('answers HEAD as GET, without a body', async () => {
      const head = await fetch(test.url, { method: 'HEAD' });
      expect([head.status, head.headers.get('content-type'), await head.text()]).toEqual([
        200,
        'text/html; charset=utf-8',
        '',
      ]);
    });

    it.each([
      ['OPTIONS / HTTP/1.0\r\n\r\n', /^HTTP\/1\.[01] 204 /],
      [
        'OPTIONS / HTTP/1.1\r\nhost: a.b\r\nconnection: close\r\n\r\n',
        /^HTTP\/1\.1 204 [\s\S]*allow: GET, HEAD, OPTIONS/i,
      ],
      ['GET / HTTP/1.0\r\n\r\n', /^HTTP\/1\.[01] 200 /],
      ['HEAD / HTTP/1.0\r\n\r\n', /^HTTP\/1\.[01] 200 /],
    ])('says UP to %j', async (request, answer) => {
      const socket = await openRawSocket(test.url);
      socket.write(request);
      expect(await socket.closed()).toMatch(answer);
    });

    it('takes no other method', async () => {
      const posted = await fetch(test.url, { method: 'POST', body: 'x' });
      expect([posted.status, posted.headers.get('allow')]).toEqual([405, 'GET, HEAD, OPTIONS']);
      expect(await posted.json()).toMatchObject({ details: [{ reason: 'METHOD_NOT_ALLOWED' }] });
    });
  },
);

it('says that requests are not welcome while it drains', async () => {
  const test = await startServer('cleartext');
  test.draining.abort();
  const asked = await fetch(test.url, { method: 'OPTIONS' });
  expect(asked.status).toBe(503);
  expect(await asked.json()).toMatchObject({ details: [{ reason: 'SHUTTING_DOWN' }, {}] });
  await test.server.close();
});

it('with CORS, an OPTIONS that is no preflight is told so', async () => {
  const test = await startServer('cleartext', { corsOrigins: ['https://a.example'] });
  const asked = await fetch(`${test.url}/livez`, { method: 'OPTIONS' });
  expect(asked.status).toBe(400);
  expect(await asked.json()).toMatchObject({ details: [{ reason: 'BAD_REQUEST' }] });
  await test.server.close();
});
