// Maintenance that people begin, as status pages and GetComponent say it: beside what the configuration plans.
import '../support/one-realm.ts';
import { setImmediate } from 'node:timers/promises';
import { afterEach, describe, expect, it } from '@jest/globals';
import { createFakeClock } from '../support/fake-clock.ts';
import { type RunningOpenk, runOpenk } from '../support/running-openk.ts';
import { startHttp } from '../support/upstreams/http.ts';

const CONFIG = `
components:
  - { id: shop-api, display_name: Shop, labels: { team: shop }, heartbeat: { period: 1h } }
  - { id: db, display_name: Database, heartbeat: { period: 1h }, maintenance: { windows: [ { start: 2100-01-01T00:00:00Z, end: 2100-01-01T01:00:00Z } ] } }
status_pages:
  - { id: all, title: All, access: PUBLIC, groups: [ { title: All, components: [ shop-api, db ] } ] }
`;
const HOUR_MS = 3_600_000;

interface Planned {
  readonly status: string;
  readonly scheduled_for: string;
  readonly scheduled_until: string;
  readonly components: { readonly name: string }[];
}

describe('maintenance by hand', () => {
  let openk: RunningOpenk;
  afterEach(() => openk.close());

  const ask = async (path: string, body?: object) => {
    const answer = await fetch(`${openk.address}${path}`, {
      headers: { 'content-type': 'application/json' },
      ...(body && { method: 'POST', body: JSON.stringify(body) }),
    });
    expect(answer.status).toBe(200);
    return (await answer.json()) as never;
  };
  const summary = (): Promise<{ components: { name: string; status: string }[]; scheduled_maintenances: Planned[] }> =>
    ask('/status/all/api/v2/summary.json');
  /** A page is made four times a second at the most. */
  const shopUntil = async (isInMaintenance: boolean) => {
    for (;;) {
      const page = await summary();
      const shop = page.components.find(({ name }) => name === 'Shop')!;
      if ((shop.status === 'under_maintenance') === isInMaintenance) return page.scheduled_maintenances;
    }
  };
  const begin = (more: object): Promise<{ maintenance: { id: string; start: string; end: string } }> =>
    ask('/v1/maintenance', { selector: 'team=shop', reason: 'inner', ...more });
  const next = async (component: string) =>
    ((await ask(`/v1/components/${component}`)) as { nextMaintenance?: { start: string; end: string }[] })
      .nextMaintenance;

  it('is on pages as soon as its components are in it, and no longer', async () => {
    openk = await runOpenk(CONFIG);
    expect(await shopUntil(false)).toEqual([]);
    const { maintenance } = await begin({ duration: '3600s' });
    expect(await shopUntil(true)).toEqual([
      expect.objectContaining({
        status: 'in_progress',
        scheduled_for: `${maintenance.start.slice(0, 19)}Z`,
        scheduled_until: `${maintenance.end.slice(0, 19)}Z`,
        components: [expect.objectContaining({ name: 'Shop' })],
      }),
    ]);
    expect(await next('shop-api')).toEqual([{ start: maintenance.start, end: maintenance.end }]);
    await ask(`/v1/maintenance/${maintenance.id}:end`, {});
    expect(await shopUntil(false)).toEqual([]);
    expect(await next('shop-api')).toBeUndefined();
  });

  it('is on pages no longer than it lasts, also where another one goes on', async () => {
    const clock = createFakeClock(Date.UTC(2026, 10, 29));
    const windows = [
      '{ start: 2026-11-28T23:00:00Z, end: 2026-11-29T00:01:00Z }',
      '{ start: 2026-11-29T00:00:40Z, end: 2026-11-29T02:00:00Z }',
    ];
    openk = await runOpenk(CONFIG.replace(/windows: \[.*?\]/, `windows: [ ${windows.join(', ')} ]`), {}, '127.0.0.1', {
      clock,
    });
    const untils = async () =>
      (await summary()).scheduled_maintenances.map((each) => each.scheduled_until.slice(11, 16));
    await clock.advance(30_000);
    const before = await untils();
    await clock.advance(31_000);
    expect([before, await untils()]).toEqual([['00:01', '02:00'], ['02:00']]);
  });

  it('is that of a group while all of its members that count are in it', async () => {
    const window = (from: string, until: string) =>
      `maintenance: { windows: [ { start: 2100-01-01T${from}:00Z, end: 2100-01-01T${until}:00Z } ] }`;
    openk = await runOpenk(`
components:
  - { id: a, heartbeat: { period: 1h }, ${window('01:00', '03:00')} }
  - { id: b, heartbeat: { period: 1h }, ${window('02:00', '05:00')} }
  - { id: c, heartbeat: { period: 1h } }
  - { id: some, group: { members: [ { component: a }, { component: b }, { component: c } ] } }
  - { id: all, group: { members: [ { component: a }, { component: b }, { component: c, impact: IGNORED } ] } }
  - { id: above, group: { members: [ { component: all } ] }, ${window('04:00', '06:00')} }
status_pages: []
`);
    const both = { start: '2100-01-01T02:00:00Z', end: '2100-01-01T03:00:00Z' };
    expect(await next('some')).toBeUndefined();
    expect(await next('all')).toEqual([both]);
    expect(await next('above')).toEqual([both, { start: '2100-01-01T04:00:00Z', end: '2100-01-01T06:00:00Z' }]);
    await begin({ selector: 'id=a', duration: '3600s' });
    const own = (await next('a'))![0]!;
    await begin({ selector: 'id=b', duration: '7200s' });
    expect(await next('all')).toEqual([{ start: (await next('b'))![0]!.start, end: own.end }, both]);
  });

  it('is on pages before it begins, with what the configuration plans', async () => {
    openk = await runOpenk(CONFIG);
    const start = new Date(Math.ceil(Date.now() / HOUR_MS) * HOUR_MS + HOUR_MS).toISOString();
    await begin({ selector: 'id=*', start, duration: '3600s' });
    const [planned, ...others] = (await summary()).scheduled_maintenances;
    expect(others).toEqual([]);
    expect(planned).toMatchObject({ status: 'scheduled', scheduled_for: `${start.slice(0, 19)}Z` });
    expect(planned!.components.map(({ name }) => name)).toEqual(['Shop', 'Database']);
    expect((await next('db'))?.map((period) => period.start.slice(0, 4))).toEqual([start.slice(0, 4), '2100']);
  });
});

