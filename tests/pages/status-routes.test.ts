// Status pages over the port, in every form, and what goes with them: caching, access, and policies for browsers.
import '../support/one-realm.ts';
import { hash } from 'node:crypto';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { STATUSPAGE_FILES } from '../../src/status/render/statuspage-json.ts';
import { type RunningOpenk, runOpenk } from '../support/running-openk.ts';

const key = (id: string, rest: string) => `{ id: ${id}, sha256: "${hash('sha256', `${id}-secret`)}", ${rest} }`;
const CONFIG = `
auth:
  keys:
    - ${key('reader', 'allow: [STATUS_PAGES]')}
    - ${key('team', 'allow: [STATUS_PAGES], select: ["team=shop"]')}
    - ${key('reporter', 'allow: [REPORT]')}
components:
  - { id: db-primary, display_name: "Orders & <more>", labels: { team: shop }, heartbeat: { period: 1h } }
  - { id: cdn-edge, labels: { team: web }, heartbeat: { period: 1h } }
  - { id: not-shown, heartbeat: { period: 1h } }
status_pages:
  - id: public
    title: Acme "status"
    access: PUBLIC
    groups: [ { title: Shop, components: [ db-primary ] }, { title: Web, components: [ "team=web" ] } ]
    names: { cdn-edge: Pictures }
    embed_origins: [ "https://www.example.com", "https://*.example.org" ]
  - { id: unlisted, title: Unlisted, access: UNLISTED, groups: [ { title: Shop, components: [ db-primary ] } ] }
  - { id: inner, title: Inner, groups: [ { title: Shop, components: [ db-primary ] } ] }
  - { id: both, title: Both, access: PRIVATE, groups: [ { title: All, components: [ db-primary, cdn-edge ] } ], names: { cdn-edge: Pictures } }
`;
const bearer = (id: string) => ({ authorization: `Bearer ${id}-secret` });

let openk: RunningOpenk;
beforeAll(async () => {
  openk = await runOpenk(CONFIG);
});
afterAll(() => openk.close());

const ask = (path: string, init?: RequestInit) => fetch(`${openk.address}${path}`, { redirect: 'manual', ...init });
const text = async (path: string, init?: RequestInit) => (await ask(path, init)).text();
const report = async (component: string, status: string) => {
  const answer = await ask(`/v1/components/${component}:report`, {
    method: 'POST',
    headers: { ...bearer('reporter'), 'content-type': 'application/json' },
    body: JSON.stringify({ status }),
  });
  expect([answer.status, await answer.text()]).toEqual([200, expect.any(String)]);
};

