import { timestampDate, timestampFromMs } from '@bufbuild/protobuf/wkt';
import { Code } from '@connectrpc/connect';
import { describe, expect, it } from '@jest/globals';
import { HealthStatus } from '../../gen/openk/common/v1/common_pb.ts';
import { StoreFault } from '../../src/core/store.ts';
import type { HistoryReader } from '../../src/services/history-reader.ts';
import { details, failure } from '../rpc/support/errors.ts';
import { createApi } from './support/api.ts';
import { group, probed, system } from './support/definitions.ts';
import { createPast } from './support/past.ts';

const MINUTE_MS = 60_000;
const START_MS = Date.UTC(2025, 11, 31);
const shop = system(
  probed('web'),
  probed('db'),
  group('data', ['db']),
  group('checkout', ['web', 'data']),
  probed('other'),
);

/** Minute by minute: web goes down, db goes down, web comes up, db comes up. */
async function createWorld() {
  const past = createPast(START_MS);
  const at = (minute: number) => START_MS + minute * MINUTE_MS;
  for (const id of ['web', 'db', 'data', 'gone']) past.becomes(id, 'HEALTHY', START_MS);
  past.becomes('web', 'UNHEALTHY', at(1));
  past.becomes('db', 'DEGRADED', at(2));
  past.becomes('data', 'DEGRADED', at(2));
  past.becomes('gone', 'UNHEALTHY', at(3));
  past.becomes('gone', undefined, at(3));
  past.becomes('web', 'HEALTHY', at(4));
  past.becomes('db', 'HEALTHY', at(5));
  past.becomes('data', 'HEALTHY', at(5));
  await past.runs(at(10));
  return { past, at, health: createApi(shop, { history: past.store }).health };
}

