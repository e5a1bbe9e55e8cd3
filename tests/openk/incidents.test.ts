// Incidents, from those who open them to those who read of them, and who may.
import '../support/one-realm.ts';
import { hash } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Incident } from '../../src/core/status-page.ts';
import { StoreFault } from '../../src/core/store.ts';
import { openIncidents } from '../../src/status/incidents.ts';
import { type RunningOpenk, runOpenk } from '../support/running-openk.ts';

const key = (id: string, rest: string) => `{ id: ${id}, sha256: "${hash('sha256', `${id}-secret`)}", ${rest} }`;
const CONFIG = `
auth:
  anonymous: { allow: [READ] }
  keys:
    - ${key('sre', 'allow: [OPERATE]')}
    - ${key('team', 'allow: [OPERATE], select: ["team=shop"]')}
    - ${key('admin', 'allow: [ADMIN]')}
components:
  - { id: shop-api, display_name: Checkout, labels: { team: shop }, heartbeat: { period: 1h } }
  - { id: hidden-db, heartbeat: { period: 1h } }
status_pages:
  - { id: shop, title: Shop, access: PUBLIC, groups: [ { title: Shop, components: [ shop-api ] } ] }
  - { id: all, title: All, groups: [ { title: All, components: [ shop-api, hidden-db ] } ], names: { hidden-db: Database } }
`;

interface Answer {
  readonly status: number;
  readonly body: Record<string, never> & { incident: { id: string; [key: string]: unknown } };
}

const updatedOf = (feed: string) => /<entry>[\s\S]*<updated>([^<]+)</.exec(feed)![1]!;

