import { describe, expect, it } from '@jest/globals';
import type { Health } from '../../src/core/health.ts';
import type { Outcome } from '../../src/core/status.ts';
import { type Followed, type SavedComponent, StoreFault } from '../../src/core/store.ts';
import { createInstance } from '../../src/engine/instance.ts';
import { group, heartbeat, probe, system } from '../support/definitions.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { createScriptedStore } from '../support/scripted-store.ts';

const START = 1_000_000;
const DEFINITION = system(group('root', ['a', 'b']), probe('a'), heartbeat('b', { periodMs: 3_600_000 }));

/** Another instance decides, as the test says. */
async function createWorld() {
  const clock = createFakeClock();
  const { monotonicMs } = clock;
  clock.monotonicMs = () => {
    // Each step of long work takes longer than a slice.
    if (state.isSlow) clock.freeze(10);
    return monotonicMs();
  };
  const store = createScriptedStore();
  const state = {
    isFree: false,
    isClaimed: false,
    isGone: false,
    failsWhenClaimed: false,
    isSlow: false,
    /** Called when it begins to take over. */
    onLoad() {},
    asked: [] as (number | undefined)[],
  };
  const saved = (id: string, status: Outcome, revision: number): SavedComponent => {
    const reason = { code: 'TEST', message: 'as the test says' };
    const health: Health = {
      component: id,
      status,
      sinceMs: 0,
      reason,
      causedBy: [],
      revision,
      checkedAtMs: clock.nowMs(),
    };
    const fingerprint = id === 'root' ? 'group' : id === 'b' ? 'heartbeat' : 'tcp the same';
    return { id, fingerprint, condition: { status, reason }, health };
  };
  let latest: Followed = {
    batch: 1,
    revision: START + 3,
    incarnation: { startRevision: START, resumable: [{ from: 500, to: 700 }] },
    isWhole: true,
    components: [
      saved('a', 'HEALTHY', START + 1),
      saved('b', 'HEALTHY', START + 2),
      saved('root', 'HEALTHY', START + 3),
    ],
    removed: [],
    alerts: { alerts: [], forgotten: [], suspensions: [] },
    incidents: [],
    isFree: false,
    heldBy: 'another OpenK',
    holder: 'another',
  };
  const events: unknown[] = [];
  const instance = await createInstance({
    system: DEFINITION,
    clock,
    createProbe: () => ({
      host: '',
      probe: {
        run: async () => ({ outcome: 'HEALTHY', reason: { code: 'TEST', message: 'fine' } }),
        close: async () => {},
      },
    }),
    limits: { inFlight: 1, inFlightPerHost: 1 },
    store: {
      ...store,
      load() {
        state.onLoad();
        return store.load();
      },
      async claim() {
        state.isClaimed ||= state.isFree;
        if (state.isClaimed) state.isFree = false;
        return state.isClaimed;
      },
      async follow(afterBatch) {
        state.asked.push(afterBatch);
        if (state.isGone || (state.failsWhenClaimed && state.isClaimed)) throw new StoreFault('it is gone');
        const nothing = { components: [], removed: [], isWhole: false };
        return { ...latest, ...(afterBatch === latest.batch && nothing), isFree: state.isFree };
      },
    },
    listener: {},
    instance: {
      onTakeOver: () => events.push('take over'),
      onIncidents: (changed) => events.push(changed.map(({ id }) => id)),
      onFollowFault: (fault) => events.push(fault === undefined ? 'followed again' : String(fault)),
    },
  });
  instance.start();
  await clock.advance(0);
  return {
    clock,
    state,
    events,
    instance,
    saved,
    reader: instance.aggregator,
    /** The other one writes this. */
    async write(more: Partial<Followed>) {
      latest = {
        ...latest,
        isWhole: false,
        components: [],
        removed: [],
        incarnation: undefined,
        ...more,
        batch: latest.batch + 1,
      };
      await clock.advance(100);
    },
  };
}

