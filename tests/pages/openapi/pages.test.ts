// The document and its page over the real port.
import '../../support/one-realm.ts';
import { createHash } from 'node:crypto';
import { get } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { openapiDocument } from '../../../src/pages/openapi/openapi-document.ts';
import { type RunningOpenk, runOpenk } from '../../support/running-openk.ts';

let openk: RunningOpenk;
beforeAll(async () => {
  openk = await runOpenk('components: []');
});
afterAll(() => openk.close());

it.each([
  { path: '/openapi.json', contentType: 'application/json', read: (text: string) => JSON.parse(text) },
  { path: '/openapi.yaml', contentType: 'application/yaml', read: (text: string) => parse(text) },
])('$path is the document', async ({ path, contentType, read }) => {
  const response = await fetch(`${openk.address}${path}`);
  expect(response.headers.get('content-type')).toBe(contentType);
  expect(read(await response.text())).toEqual(openapiDocument);
});

it('/openapi.json takes no POST', async () => {
  const response = await fetch(`${openk.address}/openapi.json`, { method: 'POST' });
  expect(response.status).toBe(405);
  expect(response.headers.get('allow')).toBe('GET, HEAD');
  await response.body?.cancel();
});

it('/docs is a page whose scripts all come from here', async () => {
  const response = await fetch(`${openk.address}/docs`);
  const html = await response.text();
  expect(response.headers.get('content-type')).toMatch(/^text\/html/);
  expect(html).toContain('"url": "../openapi.json"');
  const sources = [...html.matchAll(/(?:src|href)="(?!data:)([^"]*)"/g)].map(
    ([, source]) => new URL(source!, response.url),
  );
  expect(sources.length).toBeGreaterThan(0);
  for (const source of sources) expect(source.origin).toBe(openk.address);

  const script = await fetch(sources[0]!);
  expect(script.headers.get('content-type')).toMatch(/javascript/);
  expect((await script.arrayBuffer()).byteLength).toBeGreaterThan(1_000_000);
});

describe('the script of /docs', () => {
  const ask = (headers: Record<string, string>) => fetch(`${openk.address}/docs/js/scalar.js`, { headers });

  it.each([
    { accepted: 'gzip, deflate, br', encoding: 'br' },
    { accepted: 'br;q=0, gzip', encoding: 'gzip' },
    { accepted: 'gzip; q=0.000', encoding: null },
    { accepted: 'identity', encoding: null },
  ])('comes as $encoding to whoever accepts "$accepted"', async ({ accepted, encoding }) => {
    const response = await ask({ 'accept-encoding': accepted });
    expect(response.headers.get('content-encoding')).toBe(encoding);
    expect(response.headers.get('vary')).toBe('accept-encoding');
    // Unpacked by fetch.
    expect(await response.text()).toContain('createApiReference');
  });

  it('is a quarter of its size when it is compressed', async () => {
    const sizeOf = (encoding: string) =>
      new Promise<number>((resolve, reject) => {
        const headers = { 'accept-encoding': encoding };
        get(`${openk.address}/docs/js/scalar.js`, { headers, agent: false }, async (response) => {
          let bytes = 0;
          for await (const chunk of response) bytes += chunk.length;
          resolve(bytes);
        }).on('error', reject);
      });
    expect(await sizeOf('br')).toBeLessThan((await sizeOf('identity')) / 3);
  });

  it('is not sent again to whoever has it', async () => {
    const first = await ask({ 'accept-encoding': 'gzip' });
    expect(first.headers.get('cache-control')).toBe('no-cache');
    await first.body?.cancel();
    const again = await ask({ 'if-none-match': first.headers.get('etag')! });
    expect(again.status).toBe(304);
    expect(await again.text()).toBe('');
    const other = await ask({ 'if-none-match': 'W/"another"' });
    expect(other.status).toBe(200);
    await other.body?.cancel();
  });
});

it.each(['/docs', '/docs/', '/docs/js/scalar.js'])('%s takes no POST', async (path) => {
  const response = await fetch(openk.address + path, { method: 'POST' });
  expect(response.status).toBe(405);
  await response.body?.cancel();
});

it('/docs comes with a policy that lets it run its own scripts and talk to nobody else', async () => {
  const response = await fetch(`${openk.address}/docs/`);
  const html = await response.text();
  const policy = new Map(
    response.headers
      .get('content-security-policy')!
      .split(';')
      .map((directive): [string, string] => [directive.split(' ')[0]!, directive.replace(/^\S+ /, '')]),
  );
  const [, inline] = /<script type="text\/javascript">([\s\S]*?)<\/script>/.exec(html)!;
  const hash = createHash('sha256').update(inline!).digest('base64');
  expect(policy.get('script-src')).toBe(`'self' 'sha256-${hash}'`);
  expect(policy.get('connect-src')).toBe("'self'");
  expect(policy.get('default-src')).toBe("'none'");
  expect([...policy.values()].join(' ')).not.toMatch(/https?:|\*/);
});
