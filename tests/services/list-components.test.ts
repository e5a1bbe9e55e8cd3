import { create, type MessageInitShape } from '@bufbuild/protobuf';
import { Code } from '@connectrpc/connect';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { HealthStatus } from '../../gen/openk/common/v1/common_pb.ts';
import { ListComponentsRequestSchema } from '../../gen/openk/health/v1/health_pb.ts';
import { parseLabelSelector } from '../../src/core/label-selector.ts';
import { OUTCOMES } from '../../src/core/status.ts';
import type { HealthReader } from '../../src/engine/health-ports.ts';
import { listComponents } from '../../src/services/list-components.ts';
import { createPageToken, parsePageToken } from '../../src/services/page-token.ts';
import { details, failure } from '../rpc/support/errors.ts';
import { type Api, createApi } from './support/api.ts';
import { group, heartbeat, probed, system } from './support/definitions.ts';

type Filters = Omit<MessageInitShape<typeof ListComponentsRequestSchema>, '$typeName'>;

const shop = system(
  probed('web', { labels: { team: 'payments', tier: '1' } }),
  probed('Web', { labels: { team: 'search' } }),
  probed('db', { labels: { team: 'payments' }, kind: 'tcp' }),
  heartbeat('backup'),
  group('checkout', ['web', 'db', 'backup']),
);

async function idsOf(api: Api, filters: Filters): Promise<string[]> {
  const { components } = await api.health.listComponents(filters);
  return components.map(({ id }) => id);
}

async function walk(api: Api, filters: Filters): Promise<string[][]> {
  const pages: string[][] = [];
  let pageToken = '';
  do {
    const page = await api.health.listComponents({ ...filters, pageToken });
    pages.push(page.components.map(({ id }) => id));
    pageToken = page.nextPageToken;
  } while (pageToken !== '');
  return pages;
}