describe('an incident', () => {
  let openk: RunningOpenk;
  beforeEach(async () => {
    openk = await runOpenk(CONFIG);
  });
  afterEach(() => openk.close());

  const ask = async (path: string, caller: string, body?: object): Promise<Answer> => {
    const answer = await fetch(`${openk.address}${path}`, {
      headers: { 'x-api-key': `${caller}-secret`, 'content-type': 'application/json' },
      ...(body && { method: 'POST', body: JSON.stringify(body) }),
    });
    return { status: answer.status, body: (await answer.json()) as Answer['body'] };
  };
  const create = (caller: string, more: object = {}) =>
    ask('/v1/incidents', caller, {
      title: 'Slow <b>',
      pages: ['shop'],
      components: ['shop-api', 'hidden-db'],
      text: 'We look.',
      ...more,
    });
  const read = async (path: string) => (await fetch(`${openk.address}/status/shop${path}`)).text();
  /** A page is made four times a second at the most. */
  const readUntil = async (words: string) => {
    for (;;) {
      const html = await read('');
      if (html.includes(words)) return html;
    }
  };

  it('is on its pages with what is for readers, until it is over and after', async () => {
    const { status, body } = await create('sre', { note: 'the disk again', impact: 'MAJOR' });
    expect([status, body.incident]).toEqual([
      200,
      expect.objectContaining({ status: 'INCIDENT_STATUS_INVESTIGATING', impact: 'INCIDENT_IMPACT_MAJOR' }),
    ]);
    const { id } = body.incident;
    const open = await readUntil('Slow &lt;b&gt;');
    expect(open).toContain('Affected: Checkout</p>');
    const feed = await read('/feed.atom');
    const updated = updatedOf(feed);
    expect(feed).toContain(`openk/incident/${id}</id>`);
    expect(JSON.parse(await read('/api/v2/incidents/unresolved.json'))).toMatchObject({
      incidents: [{ id, name: 'Slow <b>', impact: 'major', components: [{ name: 'Checkout' }] }],
    });

    const update = await ask(`/v1/incidents/${id}:update`, 'sre', {
      status: 'RESOLVED',
      text: 'It works\n\nagain.',
      note: 'was full',
    });
    expect(update.status).toBe(200);
    const past = await readUntil('It works\n\nagain.');
    expect(past.indexOf('Past incidents')).toBeLessThan(past.indexOf('Slow &lt;b&gt;'));
    expect(JSON.parse(await read('/api/v2/incidents/unresolved.json'))).toMatchObject({ incidents: [] });
    const later = await read('/feed.atom');
    expect(later).toContain(`openk/incident/${id}</id>`);
    expect(Date.parse(updatedOf(later))).toBeGreaterThanOrEqual(Date.parse(updated));
    for (const text of [open, feed, past, later]) {
      for (const internal of ['the disk again', 'was full', 'hidden-db', 'shop-api', 'key:sre'])
        expect(text).not.toContain(internal);
    }
  });

  it('is on no other page, and moves none', async () => {
    const before = await (await fetch(`${openk.address}/status/shop`)).headers.get('etag');
    await create('sre', { pages: ['all'] });
    expect((await fetch(`${openk.address}/status/shop`)).headers.get('etag')).toBe(before);
  });

  it('is listed with what is internal, in pages', async () => {
    for (const title of ['One', 'Two', 'Three']) await create('sre', { title, note: 'inner' });
    const list = async (query: string) =>
      (await ask(`/v1/incidents${query}`, 'sre')).body as unknown as {
        incidents?: { id: string; title: string; notes: { author: string }[] }[];
        nextPageToken?: string;
      };
    const first = await list('?page_size=2');
    const second = await list(`?page_size=2&page_token=${first.nextPageToken}`);
    const all = [...first.incidents!, ...second.incidents!];
    expect(all.map(({ title }) => title).toSorted()).toEqual(['One', 'Three', 'Two']);
    expect(all[0]!.notes).toMatchObject([{ author: 'key:sre', text: 'inner' }]);
    expect(second.nextPageToken ?? '').toBe('');
    await ask(`/v1/incidents/${all[0]!.id}:update`, 'sre', { status: 'RESOLVED', text: 'Over.' });
    expect((await list('?open=true')).incidents).toHaveLength(2);
    expect((await list('?page=all')).incidents ?? []).toEqual([]);
    expect((await ask('/v1/incidents?page_token=abc', 'sre')).status).toBe(400);
  });

  it('is in the audit log', async () => {
    const { body } = await create('sre');
    await ask(`/v1/incidents/${body.incident.id}:update`, 'sre', { note: 'hm' });
    let entries: { action: string }[] = [];
    // It is kept within a second.
    while (entries.length < 2)
      ({ entries = [] } = (await ask('/v1/audit', 'admin')).body as unknown as { entries: typeof entries });
    expect(entries).toMatchObject([
      { action: 'UPDATE_INCIDENT', principal: 'key:sre', address: '127.0.0.1' },
      { action: 'CREATE_INCIDENT', detail: expect.stringMatching(/ on shop: INVESTIGATING: Slow <b>$/) },
    ]);
  });

  it.each([
    ['nobody', {}, 401],
    ['sre', { pages: ['none'] }, 400],
    ['sre', { pages: [] }, 400],
    ['sre', { text: '' }, 400],
    ['sre', { components: ['none'] }, 404],
    ['sre', { status: 'BROKEN' }, 400],
    ['team', { components: ['shop-api'] }, 200],
    // It does not see all of the page, nor this component.
    ['team', { pages: ['all'], components: [] }, 400],
    ['team', { components: ['hidden-db'] }, 404],
  ])('by %s with %j: %s', async (caller, more, expected) => {
    const { status } = await create(caller, more);
    expect(status).toBe(expected);
  });

  it('of a page that somebody does not see all of is none for him', async () => {
    const { body } = await create('sre', { pages: ['shop', 'all'] });
    expect((await ask(`/v1/incidents/${body.incident.id}:update`, 'team', { note: 'x' })).status).toBe(404);
    expect((await ask('/v1/incidents', 'team')).body).toEqual({});
    expect((await ask(`/v1/incidents/nosuch:update`, 'sre', { note: 'x' })).status).toBe(404);
    expect((await ask(`/v1/incidents/${body.incident.id}:update`, 'sre', { status: 'RESOLVED' })).status).toBe(400);
  });
});

describe('while the store fails', () => {
  const incident = (id: string): Incident => {
    return {
      id,
      title: id,
      status: 'INVESTIGATING',
      impact: 'MINOR',
      pages: [],
      components: [],
      startedMs: 1,
      updatedMs: 1,
      updates: [],
      notes: [],
    };
  };

  it('nothing changes, and what is saved later counts', async () => {
    const saved: Incident[] = [];
    let fails = true;
    const incidents = await openIncidents({
      incidents: async () => [],
      async saveIncident(each) {
        if (fails) throw new StoreFault('the disk is full');
        saved.push(each);
      },
    });
    await expect(incidents.save(() => incident('lost'))).rejects.toThrow('the disk is full');
    expect(incidents.list()).toEqual([]);
    fails = false;
    let wakes = 0;
    incidents.subscribe(() => wakes++);
    await Promise.all([
      incidents.save(() => incident('one')),
      incidents.save(() => ({ ...incident('one'), title: `${incidents.find('one')?.title} again` })),
    ]);
    expect(incidents.list().map(({ title }) => title)).toEqual(['one again']);
    expect([saved.length, wakes]).toEqual([2, 2]);
  });
});
