// The document and its page over the real port.
import '../../support/one-realm.ts';
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { openapiDocument } from '../../../gen/openapi.ts';
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
  expect(html).toContain('"url": "/openapi.json"');
  const sources = [...html.matchAll(/(?:src|href)="([^"]*)"/g)].map(([, source]) => new URL(source!, response.url));
  expect(sources.length).toBeGreaterThan(0);
  for (const source of sources) expect(source.origin).toBe(openk.address);

  const script = await fetch(sources[0]!);
  expect(script.headers.get('content-type')).toMatch(/javascript/);
  expect((await script.arrayBuffer()).byteLength).toBeGreaterThan(1_000_000);
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
