// What is old is forgotten, what is needed stays, and the file does not grow for ever.
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Usage } from '../../../src/core/history/usage.ts';
import type {
  HistoryBatch,
  ObservationRecord,
  Retention,
  StatusRecord,
  Store,
  TierMs,
} from '../../../src/core/store.ts';
import { openStore } from '../../../src/store/registry.ts';
import { alert, changes, delivery, resolved, saved } from '../alerts.ts';
import { openWithoutThread } from '../worlds.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const START_MS = Date.UTC(2026, 2, 30);
const COMPONENTS = ['api', 'db'];

const RETENTION: Retention = {
  transitionsMs: 3 * DAY_MS,
  observationsMs: 2 * HOUR_MS,
  fiveMinutesMs: 6 * HOUR_MS,
  hoursMs: 2 * DAY_MS,
  daysMs: 4 * DAY_MS,
  auditMs: 4 * DAY_MS,
  alertsMs: 4 * DAY_MS,
};

let folder: string;
let store: Store;
let nowMs: number;
let revision: number;
let startRevision: number;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'openk-store-'));
  store = openWithoutThread(join(folder, 'openk.db'), RETENTION);
  nowMs = START_MS;
  ({ startRevision } = await store.load());
  revision = startRevision;
});
afterEach(async () => {
  await store.close();
  rmSync(folder, { recursive: true, force: true });
});

const append = (batch: Partial<HistoryBatch>) =>
  store.append({
    untilMs: nowMs,
    elapsedMs: 0,
    revision,
    records: [],
    observations: [],
    changed: [],
    removed: [],
    ...batch,
  });
const record = (component: string, atMs: number, status: Pick<StatusRecord, 'from' | 'to'>): StatusRecord => ({
  revision: ++revision,
  component,
  atMs,
  ...status,
  reason: { code: 'BECAUSE', message: 'it is' },
  causedBy: [],
});
const observe = (component: string, atMs: number): ObservationRecord => ({
  component,
  atMs,
  outcome: 'HEALTHY',
  latencyMs: 5,
});

/** `hours` go by with an observation of each component every minute, and pruning every hour. */
async function goOn(hours: number, each: (hour: number) => Partial<HistoryBatch> = () => ({})) {
  for (let hour = 0; hour < hours; hour++) {
    const fromMs = nowMs;
    nowMs += HOUR_MS;
    const observations: ObservationRecord[] = [];
    for (let atMs = fromMs; atMs < nowMs; atMs += MINUTE_MS) {
      observations.push(...COMPONENTS.map((component) => observe(component, atMs)));
    }
    await append({ elapsedMs: HOUR_MS, observations, ...each(hour) });
    await store.prune(nowMs);
  }
}
const appear = () => append({ records: COMPONENTS.map((component) => record(component, nowMs, { to: 'HEALTHY' })) });
const usage = async (fromMs: number, toMs: number, tierMs: TierMs): Promise<Usage> => {
  const query = { components: ['api'], parts: [{ fromMs, toMs, stepMs: toMs - fromMs, tierMs }] };
  return (await store.availability(query)).components[0]!.steps[0]!;
};

describe('each kind of record', () => {
  it('is there for as long as it is kept, and no longer', async () => {
    await appear();
    await goOn(5 * 24);
    const seen = async (fromMs: number, toMs: number, tierMs: TierMs) => {
      const { timeMs, outcomes } = await usage(fromMs, toMs, tierMs);
      return [timeMs.HEALTHY / HOUR_MS, outcomes.HEALTHY];
    };
    expect(await seen(nowMs - 6 * HOUR_MS, nowMs, 300_000)).toEqual([6, 360]);
    expect(await seen(nowMs - 12 * HOUR_MS, nowMs - 6 * HOUR_MS, 300_000)).toEqual([0, 0]);
    expect(await seen(nowMs - 48 * HOUR_MS, nowMs, 3_600_000)).toEqual([48, 48 * 60]);
    expect(await seen(nowMs - 72 * HOUR_MS, nowMs - 48 * HOUR_MS, 3_600_000)).toEqual([0, 0]);
    expect(await seen(nowMs - 96 * HOUR_MS, nowMs, 86_400_000)).toEqual([96, 96 * 60]);
    expect(await seen(START_MS, nowMs - 96 * HOUR_MS, 86_400_000)).toEqual([0, 0]);
    expect(await store.knownAt('api', nowMs - HOUR_MS)).toMatchObject({ lastObservation: { atMs: nowMs - HOUR_MS } });
    expect(await store.knownAt('api', nowMs - 3 * HOUR_MS)).not.toHaveProperty('lastObservation');
  });

  it('is whole in the tier above when it is forgotten in its own', async () => {
    await appear();
    await goOn(1);
    // Not a multiple of an hour: the open hour and the open day hold what is forgotten below only later.
    nowMs += 30 * MINUTE_MS;
    await append({ elapsedMs: 30 * MINUTE_MS });
    await goOn(20);
    expect((await usage(START_MS, START_MS + DAY_MS, 86_400_000)).timeMs.HEALTHY).toBe(nowMs - START_MS);
    expect((await usage(START_MS, START_MS + DAY_MS, 3_600_000)).outcomes.HEALTHY).toBe(21 * 60);
  });
});

