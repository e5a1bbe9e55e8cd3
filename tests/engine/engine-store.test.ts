// What the engine does with its store: nobody is told what it does not have, and it has everything at the end.
import { describe, expect, it } from '@jest/globals';
import { createEngine } from '../../src/engine/engine.ts';
import { group, heartbeat, probe, system } from '../support/definitions.ts';
import { createScriptedStore, DISK_FULL } from '../support/scripted-store.ts';
import { saw } from './aggregator-world.ts';
import { createEngineWorld } from './engine-world.ts';

const HOUR_MS = 3_600_000;
const one = system(group('root', ['a', 'beat']), probe('a'), heartbeat('beat', { periodMs: HOUR_MS }));

/** Whether it has settled by now, and whatever time it is given. */
function follow(promise: Promise<unknown>) {
  const followed = { isSettled: false };
  const settle = () => {
    followed.isSettled = true;
  };
  promise.then(settle, settle);
  return followed;
}

describe('engine and store', () => {
  it('is there when its state is durable', async () => {
    const store = createScriptedStore();
    store.mode = 'hold';
    const making = createEngineWorld(one, { store });
    const followed = follow(making);
    for (let turn = 0; turn < 20; turn++) await Promise.resolve();
    expect(followed.isSettled).toBe(false);
    expect(store.held?.records.map(({ component, to }) => [component, to])).toEqual([
      ['a', 'UNKNOWN'],
      ['beat', 'UNKNOWN'],
      ['root', 'UNKNOWN'],
    ]);
    store.mode = 'keep';
    store.keep();
    const { engine, clock } = await making;
    expect(engine.aggregator.ids()).toEqual(['a', 'beat', 'root']);
    await engine.close();
    expect(clock.pendingTimers).toBe(0);
  });

  it('is not made when the store cannot be read', async () => {
    const store = { ...createScriptedStore(), load: () => Promise.reject(DISK_FULL) };
    await expect(createEngineWorld(one, { store })).rejects.toBe(DISK_FULL);
  });

  it('shows nothing of a change before it is durable: not the health, not the explanation, no transition', async () => {
    const { clock, engine, store, statusChanges, probe: probeOf } = await createEngineWorld(one);
    const { aggregator } = engine;
    const { revision } = aggregator;
    let wakes = 0;
    aggregator.subscribe(undefined, () => {
      wakes += 1;
    });
    store.mode = 'hold';
    probeOf('a').push(saw('UNHEALTHY', { decisive: true }));
    await clock.advance(500);
    expect(aggregator.health('a')).toMatchObject({ status: 'UNKNOWN', reason: { code: 'NEVER_CHECKED' } });
    expect(aggregator.explain('root')?.causes).toMatchObject([
      [{ status: 'UNKNOWN' }, { component: 'a', status: 'UNKNOWN' }],
      [{ status: 'UNKNOWN' }, { component: 'beat', status: 'UNKNOWN' }],
    ]);
    expect(aggregator.changesSince(revision)).toEqual({ revision, changed: [], removed: [] });
    expect([wakes, statusChanges]).toEqual([0, []]);
    store.mode = 'keep';
    store.keep();
    await clock.advance(0);
    expect(aggregator.health('a')?.status).toBe('UNHEALTHY');
    expect(aggregator.explain('root')?.causes).toMatchObject([[{ status: 'UNHEALTHY' }, { component: 'a' }]]);
    expect(wakes).toBe(1);
    expect(statusChanges.map(({ health }) => health.component)).toEqual(['a', 'root']);
    await engine.close();
  });

  it('shows looks that change nothing at once, and brings them along where a change is on its way', async () => {
    const { clock, engine, store, probe: probeOf } = await createEngineWorld(one);
    const { aggregator } = engine;
    const look = async (latencyMs: number, message = 'fine') => {
      probeOf('a').push(saw('HEALTHY', { decisive: true, latencyMs, message }));
      await clock.advance(100);
    };
    await look(1);
    store.mode = 'hold';
    await look(2);
    expect(aggregator.health('a')?.latencyMs).toBe(2);
    await look(3, 'another');
    await look(4, 'another');
    expect(aggregator.health('a')).toMatchObject({ latencyMs: 2, reason: { message: 'fine' } });
    store.mode = 'keep';
    store.keep();
    await clock.advance(0);
    expect(aggregator.health('a')).toMatchObject({ latencyMs: 4, reason: { message: 'another' } });
    await engine.close();
  });

  it('answers a report when it is durable, also one that changes nothing', async () => {
    const { clock, engine, store } = await createEngineWorld(one);
    const report = () => engine.aggregator.report('beat', { outcome: 'HEALTHY', message: 'done' });
    const changes = await report();
    expect(changes).toMatchObject({ ok: true, health: { status: 'HEALTHY' } });
    await clock.advance(5);
    store.mode = 'hold';
    const same = report();
    const followed = follow(same);
    await clock.advance(0);
    expect(followed.isSettled).toBe(false);
    expect(store.held).toMatchObject({ records: [], observations: [], changed: [{ id: 'beat' }] });
    store.mode = 'keep';
    store.keep();
    expect(await same).toMatchObject({ ok: true, health: { checkedAtMs: clock.nowMs() } });
    await engine.close();
  });

  it('settles a reload when it can be read', async () => {
    const { clock, engine, store } = await createEngineWorld(one);
    store.mode = 'hold';
    const reload = engine.reload(system(group('root', ['a', 'new']), probe('a'), probe('new')));
    const followed = follow(reload);
    await clock.advance(0);
    expect(followed.isSettled).toBe(false);
    expect(engine.aggregator.ids()).toEqual(['a', 'beat', 'root']);
    expect(engine.aggregator.health('new')).toBeUndefined();
    expect(engine.aggregator.memberIds('root')).toEqual(['a', 'beat']);
    store.mode = 'keep';
    store.keep();
    await reload;
    expect(engine.aggregator.ids()).toEqual(['a', 'new', 'root']);
    expect(engine.aggregator.health('beat')).toBeUndefined();
    expect(engine.aggregator.memberIds('root')).toEqual(['a', 'new']);
    await engine.close();
  });

  it('goes at the pace of what it knows, told or not', async () => {
    const paced = system(
      group('root', ['a']),
      probe('a', { schedule: { intervalMs: 60_000, unhealthyIntervalMs: 1_000 } }),
    );
    const { clock, engine, store, probe: probeOf, ...world } = await createEngineWorld(paced);
    world.script('a', () => saw('UNHEALTHY'));
    store.mode = 'hold';
    engine.start();
    await clock.advance(3_500);
    expect(probeOf('a').runs.length).toBeGreaterThan(2);
    store.mode = 'keep';
    store.keep();
    await engine.close();
  });

  it('goes on watching and serving while the store fails, says so, and catches up', async () => {
    const { clock, engine, store, storeFaults, ...world } = await createEngineWorld(one);
    engine.start();
    store.mode = 'refuse';
    world.script('a', () => saw('DEGRADED'));
    await clock.advance(20_000);
    expect(engine.aggregator.health('a')?.status).toBe('DEGRADED');
    expect(storeFaults).toEqual([DISK_FULL]);
    expect(engine.stats().journal).toMatchObject({ failing: true, transitions: 1, observations: 2 });
    store.mode = 'keep';
    await clock.advance(30_000);
    expect(storeFaults).toEqual([DISK_FULL, undefined]);
    expect(engine.stats().journal).toMatchObject({ failing: false, transitions: 0 });
    expect(store.saved().components.find(({ id }) => id === 'a')?.health.status).toBe('DEGRADED');
    await engine.close();
    expect(clock.pendingTimers).toBe(0);
  });

  it('leaves to the next life everything, by where it stands', async () => {
    const { clock, engine, store, ...world } = await createEngineWorld(one);
    engine.start();
    await clock.advance(25_000);
    await engine.aggregator.report('beat', { outcome: 'DEGRADED', message: 'slow' });
    const healths = engine.aggregator.ids().map((id) => engine.aggregator.health(id));
    const { revision } = engine.aggregator;
    await engine.close();
    expect(world.defects).toEqual([]);
    const second = await createEngineWorld(one, { store: createScriptedStore(store.saved()), clock });
    expect(second.engine.aggregator.ids().map((id) => second.engine.aggregator.health(id))).toEqual(healths);
    expect(second.engine.aggregator.changesSince(revision)).toMatchObject({ changed: [], removed: [] });
    expect(second.engine.aggregator.changesSince(revision - 1)?.changed).toHaveLength(1);
    expect(second.store.batches.flatMap(({ records }) => records)).toEqual([]);
    await second.engine.close();
    // The life that saw no change moves nothing.
    expect(second.store.saved().revision).toBe(revision);
  });

  it.each([
    [false, ['a']],
    [true, []],
  ])('brings along what a look that changed nothing found, unless nobody goes on: %s', async (beginsAnew, expected) => {
    const store = Object.assign(createScriptedStore(), { beginsAnew });
    const world = await createEngineWorld(one, { store });
    world.engine.start();
    await world.nextRun('a');
    await world.clock.advance(1_000);
    const before = store.batches.length;
    await world.clock.advance(30_000);
    expect(
      store.batches
        .slice(before)
        .flatMap(({ changed }) => changed.map(({ id }) => id))
        .slice(0, 1),
    ).toEqual(expected);
    await world.engine.close();
  });

  it('has the store forget after the start and every hour, whether that works or not', async () => {
    const store = createScriptedStore();
    const pruneFaults: unknown[] = [];
    let isBroken = false;
    const { clock, engine: other } = await createEngineWorld(one, { store });
    await other.close();
    const startMs = clock.nowMs();
    const engine = await createEngine({
      system: system(group('root', [])),
      clock,
      createProbe: () => {
        throw new Error('there is none');
      },
      limits: { inFlight: 1, inFlightPerHost: 1 },
      store: {
        ...store,
        async prune(nowMs) {
          await store.prune(nowMs);
          if (isBroken) throw DISK_FULL;
        },
      },
      listener: { onPruneFault: (fault) => pruneFaults.push(fault) },
    });
    engine.start();
    await clock.advance(HOUR_MS);
    isBroken = true;
    await clock.advance(HOUR_MS);
    isBroken = false;
    await clock.advance(HOUR_MS);
    expect(store.prunedAtMs.map((ms) => ms - startMs)).toEqual([0, HOUR_MS, 2 * HOUR_MS, 3 * HOUR_MS]);
    expect(pruneFaults).toEqual([DISK_FULL]);
    await engine.close();
    expect(clock.pendingTimers).toBe(0);
  });
});

