// What a watcher has put together is the list with the same filters, whatever happens.
import { clone, create, type MessageInitShape, toJson } from '@bufbuild/protobuf';
import { Code, createClient, type Interceptor } from '@connectrpc/connect';
import { createConnectTransport, createGrpcTransport, createGrpcWebTransport } from '@connectrpc/connect-node';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  type ComponentHealth,
  type ComponentSummary,
  HealthService,
  WatchHealthRequestSchema,
  type WatchHealthResponse,
  WatchHealthResponseSchema,
} from '../../gen/openk/health/v1/health_pb.ts';
import { createPrincipal } from '../../src/auth/principal.ts';
import type { SystemDefinition } from '../../src/core/definition.ts';
import { parseSelection } from '../../src/core/selection.ts';
import { OUTCOMES } from '../../src/core/status.ts';
import { contextOfCaller } from '../../src/services/caller.ts';
import { details, failure } from '../rpc/support/errors.ts';
import { type RunningOpenk, runOpenk } from '../support/running-openk.ts';
import { type Api, createApi } from './support/api.ts';
import { group, probed, system } from './support/definitions.ts';
import { type Reading, read, turn } from './support/streams.ts';

type Request = Omit<MessageInitShape<typeof WatchHealthRequestSchema>, '$typeName'>;

const shop = (teams: Partial<Record<'web' | 'db' | 'till', string>> = {}, members = ['web', 'db']) =>
  system(
    ...(['web', 'db', 'till'] as const).map((id) => probed(id, { labels: { team: teams[id] ?? 'pay' } })),
    group('front', members),
  );

function watch(api: Pick<Api, 'health'>, request: Request): Reading<WatchHealthResponse> {
  return read((options) => api.health.watchHealth(request, options));
}

function idsOf({ event }: WatchHealthResponse) {
  if (event.case === undefined) throw new Error('an empty message');
  if (event.case === 'keepAlive') return { is: event.case } as const;
  const ids = event.value.components.map(({ component }) => component);
  return { is: event.case, ids, removed: event.case === 'change' ? event.value.removed : [] } as const;
}

