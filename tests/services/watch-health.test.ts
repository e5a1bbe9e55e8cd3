import { create, type MessageInitShape } from '@bufbuild/protobuf';
import { Code } from '@connectrpc/connect';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { WatchHealthRequestSchema, type WatchHealthResponse } from '../../gen/openk/health/v1/health_pb.ts';
import { OUTCOMES } from '../../src/core/status.ts';
import { DECIDES } from '../../src/engine/instance.ts';
import { statusToProto } from '../../src/services/convert.ts';
import { createNewsStreams } from '../../src/services/news-streams.ts';
import { watchHealth } from '../../src/services/watch-health.ts';
import { details, failure } from '../rpc/support/errors.ts';
import { eventually } from '../support/eventually.ts';
import { type Api, createApi, START_REVISION } from './support/api.ts';
import { group, probed, system } from './support/definitions.ts';
import { type Reading, read, turn } from './support/streams.ts';

type Request = MessageInitShape<typeof WatchHealthRequestSchema>;

const named = (...ids: string[]) => system(...ids.map((id) => probed(id)));

function watch(api: Api, request: Request = {}): Reading<WatchHealthResponse> {
  return read((options) => api.health.watchHealth(request, options));
}

/** A message in few words: what it is, its revision, and who is how. */
function told({ event }: WatchHealthResponse) {
  if (event.case === undefined) throw new Error('an empty message');
  const { revision } = event.value;
  if (event.case === 'keepAlive') return { is: event.case, revision: Number(revision) } as const;
  const statuses = Object.fromEntries(
    event.value.components.map(({ component, status }) => [component, NAMES.get(status)]),
  );
  const removed = event.case === 'change' ? event.value.removed : [];
  return { is: event.case, revision: Number(revision), statuses, ...(removed.length > 0 && { removed }) };
}
const NAMES: ReadonlyMap<number, string> = new Map(
  [...OUTCOMES, 'UNKNOWN' as const, 'MAINTENANCE' as const].map((status) => [statusToProto(status), status]),
);

/** Nothing of any stream is left. */
async function expectNothingLeft(api: Api) {
  await eventually(() => api.aggregator.subscriberCount === 0);
  expect(api.clock.pendingTimers).toBe(0);
}

