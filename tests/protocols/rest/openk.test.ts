// OpenK's own API by its REST paths, over a whole running OpenK; nothing of it is scripted.
import '../../support/one-realm.ts';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type RunningOpenk, runOpenk } from '../../support/running-openk.ts';

const CONFIG = `
components:
  - { id: job, heartbeat: { period: 24h, grace: 1h }, labels: { team: payments } }
  - { id: other.job, heartbeat: { period: 24h, grace: 1h } }
  - { id: both, group: { members: [{ component: job }, { component: other.job }] } }
`;

let openk: RunningOpenk;
beforeAll(async () => {
  openk = await runOpenk(CONFIG);
});
afterAll(() => openk.close());

const ask = async (path: string, init?: RequestInit) => {
  const response = await fetch(`${openk.address}${path}`, init);
  return { status: response.status, json: JSON.parse(await response.text()) };
};
const report = (component: string, body: unknown) =>
  ask(`/v1/components/${component}:report`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
const fieldOf = (json: { details: { fieldViolations?: { field: string }[] }[] }) =>
  json.details.flatMap(({ fieldViolations = [] }) => fieldViolations)[0]?.field;

describe('the REST paths of HealthService', () => {
  it('GetHealth: of the root and of a component', async () => {
    expect(await ask('/v1/health')).toMatchObject({ status: 200, json: { health: { component: 'system' } } });
    expect(await ask('/v1/health?component=job')).toMatchObject({ json: { health: { component: 'job' } } });
    expect(await ask('/v1/components/other.job/health')).toMatchObject({
      json: { health: { component: 'other.job' } },
    });
    expect(await ask('/v1/components/nope/health')).toMatchObject({
      status: 404,
      json: { code: 5, details: [{ reason: 'COMPONENT_NOT_FOUND', metadata: { component: 'nope' } }] },
    });
  });

  it('ListComponents: filters and pages', async () => {
    const page = await ask('/v1/components?page_size=2');
    expect(page.json.components).toHaveLength(2);
    const rest = await ask(`/v1/components?pageSize=2&page_token=${encodeURIComponent(page.json.nextPageToken)}`);
    expect(rest.status).toBe(200);
    const ids = [...page.json.components, ...rest.json.components].map(({ id }) => id);
    expect(ids).toEqual(expect.arrayContaining(['both', 'job', 'other.job']));
    const labelled = await ask('/v1/components?label=team%3Dpayments');
    expect(labelled.json.components.map(({ id }: { id: string }) => id)).toEqual(['job']);
    expect((await ask('/v1/components?status=HEALTH_STATUS_DEGRADED&status=2')).json).toEqual({
      revision: expect.any(String),
    });
  });

  it('ListComponents and WatchHealth by POST, with more ids and filters than a URL takes', async () => {
    const ids = Array.from({ length: 500 }, (_, at) => `a-component-of-many-with-a-long-name-${at}`);
    const post = (path: string, body: unknown, accept = 'application/json') =>
      fetch(`${openk.address}${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', accept },
        body: JSON.stringify(body),
      });
    const tooLong = await ask(`/v1/health:watch?${ids.map((id) => `components=${id}`).join('&')}`);
    expect(tooLong).toMatchObject({ status: 431, json: { code: 3, details: [{ domain: 'openk.dev' }] } });
    expect(tooLong.json.message).toContain('POST');
    const refused = await post('/v1/health:watch', { components: ids });
    expect(refused.status).toBe(404);
    expect(await refused.json()).toMatchObject({ code: 5 });

    const labels = Array.from({ length: 64 }, (_, at) => `team!=${'x'.repeat(500)}${at}`);
    const listed = await post('/v1/components:list', { label: [...labels, 'team'].slice(1), page_size: 1 });
    expect(await listed.json()).toMatchObject({ components: [{ id: 'job' }] });

    for (const [accept, begins] of [
      ['application/json', '{"snapshot":'],
      ['text/event-stream', 'id: '],
    ] as const) {
      const stream = await post('/v1/health:watch', { components: ['job'] }, accept);
      const reader = stream.body!.getReader();
      const { value } = await reader.read();
      expect(Buffer.from(value!).toString()).toMatch(begins);
      await reader.cancel();
    }
  });

  it('GetComponent and ExplainHealth', async () => {
    expect(await ask('/v1/components/both')).toMatchObject({ json: { definition: { id: 'both', group: {} } } });
    expect(await ask('/v1/components/both:explain')).toMatchObject({ json: { rule: { members: [{}, {}] } } });
  });

  it('ReportHealth', async () => {
    const { status, json } = await report('other.job', {
      status: 'HEALTH_STATUS_DEGRADED',
      message: 'slow',
      duration: '1.5s',
    });
    expect([status, json.health.status]).toEqual([200, 'HEALTH_STATUS_DEGRADED']);
    expect(await report('both', {})).toMatchObject({ status: 400, json: { code: 9 } });
    expect(await report('nope', {})).toMatchObject({ status: 404 });
  });

  it.each([
    ['/v1/health?componet=job', 'componet'],
    ['/v1/health?component=a%20b', 'component'],
    ['/v1/components?page_size=1001', 'page_size'],
    ['/v1/components?page_size=many', 'page_size'],
    ['/v1/components?status=HEALTH_STATUS_UNSPECIFIED', 'status[0]'],
    ['/v1/components?status=HELTHY', 'status'],
    ['/v1/components?page_token=nope', 'page_token'],
    ['/v1/components/-job/health', 'component'],
    ['/v1/components/job/health?component=job', 'component'],
    ['/v1/components/job:nope', 'component'],
    ['/v1/health:watch?since_revision=-1', 'since_revision'],
    ['/v1/health:watch?since_revision=18446744073709551615', 'since_revision'],
    ['/v1/health:watch?components=job&components=job', 'components'],
  ])('400 that names the field: %s', async (path, field) => {
    const { status, json } = await ask(path);
    expect([status, fieldOf(json)]).toEqual([400, field]);
  });

  it('400 for a report that breaks a rule of the .proto', async () => {
    const { status, json } = await report('job', { status: 'HEALTH_STATUS_MAINTENANCE' });
    expect([status, fieldOf(json)]).toEqual([400, 'status']);
  });
});

describe('WatchHealth', () => {
  /** Reads a stream part by part; `separator` ends each. */
  async function follow(path: string, separator: string, headers: Record<string, string> = {}) {
    const caller = new AbortController();
    const response = await fetch(`${openk.address}${path}`, { headers, signal: caller.signal });
    const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
    let text = '';
    return {
      status: response.status,
      async next(): Promise<string> {
        while (!text.includes(separator)) {
          const { value, done } = await reader.read();
          if (done) throw new Error('the stream ended');
          text += value;
        }
        const [part = ''] = text.split(separator, 1);
        text = text.slice(part.length + separator.length);
        return part;
      },
      close: () => caller.abort(),
    };
  }
  const parseEvent = (event: string) => {
    const [, id, data] = /^id: (\d+)\ndata: (.*)$/.exec(event) ?? [];
    return { id: id!, data: JSON.parse(data!) };
  };

  it('is lines of JSON: a snapshot, then changes', async () => {
    const stream = await follow('/v1/health:watch?components=job', '\n');
    expect(JSON.parse(await stream.next())).toMatchObject({ snapshot: { components: [{ component: 'job' }] } });
    await report('job', { message: 'lines' });
    expect(JSON.parse(await stream.next())).toMatchObject({ change: { components: [{ component: 'job' }] } });
    stream.close();
  });

  it('is server-sent events with revisions as ids, and goes on behind Last-Event-ID without a gap', async () => {
    const path = '/v1/health:watch?components=job&since_revision=0';
    const accept = { accept: 'text/event-stream' };
    const first = await follow(path, '\n\n', accept);
    const { id, data } = parseEvent(await first.next());
    expect(data.snapshot.revision).toBe(id);
    first.close();
    await report('job', { status: 'HEALTH_STATUS_UNHEALTHY', message: 'missed by nobody' });
    const second = await follow(path, '\n\n', { ...accept, 'last-event-id': id });
    const { data: missed } = parseEvent(await second.next());
    expect(missed.change.components).toMatchObject([{ component: 'job', status: 'HEALTH_STATUS_UNHEALTHY' }]);
    second.close();
    // What one caller adds to the target is not there for the next.
    const third = await follow(path, '\n\n', accept);
    expect(parseEvent(await third.next()).data).toHaveProperty('snapshot');
    third.close();
  });

  it('refuses an id that it never gave', async () => {
    const { status, json } = await ask('/v1/health:watch', { headers: { 'last-event-id': 'nonsense' } });
    expect([status, fieldOf(json)]).toEqual([400, 'since_revision']);
  });
});
