// State that goes to the store and comes back: the aggregator over two incarnations, with a clock turned by hand.
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from '@jest/globals';
import type { ComponentDefinition, SystemDefinition } from '../../src/core/definition.ts';
import type { SavedState } from '../../src/core/store.ts';
import type { Aggregator } from '../../src/engine/aggregator.ts';
import { resumableRevisions, startOfIncarnation } from '../../src/store/history/incarnations.ts';
import { createFakeClock, type FakeClock } from '../support/fake-clock.ts';
import { createInstantAggregator } from '../support/instant-aggregator.ts';
import type { InstantJournal } from '../support/instant-journal.ts';

const HOUR_MS = 3_600_000;
const base = { labels: {}, dependsOn: [], servingWhenDegraded: true };
const heartbeat = (id: string): ComponentDefinition => ({
  ...base,
  id,
  subject: { type: 'heartbeat', periodMs: HOUR_MS, graceMs: 0 },
});
const probe = (id: string, fingerprint = 'one', unhealthyThreshold = 3): ComponentDefinition => ({
  ...base,
  id,
  subject: {
    type: 'probe',
    kind: 'tcp',
    options: {},
    fingerprint,
    schedule: {
      intervalMs: 1000,
      unhealthyIntervalMs: 1000,
      timeoutMs: 500,
      healthyThreshold: 2,
      unhealthyThreshold,
      staleAfterMs: 10_000,
    },
  },
});
const down = { outcome: 'UNHEALTHY', reason: { code: 'CONNECTION_REFUSED', message: 'refused' } } as const;
const up = { outcome: 'HEALTHY', reason: { code: 'OK', message: 'answered' } } as const;

interface Life {
  readonly aggregator: Aggregator;
  readonly journal: InstantJournal;
  readonly startRevision: number;
  /** Start revisions up to this one. */
  readonly starts: readonly number[];
}

interface Left extends SavedState {
  readonly starts?: readonly number[];
}

type Components = ComponentDefinition[];

function systemOf(components: Components): SystemDefinition {
  const members = components.map(({ id: component }) => ({ component, impact: 'CRITICAL' as const, weight: 1 }));
  const root: ComponentDefinition = {
    ...base,
    id: 'system',
    subject: { type: 'group', rule: { kind: 'worst' }, members },
  };
  return { rootId: 'system', components: [...components, root] };
}

function live(clock: FakeClock, components: Components, saved?: Left): Life {
  const startRevision = startOfIncarnation(saved?.revision ?? 0, [], clock.nowMs());
  const system = systemOf(components);
  const { aggregator, journal } = createInstantAggregator({ system, clock, ...(saved && { saved }), startRevision });
  return { aggregator, journal, startRevision, starts: [...(saved?.starts ?? []), startRevision] };
}

function startHub(clock: FakeClock, components: Components, saved?: Left): Aggregator {
  return live(clock, components, saved).aggregator;
}

/** Ends one incarnation; the state of the next. */
function endLife({ aggregator, journal, starts }: Life): Left {
  aggregator.close();
  const saved = journal.saved();
  return { ...saved, starts, resumable: resumableRevisions(starts, saved.revision) };
}