describe('WatchHealth', () => {
  it('tells a snapshot of everything first, then each change', async () => {
    const api = createApi(named('a', 'b'));
    const stream = watch(api);
    const { revision } = api.aggregator;
    expect(told(await stream.next())).toEqual({
      is: 'snapshot',
      revision,
      statuses: { a: 'UNKNOWN', b: 'UNKNOWN', system: 'UNKNOWN' },
    });
    const next = stream.next();
    api.observe('a', 'UNHEALTHY');
    expect(told(await next)).toEqual({
      is: 'change',
      revision: api.aggregator.revision,
      statuses: { a: 'UNHEALTHY', system: 'UNHEALTHY' },
    });
    stream.cancel();
    await expectNothingLeft(api);
  });

  it('tells of the named components only', async () => {
    const api = createApi(named('a', 'b', 'c'));
    const stream = watch(api, { components: ['c', 'a'] });
    expect(told(await stream.next())).toMatchObject({ statuses: { a: 'UNKNOWN', c: 'UNKNOWN' } });
    api.observe('b', 'HEALTHY');
    api.observe('a', 'HEALTHY');
    const change = told(await stream.next());
    expect(change).toEqual({ is: 'change', revision: api.aggregator.revision, statuses: { a: 'HEALTHY' } });
    stream.cancel();
  });

  it('gives a slow reader the latest of what changed, never a backlog', async () => {
    const api = createApi(named('a', 'b', 'c', 'd'));
    const stream = watch(api, { components: ['a', 'b', 'c', 'd'] });
    await stream.next();
    for (let index = 0; index < 1_000; index++) api.observe(['a', 'b', 'c'][index % 3]!, OUTCOMES[index % 2]!);
    expect(told(await stream.next())).toEqual({
      is: 'change',
      revision: api.aggregator.revision,
      // The last three of 1,000: 999 is of a, 998 of c, 997 of b.
      statuses: { a: 'DEGRADED', b: 'DEGRADED', c: 'HEALTHY' },
    });
    const next = stream.next();
    api.observe('d', 'HEALTHY');
    expect(told(await next)).toMatchObject({ statuses: { d: 'HEALTHY' } });
    stream.cancel();
  });

  it('is kept alive when nothing changes, counted from the last message', async () => {
    const api = createApi(named('a'), { keepAliveMs: 15_000 });
    const stream = watch(api);
    await stream.next();
    let isTold = false;
    const first = stream.next().finally(() => {
      isTold = true;
    });
    await eventually(() => api.clock.pendingTimers === 1);
    await api.clock.advance(14_999);
    await turn();
    expect(isTold).toBe(false);
    await api.clock.advance(1);
    expect(told(await first)).toEqual({ is: 'keepAlive', revision: api.aggregator.revision });

    const second = stream.next();
    await eventually(() => api.clock.pendingTimers === 1);
    await api.clock.advance(10_000);
    api.observe('a', 'HEALTHY');
    expect(told(await second)).toMatchObject({ is: 'change' });

    const third = stream.next();
    await eventually(() => api.clock.pendingTimers === 1);
    await api.clock.advance(14_999);
    api.observe('a', 'UNHEALTHY');
    expect(told(await third)).toMatchObject({ is: 'change' });
    stream.cancel();
    await expectNothingLeft(api);
  });

  it('moves the revision of a keep-alive over changes of others', async () => {
    const api = createApi(named('a', 'b'));
    const stream = watch(api, { components: ['a'] });
    await stream.next();
    const next = stream.next();
    await eventually(() => api.clock.pendingTimers === 1);
    api.observe('b', 'HEALTHY');
    const { revision } = api.aggregator;
    await api.clock.advance(15_000);
    expect(told(await next)).toEqual({ is: 'keepAlive', revision });
    stream.cancel();
  });

  describe('after a reload', () => {
    it('tells that a watched component is gone, goes on, and tells that it is back', async () => {
      const api = createApi(named('a', 'b'));
      const stream = watch(api, { components: ['a', 'b'] });
      await stream.next();

      const gone = stream.next();
      api.aggregator.reload(named('a'));
      expect(told(await gone)).toEqual({
        is: 'change',
        revision: api.aggregator.revision,
        statuses: {},
        removed: ['b'],
      });

      const other = stream.next();
      api.observe('a', 'HEALTHY');
      expect(told(await other)).toMatchObject({ statuses: { a: 'HEALTHY' } });

      const back = stream.next();
      api.aggregator.reload(named('a', 'b'));
      expect(told(await back)).toEqual({ is: 'change', revision: api.aggregator.revision, statuses: { b: 'UNKNOWN' } });
      stream.cancel();
    });

    it('tells a watcher of everything of what is new', async () => {
      const api = createApi(named('a'));
      const stream = watch(api);
      await stream.next();
      api.aggregator.reload(named('b'));
      expect(told(await stream.next())).toMatchObject({ statuses: { b: 'UNKNOWN' }, removed: ['a'] });
      stream.cancel();
    });
  });

  describe('that resumes', () => {
    it('gets what changed after the revision, and no snapshot', async () => {
      const api = createApi(named('a', 'b'));
      const since = api.aggregator.revision;
      api.observe('a', 'HEALTHY');
      const stream = watch(api, { sinceRevision: BigInt(since) });
      expect(told(await stream.next())).toEqual({
        is: 'change',
        revision: api.aggregator.revision,
        // The counts of the root group changed.
        statuses: { a: 'HEALTHY', system: 'UNKNOWN' },
      });
      stream.cancel();
    });

    it('is told at once that nothing changed', async () => {
      const api = createApi(named('a', 'b'));
      const { revision } = api.aggregator;
      const stream = watch(api, { sinceRevision: BigInt(revision) });
      expect(told(await stream.next())).toEqual({ is: 'keepAlive', revision });
      stream.cancel();

      api.observe('b', 'HEALTHY');
      const other = watch(api, { sinceRevision: BigInt(revision), components: ['a'] });
      expect(told(await other.next())).toEqual({ is: 'keepAlive', revision: api.aggregator.revision });
      other.cancel();
    });

    it('gets a snapshot when the revision is from before what is known', async () => {
      const api = createApi(named('a'));
      const stream = watch(api, { sinceRevision: BigInt(START_REVISION - 1) });
      expect(told(await stream.next())).toMatchObject({ is: 'snapshot', revision: api.aggregator.revision });
      stream.cancel();
    });

    it('is told what is gone, however long ago', async () => {
      const api = createApi(named('a', 'b'));
      const before = api.aggregator.revision;
      api.aggregator.reload(named('a'));
      const after = api.aggregator.revision;
      for (const since of [before, after]) {
        const stream = watch(api, { sinceRevision: BigInt(since), components: ['b'] });
        expect(told(await stream.next())).toEqual({ is: 'change', revision: after, statuses: {}, removed: ['b'] });
        stream.cancel();
      }
    });

    it.each([1n, 2n ** 64n - 1n])('is refused a revision that was never given: %s more', async (more) => {
      const api = createApi(named('a'));
      const { revision } = api.aggregator;
      const sinceRevision = more === 1n ? BigInt(revision) + 1n : more;
      expect(details(await failure(watch(api, { sinceRevision }).next()))).toMatchObject({
        code: Code.InvalidArgument,
        reason: 'REVISION_IN_THE_FUTURE',
        metadata: { revision: String(revision) },
        fields: ['since_revision'],
        infos: 1,
      });
      await expectNothingLeft(api);
    });

    it('ends with the state of one that never left, whatever happens and however often', async () => {
      const ids = ['a', 'b', 'c', 'd'];
      const step = fc.oneof(
        {
          weight: 6,
          arbitrary: fc.record({
            do: fc.constant('observe' as const),
            id: fc.constantFrom(...ids),
            outcome: fc.constantFrom(...OUTCOMES),
          }),
        },
        {
          weight: 2,
          arbitrary: fc.record({ do: fc.constant('reload' as const), ids: fc.subarray(ids, { minLength: 1 }) }),
        },
        { weight: 3, arbitrary: fc.record({ do: fc.constant('reconnect' as const) }) },
        { weight: 2, arbitrary: fc.record({ do: fc.constant('read' as const) }) },
      );
      const watched = fc.oneof(fc.constant<string[]>([]), fc.subarray([...ids, 'system'], { minLength: 1 }));
      await fc.assert(
        fc.asyncProperty(fc.array(step, { maxLength: 25 }), watched, async (steps, components) => {
          const api = createApi(named(...ids));
          const steady = watcher(api, components);
          const restless = watcher(api, components);
          await Promise.all([steady.read(), restless.read()]);
          for (const action of steps) {
            if (action.do === 'observe') api.observe(action.id, action.outcome);
            else if (action.do === 'reload') api.aggregator.reload(named(...action.ids));
            else if (action.do === 'reconnect') restless.reconnect();
            else await restless.read();
          }
          await Promise.all([steady.readToTheEnd(), restless.readToTheEnd()]);
          expect(restless.state()).toEqual(steady.state());
          const exists = (id: string) => components.length === 0 || components.includes(id);
          const truth = api.aggregator
            .ids()
            .filter(exists)
            .map((id) => [id, api.aggregator.health(id)?.status]);
          expect(steady.state()).toEqual(Object.fromEntries(truth));
          steady.stop();
          restless.stop();
          await eventually(() => api.aggregator.subscriberCount === 0);
        }),
        { numRuns: 60 },
      );
    });
  });

  it('is refused ids that there are not, and leaves nothing behind', async () => {
    const api = createApi(named('a'));
    const error = await failure(watch(api, { components: ['a', 'x', 'y'] }).next());
    expect(details(error)).toMatchObject({
      code: Code.NotFound,
      reason: 'COMPONENT_NOT_FOUND',
      metadata: { component: 'x' },
      infos: 1,
    });
    expect(error.rawMessage).toContain('"x", "y"');
    await expectNothingLeft(api);
  });

  describe('ends, and nothing is left of it,', () => {
    it('with SHUTTING_DOWN when the server drains', async () => {
      const api = createApi(named('a'));
      const streams = Array.from({ length: 5 }, () => watch(api));
      for (const stream of streams) await stream.next();
      const ends = streams.map((stream) => failure(stream.next()));
      await eventually(() => api.clock.pendingTimers === 5);
      expect(api.aggregator.subscriberCount).toBe(5);
      api.drain();
      for (const end of ends) {
        expect(details(await end)).toMatchObject({
          code: Code.Unavailable,
          reason: 'SHUTTING_DOWN',
          retryDelaySeconds: 1,
          infos: 1,
        });
      }
      await expectNothingLeft(api);
      expect(details(await failure(watch(api).next()))).toMatchObject({ reason: 'SHUTTING_DOWN' });
      await expectNothingLeft(api);
    });

    it('when the caller cancels while it waits', async () => {
      const api = createApi(named('a'));
      const stream = watch(api);
      await stream.next();
      const end = failure(stream.next());
      await eventually(() => api.clock.pendingTimers === 1);
      stream.cancel();
      expect((await end).code).toBe(Code.Canceled);
      await expectNothingLeft(api);
      expect(api.defects).toEqual([]);
    });

    it('at the deadline of the caller', async () => {
      const api = createApi(named('a'));
      const stream = read((options) => api.health.watchHealth({}, { ...options, timeoutMs: 30 }));
      await stream.next();
      expect((await failure(stream.next())).code).toBe(Code.DeadlineExceeded);
      await expectNothingLeft(api);
      expect(api.defects).toEqual([]);
    });
  });

  it('ends its subscription and its timer by itself when its reader stops early, whatever the call does', async () => {
    const { aggregator, clock } = createApi(named('a'));
    const never = new AbortController().signal;
    const stream = createNewsStreams(never);
    const options = { reader: aggregator, clock, stream, draining: never, standing: DECIDES, keepAliveMs: 15_000 };
    let count = 0;
    const messages = watchHealth(options, create(WatchHealthRequestSchema), never);
    for await (const message of messages) {
      expect(aggregator.subscriberCount).toBe(1);
      count += 1;
      if (told(message).is !== 'snapshot') break;
      aggregator.observe('a', { outcome: 'HEALTHY', reason: { code: 'TEST', message: 'fine' } });
    }
    expect(count).toBe(2);
    expect(aggregator.subscriberCount).toBe(0);
    expect(clock.pendingTimers).toBe(0);
  });

  it('by one that may have been taken over is asked to come again, with a revision that somebody else may have given', async () => {
    const { aggregator, clock } = createApi(named('a'));
    const never = new AbortController().signal;
    let isSure = false;
    const standing = { ...DECIDES, isSure: () => isSure };
    const options = { reader: aggregator, clock, stream: createNewsStreams(never), draining: never, standing };
    const begin = () =>
      watchHealth(
        { ...options, keepAliveMs: 15_000 },
        create(WatchHealthRequestSchema, { sinceRevision: BigInt(aggregator.revision) + 1n }),
        never,
      );
    expect(begin).toThrow(/connect again, here or to another instance/);
    isSure = true;
    expect(begin).toThrow(/was never given/);
  });

  it('of a group follows its members', async () => {
    const api = createApi(system(probed('a'), probed('b'), group('g', ['a', 'b'], { kind: 'best' })));
    const stream = watch(api, { components: ['g'] });
    await stream.next();
    api.observe('a', 'HEALTHY');
    expect(told(await stream.next())).toMatchObject({ statuses: { g: 'HEALTHY' } });
    stream.cancel();
  });
});

