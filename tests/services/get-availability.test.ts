import { type Duration, durationFromMs, durationMs, timestampFromMs, timestampMs } from '@bufbuild/protobuf/wkt';
import { Code } from '@connectrpc/connect';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type AvailabilityBucket, Counting } from '../../gen/openk/health/v1/health_pb.ts';
import type { SloDefinition } from '../../src/core/slo/objective.ts';
import { OUTCOMES, STATUSES } from '../../src/core/status.ts';
import type { Retention } from '../../src/core/store.ts';
import { StoreFault } from '../../src/core/store.ts';
import type { HistoryReader } from '../../src/services/history-reader.ts';
import { details, failure } from '../rpc/support/errors.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { createApi } from './support/api.ts';
import { group, probed, system } from './support/definitions.ts';
import { createPast, type Past } from './support/past.ts';

const SECOND_MS = 1000;
const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;
/** Where the clock of the API stands. */
const NOW_MS = createFakeClock().nowMs();
const ago = (ms: number) => NOW_MS - ms;
const shop = system(probed('web'), probed('db'), group('data', ['db']), group('checkout', ['web', 'data']));

const apiOf = (history: HistoryReader) => createApi(shop, { history }).health;

/** Since three hours: web was down for six minutes an hour ago, in maintenance for 30 minutes before. Up to a second ago. */
async function createWorld(): Promise<Past> {
  const past = createPast(ago(3 * HOUR_MS));
  past.becomes('web', 'HEALTHY', ago(3 * HOUR_MS));
  past.becomes('checkout', 'HEALTHY', ago(3 * HOUR_MS));
  past.becomes('gone', 'HEALTHY', ago(3 * HOUR_MS));
  past.becomes('gone', undefined, ago(2 * HOUR_MS));
  past.becomes('web', 'MAINTENANCE', ago(2 * HOUR_MS));
  past.becomes('web', 'HEALTHY', ago(1.5 * HOUR_MS));
  past.becomes('web', 'UNHEALTHY', ago(HOUR_MS));
  past.becomes('web', 'DEGRADED', ago(54 * MINUTE_MS));
  for (let run = 0; run < 100; run++) past.observes('web', 'HEALTHY', ago(HOUR_MS) + run * SECOND_MS, run + 1);
  await past.runs(ago(SECOND_MS));
  return past;
}

const seconds = (duration: Duration | undefined) => (duration ? durationMs(duration) / SECOND_MS : 0);

function plain({ from, to, time, uptimeRatio, observations }: AvailabilityBucket) {
  return {
    fromMs: timestampMs(from!),
    toMs: timestampMs(to!),
    seconds: [time?.healthy, time?.degraded, time?.unhealthy, time?.unknown, time?.maintenance].map(seconds),
    uptimeRatio,
    observations: Number(observations),
  };
}

describe('an objective', () => {
  const slo: SloDefinition = {
    objective: 99,
    windowMs: 30 * DAY_MS,
    good: ['HEALTHY', 'DEGRADED'],
    excluded: ['MAINTENANCE'],
    isUnknownBad: false,
    lookMs: 10_000,
  };
  const withSlo = system(probed('web', { slo }), probed('db', { slo }), group('checkout', ['web', 'db']));
  const ask = async (request: { component: string; to?: number; includeMembers?: boolean }) => {
    const { to, ...rest } = request;
    const api = createApi(withSlo, { history: (await createWorld()).store }).health;
    return api.getAvailability({ ...rest, ...(to !== undefined && { to: timestampFromMs(to) }) });
  };

  it('is told as it was at a time in the past, by what is kept of that time', async () => {
    const { to, availability } = await ask({ component: 'web', to: ago(30 * MINUTE_MS) });
    expect(timestampMs(to!)).toBe(ago(30 * MINUTE_MS));
    const { objective, window, budgetLeftRatio, burnRates, ...times } = availability!.slo!;
    const goodSeconds = 2.5 * 3600 - 1800 - 360;
    const budgetSeconds = (30 * 86_400 - 1800) * 0.01;
    expect([objective, seconds(window)]).toEqual([99, 30 * 86_400]);
    expect([times.good, times.bad, times.excluded, times.unknown].map(seconds)).toEqual([goodSeconds, 360, 1800, 0]);
    expect([times.budget, times.spent].map(seconds)).toEqual([budgetSeconds, 360]);
    expect(budgetLeftRatio).toBeCloseTo(1 - 360 / budgetSeconds, 9);
    const rate = (windowSeconds: number, badSeconds: number) =>
      (badSeconds / budgetSeconds) * ((30 * 86_400) / windowSeconds);
    expect(burnRates.map(({ window, rate }) => [seconds(window), Math.round(rate * 1e6) / 1e6])).toEqual(
      [
        [300, 0],
        [1800, 360],
        [3600, 360],
        [21_600, 360],
        [259_200, 360],
      ].map(([width, bad]) => [width, Math.round(rate(width!, bad!) * 1e6) / 1e6]),
    );
  });

  it('is of the component that was asked for alone, where the time is over', async () => {
    const { availability, members } = await ask({
      component: 'checkout',
      to: ago(30 * MINUTE_MS),
      includeMembers: true,
    });
    expect([availability, ...members].map((one) => one?.slo)).toEqual([undefined, undefined, undefined]);
  });

  it('is not told where there is none, or while its history is not read', async () => {
    expect((await ask({ component: 'checkout' })).availability?.slo).toBeUndefined();
    expect((await ask({ component: 'web' })).availability?.slo).toBeUndefined();
  });
});

