// When the messages of WatchHealth come: `min_interval` and `keep_alive`.
import type { MessageInitShape } from '@bufbuild/protobuf';
import { Code } from '@connectrpc/connect';
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { HealthStatus } from '../../gen/openk/common/v1/common_pb.ts';
import type { WatchHealthRequestSchema, WatchHealthResponse } from '../../gen/openk/health/v1/health_pb.ts';
import { details, failure } from '../rpc/support/errors.ts';
import { type RunningOpenk, runOpenk } from '../support/running-openk.ts';
import { type Api, createApi } from './support/api.ts';
import { probed, system } from './support/definitions.ts';
import { read, turn } from './support/streams.ts';

type Request = Omit<MessageInitShape<typeof WatchHealthRequestSchema>, '$typeName'>;

/** Notes each message, with the time at which it came. */
function note(api: Api, request: Request) {
  const stream = read((options) => api.health.watchHealth(request, options));
  const startMs = api.clock.monotonicMs();
  const noted: [number, string][] = [];
  const take = async (): Promise<void> => {
    const text = textOf(await stream.next());
    noted.push([api.clock.monotonicMs() - startMs, text]);
    await take();
  };
  take().catch(() => {});
  return { noted, cancel: stream.cancel };
}

function textOf({ event }: WatchHealthResponse): string {
  if (event.case === undefined) throw new Error('an empty message');
  const components = event.case === 'keepAlive' ? [] : event.value.components;
  const web = components.find(({ component }) => component === 'web');
  return [event.case, ...(web ? [nameOf(web.status)] : [])].join(' ');
}

function nameOf(status: HealthStatus): string {
  return Object.entries(HealthStatus).find(([, value]) => value === status)![0];
}

const seconds = (count: number) => ({ seconds: BigInt(count) });

