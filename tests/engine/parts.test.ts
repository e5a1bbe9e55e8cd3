// Parts of what probes look at become components: the aggregator, with a clock turned by hand.
import { describe, expect, it } from '@jest/globals';
import type { SystemDefinition } from '../../src/core/definition.ts';
import type { Observation, ObservedPart } from '../../src/core/observation.ts';
import type { Outcome } from '../../src/core/status.ts';
import { atOnce } from '../../src/core/steps.ts';
import type { SavedState } from '../../src/core/store.ts';
import { group, heartbeat, probe, system } from '../support/definitions.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { createInstantAggregator } from '../support/instant-aggregator.ts';
import { createEngineWorld } from './engine-world.ts';

const HOUR_MS = 3_600_000;

const one = probe('orders', { kind: 'http', labels: { team: 'shop' }, displayName: 'Orders' });
const plain = system(group('system', ['orders']), one);

function part(name: string, outcome: Outcome | 'UNKNOWN'): ObservedPart {
  return { name, outcome, reason: { code: 'SAID', message: `says ${outcome}` } };
}

/** `db:HEALTHY shards/a:UNHEALTHY` */
function seeing(text: string, outcome: Outcome = 'HEALTHY'): Observation {
  const parts = text.split(' ').filter((word) => word !== '');
  return {
    outcome,
    reason: { code: 'OK', message: 'answered' },
    parts: parts.map((word) => {
      const [, name, said] = /^(.+):(\w+)$/.exec(word.replaceAll('~', ' '))!;
      return part(name!, said as Outcome);
    }),
  };
}

function begin(definition: SystemDefinition = plain, saved?: SavedState) {
  const clock = createFakeClock();
  const startRevision = saved?.revision ?? 0;
  const world = createInstantAggregator({ system: definition, clock, startRevision, ...(saved && { saved }) });
  const { aggregator } = world;
  return {
    ...world,
    clock,
    /** Sees it, and waits until what is new has become a component. */
    async see(text: string | Observation, id = 'orders') {
      aggregator.observe(id, typeof text === 'string' ? seeing(text) : text);
      await clock.advance(300);
    },
    statuses: () => Object.fromEntries(aggregator.ids().map((id) => [id, aggregator.health(id)!.status])),
  };
}

