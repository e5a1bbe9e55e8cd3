import { describe, expect, it } from '@jest/globals';
import type { AlertChanges } from '../../src/core/alert.ts';
import { compileGraph } from '../../src/core/graph.ts';
import type { ObservationRecord, SavedComponent, StatusRecord } from '../../src/core/store.ts';
import type { BacklogLimits } from '../../src/engine/backlog.ts';
import type { Decision, Structure } from '../../src/engine/decision.ts';
import { createJournal } from '../../src/engine/journal.ts';
import { alert, changes, delivery, resolved, saved, suspension } from '../store/alerts.ts';
import { group, probe, system } from '../support/definitions.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { createScriptedStore, DISK_FULL } from '../support/scripted-store.ts';
import { START_MS } from './aggregator-world.ts';

const reason = { code: 'SEEN', message: 'as seen' };
const observation = (component: string): ObservationRecord => ({ component, atMs: START_MS, outcome: 'HEALTHY' });
const record = (component: string, revision: number): StatusRecord => ({
  revision,
  component,
  atMs: START_MS,
  from: 'HEALTHY',
  to: 'UNHEALTHY',
  reason,
  causedBy: [],
});
const state = (id: string, revision: number): SavedComponent => ({
  id,
  fingerprint: '',
  condition: { status: 'UNHEALTHY', reason },
  health: { component: id, status: 'UNHEALTHY', sinceMs: START_MS, reason, causedBy: [], revision },
});

const NOTHING: Decision = {
  revision: 7,
  atMs: START_MS,
  records: [],
  changed: [],
  removed: [],
  statusChanges: [],
  saved: [],
  structure: undefined,
  reread: [],
  trace: undefined,
};

function createWorld(limits?: BacklogLimits) {
  const clock = createFakeClock(START_MS);
  const store = createScriptedStore();
  const faults: unknown[] = [];
  /** Their revisions. */
  const published: number[] = [];
  const appendsAtMs: number[] = [];
  store.onAppend = () => appendsAtMs.push(clock.monotonicMs());
  const onFault = (fault: unknown) => faults.push(fault);
  const publish = (decision: Decision) => published.push(decision.revision);
  const journal = createJournal({ clock, store, revision: 7, publish, onFault, ...(limits && { limits }) });
  let revision = 7;
  /** A transition of the component, and the state that it comes to. */
  const change = (...ids: string[]) => stageChange(ids);
  const stageChange = (ids: readonly string[], structure?: Structure) => {
    const records = ids.map((id) => {
      revision += 1;
      return record(id, revision);
    });
    const saved = records.map((one) => state(one.component, one.revision));
    journal.stage({ ...NOTHING, revision, atMs: clock.nowMs(), records, saved, structure });
  };
  /** All that there is. */
  const appear = (ids: readonly string[]) => {
    const compiled = compileGraph(system(group('root', []), ...ids.map((id) => probe(id))));
    if (!compiled.ok) throw new Error('a definition has faults');
    stageChange(ids, { graph: compiled.graph, rootId: 'root' });
  };
  /** What a decision comes to for alerts, with no change of health. */
  const alerts = (more: Partial<AlertChanges>) => {
    revision += 1;
    journal.stage({ ...NOTHING, revision, atMs: clock.nowMs(), alerts: changes(more) });
  };
  return { clock, store, journal, faults, published, appendsAtMs, change, appear, alerts };
}