describe('an instance that stands by', () => {
  it('shows what the other one has decided, at its revisions, within a tenth of a second', async () => {
    const { reader, instance, saved, write, state, clock } = await createWorld();
    expect(instance.heldBy()).toBe('another OpenK');
    expect(reader.revision).toBe(START + 3);
    expect(reader.health('a')).toMatchObject({ status: 'HEALTHY', revision: START + 1 });
    expect(reader.changesSince(START)?.changed.map(({ component }) => component)).toEqual(['a', 'b', 'root']);
    expect(reader.changesSince(600)?.changed).toHaveLength(3);
    expect(reader.changesSince(800)).toBeUndefined();
    const woken: number[] = [];
    reader.subscribe(['a'], () => woken.push(reader.revision));
    await write({
      components: [saved('root', 'UNHEALTHY', START + 5), saved('a', 'UNHEALTHY', START + 4)],
      revision: START + 5,
    });
    expect(woken).toEqual([START + 5]);
    expect(reader.changesSince(START + 3)).toMatchObject({
      revision: START + 5,
      changed: [{ component: 'a', status: 'UNHEALTHY' }, { component: 'root' }],
    });
    expect(reader.changesSince(START + 4)?.changed.map(({ component }) => component)).toEqual(['root']);
    // A look that changed nothing wakes nobody.
    await write({ components: [saved('a', 'UNHEALTHY', START + 4)], revision: START + 5 });
    expect(woken).toHaveLength(1);
    expect(state.asked.slice(0, 4)).toEqual([undefined, 1, 1, 2]);
    await instance.close();
    expect(clock.pendingTimers).toBe(0);
  });

  it('waits where some of what was decided is still to come between', async () => {
    const { reader, instance, saved, write } = await createWorld();
    await write({ components: [saved('root', 'UNHEALTHY', START + 6)], revision: START + 3 });
    expect(reader.revision).toBe(START + 3);
    await write({
      components: [saved('root', 'UNHEALTHY', START + 6), saved('a', 'UNHEALTHY', START + 5)],
      revision: START + 6,
    });
    expect(reader.changesSince(START + 3)?.changed.map(({ component }) => component)).toEqual(['a', 'root']);
    await instance.close();
  });

  it('goes on over a change of who decides, and over all that it missed', async () => {
    const { reader, instance, saved, write } = await createWorld();
    await write({
      isWhole: true,
      incarnation: { startRevision: 5_000_000, resumable: [{ from: START, to: START + 3 }] },
      components: [saved('a', 'DEGRADED', 5_000_001), saved('root', 'HEALTHY', START + 3)],
      removed: [{ id: 'b', revision: 5_000_002 }],
      revision: 5_000_002,
    });
    expect(reader.changesSince(START + 3)).toMatchObject({
      revision: 5_000_002,
      changed: [{ component: 'a', status: 'DEGRADED' }],
      removed: ['b'],
    });
    expect(reader.changesSince(START + 4)).toBeUndefined();
    // Its own configuration has it still: nobody has looked at it.
    expect(reader.health('b')).toMatchObject({ status: 'UNKNOWN', revision: 0 });
    await instance.close();
  });

  it('says for how long it knows nothing new, then that nothing is known, and has no streams', async () => {
    const { clock, reader, instance, state, write, events } = await createWorld();
    state.isGone = true;
    await clock.advance(14_000);
    expect(events).toEqual(['StoreFault: it is gone']);
    expect(instance.behindMs()).toBeGreaterThanOrEqual(13_900);
    expect(instance.isOutdated()).toBe(false);
    await clock.advance(20_000);
    expect(instance.isOutdated()).toBe(true);
    expect(reader.health('a')).toMatchObject({ status: 'UNKNOWN', reason: { code: 'STALE' }, revision: START + 1 });
    expect(reader.health('root')).toMatchObject({ status: 'UNKNOWN', revision: START + 3 });
    expect(reader.health('b')).toMatchObject({ status: 'HEALTHY' });
    expect(reader.revision).toBe(START + 3);
    state.isGone = false;
    await clock.advance(200);
    expect(events).toEqual(['StoreFault: it is gone', 'followed again']);
    // Nothing was written meanwhile.
    expect(instance.isOutdated()).toBe(true);
    await write({});
    expect(reader.health('a')).toMatchObject({ status: 'HEALTHY', revision: START + 1 });
    expect(instance.isOutdated()).toBe(false);
    await instance.close();
    expect(clock.pendingTimers).toBe(0);
  });

  it('says so, too, where the store can be read, and the other one holds it and writes nothing', async () => {
    const { clock, reader, instance, saved, write, events } = await createWorld();
    for (let second = 0; second < 60; second++) {
      await clock.advance(900);
      await write({});
      expect(instance.behindMs()).toBeLessThanOrEqual(100);
    }
    await write({ components: [saved('a', 'HEALTHY', START + 4)], revision: START + 4 });
    await clock.advance(4_000);
    expect(instance.behindMs()).toBeLessThanOrEqual(100);
    await clock.advance(10_000);
    expect(instance.behindMs()).toBeGreaterThanOrEqual(13_900);
    expect(instance.isOutdated()).toBe(false);
    await clock.advance(20_000);
    expect(instance.isOutdated()).toBe(true);
    expect(reader.health('a')).toMatchObject({ status: 'UNKNOWN', reason: { code: 'STALE' }, revision: START + 4 });
    await write({ components: [saved('a', 'UNHEALTHY', START + 5)], revision: START + 5 });
    expect(reader.health('a')).toMatchObject({ status: 'UNHEALTHY', revision: START + 5 });
    expect(instance.isOutdated()).toBe(false);
    expect(events).toEqual([]);
    await instance.close();
  });

  it('lets the one that held the store come first, where the store was away from both', async () => {
    const { clock, instance, state, write, events } = await createWorld();
    state.isGone = true;
    await clock.advance(12_000);
    state.isGone = false;
    state.isFree = true;
    await clock.advance(7_000);
    // It has renewed its lease.
    state.isFree = false;
    await write({});
    await clock.advance(5_000);
    expect(instance.heldBy()).toBe('another OpenK');
    state.isGone = true;
    await clock.advance(12_000);
    state.isGone = false;
    state.isFree = true;
    await clock.advance(8_500);
    expect(events.at(-1)).toBe('take over');
    await instance.close();
  });

  it('does not wait for that after a look that failed', async () => {
    const { clock, instance, state, events } = await createWorld();
    state.isGone = true;
    await clock.advance(4_000);
    state.isGone = false;
    state.isFree = true;
    await clock.advance(300);
    expect(events.at(-1)).toBe('take over');
    await instance.close();
  });

  it('takes over when nobody holds the store, under the same subscriptions', async () => {
    const { clock, reader, instance, state, events } = await createWorld();
    await expect(reader.report('b', { outcome: 'UNHEALTHY', message: '' })).rejects.toThrow(/stands by/);
    const woken: number[] = [];
    reader.subscribe(['b'], () => woken.push(reader.revision));
    state.isFree = true;
    await clock.advance(100);
    expect(events).toEqual(['take over']);
    expect(instance.heldBy()).toBeUndefined();
    expect(instance.behindMs()).toBe(0);
    const answer = await reader.report('b', { outcome: 'UNHEALTHY', message: 'as the test says' });
    expect(answer).toMatchObject({ ok: true, health: { status: 'UNHEALTHY' } });
    expect(woken.length).toBeGreaterThan(0);
    await instance.close();
    expect(clock.pendingTimers).toBe(0);
  });

  it('goes over to another definition, and is then as one that began with it', async () => {
    const { instance, reader, saved, write } = await createWorld();
    const before = reader.health('a');
    const next = system(group('root', ['a', 'c']), probe('a'), probe('c'));
    await instance.reload(next);
    expect(reader.ids()).toEqual(['a', 'c', 'root']);
    expect(reader.health('a')).toBe(before);
    expect(reader.health('b')).toBeUndefined();
    expect(reader.health('c')).toMatchObject({ status: 'UNKNOWN', revision: 0 });
    await instance.reload(DEFINITION);
    expect(reader.health('b')).toMatchObject({ status: 'HEALTHY', revision: START + 2 });
    await instance.reload(next);
    await write({
      revision: START + 5,
      components: [saved('c', 'DEGRADED', START + 5)],
      removed: [{ id: 'b', revision: START + 4 }],
    });
    expect(reader.health('c')).toMatchObject({ status: 'DEGRADED', revision: START + 5 });
    expect(reader.changesSince(START + 3)).toMatchObject({ removed: ['b'], changed: [{ component: 'c' }] });
  });

  it('goes over in slices', async () => {
    const { instance, reader, state } = await createWorld();
    state.isSlow = true;
    const reloaded = instance.reload(system(group('root', ['a']), probe('a')));
    for (let turn = 0; turn < 20; turn++) await Promise.resolve();
    expect(reader.ids()).toEqual(['a', 'b', 'root']);
    await reloaded;
    expect(reader.ids()).toEqual(['a', 'root']);
  });

  it('goes over to what was loaded while it took over', async () => {
    const { clock, instance, reader, state } = await createWorld();
    let reloaded: Promise<void> | undefined;
    state.onLoad = () => {
      reloaded = instance.reload(system(group('root', ['a', 'c']), probe('a'), probe('c')));
    };
    state.isFree = true;
    await clock.advance(200);
    await reloaded;
    await clock.advance(10_000);
    expect(reader.ids()).toEqual(['a', 'c', 'root']);
    expect(reader.health('c')).toMatchObject({ status: 'HEALTHY' });
    await instance.close();
  });

  it('tries again where the store fails in the middle of that', async () => {
    const { clock, instance, state, events } = await createWorld();
    state.isFree = true;
    const claimed = clock.advance(500);
    state.failsWhenClaimed = true;
    await claimed;
    expect(events).toEqual(['StoreFault: it is gone']);
    state.failsWhenClaimed = false;
    await clock.advance(200);
    expect(events).toEqual(['StoreFault: it is gone', 'followed again', 'take over']);
    await instance.close();
  });
});