describe('the page', () => {
  it('shows names and words, and nothing that runs', async () => {
    const page = await ask('/status/public');
    expect(page.status).toBe(200);
    expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(page.headers.get('cache-control')).toBe(
      'public, max-age=5, stale-while-revalidate=30, stale-if-error=86400',
    );
    const html = await page.text();
    expect(html).toContain('<h1>Acme &quot;status&quot;</h1>');
    expect(html).toContain('<h3>Orders &amp; &lt;more&gt;</h3>');
    expect(html).toContain('Not known');
    expect(html).toContain('The status is not known');
    // But for the one that makes it live, which is a file of its own.
    const others = html.replace(/<script type="module" src="\.\.\/assets\/status-page-[\w-]+\.js"><\/script>/, '');
    expect(others).not.toMatch(/<script|\son\w+=|javascript:/i);
    for (const hidden of ['db-primary', 'cdn-edge', 'not-shown']) expect(html).not.toContain(hidden);
    expect(html.match(/<h1/g)).toHaveLength(1);
  });

  it('has the policy that its one style needs, and no frame', async () => {
    const page = await ask('/status/public');
    const [, style = ''] = /<style>([\s\S]*)<\/style>/.exec(await page.text())!;
    const policy = page.headers.get('content-security-policy');
    expect(policy).toContain(`style-src 'sha256-${hash('sha256', style, 'base64')}'`);
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("frame-ancestors 'none'");
  });

  it('links to what there is', async () => {
    const html = await text('/status/public');
    const links = [...html.matchAll(/href="([^"#]+)"/g)]
      .map(([, href = '']) => href)
      .filter((href) => href !== 'data:,');
    expect(links).toEqual(['public/feed.atom', 'public/feed.atom', 'public/api/v2/summary.json']);
    for (const href of links) expect((await fetch(new URL(href, `${openk.address}/status/public`))).status).toBe(200);
  });

  it('changes with its components, and stays the same bytes until then', async () => {
    await report('db-primary', 'HEALTHY');
    await report('cdn-edge', 'HEALTHY');
    const first = await until('/status/public', 'All systems are operational');
    const again = await ask('/status/public');
    expect(again.headers.get('etag')).toBe(first.headers.get('etag'));
    await report('not-shown', 'UNHEALTHY');
    expect((await ask('/status/public')).headers.get('etag')).toBe(first.headers.get('etag'));
    await report('db-primary', 'UNHEALTHY');
    const changed = await until('/status/public', 'Some systems are down');
    expect(changed.headers.get('etag')).not.toBe(first.headers.get('etag'));
  });

  it('answers 304, HEAD and gzip', async () => {
    const page = await ask('/status/public', { headers: { 'accept-encoding': 'identity' } });
    const etag = page.headers.get('etag')!;
    const html = await page.text();
    for (const known of [etag, `"other", ${etag}`]) {
      const unchanged = await ask('/status/public', { headers: { 'if-none-match': known } });
      expect([unchanged.status, unchanged.headers.get('etag'), await unchanged.text()]).toEqual([304, etag, '']);
    }
    const head = await ask('/status/public', { method: 'HEAD' });
    expect([head.status, head.headers.get('etag'), await head.text()]).toEqual([200, etag, '']);
    const zipped = await ask('/status/public', { headers: { 'accept-encoding': 'gzip' } });
    expect(zipped.headers.get('vary')).toBe('accept-encoding');
    // fetch has unzipped it.
    expect([zipped.headers.get('content-encoding'), await zipped.text()]).toEqual(['gzip', html]);
    expect(gunzipSync(Buffer.from(await rawGzip('/status/public'))).toString()).toBe(html);
    expect((await ask('/status/public', { method: 'POST' })).status).toBe(405);
  });
});

describe('who may see it', () => {
  it.each([
    ['public', {}, 200, null],
    ['public', { authorization: 'Bearer wrong' }, 200, null],
    ['unlisted', {}, 200, 'noindex'],
    ['inner', bearer('reader'), 200, 'noindex'],
    ['inner', bearer('team'), 200, 'noindex'],
    ['both', bearer('reader'), 200, 'noindex'],
  ])('%s for %j: %s', async (page, headers, status, robots) => {
    const answer = await ask(`/status/${page}`, { headers });
    expect([answer.status, answer.headers.get('x-robots-tag')]).toEqual([status, robots]);
    if (page === 'inner' || page === 'both') expect(answer.headers.get('cache-control')).toBe('private, no-store');
  });

  it.each([
    ['/status/PAGE', {}],
    ['/status/PAGE', bearer('reporter')],
    ['/status/PAGE', bearer('team')],
    ['/embed/PAGE', {}],
    ['/status/PAGE/feed.atom', bearer('reporter')],
    ['/status/PAGE/badge/db-primary.svg', {}],
    ...STATUSPAGE_FILES.map((file) => [`/status/PAGE/api/v2/${file}.json`, {}] as const),
    ['/v1/status-pages/PAGE', {}],
    ['/v1/status-pages/PAGE', bearer('team')],
    ['/v1/status-pages/PAGE:watch', bearer('reporter')],
  ])('%s for %j: as if there were none', async (path, headers) => {
    const [hidden, missing] = await Promise.all(
      ['both', 'none'].map(async (id) => {
        const answer = await ask(path.replace('PAGE', id), { headers });
        const names = [...answer.headers].filter(([name]) => name !== 'date' && name !== 'content-length');
        return [answer.status, names, (await answer.text()).replaceAll(id, 'PAGE')];
      }),
    );
    expect(hidden).toEqual(missing);
    expect(hidden![0]).toBe(path.includes('badge') ? 200 : 404);
  });
});

describe('for people', () => {
  const person = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' };

  it('is a page that says so, where there is none or it is hidden', async () => {
    const [missing, hidden] = await Promise.all(
      ['none', 'both'].map((id) => ask(`/status/${id}`, { headers: person })),
    );
    const [html = '', other] = await Promise.all([missing!.text(), hidden!.text()]);
    expect([missing!.status, missing!.headers.get('content-type')]).toEqual([404, 'text/html; charset=utf-8']);
    expect(html).toContain('<h1>There is no such status page</h1>');
    expect(other).toBe(html);
    const [, style = ''] = /<style>([\s\S]*)<\/style>/.exec(html)!;
    expect(missing!.headers.get('content-security-policy')).toContain(hash('sha256', style, 'base64'));
    for (const name of ['cache-control', 'vary']) expect(missing!.headers.get(name)).toBe(hidden!.headers.get(name));
    expect(missing!.headers.get('cache-control')).toBe('no-store');
  });

  it.each([
    ['/status/public/', '/status/public'],
    ['/embed/public/', '/embed/public'],
    ['/status/a%2Fb/', '/status/a%2Fb'],
  ])('%s leads to %s', async (path, target) => {
    const answer = await ask(path, { headers: person });
    const location = answer.headers.get('location') ?? '';
    expect([answer.status, new URL(location, `${openk.address}${path}`).pathname]).toEqual([308, target]);
  });
});

describe('badges', () => {
  it('are by key and by id, with the name', async () => {
    const byId = await ask('/status/public/badge/db-primary.svg');
    expect(byId.headers.get('content-type')).toBe('image/svg+xml; charset=utf-8');
    expect(byId.headers.get('cache-control')).toBe('no-cache');
    expect(byId.headers.get('cross-origin-resource-policy')).toBe('cross-origin');
    const svg = await byId.text();
    expect(svg).toContain('<title>Orders &amp; &lt;more&gt;: ');
    const [, entry = ''] = /<li id="([0-9a-f]{10})">/.exec(await text('/status/public'))!;
    expect(await text(`/status/public/badge/${entry}.svg`)).toBe(svg);
  });

  it('are the same grey for what is hidden and what there is not', async () => {
    const [hidden, missing, noPage] = await Promise.all([
      text('/status/public/badge/not-shown.svg'),
      text('/status/public/badge/none.svg'),
      text('/status/none/badge/db-primary.svg'),
    ]);
    expect(hidden).toContain('status: unknown');
    expect([missing, noPage]).toEqual([hidden, hidden]);
  });
});

it('is shown in frames of the configured origins, where there are any', async () => {
  const framed = await ask('/embed/public');
  expect(framed.status).toBe(200);
  expect(framed.headers.get('content-security-policy')).toContain(
    'frame-ancestors https://www.example.com https://*.example.org',
  );
  expect(framed.headers.get('x-frame-options')).toBeNull();
  expect((await ask('/embed/unlisted')).status).toBe(404);
});

it.each(STATUSPAGE_FILES)("is %s.json in Statuspage's shape", async (file) => {
  const answer = await ask(`/status/public/api/v2/${file}.json`);
  expect([answer.status, answer.headers.get('access-control-allow-origin')]).toEqual([200, '*']);
  const json = (await answer.json()) as Record<string, unknown>;
  expect(json.page).toMatchObject({ id: 'public', name: 'Acme "status"', time_zone: 'Etc/UTC' });
  const parts: Record<(typeof STATUSPAGE_FILES)[number], readonly string[]> = {
    summary: ['page', 'components', 'incidents', 'scheduled_maintenances', 'status'],
    status: ['page', 'status'],
    components: ['page', 'components'],
    incidents: ['page', 'incidents'],
    'incidents/unresolved': ['page', 'incidents'],
    'scheduled-maintenances': ['page', 'scheduled_maintenances'],
  };
  expect(Object.keys(json)).toEqual(parts[file]);
});

it('is streamed as it changes, and the stream ends with the page', async () => {
  const stream = await ask('/v1/status-pages/unlisted:watch');
  const lines = linesOf(stream);
  const next = async () => ((await lines.next()).value as { page?: { status?: string }; code?: number }) ?? {};
  const first = await next();
  await report('db-primary', first.page?.status === 'HEALTH_STATUS_DEGRADED' ? 'HEALTHY' : 'DEGRADED');
  const second = await next();
  expect(second.page?.status).not.toBe(first.page?.status);
  expect(await openk.reloadWith(CONFIG.replace('id: unlisted', 'id: renamed'))).toBe(true);
  const last = JSON.stringify(await next());
  expect(last).toContain('STATUS_PAGE_NOT_FOUND');
  expect((await ask('/status/renamed')).status).toBe(200);
  expect(await openk.reloadWith(CONFIG)).toBe(true);
});

async function until(path: string, words: string): Promise<Response> {
  for (;;) {
    const answer = await ask(path);
    if ((await answer.clone().text()).includes(words)) return answer;
  }
}

async function rawGzip(path: string): Promise<Uint8Array> {
  const { request } = await import('node:http');
  return new Promise((resolve, reject) => {
    const asked = request(`${openk.address}${path}`, { headers: { 'accept-encoding': 'gzip' } }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk) => chunks.push(chunk));
      response.on('end', () => resolve(Buffer.concat(chunks)));
    });
    asked.on('error', reject).end();
  });
}

async function* linesOf(response: Response) {
  let rest = '';
  for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
    const parts = (rest + chunk).split('\n');
    rest = parts.pop()!;
    for (const line of parts) if (line.trim() !== '') yield JSON.parse(line) as unknown;
  }
}
