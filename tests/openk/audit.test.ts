// Who changed what, from the call that changed it to the one that asks for it, in a whole OpenK.
import '../support/one-realm.ts';
import { hash } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { AuditEntry } from '../../src/core/store.ts';
import { createJournal } from '../../src/engine/journal.ts';
import { type AuditChange, createReportAudit } from '../../src/services/audit-reports.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { type RunningOpenk, runOpenk } from '../support/running-openk.ts';
import { createScriptedStore } from '../support/scripted-store.ts';

const key = (id: string, rest: string) => `{ id: ${id}, sha256: "${hash('sha256', `${id}-secret`)}", ${rest} }`;
const CONFIG = `
auth:
  keys:
    - ${key('ci', 'allow: [REPORT]')}
    - ${key('admin', 'allow: [ADMIN]')}
    - ${key('team', 'allow: [ADMIN], select: ["team=payments"]')}
components:
  - { id: api, labels: { team: payments }, heartbeat: { period: 1h, ping_token: ping-secret-0123456789 } }
  - { id: db, heartbeat: { period: 1h } }
  - { id: dead, tcp: { target: "127.0.0.1:1" } }
`;

interface Entry {
  readonly time: string;
  readonly principal: string;
  readonly component?: string;
  readonly detail: string;
}

describe('the audit log', () => {
  let openk: RunningOpenk;
  beforeEach(async () => {
    openk = await runOpenk(CONFIG);
  });
  afterEach(() => openk.close());

  const ask = (path: string, token: string, body?: object) =>
    fetch(`${openk.address}${path}`, {
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      ...(body && { method: 'POST', body: JSON.stringify(body) }),
    });
  const report = async (component: string, token: string, status: string, message = '') => {
    const answer = await ask(`/v1/components/${component}:report`, token, { status, message });
    await answer.arrayBuffer();
    return answer.status;
  };
  const page = async (query = '', token = 'admin-secret') => {
    const answer = await ask(`/v1/audit${query}`, token);
    expect(answer.status).toBe(200);
    const { entries = [], nextPageToken } = (await answer.json()) as { entries?: Entry[]; nextPageToken?: string };
    return { entries, nextPageToken };
  };
  const list = async (query = '', token?: string) =>
    (await page(query, token)).entries.map(
      ({ principal, component = '', detail }) => `${principal} ${component} ${detail}`,
    );

  it('has each report that says something else, or comes from somebody else, once it is answered', async () => {
    await report('api', 'ci-secret', 'HEALTHY');
    await report('api', 'ci-secret', 'HEALTHY', 'other words');
    await report('api', 'ping-secret-0123456789', 'HEALTHY');
    await report('db', 'ci-secret', 'UNHEALTHY', 'disk full');
    await report('api', 'ping-secret-0123456789', 'DEGRADED');
    expect(await list()).toEqual([
      'ping:api api DEGRADED',
      'key:ci db UNHEALTHY: disk full',
      'ping:api api HEALTHY',
      'key:ci api HEALTHY',
    ]);
    const { entries } = await page();
    expect(entries[0]).toMatchObject({ action: 'REPORT', address: '127.0.0.1', time: expect.any(String) });
    const lines = openk.log.filter(({ msg }) => msg === 'reported');
    expect(lines).toHaveLength(4);
    expect(lines[1]).toMatchObject({
      principal: 'ping:api',
      address: '127.0.0.1',
      component: 'api',
      detail: 'HEALTHY',
    });
    expect(JSON.stringify([openk.log, entries])).not.toContain('secret');
  });

  it('has no report that was refused', async () => {
    const codes = [
      await report('nobody', 'ci-secret', 'HEALTHY'),
      await report('dead', 'ci-secret', 'HEALTHY'),
      await report('api', 'wrong', 'HEALTHY'),
    ];
    expect(codes).toEqual([404, 400, 401]);
    expect(await list()).toEqual([]);
  });

  it('has each configuration that was taken', async () => {
    await openk.reloadWith(CONFIG.replace(/ {2}- { id: db.*\n/, ''));
    await openk.reloadWith('nonsense: true');
    await report('api', 'ci-secret', 'HEALTHY');
    expect(await list()).toEqual(['key:ci api HEALTHY', 'config  3 components, no more: db']);
  });

  it('is given in pages and by filters, to those who may see it, of what they may see', async () => {
    await report('api', 'ci-secret', 'HEALTHY');
    await report('db', 'ci-secret', 'HEALTHY');
    await report('api', 'ping-secret-0123456789', 'HEALTHY');
    const first = await page('?page_size=2');
    expect(first.entries).toHaveLength(2);
    expect(await list(`?page_size=2&page_token=${first.nextPageToken}`)).toEqual(['key:ci api HEALTHY']);
    expect(await list('?principal=key:ci&component=db')).toEqual(['key:ci db HEALTHY']);
    expect(await list('?to=2000-01-01T00:00:00Z')).toEqual([]);
    expect(await list('', 'team-secret')).toEqual(['ping:api api HEALTHY', 'key:ci api HEALTHY']);
    const refused = await Promise.all(
      [
        ask('/v1/audit', 'ci-secret'),
        ask('/v1/audit', 'wrong'),
        ask('/v1/audit?from=2001-01-01T00:00:00Z&to=2000-01-01T00:00:00Z', 'admin-secret'),
        ask(`/v1/audit?component=db&page_token=${first.nextPageToken}`, 'admin-secret'),
      ].map(async (answer) => (await answer).status),
    );
    expect(refused).toEqual([403, 401, 400, 400]);
  });
});

it('goes to the store with the change that it is about', async () => {
  const store = createScriptedStore();
  const journal = createJournal({ clock: createFakeClock(), store, revision: 0, publish() {}, onFault() {} });
  const entry: AuditEntry = { atMs: 1, principal: 'a', address: '', action: 'REPORT', component: 'api', detail: '' };
  journal.audited(entry);
  const record = {
    revision: 1,
    component: 'api',
    atMs: 1,
    to: 'HEALTHY',
    reason: { code: 'A', message: '' },
    causedBy: [],
  } as const;
  const nothing = { changed: [], removed: [], statusChanges: [], saved: [], reread: [] };
  journal.stage({ ...nothing, revision: 1, atMs: 1, records: [record], structure: undefined, trace: undefined });
  await journal.settled();
  expect(store.batches[0]).toMatchObject({ records: [{ revision: 1 }], audit: [entry] });
  await journal.close();
});

it('clips what people wrote', () => {
  const changes: AuditChange[] = [];
  const audit = createReportAudit((change) => void changes.push(change));
  audit({ component: 'a', status: 'HEALTHY', message: 'x'.repeat(5000), principal: 'p', address: '' });
  expect(changes[0]?.detail).toHaveLength('HEALTHY: '.length + 256);
});