describe('transitions', () => {
  it('leave the last one before the horizon, since it says what held from there on', async () => {
    await appear();
    await goOn(4 * 24, (hour) => {
      const [from, to] = hour % 2 === 0 ? (['HEALTHY', 'UNHEALTHY'] as const) : (['UNHEALTHY', 'HEALTHY'] as const);
      return { records: [record('api', nowMs - 1, { from, to })], revision };
    });
    const listed = await store.transitions({ components: COMPONENTS, limit: 1000 });
    // One more than in three days: the base.
    expect(listed).toHaveLength(3 * 24 + 1);
    expect(await store.knownAt('api', nowMs - 3 * DAY_MS + 1)).toMatchObject({ kind: 'known' });
    expect(await store.knownAt('db', nowMs - 1)).toMatchObject({
      kind: 'known',
      record: { to: 'HEALTHY', atMs: START_MS },
    });
    expect(await store.knownAt('api', START_MS + 1)).toEqual({ kind: 'no-record' });
  });

  it('are not passed over in silence once they are forgotten', async () => {
    await appear();
    await goOn(4 * 24, (hour) => {
      const [from, to] = hour % 2 === 0 ? (['HEALTHY', 'UNHEALTHY'] as const) : (['UNHEALTHY', 'HEALTHY'] as const);
      return { records: [record('api', nowMs - 1, { from, to })], revision };
    });
    const [oldest] = (await store.transitions({ components: ['api'], limit: 1000 })).slice(-1);
    // What a row still says of the time after the horizon stays, and so does that of `db`.
    const completeAfter = oldest!.revision - 1;
    for (const after of [0, startRevision, startRevision + 1, completeAfter - 1]) {
      expect(await store.transitionsAfter(after, 5)).toEqual({ kind: 'forgotten', completeAfter });
    }
    const kept = await store.transitionsAfter(completeAfter, 1000);
    expect(kept.kind === 'kept' && kept.records.map((each) => each.revision)).toEqual(
      Array.from({ length: revision - completeAfter }, (_, at) => completeAfter + 1 + at),
    );
  });

  it('of a component that is gone are forgotten with it', async () => {
    await appear();
    await append({ records: [record('db', nowMs, { from: 'HEALTHY' })] });
    await goOn(24);
    expect(await store.knownAt('db', START_MS + 1)).toEqual({ kind: 'no-record' });
    expect(await store.knownAt('api', START_MS + 1)).toMatchObject({ kind: 'known' });
    await goOn(4 * 24);
    expect(await store.transitions({ components: ['db'], limit: 10 })).toEqual([]);
  });

  it('are at most so many in memory', async () => {
    await store.close();
    store = await openStore('memory:', { nowMs: () => nowMs, retention: RETENTION });
    revision = (await store.load()).startRevision;
    const many = Array.from({ length: 60_000 }, (_, at) =>
      record(at % 2 === 0 ? 'api' : 'db', nowMs + at, { from: 'HEALTHY', to: 'UNHEALTHY' }),
    );
    nowMs += HOUR_MS;
    for (const part of [
      many,
      many.map((each) => ({ ...each, revision: each.revision + 60_000, atMs: each.atMs + 70_000 })),
    ]) {
      await append({ records: part, revision: part.at(-1)!.revision, elapsedMs: HOUR_MS });
    }
    // Though nothing was pruned.
    const kept = await store.transitions({ components: COMPONENTS, limit: 200_000 });
    expect(kept.length).toBeGreaterThanOrEqual(100_000);
    expect(kept.length).toBeLessThanOrEqual(110_000);
    expect(kept[0]!.revision).toBe(revision + 60_000);
  });
});