describe('journal: keeping', () => {
  it('appends a change at once, and tells it when it is kept', async () => {
    const { clock, store, journal, published, change } = createWorld();
    store.mode = 'hold';
    change('a');
    expect(store.held).toMatchObject({ revision: 8, records: [{ component: 'a' }], changed: [{ id: 'a' }] });
    expect(published).toEqual([]);
    let isSettled = false;
    void journal.settled().then(() => {
      isSettled = true;
    });
    await clock.advance(0);
    expect(isSettled).toBe(false);
    store.keep();
    await clock.advance(0);
    expect(published).toEqual([8]);
    expect(isSettled).toBe(true);
    store.mode = 'keep';
    await journal.close();
    expect(clock.pendingTimers).toBe(0);
  });

  it('has one append in flight, and what comes meanwhile goes as the next, whole', async () => {
    const { clock, store, journal, published, change } = createWorld();
    store.mode = 'hold';
    change('a');
    journal.observed(observation('b'));
    change('b');
    change('c', 'b');
    store.keep();
    await clock.advance(0);
    expect(published).toEqual([8]);
    expect(store.held).toMatchObject({
      revision: 11,
      records: [{ revision: 9 }, { revision: 10 }, { revision: 11 }],
      observations: [{ component: 'b' }],
      changed: [{ health: { revision: 11 } }, { health: { revision: 10 } }],
    });
    store.keep();
    await clock.advance(0);
    expect(published).toEqual([8, 9, 11]);
    store.mode = 'keep';
    await journal.close();
  });

  it('tells at once, in its turn, what there is nothing to keep of', async () => {
    const { clock, store, journal, published, change } = createWorld();
    const nothing = (at: number) => journal.stage({ ...NOTHING, revision: at });
    nothing(1);
    expect(published).toEqual([1]);
    expect(store.batches).toEqual([]);
    store.mode = 'hold';
    change('a');
    nothing(2);
    expect(published).toEqual([1]);
    store.mode = 'keep';
    store.keep();
    await clock.advance(0);
    expect(published).toEqual([1, 8, 2]);
    await journal.close();
  });

  it('brings observations within a second, and says every second that OpenK is alive', async () => {
    const { clock, store, journal } = createWorld();
    journal.start();
    await clock.advance(1_000);
    journal.observed(observation('a'));
    await clock.advance(999);
    expect(store.batches).toMatchObject([
      { untilMs: START_MS, elapsedMs: 0, revision: 7, records: [] },
      { untilMs: START_MS + 1_000, elapsedMs: 1_000, revision: 7, records: [] },
    ]);
    await clock.advance(1);
    expect(store.batches[2]).toMatchObject({ elapsedMs: 1_000, observations: [observation('a')] });
    await journal.close();
    expect(clock.pendingTimers).toBe(0);
  });

  it('brings what was only refreshed every five seconds, the latest of each', async () => {
    const { clock, store, journal, change } = createWorld();
    journal.start();
    await clock.advance(1);
    journal.refreshed(state('a', 3));
    journal.refreshed(state('a', 4));
    journal.refreshed(state('b', 5));
    change('b');
    await clock.advance(4_998);
    expect(store.saved().components).toEqual([state('b', 8)]);
    await clock.advance(1);
    expect(store.saved().components).toEqual([state('b', 8), state('a', 4)]);
    await journal.close();
  });

  it('cuts what is much into parts', async () => {
    const { clock, store, journal, published, change } = createWorld({ observations: 100, transitions: 100, part: 4 });
    store.mode = 'hold';
    change('a');
    for (let number = 0; number < 9; number++) journal.observed(observation(`o${number}`));
    change('b');
    store.mode = 'keep';
    store.keep();
    await clock.advance(0);
    expect(store.batches.map(({ observations, records }) => [observations.length, records.length])).toEqual([
      [0, 1],
      [4, 0],
      [4, 0],
      [1, 1],
    ]);
    expect(published).toEqual([8, 9]);
    await journal.close();
  });

  it('cuts a decision that is more than a part, and publishes it once the store has all of it', async () => {
    const { clock, store, journal, published, change } = createWorld({ observations: 100, transitions: 100, part: 4 });
    store.mode = 'hold';
    change('a', 'b', 'c', 'd', 'e');
    expect(store.held).toMatchObject({
      revision: 7,
      records: [{ component: 'a' }, { component: 'b' }],
      changed: [{ id: 'a' }, { id: 'b' }],
    });
    // What comes later takes nothing away of what is to be kept first.
    change('c', 'd');
    store.keep();
    await clock.advance(0);
    expect(store.held).toMatchObject({
      revision: 7,
      records: [{ revision: 10 }, { revision: 11 }],
      changed: [{ health: { revision: 10 } }, { health: { revision: 11 } }],
    });
    store.keep();
    await clock.advance(0);
    expect(published).toEqual([]);
    store.mode = 'keep';
    store.keep();
    await clock.advance(0);
    expect(published).toEqual([12, 14]);
    expect(store.batches.map(({ revision, changed }) => [revision, changed.map(({ id }) => id)])).toEqual([
      [7, ['a', 'b']],
      [7, ['c', 'd']],
      [14, ['e', 'c', 'd']],
    ]);
    await journal.close();
  });

  it('publishes such a decision at once where the store fails, and brings all of it later', async () => {
    const { clock, store, journal, published, faults, change } = createWorld({
      observations: 100,
      transitions: 100,
      part: 4,
    });
    store.mode = 'refuse';
    change('a', 'b', 'c', 'd', 'e');
    await clock.advance(0);
    expect(published).toEqual([12]);
    change('a', 'd');
    store.mode = 'keep';
    await clock.advance(1_000);
    expect(faults).toEqual([DISK_FULL, undefined]);
    expect(store.batches.flatMap(({ records }) => records.map(({ revision }) => revision))).toEqual([
      8, 9, 10, 11, 12, 13, 14,
    ]);
    expect(
      store
        .saved()
        .components.map(({ id, health }) => [id, health.revision])
        .toSorted(),
    ).toEqual([
      ['a', 13],
      ['b', 9],
      ['c', 10],
      ['d', 14],
      ['e', 12],
    ]);
    expect(store.saved().revision).toBe(14);
    await journal.close();
  });

  it('has room for what appears at the start, however many there are', async () => {
    const { clock, store, journal, appear } = createWorld({ observations: 100, transitions: 100, part: 40 });
    store.mode = 'refuse';
    appear(Array.from({ length: 150 }, (_, at) => `c${at}`));
    await clock.advance(0);
    expect(journal.stats()).toMatchObject({ transitions: 150, droppedTransitions: 0 });
    store.mode = 'keep';
    await clock.advance(1_000);
    expect(store.batches.flatMap(({ records }) => records)).toHaveLength(150);
    expect(Math.max(...store.batches.map(({ records, changed }) => records.length + changed.length))).toBe(40);
    await journal.close();
  });

  it('keeps everything at the end, and how long OpenK was there', async () => {
    const { clock, store, journal, published, change } = createWorld();
    store.mode = 'hold';
    change('a');
    journal.observed(observation('a'));
    journal.refreshed(state('b', 3));
    await clock.advance(700);
    const closed = journal.close();
    store.mode = 'keep';
    store.keep();
    await closed;
    expect(store.batches).toMatchObject([
      { revision: 8 },
      { untilMs: START_MS + 700, elapsedMs: 700, observations: [{}], changed: [{ id: 'b' }] },
    ]);
    expect(published).toEqual([8]);
    change('late');
    expect(published).toEqual([8, 9]);
    expect(clock.pendingTimers).toBe(0);
  });

  it('says at the end how long OpenK was there, also when nothing happened', async () => {
    const { clock, store, journal } = createWorld();
    await clock.advance(300);
    await journal.close();
    expect(store.batches).toMatchObject([{ untilMs: START_MS + 300, elapsedMs: 300, revision: 7 }]);
  });
});