describe('the filters of WatchHealth', () => {
  it.each<[string, Request, string[]]>([
    ['parent', { parent: 'front' }, ['db', 'web']],
    ['parent that is no group', { parent: 'web' }, []],
    ['label', { label: ['team=shop'] }, ['web']],
    ['label that must not be', { label: ['team!=shop'] }, ['db', 'front', 'system', 'till']],
    ['all labels', { label: ['team', 'team!=shop'] }, ['db', 'till']],
    ['parent and label', { parent: 'front', label: ['team=pay'] }, ['db']],
    ['components and parent', { components: ['web', 'till', 'db'], parent: 'front' }, ['web', 'db']],
    ['components and label', { components: ['web', 'till'], label: ['team=pay'] }, ['till']],
    ['all three', { components: ['web', 'till'], parent: 'front', label: ['team=pay'] }, []],
  ])('%s', async (_name, request, ids) => {
    const api = createApi(shop({ web: 'shop' }));
    const stream = watch(api, request);
    expect(idsOf(await stream.next())).toEqual({ is: 'snapshot', ids, removed: [] });
    stream.cancel();
  });

  it.each<[string, Request, object]>([
    ['an unknown parent', { parent: 'nope' }, { code: Code.NotFound, reason: 'COMPONENT_NOT_FOUND' }],
    [
      'an unknown component',
      { components: ['nope'], parent: 'front' },
      { code: Code.NotFound, reason: 'COMPONENT_NOT_FOUND' },
    ],
    [
      'no selector',
      { label: ['team', '=x'] },
      { code: Code.InvalidArgument, reason: 'INVALID_LABEL_SELECTOR', fields: ['label[1]'] },
    ],
    [
      'a revision to come',
      { label: ['team'], sinceRevision: 99_999n },
      { code: Code.InvalidArgument, reason: 'REVISION_IN_THE_FUTURE' },
    ],
  ])('refuse %s as ListComponents does', async (_name, request, expected) => {
    const api = createApi(shop());
    expect(details(await failure(watch(api, request).next()))).toMatchObject(expected);
    expect(api.aggregator.subscriberCount).toBe(0);
  });

  it.each<[string, Request, SystemDefinition, SystemDefinition]>([
    ['labels', { label: ['team=shop'] }, shop({ web: 'shop' }), shop({ db: 'shop' })],
    ['members', { parent: 'front' }, shop({}, ['web', 'till']), shop({}, ['db', 'till'])],
  ])('follow a reload of %s, live and after it', async (_name, request, before, after) => {
    const api = createApi(before);
    const stream = watch(api, request);
    const first = await stream.next();
    expect(idsOf(first)).toMatchObject({ is: 'snapshot' });
    const next = stream.next();
    api.aggregator.reload(after);
    expect(idsOf(await next)).toEqual({ is: 'change', ids: ['db'], removed: ['web'] });
    const later = stream.next();
    api.observe('web', 'UNHEALTHY');
    api.observe('db', 'DEGRADED');
    expect(idsOf(await later)).toEqual({ is: 'change', ids: ['db'], removed: [] });
    stream.cancel();

    const resumed = watch(api, { ...request, sinceRevision: first.event.value!.revision });
    const { components } = await api.health.listComponents(request);
    expect(idsOf(await resumed.next())).toMatchObject({ is: 'snapshot', ids: components.map(({ id }) => id) });
    resumed.cancel();
  });

  it('go on from a list without a snapshot', async () => {
    const api = createApi(shop());
    const { revision } = await api.health.listComponents({ parent: 'front' });
    api.observe('till', 'DEGRADED');
    api.observe('db', 'DEGRADED');
    const stream = watch(api, { parent: 'front', sinceRevision: revision });
    expect(idsOf(await stream.next())).toEqual({ is: 'change', ids: ['db'], removed: [] });
    stream.cancel();
  });

  it('follow new labels of a group that is seen in part', async () => {
    const partly = (team: string) =>
      system(probed('a'), probed('b'), group('g', ['a', 'b'], undefined, { labels: { team } }));
    const api = createApi(partly('blue'), { interceptors: callAs(['id=a', 'id=g']) });
    const request = { label: ['team=red'] };
    const stream = watch(api, request);
    const { event } = await stream.next();
    api.aggregator.reload(partly('red'));
    expect(idsOf(await stream.next())).toEqual({ is: 'change', ids: ['g'], removed: [] });
    stream.cancel();
    const resumed = watch(api, { ...request, sinceRevision: event.value!.revision });
    expect(idsOf(await resumed.next())).toEqual({ is: 'snapshot', ids: ['g'], removed: [] });
    resumed.cancel();
  });

  it('share changes among those alone who see the same', async () => {
    const api = createApi(shop(), {
      interceptors: [
        (next) => (request) => {
          const allow = request.header.has('words') ? (['EXPLAIN'] as const) : (['READ'] as const);
          const principal = createPrincipal('key:shop', { allow, selection: undefined });
          Object.assign(request.contextValues, contextOfCaller(undefined, { ok: true, principal }));
          return next(request);
        },
      ],
    });
    const callers = [{ words: '' }, {}, { words: '' }, {}];
    const streams = callers.map((headers) =>
      read((options) => api.health.watchHealth({ parent: 'front' }, { ...options, headers })),
    );
    for (const stream of streams) await stream.next();
    const changes = streams.map((stream) => stream.next());
    api.observe('db', 'DEGRADED');
    const messages = (await Promise.all(changes)).map(({ event }) =>
      event.case === 'change' ? event.value.components[0]!.reason!.message : undefined,
    );
    expect(messages).toEqual(['it is DEGRADED', '', 'it is DEGRADED', '']);
    expect(api.aggregator.subscriberCount).toBe(4);
    for (const stream of streams) stream.cancel();
  });

  it('leave nothing when their call ends, after reloads too', async () => {
    const api = createApi(shop());
    const stream = watch(api, { parent: 'front' });
    await stream.next();
    api.aggregator.reload(shop({}, ['till']));
    await stream.next();
    stream.cancel();
    await turn();
    expect([api.aggregator.subscriberCount, api.clock.pendingTimers]).toEqual([0, 0]);
  });
});