describe('a part', () => {
  it('is a component below the one that names it, with its labels, and is in no group', async () => {
    const { aggregator, see, statuses } = begin();
    await see('db:HEALTHY shards:UNHEALTHY shards/a:UNHEALTHY');
    expect(statuses()).toEqual({
      orders: 'HEALTHY',
      'orders.db': 'HEALTHY',
      'orders.shards': 'UNHEALTHY',
      'orders.shards.a': 'UNHEALTHY',
      system: 'HEALTHY',
    });
    expect(aggregator.parents('orders.db')).toEqual(['orders']);
    expect(aggregator.memberIds('orders')).toEqual(['orders.db', 'orders.shards', 'orders.shards.a']);
    expect(aggregator.memberIds('system')).toEqual(['orders']);
    expect(aggregator.definition('orders.shards.a')).toMatchObject({
      displayName: 'shards/a',
      labels: { team: 'shop' },
      subject: { type: 'probe', kind: 'part' },
    });
    expect(aggregator.health('orders.shards')!.reason).toEqual({ code: 'SAID', message: 'says UNHEALTHY' });
    expect(aggregator.health('system')!.memberCounts).toMatchObject({ total: 1 });
  });

  it('has its own changes, thresholds and history', async () => {
    const strict = system(group('system', ['orders']), probe('orders', { schedule: { unhealthyThreshold: 2 } }));
    const { aggregator, journal, statusChanges, see } = begin(strict);
    await see('db:HEALTHY');
    await see('db:UNHEALTHY');
    expect(aggregator.health('orders.db')).toMatchObject({ status: 'HEALTHY', pending: { count: 1, threshold: 2 } });
    await see('db:UNHEALTHY');
    expect(statusChanges.map(({ from, health }) => [health.component, from, health.status])).toEqual([
      ['orders', 'UNKNOWN', 'HEALTHY'],
      ['system', 'UNKNOWN', 'HEALTHY'],
      ['orders.db', 'HEALTHY', 'UNHEALTHY'],
    ]);
    const seen = journal.observations.filter(({ component }) => component === 'orders.db');
    expect(seen.map(({ outcome }) => outcome)).toEqual(['HEALTHY', 'UNHEALTHY', 'UNHEALTHY']);
  });

  it('explains the one that names it', async () => {
    const { aggregator, see } = begin();
    await see({ ...seeing('db:UNHEALTHY cache:HEALTHY'), outcome: 'DEGRADED' });
    expect(aggregator.explain('system')!.causes.map((path) => path.map(({ component }) => component))).toEqual([
      ['system', 'orders', 'orders.db'],
    ]);
  });

  it('explains it in the same order, whatever had to move', async () => {
    const other = probe('other');
    const { aggregator, see } = begin(system(group('system', ['orders', 'other']), other, one));
    await see(seeing('a:UNHEALTHY b:UNHEALTHY c:UNHEALTHY', 'DEGRADED'));
    const before = aggregator.explain('orders');
    aggregator.reload(system(group('system', ['orders']), one));
    expect(aggregator.explain('orders')).toEqual(before);
  });

  it('that is not named any more is UNKNOWN at once, and gone after a day', async () => {
    const { aggregator, clock, see, statuses } = begin();
    await see('db:HEALTHY cache:HEALTHY');
    await see('db:HEALTHY');
    expect(aggregator.health('orders.cache')).toMatchObject({ status: 'UNKNOWN', reason: { code: 'PART_MISSING' } });
    await clock.advance(23 * HOUR_MS);
    await see('db:HEALTHY');
    expect(statuses()).toMatchObject({ 'orders.cache': 'UNKNOWN', 'orders.db': 'HEALTHY' });
    await clock.advance(HOUR_MS);
    await see('db:HEALTHY');
    expect(aggregator.ids()).toEqual(['orders', 'orders.db', 'system']);
    await see('db:HEALTHY cache:DEGRADED');
    expect(statuses()).toMatchObject({ 'orders.cache': 'DEGRADED' });
  });

  it('becomes stale while nobody hears of it', async () => {
    const { aggregator, clock, see, statuses } = begin();
    await see('db:HEALTHY');
    await see({ outcome: 'UNHEALTHY', reason: { code: 'CONNECTION_REFUSED', message: 'refused' } });
    expect(statuses()).toMatchObject({ orders: 'UNHEALTHY', 'orders.db': 'HEALTHY' });
    await clock.advance(31_000);
    expect(aggregator.health('orders.db')).toMatchObject({ status: 'UNKNOWN', reason: { code: 'STALE' } });
  });

  it('does not wait long, and others wait with it', async () => {
    const two = system(group('system', ['a', 'b']), probe('a'), probe('b'));
    const { aggregator, clock, journal } = begin(two);
    const before = journal.decisions.length;
    aggregator.observe('a', seeing('db:HEALTHY'));
    aggregator.observe('b', seeing('db:HEALTHY'));
    expect(aggregator.ids()).toEqual(['a', 'b', 'system']);
    await clock.advance(250);
    expect(aggregator.ids()).toEqual(['a', 'a.db', 'b', 'b.db', 'system']);
    const structures = journal.decisions.slice(before).filter(({ structure }) => structure !== undefined);
    expect(structures.map(({ changed }) => changed.map(({ component }) => component))).toEqual([['a.db', 'b.db']]);
    // The same parts again are no change.
    aggregator.observe('a', seeing('db:HEALTHY'));
    expect(clock.pendingTimers).toBe(1);
  });
});