describe('maintenance by hand of what has parts and places', () => {
  it('is theirs, too, and they are out of it with their owner', async () => {
    const upstream = await startHttp((_request, response) =>
      response.writeHead(200).end('{"status":"UP","components":{"db":{"status":"DOWN"}}}'),
    );
    const openk = await runOpenk(`
instance: { place: eu }
components:
  - { id: orders, http: { url: "${upstream.url}", health_body: AUTO }, interval: 1s, timeout: 1s }
  - { id: web, http: { url: "${upstream.url}" }, interval: 1s, timeout: 1s, vantage: { from: [ eu ] } }
`);
    const statuses = async () => {
      const { components } = (await (await fetch(`${openk.address}/v1/components`)).json()) as {
        components: { id: string; health: { status: string } }[];
      };
      return Object.fromEntries(
        components.map(({ id, health }) => [id, health.status.replace('HEALTH_STATUS_', '')] as const),
      );
    };
    /** What is found in an answer, and what places see, comes with a probe. */
    const until = async (isThere: (now: Record<string, string>) => boolean) => {
      for (;;) {
        const now = await statuses();
        if (isThere(now)) return now;
        await setImmediate();
      }
    };
    const post = async (path: string, body: object) =>
      (await (
        await fetch(`${openk.address}${path}`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify(body),
        })
      ).json()) as { maintenance: { id: string } };
    try {
      const before = await until((now) => now['orders.db'] === 'UNHEALTHY' && now['web.eu'] === 'HEALTHY');
      const begun: string[] = [];
      for (const id of ['orders', 'web']) {
        const { maintenance } = await post('/v1/maintenance', { selector: `id=${id}`, duration: '600s', reason: 'x' });
        begun.push(maintenance.id);
      }
      expect(await statuses()).toMatchObject({
        orders: 'MAINTENANCE',
        'orders.db': 'MAINTENANCE',
        web: 'MAINTENANCE',
        'web.eu': 'MAINTENANCE',
      });
      for (const id of begun) await post(`/v1/maintenance/${id}:end`, {});
      expect(await statuses()).toEqual(before);
    } finally {
      await openk.close();
      await upstream.close();
    }
  });
});