const IDS = ['a', 'b', 'c', 'd'];
const systems = fc
  .record({
    ids: fc.subarray(IDS, { minLength: 1 }),
    kinds: fc.array(fc.constantFrom('http', 'http', 'http', 'tcp'), { minLength: 4, maxLength: 4 }),
    names: fc.array(fc.constantFrom('', '', '', 'A name'), { minLength: 6, maxLength: 6 }),
    teams: fc.array(fc.constantFrom('red', 'blue'), { minLength: 6, maxLength: 6 }),
    g: fc.option(fc.subarray(IDS), { freq: 6 }),
    h: fc.subarray(IDS),
  })
  .map(({ ids, kinds, names, teams, g, h }) => {
    const there = (members: string[]) => members.filter((id) => ids.includes(id));
    const common = (at: number) => ({
      labels: { team: teams[at]! },
      ...(names[at] !== '' && { displayName: names[at]! }),
    });
    return system(
      ...ids.map((id) => probed(id, { kind: kinds[IDS.indexOf(id)]!, ...common(IDS.indexOf(id)) })),
      ...(g === null ? [] : [group('g', there(g), { kind: 'worst' }, common(4))]),
      group('h', there(h), { kind: 'best' }, common(5)),
    );
  });
const requests = fc.record({
  components: fc.oneof(fc.constant<string[]>([]), fc.subarray([...IDS, 'g'], { minLength: 1 })),
  parent: fc.constantFrom<string[]>('', 'g', 'h', 'system'),
  label: fc.subarray(['team=red', 'team!=blue', 'team'], { maxLength: 2 }),
  summaries: fc.boolean(),
});
const steps = fc.array(
  fc.oneof(
    { weight: 5, arbitrary: fc.record({ observe: fc.constantFrom(...IDS), outcome: fc.constantFrom(...OUTCOMES) }) },
    { weight: 3, arbitrary: fc.record({ reload: systems }) },
    { weight: 3, arbitrary: fc.constant({ restless: 'reconnects' } as const) },
    { weight: 2, arbitrary: fc.constant({ restless: 'reads' } as const) },
  ),
  { maxLength: 20 },
);
const callers = fc.option(fc.constantFrom(['team=red'], ['id=a', 'id=g', 'team=blue,id!=b'], ['id!=c']), { freq: 2 });

function statusOf({ status, revision }: ComponentHealth): string {
  return `${status} ${revision}`;
}

function entryOf({ kind, displayName, labels, parents }: ComponentSummary, health: ComponentHealth) {
  return { kind, displayName, labels, parents, status: statusOf(health) };
}

/** Puts together what it receives, and comes back with the revision that it has. */
function watcher(api: Api, request: Request) {
  const healths = new Map<string, ComponentHealth>();
  const summaries = new Map<string, ComponentSummary>();
  let revision = 0n;
  let stream: Reading<WatchHealthResponse> | undefined;
  const take = ({ event }: WatchHealthResponse) => {
    revision = event.value!.revision;
    if (event.case !== 'snapshot' && event.case !== 'change') return;
    const gone = event.case === 'change' ? event.value.removed : [...healths.keys()];
    for (const id of gone) {
      healths.delete(id);
      summaries.delete(id);
    }
    for (const health of event.value.components) healths.set(health.component, health);
    for (const summary of event.value.summaries) {
      expect(summary.health).toBeUndefined();
      summaries.set(summary.id, summary);
    }
  };
  const next = async () => {
    let isOver = false;
    stream ??= watch(api, { ...request, sinceRevision: revision });
    const message = stream.next().finally(() => {
      isOver = true;
    });
    for (await turn(); !isOver; await turn()) await api.clock.advance(15_000);
    const received = await message;
    take(received);
    return received;
  };
  return {
    /** As a list has it. */
    state: () =>
      request.summaries
        ? Object.fromEntries([...healths].map(([id, health]) => [id, entryOf(summaries.get(id)!, health)]))
        : Object.fromEntries([...healths].map(([id, health]) => [id, statusOf(health)])),
    next,
    async nextToTheEnd() {
      while ((await next()).event.case !== 'keepAlive');
    },
    reconnect() {
      stream?.cancel();
      stream = undefined;
    },
  };
}

function callAs(selectors: readonly string[] | null): Interceptor[] {
  if (selectors === null) return [];
  const selection = parseSelection(selectors)!;
  const identity = { ok: true as const, principal: createPrincipal('key:shop', { allow: ['EXPLAIN'], selection }) };
  return [
    (next) => (request) => {
      Object.assign(request.contextValues, contextOfCaller(undefined, identity));
      return next(request);
    },
  ];
}