describe('the id of a part', () => {
  it('is made of its name, and is another one where that is taken', async () => {
    const { aggregator, see } = begin(system(group('system', ['orders', 'orders.db']), one, heartbeat('orders.db')));
    await see(
      "db:HEALTHY a.b:HEALTHY a/b:HEALTHY Graceful~Shutdown:HEALTHY Search(alias='x'):HEALTHY ü:HEALTHY __proto__:HEALTHY",
    );
    const names = aggregator.memberIds('orders').map((id) => [id, aggregator.definition(id)!.displayName]);
    expect(Object.fromEntries(names.map(([id, name]) => [name, id]))).toEqual({
      'Graceful Shutdown': 'orders.Graceful-Shutdown',
      "Search(alias='x')": 'orders.Search-alias-x',
      'a/b': 'orders.a.b',
      'a.b': expect.stringMatching(/^orders\.a\.b-[0-9a-f]{8}$/),
      db: expect.stringMatching(/^orders\.db-[0-9a-f]{8}$/),
      ü: expect.stringMatching(/^orders\.[0-9a-f]{8}$/),
      ['__proto__']: 'orders.proto',
    });
    for (const [id] of names) expect(id).toMatch(/^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/);
  });

  it('has room for long names', async () => {
    const { aggregator, see } = begin();
    const long = 'x'.repeat(150);
    await see(`${long}1:HEALTHY ${long}2:HEALTHY`);
    const ids = aggregator.memberIds('orders');
    expect(ids).toHaveLength(2);
    for (const id of ids) expect(id).toMatch(/^orders\.x+-[0-9a-f]{8}$/);
    expect(Math.max(...ids.map((id) => id.length))).toBeLessThanOrEqual(128);
  });
});

describe('very many parts', () => {
  it('are a hundred, and what is missing makes room', async () => {
    const { aggregator, see } = begin();
    const many = (from: number) => Array.from({ length: 200 }, (_, at) => `p${from + at}:HEALTHY`).join(' ');
    await see(many(0));
    expect(aggregator.memberIds('orders')).toHaveLength(100);
    await see('p0:HEALTHY');
    await see('p0:HEALTHY new:HEALTHY');
    const ids = aggregator.memberIds('orders');
    expect(ids).toHaveLength(100);
    expect(ids).toContain('orders.new');
    expect(ids).toContain('orders.p0');
  });
});

describe('parts that are planned', () => {
  function beginPlanning() {
    const clock = createFakeClock();
    const world = createInstantAggregator({ system: plain, clock, startRevision: 0, onPartsDue() {} });
    return { ...world, clock, plan: () => atOnce(world.aggregator.planParts()) };
  }

  it('begin with what was seen of them last', () => {
    const { aggregator, plan } = beginPlanning();
    aggregator.observe('orders', seeing('db:HEALTHY'));
    const planned = plan()!;
    aggregator.observe('orders', seeing('db:UNHEALTHY'));
    expect(aggregator.ids()).toEqual(['orders', 'system']);
    aggregator.takeParts(planned);
    expect(aggregator.health('orders.db')!.status).toBe('UNHEALTHY');
    expect(plan()).toBeUndefined();
  });

  it('do not come to what is asked for something else meanwhile', () => {
    const { aggregator, plan } = beginPlanning();
    aggregator.observe('orders', seeing('db:HEALTHY'));
    aggregator.reload(system(group('system', ['orders']), { ...one, subject: probe('orders').subject }));
    expect(plan()).toBeUndefined();
  });

  it('stay where they are named again', async () => {
    const { aggregator, clock, plan } = beginPlanning();
    aggregator.observe('orders', seeing('db:HEALTHY cache:HEALTHY'));
    aggregator.takeParts(plan()!);
    aggregator.observe('orders', seeing('cache:HEALTHY'));
    await clock.advance(25 * HOUR_MS);
    aggregator.observe('orders', seeing('cache:HEALTHY'));
    const planned = plan()!;
    expect(planned.next.changes.gone).toEqual(['orders.db']);
    aggregator.observe('orders', seeing('db:HEALTHY cache:HEALTHY'));
    aggregator.takeParts(planned);
    expect(aggregator.health('orders.db')!.status).toBe('HEALTHY');
  });
});