describe('ListTransitions', () => {
  it('tells the changes of a component, the newest first, with all that is known of them', async () => {
    const { health, at } = await createWorld();
    const { transitions, nextPageToken } = await health.listTransitions({ component: 'web' });
    expect(transitions).toMatchObject([
      { component: 'web', from: HealthStatus.UNHEALTHY, to: HealthStatus.HEALTHY, causedBy: [] },
      {
        component: 'web',
        from: HealthStatus.HEALTHY,
        to: HealthStatus.UNHEALTHY,
        reason: { code: 'TEST', message: 'it is UNHEALTHY' },
        causedBy: ['network'],
      },
    ]);
    expect(transitions.map(({ time }) => timestampDate(time!).getTime())).toEqual([at(4), at(1)]);
    expect(transitions[0]!.revision).toBeGreaterThan(transitions[1]!.revision);
    expect(nextPageToken).toBe('');
  });

  it('tells those of everything below a group when it is asked to', async () => {
    const { health } = await createWorld();
    const ids = async (includeMembers: boolean) => {
      const { transitions } = await health.listTransitions({ component: 'checkout', includeMembers });
      return transitions.map(({ component }) => component);
    };
    expect(await ids(false)).toEqual([]);
    expect(await ids(true)).toEqual(['data', 'db', 'web', 'data', 'db', 'web']);
  });

  it('takes the root group where none is named', async () => {
    const { health } = await createWorld();
    expect((await health.listTransitions({ includeMembers: true })).transitions).toHaveLength(6);
  });

  it('keeps to the time that is asked for: from inclusive, to exclusive', async () => {
    const { health, at } = await createWorld();
    const count = async (fromMs?: number, toMs?: number) => {
      const { transitions } = await health.listTransitions({
        component: 'web',
        ...(fromMs !== undefined && { from: timestampFromMs(fromMs) }),
        ...(toMs !== undefined && { to: timestampFromMs(toMs) }),
      });
      return transitions.length;
    };
    expect(await count(at(1))).toBe(2);
    expect(await count(at(1) + 1)).toBe(1);
    expect(await count(at(1), at(4))).toBe(1);
    expect(await count(undefined, at(4) + 1)).toBe(2);
    expect(await count(at(6), at(9))).toBe(0);
  });

  it('pages, and pages stay what they are while new changes come', async () => {
    const { health, past, at } = await createWorld();
    const found: string[] = [];
    let pageToken = '';
    for (let minute = 11; minute < 15; minute++) {
      const page = await health.listTransitions({
        component: 'checkout',
        includeMembers: true,
        pageSize: 2,
        pageToken,
      });
      found.push(...page.transitions.map(({ component, reason }) => `${component}: ${reason?.message}`));
      pageToken = page.nextPageToken;
      if (pageToken === '') break;
      past.becomes('web', minute % 2 === 0 ? 'HEALTHY' : 'UNHEALTHY', at(minute));
      await past.runs(at(minute) + 1);
    }
    expect(found).toEqual([
      'data: it is HEALTHY',
      'db: it is HEALTHY',
      'web: it is HEALTHY',
      'data: it is DEGRADED',
      'db: it is DEGRADED',
      'web: it is UNHEALTHY',
    ]);
    expect(pageToken).toBe('');
  });

  it('takes a token with the filters that it was given with only', async () => {
    const { health } = await createWorld();
    const { nextPageToken } = await health.listTransitions({ component: 'web', pageSize: 1 });
    expect(nextPageToken).not.toBe('');
    const invalid = { code: Code.InvalidArgument, reason: 'INVALID_PAGE_TOKEN', fields: ['page_token'] };
    for (const request of [
      { component: 'db', pageToken: nextPageToken },
      { component: 'web', includeMembers: true, pageToken: nextPageToken },
      { component: 'web', pageToken: 'nonsense' },
    ]) {
      expect(details(await failure(health.listTransitions(request)))).toMatchObject(invalid);
    }
  });

  it('knows a component that is gone as long as something is kept of it', async () => {
    const { health } = await createWorld();
    expect((await health.listTransitions({ component: 'gone' })).transitions).toHaveLength(1);
    const later = { component: 'gone', from: timestampFromMs(START_MS + 9 * MINUTE_MS) };
    expect((await health.listTransitions(later)).transitions).toEqual([]);
    expect((await health.listTransitions({ component: 'other' })).transitions).toEqual([]);
    expect(details(await failure(health.listTransitions({ component: 'nosuch' })))).toMatchObject({
      code: Code.NotFound,
      reason: 'COMPONENT_NOT_FOUND',
    });
  });

  it('refuses times that are no range, and what is no id', async () => {
    const { health } = await createWorld();
    const at = timestampFromMs(START_MS);
    expect(details(await failure(health.listTransitions({ from: at, to: at })))).toMatchObject({ fields: ['from'] });
    expect(details(await failure(health.listTransitions({ component: '../x' })))).toMatchObject({
      fields: ['component'],
    });
    expect(details(await failure(health.listTransitions({ pageSize: 1001 })))).toMatchObject({ fields: ['page_size'] });
  });

  it('says when history cannot be read, and nothing of where it lies', async () => {
    const { past } = await createWorld();
    const fault = new StoreFault('disk sqlite:/secret: full');
    const api = createApi(shop, { history: { ...past.store, transitions: () => Promise.reject(fault) } });
    const error = await failure(api.health.listTransitions({ component: 'web' }));
    expect(details(error)).toMatchObject({
      code: Code.Unavailable,
      reason: 'HISTORY_UNAVAILABLE',
      retryDelaySeconds: 1,
    });
    expect(error.message).not.toContain('secret');
    expect(api.historyFaults).toEqual([fault]);
  });

  it('asks for ten thousand components at a time, and joins what comes', async () => {
    const many = Array.from({ length: 10_050 }, (_, number) => `c${String(number).padStart(5, '0')}`);
    const past = createPast(START_MS);
    for (const id of [many[0]!, many[10_049]!, many[1]!]) {
      past.becomes(id, 'HEALTHY', START_MS);
      past.becomes(id, 'UNHEALTHY', START_MS);
    }
    await past.runs(START_MS + 1);
    const asked: number[] = [];
    const history = {
      ...past.store,
      transitions(query: Parameters<typeof past.store.transitions>[0]) {
        asked.push(query.components.length);
        return past.store.transitions(query);
      },
    };
    const { health } = createApi(system(...many.map((id) => probed(id))), { history });
    const { transitions, nextPageToken } = await health.listTransitions({ includeMembers: true, pageSize: 2 });
    expect(asked).toEqual([10_000, 51]);
    expect(transitions.map(({ component }) => component)).toEqual([many[1], many[10_049]]);
    expect(nextPageToken).not.toBe('');
  });

  it('ends at the revision that a watcher goes on from: what is stored and not published yet is left to the stream', async () => {
    const published = createApi(shop).aggregator.revision;
    const records = [2, 1, 0, -1, -2].map((offset) => ({
      revision: published + offset,
      component: 'web',
      atMs: START_MS,
      from: 'HEALTHY' as const,
      to: 'UNHEALTHY' as const,
      reason: { code: 'TEST', message: '' },
      causedBy: [],
    }));
    const { store } = createPast(START_MS);
    const history: HistoryReader = {
      ...store,
      transitions: async ({ beforeRevision = Number.POSITIVE_INFINITY, limit }) =>
        records.filter(({ revision }) => revision < beforeRevision).slice(0, limit),
    };
    const api = createApi(shop, { history });
    const revisionsOf = async (pageToken: string) => {
      const page = await api.health.listTransitions({ component: 'web', pageSize: 2, pageToken });
      return [
        page.transitions.map(({ revision }) => Number(revision)),
        Number(page.revision),
        page.nextPageToken,
      ] as const;
    };
    const [first, revision, token] = await revisionsOf('');
    expect([first, revision]).toEqual([[published, published - 1], published]);
    api.observe('db', 'UNHEALTHY');
    expect((await revisionsOf(token)).slice(0, 2)).toEqual([[published - 2], published]);
    expect((await revisionsOf(''))[1]).toBeGreaterThan(published);
  });
});