/** A client that keeps the state that it is told, and comes back with the revision that it has. */
function watcher(api: Api, components: string[]) {
  let state: Record<string, string | undefined> = {};
  let revision = 0;
  // Opened by the first read: what Connect rejects before anybody reads is an unhandled rejection.
  let stream: Reading<WatchHealthResponse> | undefined;
  const apply = (message: WatchHealthResponse) => {
    const update = told(message);
    revision = update.revision;
    if (update.is === 'keepAlive') return;
    if (update.is === 'snapshot') state = {};
    Object.assign(state, update.statuses);
    for (const id of update.removed ?? []) delete state[id];
  };
  return {
    state: () => state,
    /** Takes the next message; time passes until there is one. */
    async read() {
      let isTold = false;
      stream ??= watch(api, { components, sinceRevision: BigInt(revision) });
      const next = stream.next().finally(() => {
        isTold = true;
      });
      for (await turn(); !isTold; await turn()) await api.clock.advance(15_000);
      apply(await next);
    },
    /** A keep-alive tells that changes of others are all that there was. */
    async readToTheEnd() {
      while (revision < api.aggregator.revision) await this.read();
    },
    reconnect() {
      stream?.cancel();
      stream = undefined;
    },
    stop: () => stream?.cancel(),
  };
}