describe('parts over a reload', () => {
  it('stay as they are, with the labels that their owner has now', async () => {
    const { aggregator, see } = begin();
    await see('db:DEGRADED');
    const before = aggregator.health('orders.db')!;
    aggregator.reload(system(group('system', ['orders']), { ...one, labels: { team: 'stock' } }));
    expect(aggregator.health('orders.db')).toMatchObject({ status: 'DEGRADED', sinceMs: before.sinceMs });
    expect(aggregator.definition('orders.db')!.labels).toEqual({ team: 'stock' });
  });

  it('are the same where their owner is', async () => {
    const { aggregator, see } = begin();
    await see('db:DEGRADED');
    const before = aggregator.definition('orders.db');
    aggregator.reload(system(group('system', ['orders', 'else']), one, probe('else')));
    expect(aggregator.definition('orders.db')).toBe(before);
  });

  it('have no probe of their own', async () => {
    const { engine, clock, probes, script } = await createEngineWorld(plain);
    script('orders', () => seeing('db:DEGRADED'));
    engine.start();
    await clock.advance(30_000);
    expect(engine.aggregator.ids()).toContain('orders.db');
    await engine.reload(system(group('system', ['orders']), { ...one, labels: { team: 'stock' } }));
    expect(engine.aggregator.definition('orders.db')!.labels).toEqual({ team: 'stock' });
    expect(probes.map(({ id }) => id)).toEqual(['orders']);
    expect(engine.stats().jobs).toBe(1);
    await engine.close();
  });

  it('come in turns of their own, with a reload after them', async () => {
    let isSlow = false;
    const clock = createFakeClock();
    const { monotonicMs } = clock;
    clock.monotonicMs = () => {
      // Each step takes longer than a slice.
      if (isSlow) clock.freeze(10);
      return monotonicMs();
    };
    const { engine, script } = await createEngineWorld(plain, { clock });
    script('orders', () => seeing('db:DEGRADED'));
    engine.start();
    while (clock.monotonicMs() < 30_000 && engine.aggregator.health('orders')?.checkedAtMs === undefined)
      await clock.advance(10);
    isSlow = true;
    await clock.advance(250);
    expect(engine.aggregator.ids()).not.toContain('orders.db');
    await engine.reload(system(group('system', ['orders', 'else']), one, probe('else')));
    expect(engine.aggregator.ids()).toEqual(['else', 'orders', 'orders.db', 'system']);
    await engine.close();
  });

  it('go with their owner, and with what it asked', async () => {
    const { aggregator, journal, see } = begin();
    await see('db:DEGRADED');
    aggregator.reload(system(group('system', ['orders']), probe('orders', { kind: 'http', fingerprint: 'another' })));
    expect(aggregator.ids()).toEqual(['orders', 'system']);
    expect(journal.decisions.at(-1)!.removed.map(({ id }) => id)).toEqual(['orders.db']);
    await see('db:HEALTHY');
    expect(aggregator.ids()).toContain('orders.db');
    aggregator.reload(system(group('system', [])));
    expect(aggregator.ids()).toEqual(['system']);
  });

  it('give way to a component that takes their id', async () => {
    const { aggregator, see, statuses } = begin();
    await see('db:DEGRADED');
    aggregator.reload(system(group('system', ['orders', 'orders.db']), one, heartbeat('orders.db')));
    expect(statuses()).toMatchObject({ 'orders.db': 'UNKNOWN' });
    expect(aggregator.definition('orders.db')!.part).toBeUndefined();
    await see('db:DEGRADED');
    expect(aggregator.memberIds('orders')).toEqual([expect.stringMatching(/^orders\.db-/)]);
  });
});

describe('parts over a restart', () => {
  it('are there from the start, with what is known of them', async () => {
    const first = begin();
    await first.see('db:DEGRADED shards/a~b:UNHEALTHY');
    const { sinceMs, revision } = first.aggregator.health('orders.db')!;
    const second = begin(plain, first.journal.saved());
    expect(second.aggregator.ids()).toEqual(first.aggregator.ids());
    expect(second.aggregator.health('orders.db')).toMatchObject({ status: 'DEGRADED', sinceMs, revision });
    expect(second.aggregator.definition('orders.shards.a-b')!.part).toEqual({ owner: 'orders', name: 'shards/a b' });
    await second.see('db:HEALTHY shards/a~b:UNHEALTHY');
    expect(second.statuses()).toMatchObject({ 'orders.db': 'HEALTHY', 'orders.shards.a-b': 'UNHEALTHY' });
  });

  it('are gone where their owner is, or asks for something else', async () => {
    const first = begin();
    await first.see('db:DEGRADED');
    const other = system(group('system', ['orders']), probe('orders', { kind: 'http', fingerprint: 'another' }));
    const second = begin(other, first.journal.saved());
    expect(second.aggregator.ids()).toEqual(['orders', 'system']);
    expect(second.journal.decisions[0]!.removed.map(({ id }) => id)).toEqual(['orders.db']);
  });
});
