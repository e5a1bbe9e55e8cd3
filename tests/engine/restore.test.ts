// State that goes to the store and comes back: the hub over two lives, with a clock turned by hand.
import { describe, expect, it } from '@jest/globals';
import type { ComponentDefinition } from '../../src/core/definition.ts';
import type { SavedState, StateDelta } from '../../src/core/store.ts';
import { createHub, type Hub } from '../../src/engine/hub.ts';
import { createSaver } from '../../src/engine/saver.ts';
import { createFakeClock, type FakeClock } from '../support/fake-clock.ts';

const HOUR_MS = 3_600_000;
const base = { labels: {}, dependsOn: [], servingWhenDegraded: true };
const heartbeat = (id: string): ComponentDefinition => ({
  ...base,
  id,
  subject: { type: 'heartbeat', periodMs: HOUR_MS, graceMs: 0 },
});
const probe = (id: string, fingerprint = 'one'): ComponentDefinition => ({
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
      unhealthyThreshold: 3,
      staleAfterMs: 10_000,
    },
  },
});
const down = { outcome: 'UNHEALTHY', reason: { code: 'CONNECTION_REFUSED', message: 'refused' } } as const;
const up = { outcome: 'HEALTHY', reason: { code: 'OK', message: 'answered' } } as const;

const NOTHING: SavedState = { revision: 0, components: [] };

function startHub(clock: FakeClock, components: ComponentDefinition[], saved = NOTHING): Hub {
  const members = components.map(({ id }) => ({ component: id, impact: 'CRITICAL' as const, weight: 1 }));
  const root: ComponentDefinition = {
    ...base,
    id: 'system',
    subject: { type: 'group', rule: { kind: 'worst' }, members },
  };
  return createHub({ system: { rootId: 'system', components: [...components, root] }, clock, saved });
}

/** Ends one life; the state of the next. */
function endLife(hub: Hub, before = NOTHING): SavedState {
  const byId = new Map(before.components.map((component) => [component.id, component]));
  hub.handOver(({ changed, removed }) => {
    for (const component of changed) byId.set(component.id, component);
    for (const id of removed) byId.delete(id);
  });
  hub.close();
  // Through JSON, as a store keeps it.
  return JSON.parse(JSON.stringify({ revision: hub.revision, components: [...byId.values()] }));
}

describe('a second life', () => {
  it('goes on with the same health, and invents no change', () => {
    const clock = createFakeClock();
    const first = startHub(clock, [probe('a'), heartbeat('job')]);
    first.observe('a', up);
    first.observe('a', down);
    first.report('job', { outcome: 'DEGRADED', message: 'slow' });
    const healths = first.ids().map((id) => first.health(id));
    const saved = endLife(first);
    const second = startHub(clock, [probe('a'), heartbeat('job')], saved);
    expect(second.ids().map((id) => second.health(id))).toEqual(healths);
    expect(second.revision).toBe(saved.revision);
    second.close();
  });

  it('goes on counting where thresholds were', () => {
    const clock = createFakeClock();
    const first = startHub(clock, [probe('a')]);
    for (const observation of [up, down, down]) first.observe('a', observation);
    const second = startHub(clock, [probe('a')], endLife(first));
    expect(second.health('a')).toMatchObject({ status: 'HEALTHY', pending: { count: 2, threshold: 3 } });
    second.observe('a', down);
    expect(second.health('a')?.status).toBe('UNHEALTHY');
    second.close();
  });

  it('does not take over what was seen of something else', () => {
    const clock = createFakeClock();
    const first = startHub(clock, [probe('a', 'one')]);
    first.observe('a', up);
    const second = startHub(clock, [probe('a', 'two')], endLife(first));
    expect(second.health('a')).toMatchObject({ status: 'UNKNOWN', reason: { code: 'NEVER_CHECKED' } });
    second.close();
  });

  it('calls stale what was seen too long ago', async () => {
    const clock = createFakeClock();
    const first = startHub(clock, [probe('a')]);
    first.observe('a', up);
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
    const first = startHub(clock, [heartbeat('job')]);
    first.report('job', { outcome: 'HEALTHY', message: '' });
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
    const first = startHub(clock, [heartbeat('job')]);
    first.report('job', { outcome: 'HEALTHY', message: '' });
    await clock.advance(HOUR_MS);
    const before = first.health('job');
    expect(before).toMatchObject({ status: 'UNHEALTHY', reason: { code: 'LATE' } });
    const second = startHub(clock, [heartbeat('job')], endLife(first));
    expect(second.health('job')).toEqual(before);
    second.close();
  });

  it('gives a job a whole period for its next report', async () => {
    const clock = createFakeClock();
    const first = startHub(clock, [heartbeat('job')]);
    first.report('job', { outcome: 'HEALTHY', message: '' });
    const saved = endLife(first);
    await clock.advance(HOUR_MS - 1);
    const second = startHub(clock, [heartbeat('job')], saved);
    await clock.advance(HOUR_MS - 1);
    expect(second.health('job')?.status).toBe('HEALTHY');
    await clock.advance(1);
    expect(second.health('job')?.status).toBe('UNHEALTHY');
    second.close();
  });

  it('forgets what the configuration no longer has', () => {
    const clock = createFakeClock();
    const first = startHub(clock, [probe('a'), probe('b')]);
    const saved = endLife(first);
    const second = endLife(startHub(clock, [probe('a')], saved), saved);
    expect(second.components.map(({ id }) => id).sort()).toEqual(['a', 'system']);
  });
});

describe('the saver', () => {
  it('saves what changed, tries again what failed, and tells of failing and recovering once each', async () => {
    const clock = createFakeClock();
    const hub = startHub(clock, [probe('a'), probe('b')]);
    const saves: StateDelta[] = [];
    const faults: unknown[] = [];
    let broken = false;
    const store = {
      save(delta: StateDelta) {
        if (broken) throw new Error('disk full');
        saves.push(delta);
      },
    };
    const onFault = (fault: unknown) => faults.push(fault);
    const saver = createSaver({ clock, store, intervalMs: 1000, handOver: hub.handOver, onFault });
    saver.start();
    await clock.advance(1000);
    expect(saves.map(({ changed }) => changed.length)).toEqual([3]);
    broken = true;
    hub.observe('a', up);
    await clock.advance(3000);
    expect(faults).toEqual([new Error('disk full')]);
    broken = false;
    hub.observe('b', up);
    await clock.advance(1000);
    expect(faults).toEqual([new Error('disk full'), undefined]);
    expect(
      saves
        .at(-1)
        ?.changed.map(({ id }) => id)
        .sort(),
    ).toEqual(['a', 'b', 'system']);
    expect(saves.at(-1)?.revision).toBe(hub.revision);
    saver.close();
    hub.close();
    expect(clock.pendingTimers).toBe(0);
  });
});
