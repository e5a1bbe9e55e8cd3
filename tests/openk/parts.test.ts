// Parts that a health body names, over the port of a whole OpenK: everywhere where components are.
import '../support/one-realm.ts';
import { hash } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type RunningOpenk, runOpenk } from '../support/running-openk.ts';
import { type HttpUpstream, startHttp } from '../support/upstreams/http.ts';

const key = (id: string, rest: string) => `{ id: ${id}, sha256: "${hash('sha256', `${id}-secret`)}", ${rest} }`;

interface Summary {
  readonly id: string;
  readonly kind: string;
  readonly displayName?: string;
  readonly parents?: readonly string[];
  readonly health: { readonly status: string; readonly reason: { readonly code: string; readonly message: string } };
}

describe('parts of a health body', () => {
  let upstream: HttpUpstream;
  let openk: RunningOpenk;
  let answer: { readonly status: number; readonly body: string };

  beforeEach(async () => {
    upstream = await startHttp((_request, response) => response.writeHead(answer.status).end(answer.body));
    answer = {
      status: 200,
      body: '{"status":"UP","components":{"db":{"status":"DOWN"},"shards":{"status":"UP","components":{"a":{"status":"UP"}}}}}',
    };
    openk = await runOpenk(`
auth:
  anonymous: { allow: [EXPLAIN] }
  keys:
    - ${key('shop', 'allow: [EXPLAIN], select: ["team=shop"]')}
    - ${key('other', 'allow: [READ], select: ["team=other"]')}
components:
  - { id: orders, labels: { team: shop }, http: { url: "${upstream.url}", health_body: AUTO }, interval: 1s, timeout: 1s, unhealthy_threshold: 1 }
  - { id: stock, labels: { team: other }, heartbeat: { period: 1h } }
`);
  });
  afterEach(async () => {
    await openk.close();
    await upstream.close();
  });

  const get = async (path: string, token?: string) => {
    const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
    const response = await fetch(`${openk.address}${path}`, { headers });
    return response.text();
  };
  const list = async (query = '', token?: string) => {
    const { components } = JSON.parse(await get(`/v1/components${query}`, token)) as { components: Summary[] };
    return components;
  };
  /** Reads the stream until it says so. */
  const until = async (path: string, isThere: (text: string) => boolean) => {
    const end = new AbortController();
    const response = await fetch(`${openk.address}${path}`, { signal: end.signal });
    let text = '';
    for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
      text += chunk;
      if (isThere(text)) break;
    }
    end.abort();
    return text;
  };
  const appeared = () => until('/v1/health:watch', (text) => text.includes('"orders.shards.a"'));

  it('are in lists, streams, explanations, metrics and history', async () => {
    await appeared();
    const parts = await list('?parent=orders');
    expect(
      parts.map(({ id, kind, displayName, health }) => [
        id,
        kind,
        displayName,
        health.status.replace('HEALTH_STATUS_', ''),
      ]),
    ).toEqual([
      ['orders.db', 'part', 'db', 'UNHEALTHY'],
      ['orders.shards', 'part', 'shards', 'HEALTHY'],
      ['orders.shards.a', 'part', 'shards/a', 'HEALTHY'],
    ]);
    expect(parts[0]).toMatchObject({
      parents: ['orders'],
      labels: { team: 'shop' },
      health: { reason: { code: 'BODY_SAYS_UNHEALTHY', message: 'the answer says UNHEALTHY' } },
    });
    const [orders] = await list('?page_size=1');
    expect(orders).toMatchObject({
      id: 'orders',
      health: { status: 'HEALTH_STATUS_DEGRADED', reason: { code: 'BODY_SAYS_DEGRADED' } },
    });

    const explained = JSON.parse(await get('/v1/components/orders:explain'));
    expect(
      explained.causes.map((one: { steps: { component: string }[] }) => one.steps.map(({ component }) => component)),
    ).toEqual([['orders', 'orders.db']]);
    expect(JSON.parse(await get('/v1/components/orders.db'))).toMatchObject({
      health: { component: 'orders.db' },
      parents: ['orders'],
    });
    expect((await fetch(`${openk.address}/healthz/orders.db`)).status).toBe(503);
    const metrics = await get('/metrics');
    expect(metrics).toMatch(/openk_component_status\{component="orders\.db",status="UNHEALTHY"\} 1/);
    expect(metrics).toMatch(/openk_component_info\{component="orders\.db",kind="part",team="shop"\} 1/);

    answer = { status: 200, body: '{"status":"UP","components":{"db":{"status":"UP"}}}' };
    await until('/v1/health:watch?parent=orders', (text) =>
      /"component":"orders.shards","status":"HEALTH_STATUS_UNKNOWN"/.test(text),
    );
    const { transitions } = JSON.parse(await get('/v1/components/orders.db/transitions'));
    expect(transitions[0]).toMatchObject({ from: 'HEALTH_STATUS_UNHEALTHY', to: 'HEALTH_STATUS_HEALTHY' });
  });

  it('exist for those for whom what they are part of does', async () => {
    await appeared();
    expect((await list('', 'shop-secret')).map(({ id }) => id)).toEqual([
      'orders',
      'orders.db',
      'orders.shards',
      'orders.shards.a',
    ]);
    expect((await list('', 'other-secret')).map(({ id }) => id)).toEqual(['stock']);
    expect(JSON.parse(await get('/v1/components/orders.db/health', 'other-secret'))).toMatchObject({ code: 5 });
  });

  it('are no part of what is asked of a configuration', async () => {
    await appeared();
    const text = `components: [ { id: stock, labels: { team: other }, heartbeat: { period: 1h } } ]`;
    expect(await openk.reloadWith(`limits: { max_removed_share: 1 }\n${text}`)).toBe(true);
    expect((await list()).map(({ id }) => id)).toEqual(['stock', 'system']);
  });
});