describe('ListComponents', () => {
  it('tells of all what it is, in order of the ids', async () => {
    const api = createApi(shop);
    api.observe('web', 'DEGRADED');
    const { components, nextPageToken } = await api.health.listComponents({});
    expect(components.map(({ id, kind, labels }) => ({ id, kind, labels }))).toEqual([
      { id: 'Web', kind: 'http', labels: { team: 'search' } },
      { id: 'backup', kind: 'heartbeat', labels: {} },
      { id: 'checkout', kind: 'group', labels: {} },
      { id: 'db', kind: 'tcp', labels: { team: 'payments' } },
      { id: 'system', kind: 'group', labels: {} },
      { id: 'web', kind: 'http', labels: { team: 'payments', tier: '1' } },
    ]);
    expect(components.at(-1)?.health).toMatchObject({ component: 'web', status: HealthStatus.DEGRADED });
    expect(nextPageToken).toBe('');
  });

  it.each<[string, Filters, string[]]>([
    ['one status', { status: [HealthStatus.DEGRADED] }, ['web']],
    ['several statuses', { status: [HealthStatus.DEGRADED, HealthStatus.HEALTHY] }, ['db', 'web']],
    ['a label and its value', { label: ['team=payments'] }, ['db', 'web']],
    ['a label by any value', { label: ['team'] }, ['Web', 'db', 'web']],
    ['not a value', { label: ['team!=payments'] }, ['Web', 'backup', 'checkout', 'system']],
    ['labels that all hold', { label: ['team', 'tier=1'] }, ['web']],
    ['a parent', { parent: 'checkout' }, ['backup', 'db', 'web']],
    ['a parent that is no group', { parent: 'web' }, []],
    ['all at once', { parent: 'checkout', label: ['team'], status: [HealthStatus.HEALTHY] }, ['db']],
  ])('filters by %s', async (_, filters, expected) => {
    const api = createApi(shop);
    api.observe('web', 'DEGRADED');
    api.observe('db', 'HEALTHY');
    expect(await idsOf(api, filters)).toEqual(expected);
  });

  it('has 50 on a page by default, and 1000 at the most', async () => {
    const api = createApi(system(...Array.from({ length: 1_200 }, (_, index) => probed(`c${index}`))));
    expect(await idsOf(api, {})).toHaveLength(50);
    expect(await idsOf(api, { pageSize: 1_000 })).toHaveLength(1_000);
    expect(details(await failure(api.health.listComponents({ pageSize: 1_001 })))).toMatchObject({
      reason: 'INVALID_REQUEST',
      fields: ['page_size'],
    });
  });

  it('gives by pages of any size, with any filters, what it gives at once', async () => {
    const id = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._-]{0,6}$/).filter((text) => text !== 'system');
    const team = fc.option(fc.constantFrom('a', 'b'), { nil: undefined });
    const component = fc.record({ id, team, outcome: fc.option(fc.constantFrom(...OUTCOMES), { nil: undefined }) });
    const components = fc.uniqueArray(component, { selector: (c) => c.id, minLength: 1, maxLength: 30 });
    const filters = fc.record({
      status: fc.subarray([HealthStatus.HEALTHY, HealthStatus.DEGRADED, HealthStatus.UNHEALTHY, HealthStatus.UNKNOWN]),
      label: fc.subarray(['team', 'team=a', 'team!=b']),
      parent: fc.constantFrom('', 'system'),
    });
    await fc.assert(
      fc.asyncProperty(components, filters, fc.integer({ min: 1, max: 12 }), async (all, filter, pageSize) => {
        const api = createApi(
          system(...all.map((c) => probed(c.id, { labels: c.team === undefined ? {} : { team: c.team } }))),
        );
        for (const c of all) if (c.outcome !== undefined) api.observe(c.id, c.outcome);
        const expected = api.aggregator.ids().filter((known) => {
          const { team: value } = api.aggregator.definition(known)?.labels ?? {};
          const status = HealthStatus[api.aggregator.health(known)?.status ?? 'UNKNOWN'];
          return (
            (filter.status.length === 0 || filter.status.includes(status as (typeof filter.status)[number])) &&
            (!filter.label.includes('team') || value !== undefined) &&
            (!filter.label.includes('team=a') || value === 'a') &&
            (!filter.label.includes('team!=b') || value !== 'b') &&
            (filter.parent === '' || known !== 'system')
          );
        });
        const pages = await walk(api, { ...filter, pageSize });
        expect(pages.flat()).toEqual(expected);
        // Full pages but the last, and no empty page at the end.
        for (const page of pages.slice(0, -1)) expect(page).toHaveLength(pageSize);
        expect(pages).toHaveLength(Math.max(1, Math.ceil(expected.length / pageSize)));
      }),
      { numRuns: 60 },
    );
  });

  it('neither repeats nor leaves out what stays, while others come and go between the pages', async () => {
    const named = (...ids: string[]) => system(...ids.map((known) => probed(known)));
    const api = createApi(named('b', 'd', 'f', 'h'));
    const first = await api.health.listComponents({ pageSize: 2 });
    expect(first.components.map(({ id }) => id)).toEqual(['b', 'd']);
    api.aggregator.reload(named('a', 'b', 'e', 'f', 'h'));
    const second = await api.health.listComponents({ pageSize: 10, pageToken: first.nextPageToken });
    expect(second.components.map(({ id }) => id)).toEqual(['e', 'f', 'h', 'system']);
  });

  it('takes a token with the same filters in another order, not with others', async () => {
    const api = createApi(shop);
    const filters = { status: [HealthStatus.UNKNOWN, HealthStatus.HEALTHY], label: ['team', 'team!=x'], pageSize: 1 };
    const { nextPageToken: pageToken } = await api.health.listComponents(filters);
    const reordered = { status: [...filters.status].reverse(), label: [...filters.label].reverse(), pageToken };
    expect(await idsOf(api, reordered)).toEqual(['db', 'web']);
    for (const others of [{}, { status: filters.status }, { ...filters, parent: 'checkout' }, { label: ['team'] }]) {
      const error = await failure(api.health.listComponents({ ...others, pageToken }));
      expect(details(error)).toMatchObject({
        code: Code.InvalidArgument,
        reason: 'INVALID_PAGE_TOKEN',
        fields: ['page_token'],
        infos: 1,
      });
    }
  });

  it('refuses what is no label selector, and says which', async () => {
    const error = await failure(createApi(shop).health.listComponents({ label: ['team', '=payments'] }));
    expect(details(error)).toMatchObject({
      code: Code.InvalidArgument,
      reason: 'INVALID_LABEL_SELECTOR',
      fields: ['label[1]'],
      infos: 1,
    });
    expect(error.rawMessage).toContain('"=payments"');
  });

  it('refuses a parent that there is not', async () => {
    const error = await failure(createApi(shop).health.listComponents({ parent: 'nosuch' }));
    expect(details(error)).toMatchObject({
      code: Code.NotFound,
      reason: 'COMPONENT_NOT_FOUND',
      metadata: { component: 'nosuch' },
      infos: 1,
    });
  });

  it('looks at nothing but the page, however many there are', () => {
    const ids = Array.from({ length: 100_000 }, (_, index) => `c${String(index).padStart(6, '0')}`);
    const { aggregator } = createApi(system(probed('c')));
    const lookedAt: string[] = [];
    const reader: HealthReader = {
      ...aggregator,
      ids: () => ids,
      definition: (id) => ({ ...aggregator.definition('c')!, id }),
      health(id) {
        lookedAt.push(id);
        return aggregator.health('c');
      },
    };
    const first = listComponents(reader, create(ListComponentsRequestSchema, { pageSize: 3 }));
    const pageToken = first.nextPageToken;
    const second = listComponents(reader, create(ListComponentsRequestSchema, { pageSize: 3, pageToken }));
    expect(second.components.map(({ id }) => id)).toEqual(['c000003', 'c000004', 'c000005']);
    expect(lookedAt).toEqual(ids.slice(0, 4).concat(ids.slice(3, 7)));
  });
});