describe('alerts that are over', () => {
  it('are at most so many in memory, with their deliveries, and all that are open or wait', async () => {
    await store.close();
    store = await openStore('memory:', { nowMs: () => nowMs, retention: RETENTION });
    revision = (await store.load()).startRevision;
    for (let round = 0; round < 12; round++) {
      const numbers = Array.from({ length: 500 }, (_, at) => round * 500 + at + 1);
      const alerts = numbers.map((at) => saved(at === 1 ? alert('a1') : resolved(`a${at}`, at)));
      const deliveries = numbers.map((at) =>
        delivery(at, at === 1 ? {} : { alert: `a${at}`, state: 'ACCEPTED', settledMs: at }),
      );
      await append({ alerts: changes({ alerts, deliveries }) });
    }
    const [over, sent] = [await store.alerts({ limit: 10_000 }), await store.deliveries({ limit: 10_000 })];
    expect([over.length, over[0]?.id, over.at(-1)?.id]).toEqual([5_000, 'a6000', 'a1001']);
    expect([sent.length, sent[0]?.number, sent.at(-2)?.number, sent.at(-1)?.number]).toEqual([5_001, 6_000, 1_001, 1]);
    expect((await store.alerting()).alerts).toHaveLength(1);
  });
});

describe('time that comes again after what it was made of is forgotten', () => {
  it('is never longer than it can be, and nothing that was observed counts twice', async () => {
    await appear();
    await goOn(24);
    const hour = () => usage(START_MS + 2 * HOUR_MS, START_MS + 3 * HOUR_MS, 3_600_000);
    expect(await hour()).toMatchObject({ timeMs: { HEALTHY: HOUR_MS }, outcomes: { HEALTHY: 60 } });
    for (const times of [1, 2]) {
      // The clock is set back into an hour whose five minutes are gone, and goes on from there.
      nowMs = START_MS + 2 * HOUR_MS + 20 * MINUTE_MS;
      await append({ elapsedMs: 10 * MINUTE_MS, observations: [observe('api', nowMs - 1)] });
      expect(await hour()).toMatchObject({ timeMs: { HEALTHY: HOUR_MS }, outcomes: { HEALTHY: 60 + times } });
      nowMs = START_MS + 24 * HOUR_MS;
      await append({ elapsedMs: 1000 });
      expect(await hour()).toMatchObject({ timeMs: { HEALTHY: HOUR_MS }, outcomes: { HEALTHY: 60 + times } });
    }
    const day = await usage(START_MS, START_MS + DAY_MS, 86_400_000);
    expect(day).toMatchObject({ timeMs: { HEALTHY: DAY_MS }, outcomes: { HEALTHY: 24 * 60 + 2 } });
  });
});

describe('pruning', () => {
  it('leaves what the open hour and the open day are made of, however late it is', async () => {
    await appear();
    await goOn(2);
    for (const minutes of [20, 20]) {
      nowMs += minutes * MINUTE_MS;
      await append({ elapsedMs: minutes * MINUTE_MS, observations: [observe('api', nowMs - 1)] });
      await store.prune(nowMs + 30 * DAY_MS);
    }
    expect((await usage(START_MS + 2 * HOUR_MS, START_MS + 3 * HOUR_MS, 3_600_000)).timeMs.HEALTHY).toBe(
      40 * MINUTE_MS,
    );
    nowMs = START_MS + DAY_MS;
    await append({ elapsedMs: 0 });
    const day = await usage(START_MS, START_MS + DAY_MS, 86_400_000);
    expect([day.timeMs.HEALTHY, day.outcomes.HEALTHY]).toEqual([160 * MINUTE_MS, 122]);
  });

  it('keeps the file at its size once everything has reached its retention', async () => {
    await appear();
    const sizes: number[] = [];
    for (let day = 0; day < 12; day++) {
      await goOn(24);
      sizes.push(statSync(join(folder, 'openk.db')).size);
    }
    // Twice as large, were nothing forgotten; how much of it is free pages for a moment depends on when they are given back.
    expect(Math.max(...sizes.slice(6))).toBeLessThanOrEqual(Math.max(...sizes.slice(0, 6)) * 1.2);
  }, 120_000);

  it('leaves turns to what is asked meanwhile, and ends with the store', async () => {
    await appear();
    await goOn(0);
    for (let day = 0; day < 3; day++) {
      nowMs += DAY_MS;
      const observations = Array.from({ length: 5000 }, (_, at) => observe(`component-${at}`, nowMs - at * 10));
      await append({ elapsedMs: DAY_MS, observations });
    }
    const order: string[] = [];
    const pruned = store.prune(nowMs + 30 * DAY_MS).then(() => order.push('pruned'));
    const asked = store.knownAt('api', nowMs).then(() => order.push('asked'));
    await Promise.all([pruned, asked]);
    expect(order).toEqual(['asked', 'pruned']);
    const cut = store.prune(nowMs + 60 * DAY_MS);
    await store.close();
    await cut;
  });
});