describe('GetAvailability', () => {
  it('tells the time in each status, the uptime ratio and the percentiles of the last 24 hours', async () => {
    const { from, to, resolution, availability, members } = await apiOf((await createWorld()).store).getAvailability({
      component: 'web',
    });
    expect([timestampMs(from!), timestampMs(to!)]).toEqual([ago(DAY_MS), ago(SECOND_MS)]);
    expect(seconds(resolution)).toBe(300);
    expect(members).toEqual([]);
    expect(availability?.component).toBe('web');
    expect(availability?.buckets).toEqual([]);
    const upSeconds = 1.5 * 3600 + 54 * 60 - 1;
    expect(plain(availability!.total!)).toEqual({
      fromMs: ago(DAY_MS),
      toMs: ago(SECOND_MS),
      seconds: [1.5 * 3600, 54 * 60 - 1, 360, 21 * 3600, 1800],
      uptimeRatio: upSeconds / (upSeconds + 360),
      observations: 100,
    });
    const { p50, p95, p99 } = availability!.total!.latency!;
    expect([p50, p95, p99].map((latency) => Math.round(durationMs(latency!)))).toEqual([50, 95, 99]);
  });

  it('is as of one moment, though the store goes on while it is asked', async () => {
    const past = await createWorld();
    let untilMs = ago(SECOND_MS);
    const health = apiOf({
      ...past.store,
      availability(query) {
        const answer = past.store.availability(query);
        untilMs += SECOND_MS;
        void past.runs(untilMs);
        return answer;
      },
    });
    // Of a time that is known as a whole, and is answered by minutes and by hours.
    const { to, availability } = await health.getAvailability({
      component: 'web',
      from: timestampFromMs(ago(175 * MINUTE_MS)),
    });
    expect(timestampMs(to!)).toBe(ago(SECOND_MS));
    expect(plain(availability!.total!).seconds).toEqual([85 * 60, 54 * 60 - 1, 360, 0, 1800]);
  });

  it('has no latency and no ratio where there is nothing to tell', async () => {
    const { availability } = await apiOf((await createWorld()).store).getAvailability({ component: 'db' });
    expect(availability?.total).toMatchObject({ observations: 0n });
    expect(availability?.total?.latency).toBeUndefined();
    expect(availability?.total?.uptimeRatio).toBeUndefined();
  });

  it('counts unknown and maintenance as it is asked to', async () => {
    const health = apiOf((await createWorld()).store);
    const ratio = async (unknown: Counting, maintenance: Counting) => {
      const window = durationFromMs(3 * HOUR_MS);
      const { availability } = await health.getAvailability({ component: 'web', window, unknown, maintenance });
      return availability?.total?.uptimeRatio;
    };
    const allSeconds = 3 * 3600 - 1;
    expect(await ratio(Counting.EXCLUDED, Counting.UPTIME)).toBeCloseTo((allSeconds - 360) / allSeconds, 12);
    expect(await ratio(Counting.DOWNTIME, Counting.DOWNTIME)).toBeCloseTo((allSeconds - 360 - 1800) / allSeconds, 12);
  });

  it('tells of steps, aligned, the last one as far as it is over', async () => {
    const { from, availability } = await apiOf((await createWorld()).store).getAvailability({
      component: 'web',
      from: timestampFromMs(ago(70 * MINUTE_MS)),
      step: durationFromMs(HOUR_MS / 2),
    });
    expect(timestampMs(from!)).toBe(ago(1.5 * HOUR_MS));
    expect(availability?.buckets.map(plain)).toMatchObject([
      { fromMs: ago(1.5 * HOUR_MS), seconds: [1800, 0, 0, 0, 0], uptimeRatio: 1, observations: 0 },
      { fromMs: ago(HOUR_MS), seconds: [0, 1440, 360, 0, 0], uptimeRatio: 0.8, observations: 100 },
      { fromMs: ago(HOUR_MS / 2), toMs: ago(SECOND_MS), seconds: [0, 1799, 0, 0, 0], uptimeRatio: 1, observations: 0 },
    ]);
  });

  it.each([
    ['with a step, to multiples of it', HOUR_MS, HOUR_MS],
    ['without one, to where the finest buckets of that age begin and end', undefined, 5 * MINUTE_MS],
  ])('moves from back and to on: %s', async (_name, stepMs, edgeMs) => {
    const floor = (ms: number) => Math.floor(ms / edgeMs) * edgeMs;
    const [fromMs, toMs] = [floor(ago(2.5 * HOUR_MS)) + 61_000, floor(ago(1.5 * HOUR_MS)) + 61_000];
    const { from, to, availability } = await apiOf((await createWorld()).store).getAvailability({
      component: 'web',
      from: timestampFromMs(fromMs),
      to: timestampFromMs(toMs),
      ...(stepMs !== undefined && { step: durationFromMs(stepMs) }),
    });
    expect([timestampMs(from!), timestampMs(to!)]).toEqual([floor(fromMs), floor(toMs) + edgeMs]);
    expect(plain(availability!.total!)).toMatchObject({ fromMs: floor(fromMs), toMs: floor(toMs) + edgeMs });
  });

  it('does not begin a step that nothing is accounted for yet', async () => {
    const past = createPast(ago(HOUR_MS));
    past.becomes('web', 'HEALTHY', ago(HOUR_MS));
    await past.runs(ago(5 * MINUTE_MS + SECOND_MS));
    const step = durationFromMs(5 * MINUTE_MS);
    const window = durationFromMs(15 * MINUTE_MS);
    const { availability } = await apiOf(past.store).getAvailability({ component: 'web', window, step });
    expect(availability?.buckets.map((bucket) => plain(bucket).seconds[0])).toEqual([300, 299]);
  });

  it('tells of everything below a group when it is asked to', async () => {
    const health = apiOf((await createWorld()).store);
    const { availability, members } = await health.getAvailability({ component: 'checkout', includeMembers: true });
    expect(availability?.component).toBe('checkout');
    expect(members.map(({ component }) => component)).toEqual(['data', 'db', 'web']);
    expect(members[2]?.total?.observations).toBe(100n);
  });

  it('knows a component that is gone as long as something is kept of it', async () => {
    const health = apiOf((await createWorld()).store);
    const { availability } = await health.getAvailability({ component: 'gone' });
    expect(plain(availability!.total!).seconds).toMatchObject([3600, 0, 0, 23 * 3600 - 1, 0]);
    expect(details(await failure(health.getAvailability({ component: 'nosuch' })))).toMatchObject({
      code: Code.NotFound,
      reason: 'COMPONENT_NOT_FOUND',
    });
  });

  it('refuses what makes no sense, and says which field', async () => {
    const health = apiOf((await createWorld()).store);
    const now = timestampFromMs(NOW_MS);
    const window = durationFromMs(HOUR_MS);
    const refused = [
      [{ window, from: timestampFromMs(ago(HOUR_MS)) }, 'window'],
      [{ window, to: now }, 'window'],
      [{ from: now }, 'from'],
      [{ from: now, to: timestampFromMs(ago(HOUR_MS)) }, 'from'],
      [{ step: durationFromMs(301_000) }, 'step'],
      [{ step: durationFromMs(299_999) }, 'step'],
      [{ window: durationFromMs(1000) }, 'window'],
      [{ unknown: 9 as Counting }, 'unknown'],
      [{ component: '../x' }, 'component'],
    ] as const;
    for (const [request, field] of refused) {
      expect(details(await failure(health.getAvailability(request)))).toMatchObject({
        code: Code.InvalidArgument,
        fields: [field],
      });
    }
  });

  it('refuses a step that is finer than what is kept, and says what is', async () => {
    const { store } = createPast(ago(HOUR_MS), { retention: RETENTION });
    const request = { component: 'web', window: durationFromMs(40 * DAY_MS), step: durationFromMs(HOUR_MS / 2) };
    expect(details(await failure(apiOf(store).getAvailability(request)))).toMatchObject({
      reason: 'STEP_TOO_FINE',
      metadata: { finestStep: '1h' },
      fields: ['step'],
    });
  });

  it('refuses more than 20,000 buckets, all components together, before anything is read', async () => {
    const { store } = createPast(ago(HOUR_MS));
    const health = apiOf({ ...store, availability: () => Promise.reject(new Error('it was asked')) });
    const step = durationFromMs(5 * MINUTE_MS);
    const request = { window: durationFromMs(100 * DAY_MS), step, includeMembers: true };
    const error = details(await failure(health.getAvailability(request)));
    expect(error).toMatchObject({ reason: 'TOO_MANY_BUCKETS', metadata: { buckets: '144000', limit: '20000' } });
  });

  it('says when history cannot be read', async () => {
    const { store } = await createWorld();
    const health = apiOf({ ...store, availability: () => Promise.reject(new StoreFault('disk full')) });
    expect(details(await failure(health.getAvailability({ component: 'web' })))).toMatchObject({
      code: Code.Unavailable,
      reason: 'HISTORY_UNAVAILABLE',
      retryDelaySeconds: 1,
    });
  });
});