describe('a second incarnation', () => {
  it('goes on with the same health, and invents no change', () => {
    const clock = createFakeClock();
    const first = live(clock, [probe('a'), heartbeat('job')]);
    first.aggregator.observe('a', up);
    first.aggregator.observe('a', down);
    first.aggregator.report('job', { outcome: 'DEGRADED', message: 'slow' });
    const healths = first.aggregator.ids().map((id) => first.aggregator.health(id));
    const saved = endLife(first);
    const second = startHub(clock, [probe('a'), heartbeat('job')], saved);
    expect(second.ids().map((id) => second.health(id))).toEqual(healths);
    expect(second.changesSince(saved.revision)).toMatchObject({ changed: [], removed: [] });
    second.close();
  });

  it('lets go of what was saved once it is taken over', async () => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    setFlagsFromString('--no-expose-gc');
    const clock = createFakeClock();
    const begin = () => {
      const saved = endLife(live(clock, [probe('a')]));
      return { second: startHub(clock, [probe('a')], saved), held: new WeakRef(saved.components) };
    };
    const { second, held } = begin();
    // Whoever has a WeakRef holds on to what it refers to until the turn is over.
    await new Promise(setImmediate);
    collect();
    expect(held.deref()).toBeUndefined();
    expect(second.health('a')?.status).toBe('UNKNOWN');
    second.close();
  });

  it('goes on counting where thresholds were', () => {
    const clock = createFakeClock();
    const first = live(clock, [probe('a')]);
    for (const observation of [up, down, down]) first.aggregator.observe('a', observation);
    const second = startHub(clock, [probe('a')], endLife(first));
    expect(second.health('a')).toMatchObject({ status: 'HEALTHY', pending: { count: 2, threshold: 3 } });
    second.observe('a', down);
    expect(second.health('a')?.status).toBe('UNHEALTHY');
    second.close();
  });

  it.each([
    [5, 'HEALTHY', { count: 2, threshold: 5 }],
    [2, 'UNHEALTHY', undefined],
  ])('counts up to the thresholds that are in force now: %d', (threshold, status, pending) => {
    const clock = createFakeClock();
    const first = live(clock, [probe('a')]);
    for (const observation of [up, down, down]) first.aggregator.observe('a', observation);
    const second = startHub(clock, [probe('a', 'one', threshold)], endLife(first));
    expect(second.health('a')).toMatchObject({ status, ...(pending && { pending }) });
    second.close();
  });

  it('does not take over what was seen of something else', () => {
    const clock = createFakeClock();
    const first = live(clock, [probe('a', 'one')]);
    first.aggregator.observe('a', up);
    const second = startHub(clock, [probe('a', 'two')], endLife(first));
    expect(second.health('a')).toMatchObject({ status: 'UNKNOWN', reason: { code: 'NEVER_CHECKED' } });
    second.close();
  });

  it('calls stale what was seen too long ago', async () => {
    const clock = createFakeClock();
    const first = live(clock, [probe('a')]);
    first.aggregator.observe('a', up);
    const saved = endLife(first);
    await clock.advance(4000);
    const second = startHub(clock, [probe('a')], saved);
    expect(second.health('a')?.status).toBe('HEALTHY');
    await clock.advance(5999);
    expect(second.health('a')?.status).toBe('HEALTHY');
    await clock.advance(1);
    expect(second.health('a')).toMatchObject({ status: 'UNKNOWN', reason: { code: 'STALE' } });
    second.close();
  });

  it('does not blame a job for a report that was due while nobody listened', async () => {
    const clock = createFakeClock();
    const first = live(clock, [heartbeat('job')]);
    first.aggregator.report('job', { outcome: 'HEALTHY', message: '' });
    const saved = endLife(first);
    await clock.advance(2 * HOUR_MS);
    const second = startHub(clock, [heartbeat('job')], saved);
    expect(second.health('job')).toMatchObject({ status: 'UNKNOWN', reason: { code: 'MISSED_WHILE_DOWN' } });
    await clock.advance(HOUR_MS);
    expect(second.health('job')).toMatchObject({ status: 'UNHEALTHY', reason: { code: 'LATE' } });
    second.close();
  });

  it('still calls late what was late before', async () => {
    const clock = createFakeClock();
    const first = live(clock, [heartbeat('job')]);
    first.aggregator.report('job', { outcome: 'HEALTHY', message: '' });
    await clock.advance(HOUR_MS);
    const before = first.aggregator.health('job');
    expect(before).toMatchObject({ status: 'UNHEALTHY', reason: { code: 'LATE' } });
    const second = startHub(clock, [heartbeat('job')], endLife(first));
    expect(second.health('job')).toEqual(before);
    second.close();
  });

  it('gives a job a whole period for its next report', async () => {
    const clock = createFakeClock();
    const first = live(clock, [heartbeat('job')]);
    first.aggregator.report('job', { outcome: 'HEALTHY', message: '' });
    const saved = endLife(first);
    await clock.advance(HOUR_MS - 1);
    const second = startHub(clock, [heartbeat('job')], saved);
    await clock.advance(HOUR_MS - 1);
    expect(second.health('job')?.status).toBe('HEALTHY');
    await clock.advance(1);
    expect(second.health('job')?.status).toBe('UNHEALTHY');
    second.close();
  });

  describe('of a heartbeat that never reported', () => {
    it('waits no longer for it than without restarts', async () => {
      const clock = createFakeClock();
      let saved = endLife(live(clock, [heartbeat('job')]));
      for (let restart = 0; restart < 5; restart++) {
        await clock.advance(HOUR_MS / 6);
        saved = endLife(live(clock, [heartbeat('job')], saved));
      }
      const last = startHub(clock, [heartbeat('job')], saved);
      await clock.advance(HOUR_MS / 6 - 1);
      expect(last.health('job')).toMatchObject({ status: 'UNKNOWN', reason: { code: 'NEVER_REPORTED' } });
      await clock.advance(1);
      expect(last.health('job')).toMatchObject({ status: 'UNHEALTHY', reason: { code: 'LATE' } });
      last.close();
    });

    it('does not blame it where it was due while OpenK was down, and then waits a whole period, over restarts too', async () => {
      const clock = createFakeClock();
      const first = endLife(live(clock, [heartbeat('job')]));
      await clock.advance(2 * HOUR_MS);
      const second = live(clock, [heartbeat('job')], first);
      expect(second.aggregator.health('job')).toMatchObject({
        status: 'UNKNOWN',
        reason: { code: 'MISSED_WHILE_DOWN' },
      });
      await clock.advance(HOUR_MS / 2);
      const third = startHub(clock, [heartbeat('job')], endLife(second));
      expect(third.health('job')).toMatchObject({ status: 'UNKNOWN', reason: { code: 'MISSED_WHILE_DOWN' } });
      await clock.advance(HOUR_MS / 2 - 1);
      expect(third.health('job')?.status).toBe('UNKNOWN');
      await clock.advance(1);
      expect(third.health('job')).toMatchObject({ status: 'UNHEALTHY', reason: { code: 'LATE' } });
      third.close();
    });

    it('still calls it late after a restart', async () => {
      const clock = createFakeClock();
      const first = live(clock, [heartbeat('job')]);
      await clock.advance(HOUR_MS);
      const before = first.aggregator.health('job');
      expect(before).toMatchObject({ status: 'UNHEALTHY', reason: { code: 'LATE' } });
      const second = startHub(clock, [heartbeat('job')], endLife(first));
      expect(second.health('job')).toEqual(before);
      second.close();
    });

    it('waits a whole period where the earlier version did not say since when', async () => {
      const clock = createFakeClock();
      const { components, ...rest } = endLife(live(clock, [heartbeat('job')]));
      const saved = { ...rest, components: components.map(({ expectedSinceMs: _, ...component }) => component) };
      await clock.advance(5 * HOUR_MS);
      const second = startHub(clock, [heartbeat('job')], saved);
      await clock.advance(HOUR_MS - 1);
      expect(second.health('job')).toMatchObject({ status: 'UNKNOWN', reason: { code: 'NEVER_REPORTED' } });
      await clock.advance(1);
      expect(second.health('job')?.status).toBe('UNHEALTHY');
      second.close();
    });

    it('keeps the time over a changed period', async () => {
      const clock = createFakeClock();
      const hourly = heartbeat('job');
      const daily: ComponentDefinition = {
        ...hourly,
        subject: { type: 'heartbeat', periodMs: 24 * HOUR_MS, graceMs: 0 },
      };
      const first = live(clock, [daily]);
      await clock.advance(HOUR_MS / 2);
      first.aggregator.reload(systemOf([hourly]));
      await clock.advance(HOUR_MS / 2 - 1);
      expect(first.aggregator.health('job')?.status).toBe('UNKNOWN');
      await clock.advance(1);
      expect(first.aggregator.health('job')?.status).toBe('UNHEALTHY');
      first.aggregator.close();
    });
  });

  it('dates what ran out while OpenK was down from then', async () => {
    const clock = createFakeClock();
    const startMs = clock.nowMs();
    const first = live(clock, [probe('a')]);
    first.aggregator.observe('a', up);
    const saved = endLife(first);
    await clock.advance(HOUR_MS);
    const second = live(clock, [probe('a')], saved);
    expect(second.aggregator.health('a')).toMatchObject({ status: 'UNKNOWN', sinceMs: startMs + 10_000 });
    expect(second.journal.decisions[0]?.records).toMatchObject([
      { component: 'a', atMs: startMs + 10_000 },
      { component: 'system', atMs: startMs + HOUR_MS },
    ]);
    second.aggregator.close();
  });

  it('tells who no longer names what is gone', () => {
    const { aggregator, journal } = live(createFakeClock(), [
      probe('a'),
      probe('b'),
      { ...probe('c'), source: 'shop' },
    ]);
    aggregator.reload(systemOf([probe('a')]));
    expect(journal.decisions.at(-1)!.records.map(({ component, reason }) => [component, reason.message])).toEqual([
      ['b', 'the configuration no longer has it'],
      ['c', 'the source shop no longer names it'],
    ]);
    aggregator.close();
  });

  it('tells what the configuration no longer has, and forgets it', () => {
    const clock = createFakeClock();
    const first = live(clock, [probe('a'), probe('b')]);
    for (const id of ['a', 'b']) first.aggregator.observe(id, up);
    const saved = endLife(first);
    const second = live(clock, [probe('a')], saved);
    expect(second.journal.decisions).toMatchObject([
      { records: [{ component: 'b', from: 'HEALTHY', reason: { code: 'REMOVED' } }], removed: [{ id: 'b' }] },
    ]);
    expect(second.journal.decisions[0]?.records[0]).not.toHaveProperty('to');
    expect(second.aggregator.changesSince(saved.revision)).toMatchObject({
      changed: [{ component: 'system' }],
      removed: ['b'],
    });
    expect(
      endLife(second)
        .components.map(({ id }) => id)
        .sort(),
    ).toEqual(['a', 'system']);
  });

  it('brings a watcher from where it was to the present, also over several restarts without a change', async () => {
    const clock = createFakeClock();
    const first = live(clock, [probe('a'), heartbeat('job')]);
    first.aggregator.observe('a', up);
    const { revision } = first.aggregator;
    first.aggregator.report('job', { outcome: 'DEGRADED', message: 'slow' });
    const second = live(clock, [probe('a'), heartbeat('job')], endLife(first));
    await clock.advance(5000);
    const third = live(clock, [probe('a'), heartbeat('job')], endLife(second));
    third.aggregator.observe('a', { ...up, reason: { code: 'OK', message: 'in another way' } });
    const changed = third.aggregator.changesSince(revision)?.changed.map(({ component }) => component);
    expect(changed).toEqual(['job', 'system', 'a']);
    third.aggregator.close();
  });

  it('says that what is looked at in another way went from what it was to UNKNOWN', () => {
    const clock = createFakeClock();
    const first = live(clock, [probe('a', 'one')]);
    first.aggregator.observe('a', up);
    const second = live(clock, [probe('a', 'two')], endLife(first));
    expect(second.journal.decisions[0]?.records).toMatchObject([
      { component: 'a', from: 'HEALTHY', to: 'UNKNOWN' },
      { component: 'system', from: 'HEALTHY', to: 'UNKNOWN' },
    ]);
    second.aggregator.close();
  });

  it.each([-86_400_000, 86_400_000])('takes a wall clock that stepped by %i ms for what it is', async (stepMs) => {
    const clock = createFakeClock();
    const first = live(clock, [probe('a')]);
    first.aggregator.observe('a', up);
    const saved = endLife(first);
    clock.stepWall(stepMs);
    const second = live(clock, [probe('a')], saved);
    // From the future: as if it were seen just now. From long ago: stale.
    expect(second.aggregator.health('a')?.status).toBe(stepMs < 0 ? 'HEALTHY' : 'UNKNOWN');
    await clock.advance(10_000);
    expect(second.aggregator.health('a')?.reason.code).toBe('STALE');
    second.aggregator.close();
  });
});