describe('WatchHealth', () => {
  it.each<[string, Request, [number, string][]]>([
    [
      'sends each change at once',
      {},
      [
        [0, 'snapshot UNKNOWN'],
        [0, 'change HEALTHY'],
        [100, 'change DEGRADED'],
        [3_000, 'change UNHEALTHY'],
        [18_000, 'keepAlive'],
      ],
    ],
    [
      'with min_interval sends the latest state, not before',
      { minInterval: seconds(1) },
      [
        [0, 'snapshot UNKNOWN'],
        [1_000, 'change DEGRADED'],
        [3_000, 'change UNHEALTHY'],
        [18_000, 'keepAlive'],
      ],
    ],
    [
      'with filters too',
      { minInterval: seconds(1), label: ['team!=none'] },
      [
        [0, 'snapshot UNKNOWN'],
        [1_000, 'change DEGRADED'],
        [3_000, 'change UNHEALTHY'],
        [18_000, 'keepAlive'],
      ],
    ],
    [
      'is alive while it holds changes back',
      { minInterval: seconds(10), keepAlive: seconds(4) },
      [
        [0, 'snapshot UNKNOWN'],
        [4_000, 'keepAlive'],
        [8_000, 'keepAlive'],
        [10_000, 'change UNHEALTHY'],
        [14_000, 'keepAlive'],
        [18_000, 'keepAlive'],
      ],
    ],
    [
      'with keep_alive is never silent for longer',
      { keepAlive: seconds(5) },
      [
        [0, 'snapshot UNKNOWN'],
        [0, 'change HEALTHY'],
        [100, 'change DEGRADED'],
        [3_000, 'change UNHEALTHY'],
        [8_000, 'keepAlive'],
        [13_000, 'keepAlive'],
        [18_000, 'keepAlive'],
      ],
    ],
  ])('%s', async (_what, request, expected) => {
    const api = createApi(system(probed('web')));
    // Where times are rounded, this is one of them.
    await api.clock.advance(60_000 - (api.clock.monotonicMs() % 60_000));
    const { noted, cancel } = note(api, request);
    const pass = async (ms: number) => {
      await turn();
      for (let passed = 0; passed < ms; passed += 100) await api.clock.advance(100);
      await turn();
    };
    await pass(0);
    api.observe('web', 'HEALTHY');
    await pass(100);
    api.observe('web', 'DEGRADED');
    await pass(2_900);
    api.observe('web', 'UNHEALTHY');
    await pass(15_000);
    expect(noted).toEqual(expected);
    cancel();
    await turn();
    expect([api.aggregator.subscriberCount, api.clock.pendingTimers]).toEqual([0, 0]);
  });

  it('keeps the revision of what it has sent while it holds changes back, so that nobody who comes back misses them', async () => {
    const api = createApi(system(probed('web')));
    const stream = read((options) =>
      api.health.watchHealth({ minInterval: seconds(60), keepAlive: seconds(1) }, options),
    );
    const { event } = await stream.next();
    const next = stream.next();
    api.observe('web', 'HEALTHY');
    await api.clock.advance(1_000);
    expect((await next).event).toMatchObject({ case: 'keepAlive', value: { revision: event.value!.revision } });
    stream.cancel();
  });

  it('wakes those who hold changes back at the same times, so that they share what they are sent', async () => {
    const api = createApi(system(probed('web')));
    const watchers = [];
    for (let at = 0; at < 10; at++) {
      await api.clock.advance(7);
      watchers.push(note(api, { minInterval: seconds(1) }));
      await turn();
    }
    api.observe('web', 'HEALTHY');
    for (let ms = 0; ms < 2_000; ms += 1) await api.clock.advance(1);
    const waited = watchers.map(({ noted }) => noted[1]![0]);
    expect(new Set(waited.map((ms, at) => ms + 7 * at)).size).toBeLessThanOrEqual(2);
    expect(Math.min(...waited)).toBeGreaterThanOrEqual(1_000);
    expect(Math.max(...waited)).toBeLessThanOrEqual(1_250);
    for (const { cancel } of watchers) cancel();
  });

  const requests: [string, Request][] = [
    ['health', {}],
    ['health and what there is', { summaries: true }],
    ['changes that may wait', { minInterval: seconds(1) }],
  ];
  /** What is kept weakly is collected at once, or never, instead of whenever V8 has a mind to. */
  const collectAtOnce = (isCollected: boolean) => {
    jest.spyOn(globalThis, 'WeakRef').mockImplementation((target) => ({
      [Symbol.toStringTag]: 'WeakRef',
      deref: () => (isCollected ? undefined : target),
    }));
  };
  afterEach(() => {
    jest.restoreAllMocks();
  });

  /** Five that come one after the other in a turn each, while health changes. */
  const watchByTurns = async (api: Api, request: Request) => {
    await api.clock.advance(1_000);
    const watchers = [];
    for (let at = 0; at < 5; at++) {
      api.observe('web', at % 2 === 0 ? 'HEALTHY' : 'UNHEALTHY');
      watchers.push(note(api, request));
      await turn();
    }
    await api.clock.advance(1_250);
    await turn();
    return watchers;
  };
  it.each(requests)('shares snapshots among many that come at once, and changes follow: %s', async (_what, request) => {
    collectAtOnce(false);
    const api = createApi(system(probed('web')));
    const watchers = await watchByTurns(api, request);
    for (const { noted } of watchers) expect(noted.at(-1)![1]).toBe('change HEALTHY');
    expect(watchers.map(({ noted }) => noted[0]![1])).toEqual([
      'snapshot HEALTHY',
      'snapshot UNHEALTHY',
      'snapshot UNHEALTHY',
      'snapshot UNHEALTHY',
      'snapshot UNHEALTHY',
    ]);
    // A moment later there is another.
    const later = note(api, request);
    await turn();
    expect(later.noted).toEqual([[0, 'snapshot HEALTHY']]);
    for (const { cancel } of [...watchers, later]) cancel();
  });

  it.each(requests)('makes snapshots for each where none is left to share: %s', async (_what, request) => {
    collectAtOnce(true);
    const watchers = await watchByTurns(createApi(system(probed('web'))), request);
    for (const { noted } of watchers) expect(noted.at(-1)![1]).toMatch(/ HEALTHY$/);
    expect(watchers.map(({ noted }) => noted[0]![1])).toEqual([
      'snapshot HEALTHY',
      'snapshot UNHEALTHY',
      'snapshot HEALTHY',
      'snapshot UNHEALTHY',
      'snapshot HEALTHY',
    ]);
    for (const { cancel } of watchers) cancel();
  });

  it.each<[string, Request, string]>([
    ['min_interval above a minute', { minInterval: seconds(61) }, 'min_interval'],
    ['keep_alive below a second', { keepAlive: { nanos: 999_999_999 } }, 'keep_alive'],
    ['keep_alive above a minute', { keepAlive: seconds(61) }, 'keep_alive'],
  ])('refuses %s', async (_what, request, field) => {
    const api = createApi(system(probed('web')));
    const stream = read((options) => api.health.watchHealth(request, options));
    expect(details(await failure(stream.next()))).toMatchObject({ code: Code.InvalidArgument, fields: [field] });
  });
});

describe('over REST', () => {
  let openk: RunningOpenk;
  beforeAll(async () => {
    openk = await runOpenk('components: [{ id: job, heartbeat: { period: 24h } }]');
  });
  afterAll(() => openk.close());

  it.each([
    ['min_interval=1s&keep_alive=5s&summaries=true', 200],
    ['min_interval=1m&keepAlive=1500ms', 200],
    ['min_interval=2m', 400],
    ['min_interval=often', 400],
  ])('%s', async (query, status) => {
    const response = await fetch(`${openk.address}/v1/health:watch?${query}`);
    expect(response.status).toBe(status);
    await response.body?.cancel();
  });
});