const RETENTION: Retention = {
  transitionsMs: 1825 * DAY_MS,
  observationsMs: 2 * DAY_MS,
  fiveMinutesMs: 30 * DAY_MS,
  hoursMs: 365 * DAY_MS,
  daysMs: 1825 * DAY_MS,
  auditMs: 1825 * DAY_MS,
  alertsMs: 1825 * DAY_MS,
};

/** What happens to one component, one thing after the other. */
const event = fc.record({
  waitMs: fc.oneof(fc.nat(20 * SECOND_MS), fc.nat(20 * MINUTE_MS), fc.nat(2 * DAY_MS)),
  what: fc.oneof(
    { weight: 6, arbitrary: fc.record({ outcome: fc.constantFrom(...OUTCOMES), latencyMs: fc.nat(100_000) }) },
    { weight: 3, arbitrary: fc.constantFrom(...STATUSES) },
    { weight: 1, arbitrary: fc.constant('restart' as const) },
  ),
});

async function live(events: readonly (typeof event extends fc.Arbitrary<infer E> ? E : never)[]): Promise<Past> {
  const lastedMs = events.reduce((sum, { waitMs }) => sum + waitMs, 0);
  let atMs = ago(lastedMs + SECOND_MS);
  const past = createPast(atMs, { retention: RETENTION });
  past.becomes('web', 'UNKNOWN', atMs);
  await past.runs(atMs);
  for (const { waitMs, what } of events) {
    atMs += waitMs;
    if (what === 'restart') await past.restarts(atMs);
    else if (typeof what === 'string') past.becomes('web', what, atMs);
    else past.observes('web', what.outcome, atMs, what.latencyMs);
    await past.runs(atMs);
  }
  await past.runs(ago(SECOND_MS));
  return past;
}