describe('page tokens', () => {
  const filters = fc.string();

  it('give the place back, to the same filters only', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.nat(), filters, filters, (last, revision, own, other) => {
        const token = createPageToken({ last, revision }, own);
        expect(token).toMatch(/^[A-Za-z0-9_-]+$/);
        expect(parsePageToken(token, own)).toEqual({ last, revision });
        if (own !== other) expect(() => parsePageToken(token, other)).toThrow('page token');
      }),
    );
  });

  it('are known to be damaged when any character is', () => {
    const token = createPageToken({ last: 'payments-api', revision: 7 }, 'filters');
    for (let position = 0; position < token.length; position++) {
      for (const character of ['A', 'z', '-', '=', ' ', '']) {
        const damaged = token.slice(0, position) + character + token.slice(position + 1);
        if (damaged === '') expect(parsePageToken(damaged, 'filters')).toBeUndefined();
        else if (damaged !== token) expect(() => parsePageToken(damaged, 'filters')).toThrow('page token');
      }
    }
  });

  it('are not whatever text', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ minLength: 1 }), fc.base64String({ minLength: 1 })), (text) => {
        expect(() => parsePageToken(text, '')).toThrow('page token');
      }),
    );
  });
});

describe('label selectors', () => {
  it.each<[string, Record<string, string>, boolean]>([
    ['team=payments', { team: 'payments' }, true],
    ['team=payments', { team: 'search' }, false],
    ['team=payments', {}, false],
    ['team==payments', { team: 'payments' }, true],
    ['team!=payments', { team: 'payments' }, false],
    ['team!=payments', { team: 'search' }, true],
    ['team!=payments', {}, true],
    ['team', { team: '' }, true],
    ['team', {}, false],
    ['team=', { team: '' }, true],
    ['team=', { team: 'x' }, false],
    ['team=a=b', { team: 'a=b' }, true],
    ['team=a\nb', { team: 'a\nb' }, true],
    ['acme.io/team_a-b=x', { 'acme.io/team_a-b': 'x' }, true],
    ['constructor', {}, false],
    ['toString!=x', {}, true],
  ])('%j on %j: %s', (selector, labels, expected) => {
    expect(parseLabelSelector(selector)?.(labels)).toBe(expected);
  });

  it.each(['', '=', '!=x', '=x', '!team', 'te am', 'team in (a)', ' team', '-team', 'team-', 'tēam', 'x'.repeat(129)])(
    '%j is none',
    (text) => {
      expect(parseLabelSelector(text)).toBeUndefined();
    },
  );
});