describe('journal: what is durable', () => {
  it('says so once the store has it, and not while it fails, is slow, or is closed', async () => {
    const { clock, store, journal, change } = createWorld();
    expect(await journal.settled()).toBe(true);
    change('a');
    expect(await journal.settled()).toBe(true);
    store.mode = 'refuse';
    change('b');
    expect(await journal.settled()).toBe(false);
    // What was published and is not kept may be what is asked about.
    expect(await journal.settled()).toBe(false);
    change('c');
    expect(await journal.settled()).toBe(false);
    store.mode = 'keep';
    await clock.advance(1_000);
    expect(await journal.settled()).toBe(true);
    store.mode = 'hold';
    change('d');
    const slow = journal.settled();
    await clock.advance(3_000);
    expect(await slow).toBe(false);
    store.mode = 'keep';
    store.keep();
    await clock.advance(0);
    expect(await journal.settled()).toBe(true);
    await journal.close();
    change('e');
    expect(await journal.settled()).toBe(false);
  });
});

describe('journal: a store that fails', () => {
  it('tells at once meanwhile, tries again within 5 s, and then brings all of it in order', async () => {
    const { clock, store, journal, faults, published, appendsAtMs, change } = createWorld();
    store.mode = 'refuse';
    change('a');
    await clock.advance(0);
    expect(faults).toEqual([DISK_FULL]);
    expect(published).toEqual([8]);
    change('b');
    expect(published).toEqual([8, 9]);
    await journal.settled();
    expect(journal.stats()).toMatchObject({ failing: true, transitions: 2 });
    await clock.advance(30_000);
    expect(appendsAtMs).toEqual([0, 1_000, 3_000, 7_000, 12_000, 17_000, 22_000, 27_000]);
    expect(faults).toHaveLength(1);
    store.mode = 'keep';
    await clock.advance(5_000);
    expect(faults).toEqual([DISK_FULL, undefined]);
    expect(journal.stats()).toMatchObject({ failing: false, transitions: 0 });
    expect(store.batches.flatMap(({ records }) => records.map(({ revision }) => revision))).toEqual([8, 9]);
    // Time as it was, however late it is published.
    expect(store.batches.map(({ untilMs, elapsedMs }) => [untilMs - START_MS, elapsedMs])).toEqual([
      [0, 0],
      [32_000, 32_000],
    ]);
    store.mode = 'hold';
    change('c');
    expect(published).toEqual([8, 9]);
    store.keep();
    await clock.advance(0);
    expect(published).toEqual([8, 9, 10]);
    store.mode = 'keep';
    await journal.close();
    expect(clock.pendingTimers).toBe(0);
  });

  it('waits two seconds for one that is slow, and holds its tongue again once all that it published is kept', async () => {
    const { clock, store, journal, faults, published, change } = createWorld();
    store.mode = 'hold';
    change('a');
    await clock.advance(1_999);
    expect([published, faults]).toEqual([[], []]);
    await clock.advance(1);
    expect(published).toEqual([8]);
    expect(String(faults)).toMatch(/storage: .* for 2s\. Check the disk/);
    change('b');
    expect(published).toEqual([8, 9]);
    store.keep();
    await clock.advance(0);
    // What was told early is on its way: what comes now waits again, and the fault is over when that is kept.
    change('c');
    expect(published).toEqual([8, 9]);
    expect(journal.stats().failing).toBe(true);
    store.keep();
    await clock.advance(0);
    expect(faults).toHaveLength(2);
    expect(published).toEqual([8, 9]);
    store.keep();
    await clock.advance(0);
    expect(published).toEqual([8, 9, 10]);
    store.mode = 'keep';
    await journal.close();
  });

  it('lets states that were only refreshed wait until the store takes something again', async () => {
    const { clock, store, journal, change } = createWorld();
    journal.start();
    store.mode = 'refuse';
    change('a');
    for (let round = 0; round < 10; round++) {
      journal.refreshed(state('b', round));
      await clock.advance(10_000);
    }
    store.mode = 'keep';
    await clock.advance(40_000);
    expect(store.batches.flatMap(({ changed }) => changed)).toEqual([state('a', 8), state('b', 9)]);
    await journal.close();
  });

  it('tells what the fault has become', async () => {
    const { clock, store, faults, journal, change } = createWorld();
    store.mode = 'hold';
    change('a');
    await clock.advance(2_000);
    store.refuse();
    await clock.advance(0);
    expect(faults).toEqual([expect.objectContaining({ name: 'StoreFault' }), DISK_FULL]);
    store.mode = 'keep';
    await journal.close();
    expect(faults.at(-1)).toBeUndefined();
  });

  it('tries once more at the end, and gives up when that fails or takes too long', async () => {
    for (const mode of ['refuse', 'hold'] as const) {
      const { clock, store, journal, published, change } = createWorld();
      store.mode = 'refuse';
      change('a');
      await clock.advance(0);
      store.mode = mode;
      let isClosed = false;
      const closed = journal.close().then(() => {
        isClosed = true;
      });
      await clock.advance(1_999);
      expect(isClosed).toBe(mode === 'refuse');
      await clock.advance(1);
      await closed;
      expect(store.batches).toEqual([]);
      expect(published).toEqual([8]);
      expect(clock.pendingTimers).toBe(0);
    }
  });

  it('sends the latest state of each only, and says with the last part alone how far the store has come', async () => {
    const { clock, store, journal, change } = createWorld({ observations: 100, transitions: 100, part: 2 });
    store.mode = 'refuse';
    change('a');
    await clock.advance(0);
    for (const ids of [['b'], ['a'], ['c', 'b']]) change(...ids);
    store.mode = 'keep';
    await clock.advance(1_000);
    expect(store.batches.map(({ revision, records, changed }) => [revision, records.length, changed.length])).toEqual([
      [7, 1, 0],
      [7, 1, 0],
      [7, 1, 1],
      [7, 1, 1],
      [12, 1, 1],
    ]);
    await journal.close();
  });

  it('keeps the latest 10,000 entries of the audit log for a store that fails, and counts those that it gives up', async () => {
    const { clock, store, journal, change } = createWorld();
    store.mode = 'refuse';
    change('first');
    await clock.advance(0);
    const entry = { atMs: START_MS, principal: 'key:ci', address: '', action: 'REPORT', detail: '' };
    for (let number = 0; number < 12_000; number++) journal.audited({ ...entry, component: `c${number}` });
    const { auditEntries, droppedAuditEntries } = journal.stats();
    expect(auditEntries).toBeLessThanOrEqual(10_000);
    expect(auditEntries + droppedAuditEntries).toBe(12_000);
    store.mode = 'keep';
    await clock.advance(30_000);
    await journal.close();
    const kept = store.batches.flatMap(({ audit = [] }) => audit.map(({ component }) => component));
    expect(kept).toEqual(Array.from({ length: auditEntries }, (_, at) => `c${12_000 - auditEntries + at}`));
    expect(journal.stats()).toMatchObject({ auditEntries: 0, droppedAuditEntries });
  });

  it('drops the oldest observations, then the oldest transitions, each beyond its bound, and counts them', async () => {
    const { clock, store, journal, change } = createWorld({ observations: 2_500, transitions: 1_500, part: 500 });
    store.mode = 'refuse';
    change('first');
    await clock.advance(0);
    for (let number = 0; number < 6_000; number++) journal.observed(observation(`o${number}`));
    for (let number = 0; number < 2_000; number++) change(`c${number % 700}`);
    const { droppedObservations, droppedTransitions, observations, transitions } = journal.stats();
    expect(observations).toBeLessThanOrEqual(2_500);
    expect(observations + droppedObservations).toBe(6_000);
    expect(transitions).toBeLessThanOrEqual(1_500);
    expect(transitions).toBeGreaterThan(1_000);
    expect(transitions + droppedTransitions).toBe(2_001);
    store.mode = 'keep';
    await clock.advance(30_000);
    expect(store.batches.flatMap((batch) => batch.observations.map(({ component }) => component))).toEqual(
      Array.from({ length: observations }, (_, at) => `o${6_000 - observations + at}`),
    );
    const revisions = store.batches.flatMap(({ records }) => records.map(({ revision }) => revision));
    expect(revisions).toEqual(Array.from({ length: transitions }, (_, at) => 2_008 - transitions + at + 1));
    // States are the latest, whatever was dropped of the way to them.
    const saved = store.saved();
    expect(saved.components).toHaveLength(701);
    expect(Math.max(...saved.components.map(({ health }) => health.revision))).toBe(2_008);
    expect(saved.revision).toBe(2_008);
    expect(journal.stats()).toMatchObject({ failing: false, observations: 0, transitions: 0 });
    const elapsedMs = store.batches.reduce((sum, batch) => sum + batch.elapsedMs, 0);
    expect(elapsedMs).toBe(store.batches.at(-1)!.untilMs - START_MS);
    await journal.close();
  });

  it('holds no more parts than its bounds allow, however long it lasts', async () => {
    const { clock, store, journal, change } = createWorld({ observations: 1_000, transitions: 1_000, part: 100 });
    store.mode = 'refuse';
    change('a');
    await clock.advance(0);
    for (let round = 0; round < 200; round++) {
      change('a');
      for (let number = 0; number < 300; number++) journal.observed(observation('o'));
      await clock.advance(10);
    }
    store.mode = 'keep';
    await clock.advance(30_000);
    expect(store.batches.length).toBeLessThan(60);
    expect(store.batches.flatMap(({ records }) => records)).toHaveLength(201);
    expect(store.batches.flatMap(({ observations }) => observations).length).toBeGreaterThan(800);
    // Whatever was dropped of it, time is whole.
    const elapsedMs = store.batches.reduce((sum, batch) => sum + batch.elapsedMs, 0);
    expect(elapsedMs).toBe(store.batches.at(-1)!.untilMs - START_MS);
    await journal.close();
  });
});