describe('engine and clock', () => {
  it('never says that something was looked at before it became so', async () => {
    // A clock that is another at every look.
    const { clock, engine, probe: probeOf, ...world } = await createEngineWorld(one);
    const { nowMs } = clock;
    let looks = 0;
    clock.nowMs = () => nowMs() + looks++;
    probeOf('a').push(saw('UNHEALTHY', { decisive: true }));
    await clock.advance(0);
    const health = engine.aggregator.health('a')!;
    expect(health.checkedAtMs).toBe(health.sinceMs);
    expect(world.store.batches.at(-1)).toMatchObject({
      records: [{ atMs: health.sinceMs }, { atMs: health.sinceMs }],
      observations: [{ atMs: health.sinceMs }],
    });
    await engine.close();
  });

  it.each([-HOUR_MS, HOUR_MS])('keeps its own time when the wall clock steps by %i ms', async (stepMs) => {
    const { clock, engine, store } = await createEngineWorld(one);
    engine.start();
    await clock.advance(12_300);
    const { status } = engine.aggregator.health('a')!;
    clock.stepWall(stepMs);
    await clock.advance(12_300);
    expect(engine.aggregator.health('a')?.status).toBe(status);
    const { batches } = store;
    await engine.close();
    const elapsedMs = batches.reduce((sum, batch) => sum + batch.elapsedMs, 0);
    expect(elapsedMs).toBe(24_600);
    // The one step is seen by whoever compares wall and monotonic time.
    const steps = batches.slice(1).map((batch, at) => batch.untilMs - batches[at]!.untilMs - batch.elapsedMs);
    expect(steps.filter((step) => step !== 0)).toEqual([stepMs]);
    expect(batches.flatMap(({ records }) => records).filter(({ from }) => from === 'HEALTHY')).toEqual([]);
  });
});
