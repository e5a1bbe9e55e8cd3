// `/` where the dashboard was built: the page with its first screen, and what it loads.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { request } from 'undici';
import { findBuiltPage } from '../../src/pages/dashboard/built-page.ts';
import { createFirstScreens } from '../../src/pages/dashboard/first-screen.ts';
import { connectHealthClient, type RunningOpenk, runOpenk } from '../support/running-openk.ts';

const JOB = 'heartbeat: { period: 1h, grace: 10m }';
let openk: RunningOpenk;

beforeAll(async () => {
  openk = await runOpenk(`
    components:
      - { id: one, ${JOB}, labels: { team: red } }
      - { id: two, ${JOB} }
    auth: { keys: [ { id: red, sha256: "${'0'.repeat(64)}", allow: [READ], select: [ "team=red" ] } ], anonymous: { allow: [ADMIN] } }
  `);
});
afterAll(() => openk.close());

const get = (path: string, headers: Record<string, string> = {}) => request(openk.address + path, { headers });

describe('the page', () => {
  it('runs nothing that is in it, and loads from this port alone', async () => {
    const { statusCode, headers, body } = await get('/');
    expect([statusCode, headers['content-type'], headers['cache-control']]).toEqual([
      200,
      'text/html; charset=utf-8',
      'no-cache',
    ]);
    expect(headers['content-security-policy']).toBe(
      "default-src 'none';script-src 'self';style-src 'self';connect-src 'self';worker-src 'self';img-src 'self' data:;" +
        "frame-ancestors 'none';base-uri 'none';form-action 'none'",
    );
    const html = await body.text();
    expect(html).not.toMatch(/<style|\son\w+=|https?:|javascript:/i);
    const scripts = [...html.matchAll(/<script([^>]*)>/g)].map(([, attributes]) => attributes);
    for (const attributes of scripts) expect(attributes).toMatch(/type="application\/json"|src="\.\/assets\//);
    expect(html).toMatch(/<noscript>[\s\S]*href="v1\/health"[\s\S]*href="docs\/"[\s\S]*<\/noscript>/);
  });

  it('has how many have which status, and is the same until something changes', async () => {
    const before = await get('/');
    const etag = String(before.headers.etag);
    expect(firstScreenOf(await before.body.text())).toMatchObject({
      root: { id: 'system', status: 'UNKNOWN' },
      counts: { UNKNOWN: 3, HEALTHY: 0 },
    });
    const same = await get('/', { 'if-none-match': etag });
    expect([same.statusCode, await same.body.text()]).toEqual([304, '']);

    const client = connectHealthClient(openk.address);
    const { health } = await client.reportHealth({ component: 'one' });
    client.close();
    const after = await get('/', { 'if-none-match': etag });
    expect(after.statusCode).toBe(200);
    const shown = firstScreenOf(await after.body.text());
    expect(shown).toMatchObject({ counts: { UNKNOWN: 2, HEALTHY: 1 } });
    expect(BigInt(shown.revision)).toBeGreaterThanOrEqual(health!.revision);
  });

  it('shows in words and numbers how everything is, before its program is there', async () => {
    const html = await (await get('/')).body.text();
    const shown = /<div id="page">(.*?)<\/header><\/div><\/div>/.exec(html)![1]!.replace(/<[^>]*>/g, ' ');
    const { root, counts } = firstScreenOf(html);
    const words = Object.entries(counts).map(
      ([status, count]) => `${count} ${status[0]}${status.slice(1).toLowerCase()}`,
    );
    expect(shown.split(/\s+/).filter(Boolean).join(' ')).toBe(
      `${root.status[0]}${root.status.slice(1).toLowerCase()} ${words.join(' ')} connecting`,
    );
  });

  it('cannot be ended by what is in its first screen', () => {
    const reader = {
      rootId: '</script><script>',
      revision: 1,
      ids: () => [],
      health: (component: string) => ({ component, status: 'HEALTHY', sinceMs: 1 }) as never,
    };
    const { html } = createFirstScreens('<body></body>')(reader);
    expect(html.match(/<\/script>/g)).toHaveLength(1);
    expect(firstScreenOf(html).root.id).toBe('</script><script>');
  });
});

describe('what it loads', () => {
  let path: string;
  beforeAll(async () => {
    const html = await (await get('/')).body.text();
    path = /src="\.(\/assets\/[^"]+\.js)"/.exec(html)![1]!;
  });

  it.each([
    ['br', brotliDecompressSync],
    ['gzip', gunzipSync],
  ] as const)('comes as it was compressed when it was built: %s', async (encoding, decompress) => {
    const plain = Buffer.from(await (await get(path)).body.arrayBuffer());
    const { headers, body } = await get(path, { 'accept-encoding': encoding });
    expect([headers['content-encoding'], headers.vary]).toEqual([encoding, 'accept-encoding']);
    const bytes = Buffer.from(await body.arrayBuffer());
    expect(bytes.length).toBeLessThan(plain.length);
    expect(decompress(bytes)).toEqual(plain);
  });

  it('is kept for good, and may do what the page may do', async () => {
    const { headers, body } = await get(path);
    await body.dump();
    expect(headers['cache-control']).toBe('public, max-age=31536000, immutable');
    expect(headers['content-type']).toBe('text/javascript; charset=utf-8');
    expect(headers['content-security-policy']).toMatch(/^default-src 'none';script-src 'self'/);
  });

  it.each(['/assets/', '/assets/none.js', '/assets/..%2findex.html', '/assets/%2e%2e%2findex.html'])(
    'is nothing else: %s',
    async (other) => {
      const { statusCode, headers, body } = await get(other);
      expect([statusCode, (await body.json()) as unknown]).toMatchObject([404, { details: [{}] }]);
      expect(headers['cache-control']).not.toMatch(/immutable/);
    },
  );

  it('is nothing but what browsers load', () => {
    const folder = mkdtempSync(join(tmpdir(), 'openk-page-'));
    expect(findBuiltPage(folder)).toBeUndefined();
    mkdirSync(join(folder, 'assets'));
    for (const name of ['index.html', 'assets/a.js', 'assets/a.js.br', 'assets/notes.txt'])
      writeFileSync(join(folder, name), name);
    const page = findBuiltPage(folder);
    const names = ['a.js', 'a.js.br', 'notes.txt', '../index.html'];
    expect(names.filter((name) => page?.asset(name) !== undefined)).toEqual(['a.js']);
    rmSync(folder, { recursive: true });
  });
});

function firstScreenOf(html: string) {
  return JSON.parse(/<script type="application\/json" id="first-screen">([^<]*)<\/script>/.exec(html)![1]!);
}