describe('an answer', () => {
  it('is what really happened in the time that it says it is about', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(event, { maxLength: 20 }),
        fc.oneof(fc.integer({ min: 300, max: 86_400 }), fc.integer({ min: 300, max: 60 * 86_400 })),
        fc.constantFrom(undefined, undefined, HOUR_MS, 3 * HOUR_MS, DAY_MS),
        async (events, windowSeconds, stepMs) => {
          const { store } = await live(events);
          const answer = await apiOf(store).getAvailability({
            component: 'web',
            window: durationFromMs(windowSeconds * SECOND_MS),
            ...(stepMs !== undefined && { step: durationFromMs(stepMs) }),
          });
          const { total, buckets } = answer.availability!;
          for (const bucket of [total!, ...buckets]) {
            const { fromMs, toMs, ...told } = plain(bucket);
            const truth = await lookUp(store, fromMs, toMs);
            expect(told.seconds).toEqual(truth.seconds);
            expect(told.observations).toBe(truth.latenciesMs.length);
            if (bucket.latency === undefined) continue;
            expectNear(bucket.latency.p50, truth.latenciesMs, 0.5);
            expectNear(bucket.latency.p95, truth.latenciesMs, 0.95);
            expectNear(bucket.latency.p99, truth.latenciesMs, 0.99);
          }
        },
      ),
      { numRuns: 40 },
    );
  }, 60_000);
});

/** From the finest that there is, in one piece, and from every single observation. */
async function lookUp(store: Past['store'], fromMs: number, toMs: number) {
  const wholeMs = Math.ceil((toMs - fromMs) / 300_000) * 300_000;
  const query = {
    components: ['web'],
    parts: [{ fromMs, toMs: fromMs + wholeMs, stepMs: wholeMs, tierMs: 300_000 }],
  } as const;
  const { components } = await store.availability(query);
  const { timeMs } = components[0]!.steps[0]!;
  const knownMs = timeMs.HEALTHY + timeMs.DEGRADED + timeMs.UNHEALTHY + timeMs.MAINTENANCE;
  const times = [timeMs.HEALTHY, timeMs.DEGRADED, timeMs.UNHEALTHY, toMs - fromMs - knownMs, timeMs.MAINTENANCE];
  return {
    seconds: times.map((ms) => ms / SECOND_MS),
    latenciesMs: store
      .observations('web', fromMs, fromMs + wholeMs)
      .map(({ latencyMs }) => latencyMs ?? 0)
      .sort((a, b) => a - b),
  };
}

function expectNear(told: Duration | undefined, sorted: readonly number[], share: number): void {
  const exact = sorted[Math.max(1, Math.ceil(share * sorted.length)) - 1]!;
  expect(Math.abs(durationMs(told!) - exact)).toBeLessThanOrEqual(exact * 0.02 + 0.001);
}
