// What caches between OpenK and its readers go by: which headers of a request an answer depends on, and whether a reader has it already.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type RunningOpenk, runOpenk } from '../support/running-openk.ts';

const ORIGIN = 'https://app.example.com';
const CONFIG = `
cors: { allowed_origins: [ "${ORIGIN}" ], allow_credentials: true }
components: [ { id: job, heartbeat: { period: 24h } } ]
status_pages: [ { id: public, title: Public, access: PUBLIC, groups: [ { title: All, components: [ job ] } ] } ]
`;
const SUMMARY = '/status/public/api/v2/summary.json';
const PAGES = ['/', '/livez', '/healthz/job', '/metrics', '/docs/', '/docs/js/scalar.js', '/openapi.json', '/nothing'];
const STATUS_PAGES = ['/status/public', '/status/public/feed.atom', SUMMARY, '/status/public/badge/job.svg'];
const CALLS = [
  '/v1/health',
  '/openk.health.v1.HealthService/GetHealth?encoding=json&message={}',
  '/openk.health.v1.HealthService/GetHealth',
];

let openk: RunningOpenk;
beforeAll(async () => {
  openk = await runOpenk(CONFIG);
});
afterAll(() => openk.close());
const ask = (path: string, headers: Record<string, string> = {}) => fetch(`${openk.address}${path}`, { headers });

it.each([...PAGES, ...STATUS_PAGES, ...CALLS])('%s may be another for another origin', async (path) => {
  for (const headers of [{}, { origin: ORIGIN }, { origin: 'https://other.example.com' }]) {
    const answer = await ask(path, headers);
    expect(answer.headers.get('vary')?.toLowerCase()).toContain('origin');
    const shared = ['/status', '/metrics', '/docs/js', '/v1'].some((start) => path.startsWith(start));
    if (shared) expect(answer.headers.get('vary')).toContain('accept-encoding');
  }
});

it('what everybody may read of a status page, an allowed origin reads with credentials too', async () => {
  const allowed = async (headers: Record<string, string>) =>
    (await ask(SUMMARY, headers)).headers.get('access-control-allow-origin');
  expect(await allowed({ origin: ORIGIN })).toBe(ORIGIN);
  expect(await allowed({ origin: 'https://other.example.com' })).toBe('*');
  expect(await allowed({})).toBe('*');
});

describe.each(['/', '/docs/js/scalar.js', ...STATUS_PAGES])('%s', (path) => {
  it('is not sent to who has it, however the tag is written', async () => {
    const { headers } = await ask(path);
    const etag = headers.get('etag') ?? '';
    const strong = etag.replace(/^W\//, '');
    for (const known of [etag, strong, `"a", ${etag}`, `${strong} ,"b"`, '*']) {
      const answer = await ask(path, { 'if-none-match': known });
      expect([known, answer.status, answer.headers.get('etag')]).toEqual([known, 304, etag]);
      for (const name of ['cache-control', 'vary']) expect(answer.headers.get(name)).toBe(headers.get(name));
    }
    for (const known of ['W/"other"', strong.slice(1, -1)]) {
      expect((await ask(path, { 'if-none-match': known })).status).toBe(200);
    }
  });
});