describe('journal: alerts', () => {
  const idsIn = (store: ReturnType<typeof createWorld>['store']) =>
    store.batches.map(({ alerts }) => [
      alerts?.alerts.map((one) => one.alert.id),
      alerts?.forgotten,
      alerts?.deliveries.map(({ number }) => number),
      alerts?.suspensions.map(({ id }) => id),
    ]);

  it('go with the decision that they came with, which is published once they are kept', async () => {
    const { clock, store, journal, published, alerts, change } = createWorld();
    store.mode = 'hold';
    alerts({ alerts: [saved(alert('a'))], deliveries: [delivery(1)] });
    expect(store.held).toMatchObject({ alerts: { alerts: [saved(alert('a'))], deliveries: [delivery(1)] } });
    expect(published).toEqual([]);
    store.keep();
    await clock.advance(0);
    expect(published).toEqual([8]);
    store.mode = 'keep';
    change('x');
    await clock.advance(0);
    expect(store.batches.at(-1)).not.toHaveProperty('alerts');
    await journal.close();
  });

  it('are the latest of each in a batch, and every delivery', async () => {
    const { clock, store, journal, alerts } = createWorld();
    store.mode = 'hold';
    alerts({ alerts: [saved(alert('first'))] });
    alerts({ alerts: [saved(alert('a')), saved(alert('b')), saved(alert('c'))], deliveries: [delivery(1)] });
    alerts({ alerts: [saved(resolved('a', 9))], forgotten: ['b'], deliveries: [delivery(2)] });
    alerts({ suspensions: [suspension('s')] });
    alerts({ suspensions: [suspension('s', { endedBy: 'me' })] });
    expect(journal.stats()).toMatchObject({ alerts: 4, deliveries: 2 });
    store.mode = 'keep';
    store.keep();
    await clock.advance(0);
    expect(idsIn(store).slice(1)).toEqual([[['c', 'a'], ['b'], [1, 2], ['s']]]);
    expect(store.batches[1]?.alerts?.alerts[1]).toEqual(saved(resolved('a', 9)));
    expect(store.batches[1]?.alerts?.suspensions).toEqual([suspension('s', { endedBy: 'me' })]);
    expect(journal.stats()).toMatchObject({ alerts: 0, deliveries: 0 });
    await journal.close();
  });

  it('wait while the store fails: the latest of each, and beside a delivery what it told of', async () => {
    const { clock, store, journal, published, alerts } = createWorld({ observations: 100, transitions: 100, part: 2 });
    store.mode = 'refuse';
    alerts({ alerts: [saved(alert('told'))], deliveries: [delivery(1, { alert: 'told' })] });
    await clock.advance(0);
    alerts({ alerts: [saved(alert('pending')), saved(alert('other'))] });
    alerts({ alerts: [saved(resolved('pending', 5)), saved(resolved('told', 5))] });
    expect(published).toEqual([8, 9, 10]);
    store.mode = 'keep';
    await clock.advance(1_000);
    expect(idsIn(store).filter(([ids]) => ids !== undefined)).toEqual([
      [['told'], [], [1], []],
      [['other'], [], [], []],
      [['pending', 'told'], [], [], []],
    ]);
    await journal.close();
  });

  it('that wait are bounded: the oldest deliveries and the oldest ends are given up, and counted', async () => {
    const { clock, store, journal, alerts } = createWorld();
    store.mode = 'refuse';
    alerts({ alerts: [saved(alert('on'))] });
    await clock.advance(0);
    for (let round = 0; round < 25; round++) {
      const thousand = Array.from({ length: 1_000 }, (_, at) => round * 1_000 + at + 1);
      alerts({
        alerts: thousand.map((at) => saved(resolved(`a${at}`, at))),
        forgotten: round === 0 ? ['f'] : [],
        deliveries: thousand.map((at) => delivery(at, { alert: `a${at}` })),
      });
    }
    const { deliveries, droppedDeliveries, droppedAlerts } = journal.stats();
    expect([deliveries, deliveries + droppedDeliveries]).toEqual([20_000, 25_000]);
    expect(droppedAlerts).toBeGreaterThan(5_000);
    store.mode = 'keep';
    await clock.advance(30_000);
    const kept = store.batches.flatMap((batch) => batch.alerts?.deliveries ?? []).map(({ number }) => number);
    expect(kept).toEqual(Array.from({ length: 20_000 }, (_, at) => 5_001 + at));
    const ended = store.batches.flatMap((batch) => batch.alerts?.alerts ?? []).map((one) => one.alert.id);
    expect(ended).toContain('on');
    expect(ended.length).toBe(25_002 - droppedAlerts);
    expect(journal.stats()).toMatchObject({ failing: false, alerts: 0, deliveries: 0 });
    await journal.close();
  });
});