it('a watcher has what the list with the same filters has, over any reloads and reports', async () => {
  await fc.assert(
    fc.asyncProperty(systems, requests, steps, callers, async (first, request, actions, selectors) => {
      const api = createApi(first, { interceptors: callAs(selectors) });
      const { parent, label } = request;
      const listed = async () => {
        const list = api.health.listComponents({ parent, label, pageSize: 1000 });
        // A parent that is gone has no members any more.
        const { components } = await list.catch((error) => {
          if (details(error).reason !== 'COMPONENT_NOT_FOUND') throw error;
          return { components: [] };
        });
        const named = components.filter(({ id }) => request.components.length === 0 || request.components.includes(id));
        return Object.fromEntries(
          named.map((entry) => [entry.id, request.summaries ? entryOf(entry, entry.health!) : statusOf(entry.health!)]),
        );
      };
      const { components } = await api.health.listComponents({ pageSize: 1000 });
      const there = components.map(({ id }) => id);
      fc.pre([parent, ...request.components].every((id) => id === '' || there.includes(id)));
      const steady = watcher(api, request);
      const restless = watcher(api, request);
      await Promise.all([steady.next(), restless.next()]);
      for (const action of actions) {
        if ('observe' in action) api.observe(action.observe, action.outcome);
        else if ('reload' in action) api.aggregator.reload(action.reload);
        else if (action.restless === 'reconnects') restless.reconnect();
        else await restless.next();
      }
      await steady.nextToTheEnd();
      await restless.nextToTheEnd();
      expect(steady.state()).toEqual(await listed());
      expect(restless.state()).toEqual(steady.state());
      steady.reconnect();
      restless.reconnect();
    }),
    { numRuns: 500 },
  );
}, 60_000);

describe('over the port', () => {
  let openk: RunningOpenk;
  beforeAll(async () => {
    openk = await runOpenk(`
components:
  - { id: job, heartbeat: { period: 24h }, labels: { team: payments } }
  - { id: other, heartbeat: { period: 24h } }
  - { id: third, heartbeat: { period: 24h }, labels: { team: payments } }
  - { id: both, group: { members: [{ component: job }, { component: other }] } }
`);
  });
  afterAll(() => openk.close());

  type FirstOf = (request: Request) => Promise<unknown>;
  const byClient =
    (transportOf: (baseUrl: string) => Parameters<typeof createClient>[1]): FirstOf =>
    async (request) => {
      const client = createClient(HealthService, transportOf(openk.address));
      const stream = read((options) => client.watchHealth(request, options));
      const message = clone(WatchHealthResponseSchema, await stream.next());
      stream.cancel();
      return toJson(WatchHealthResponseSchema, message);
    };
  const byRest =
    (accept: string): FirstOf =>
    async (request) => {
      const { parent = '', label = [] } = create(WatchHealthRequestSchema, request);
      const query = new URLSearchParams([['parent', parent], ...label.map((each) => ['label', each])]);
      const response = await fetch(`${openk.address}/v1/health:watch?${query}`, { headers: { accept } });
      const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
      let text = '';
      while (!text.endsWith('\n')) text += (await reader.read()).value;
      await reader.cancel();
      return JSON.parse(text.slice(text.indexOf('{')));
    };
  it.each<[string, FirstOf]>([
    ['gRPC', byClient((baseUrl) => createGrpcTransport({ baseUrl }))],
    ['gRPC-Web', byClient((baseUrl) => createGrpcWebTransport({ baseUrl, httpVersion: '1.1' }))],
    ['Connect', byClient((baseUrl) => createConnectTransport({ baseUrl, httpVersion: '1.1' }))],
    ['REST as lines', byRest('application/json')],
    ['REST as server-sent events', byRest('text/event-stream')],
  ])('%s', async (_name, firstOf) => {
    expect(await firstOf({ parent: 'both', label: ['team=payments'] })).toMatchObject({
      snapshot: { components: [{ component: 'job' }] },
    });
    expect(await firstOf({ parent: 'both' })).toMatchObject({
      snapshot: { components: [{ component: 'job' }, { component: 'other' }] },
    });
  });
});
