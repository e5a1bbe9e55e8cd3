import { describe, expect, it, jest } from '@jest/globals';
import type { SystemDefinition } from '../../src/core/definition.ts';
import { compileNext } from '../../src/core/next-graph.ts';
import { atOnce } from '../../src/core/steps.ts';
import { group, heartbeat, probe, system } from '../support/definitions.ts';
import { type AggregatorWorld, createAggregatorWorld, START_MS, saw } from './aggregator-world.ts';

/** Reloads, and tells what that changed. */
function reload({ aggregator }: AggregatorWorld, definition: SystemDefinition) {
  const { revision } = aggregator;
  aggregator.reload(definition);
  const changes = aggregator.changesSince(revision);
  return {
    changed: changes?.changed.map(({ component }) => component).toSorted(),
    removed: changes?.removed.toSorted(),
  };
}

describe('reload', () => {
  const definition = system(
    group('root', ['a', 'b', 'beat']),
    probe('a', { schedule: { unhealthyThreshold: 3 } }),
    probe('b'),
    heartbeat('beat'),
  );

  it('leaves alone what is the same: state, revision, what is pending and when it expires', async () => {
    const world = createAggregatorWorld(definition);
    const { clock, aggregator, statusChanges } = world;
    aggregator.observe('a', saw('HEALTHY'));
    aggregator.observe('a', saw('UNHEALTHY'));
    aggregator.report('beat', { outcome: 'DEGRADED', message: 'slow' });
    await clock.advance(20_000);
    const before = aggregator.ids().map((id) => aggregator.health(id));
    statusChanges.length = 0;
    expect(reload(world, system(...definition.components.toReversed()))).toEqual({ changed: [], removed: [] });
    expect(reload(world, { ...definition })).toEqual({ changed: [], removed: [] });
    expect(aggregator.ids().map((id) => aggregator.health(id))).toEqual(before);
    expect(statusChanges).toEqual([]);
    await clock.advance(10_999);
    expect(aggregator.health('a')?.status).toBe('HEALTHY');
    await clock.advance(1);
    expect(aggregator.health('a')?.status).toBe('UNKNOWN');
  });

  it.each([true, false])(
    'leaves no deadline behind of what is something else now (is the graph compiled before: %s)',
    (isReady) => {
      const { aggregator, clock } = createAggregatorWorld(
        system(group('root', ['a']), probe('a', { fingerprint: 'one' })),
      );
      aggregator.observe('a', saw('HEALTHY'));
      expect(clock.pendingTimers).toBe(1);
      const next = system(group('root', ['a']), probe('a', { fingerprint: 'other' }));
      const root = aggregator.definition('root')!;
      const redefined = { ...next, components: [root, ...next.components.slice(1)] };
      const graph = atOnce(compileNext(aggregator.graph(), redefined));
      aggregator.reload(redefined, undefined, isReady && graph.ok ? graph : undefined);
      expect(aggregator.health('a')?.status).toBe('UNKNOWN');
      expect(clock.pendingTimers).toBe(0);
    },
  );

  it('leaves no deadline behind of what is gone', () => {
    const { aggregator, clock } = createAggregatorWorld(system(group('root', ['a']), probe('a')));
    aggregator.observe('a', saw('HEALTHY'));
    expect(clock.pendingTimers).toBe(1);
    aggregator.reload(system(group('root', [])));
    expect(clock.pendingTimers).toBe(0);
  });

  it('takes over thresholds and pace without a change of health, and labels with a revision, since they decide who sees it', () => {
    const world = createAggregatorWorld(definition);
    const { aggregator } = world;
    aggregator.observe('a', saw('HEALTHY'));
    const next = system(
      group('root', ['a', 'b', 'beat']),
      probe('a', { labels: { team: 'one' }, schedule: { unhealthyThreshold: 1, intervalMs: 99_000 } }),
      probe('b'),
      heartbeat('beat'),
    );
    expect(reload(world, next)).toEqual({ changed: ['a'], removed: [] });
    expect(reload(world, { ...next })).toEqual({ changed: [], removed: [] });
    expect(aggregator.definition('a')).toBe(next.components[1]);
    aggregator.observe('a', saw('UNHEALTHY'));
    expect(aggregator.health('a')?.status).toBe('UNHEALTHY');
  });

  it.each([
    ['raised', 'UU', { unhealthyThreshold: 5 }, 'HEALTHY', { status: 'UNHEALTHY', count: 2, threshold: 5 }],
    ['lowered, and not reached', 'U', { unhealthyThreshold: 2 }, 'HEALTHY', { count: 1, threshold: 2 }],
    ['lowered to the count', 'UU', { unhealthyThreshold: 2 }, 'UNHEALTHY', undefined],
    ['lowered below the count', 'UU', { unhealthyThreshold: 1 }, 'UNHEALTHY', undefined],
    [
      'lowered, and the last went further',
      'DU',
      { unhealthyThreshold: 2 },
      'DEGRADED',
      { status: 'UNHEALTHY', count: 1 },
    ],
    [
      'raised for the better',
      'UUUH',
      { healthyThreshold: 4 },
      'UNHEALTHY',
      { status: 'HEALTHY', count: 1, threshold: 4 },
    ],
    ['lowered for the better', 'UUUH', { healthyThreshold: 1 }, 'HEALTHY', undefined],
  ] as const)('takes over a threshold while a change is pending: %s', async (_name, seen, changed, status, pending) => {
    const schedule = { unhealthyThreshold: 3, healthyThreshold: 2 };
    const world = createAggregatorWorld(system(group('root', ['a']), probe('a', { schedule })));
    const { clock, aggregator, statusChanges } = world;
    const outcomes = { H: 'HEALTHY', D: 'DEGRADED', U: 'UNHEALTHY' } as const;
    aggregator.observe('a', saw('HEALTHY'));
    for (const letter of seen) aggregator.observe('a', saw(outcomes[letter as 'U'], { message: `saw ${letter}` }));
    const before = aggregator.health('a')!;
    statusChanges.length = 0;
    await clock.advance(1_000);
    reload(world, system(group('root', ['a']), probe('a', { schedule: { ...schedule, ...changed } })));
    const after = aggregator.health('a')!;
    expect(after).toMatchObject({ status, ...(pending && { pending }) });
    expect(after.pending === undefined).toBe(pending === undefined);
    expect(after.pending?.reason.message).toBe(pending && `saw ${seen.at(-1)}`);
    expect(after.revision).toBeGreaterThan(before.revision);
    expect(aggregator.health('root')?.status).toBe(status);
    expect(statusChanges.map(({ health: { component, sinceMs } }) => [component, sinceMs])).toEqual(
      status === before.status ? [] : ['a', 'root'].map((id) => [id, START_MS + 1_000]),
    );
    aggregator.close();
  });

  it('takes over stale_after at once: shorter makes stale what is too old by it, longer lets it count again', async () => {
    const world = createAggregatorWorld(definition);
    const { clock, aggregator } = world;
    const staleAfter = (staleAfterMs: number) =>
      system(...definition.components.with(2, probe('b', { schedule: { staleAfterMs } })));
    aggregator.observe('b', saw('HEALTHY'));
    await clock.advance(20_000);
    reload(world, staleAfter(15_000));
    expect(aggregator.health('b')).toMatchObject({
      status: 'UNKNOWN',
      sinceMs: START_MS + 20_000,
      reason: { code: 'STALE' },
    });
    await clock.advance(5_000);
    reload(world, staleAfter(40_000));
    expect(aggregator.health('b')).toMatchObject({ status: 'HEALTHY', sinceMs: START_MS + 25_000 });
    await clock.advance(14_999);
    expect(aggregator.health('b')?.status).toBe('HEALTHY');
    await clock.advance(1);
    expect(aggregator.health('b')?.status).toBe('UNKNOWN');
    aggregator.close();
  });

  it('takes over period and grace at once', async () => {
    const world = createAggregatorWorld(definition);
    const { clock, aggregator } = world;
    const periodic = (periodMs: number, graceMs: number) =>
      system(...definition.components.with(3, heartbeat('beat', { periodMs, graceMs })));
    aggregator.report('beat', { outcome: 'HEALTHY', message: '' });
    await clock.advance(20_000);
    reload(world, periodic(10_000, 5_000));
    expect(aggregator.health('beat')).toMatchObject({ status: 'UNHEALTHY', reason: { code: 'LATE' } });
    reload(world, periodic(10_000, 15_000));
    expect(aggregator.health('beat')?.status).toBe('HEALTHY');
    await clock.advance(5_000);
    expect(aggregator.health('beat')?.status).toBe('UNHEALTHY');
    aggregator.close();
  });

  it('says at once by which limits it is late', async () => {
    const world = createAggregatorWorld(definition);
    const { clock, aggregator } = world;
    const periodic = (graceMs: number) =>
      system(...definition.components.with(3, heartbeat('beat', { periodMs: 10_000, graceMs })));
    reload(world, periodic(5_000));
    aggregator.report('beat', { outcome: 'HEALTHY', message: '' });
    await clock.advance(15_000);
    expect(aggregator.health('beat')?.reason.message).toBe('no report within 10s and 5s of grace');
    expect(reload(world, periodic(4_000)).changed).toContain('beat');
    expect(aggregator.health('beat')?.reason.message).toBe('no report within 10s and 4s of grace');
    aggregator.close();
  });

  it.each([
    ['looks elsewhere', probe('b', { fingerprint: 'other' })],
    ['looks in another way', probe('b', { kind: 'http' })],
  ])('begins anew with a probe that %s', async (_name, changed) => {
    const world = createAggregatorWorld(definition);
    const { clock, aggregator, statusChanges } = world;
    aggregator.observe('b', saw('HEALTHY', { latencyMs: 3 }));
    statusChanges.length = 0;
    await clock.advance(1_000);
    expect(reload(world, system(...definition.components.with(2, changed)))).toEqual({
      changed: ['b', 'root'],
      removed: [],
    });
    expect(aggregator.health('b')).toEqual({
      component: 'b',
      status: 'UNKNOWN',
      sinceMs: START_MS + 1_000,
      reason: { code: 'NEVER_CHECKED', message: 'not checked yet' },
      causedBy: [],
      revision: aggregator.revision - 1,
    });
    expect(statusChanges).toMatchObject([{ from: 'HEALTHY', health: { component: 'b', status: 'UNKNOWN' } }]);
    aggregator.observe('b', saw('UNHEALTHY'));
    expect(aggregator.health('b')?.status).toBe('UNHEALTHY');
    // What the old one saw does not make the new one stale.
    await clock.advance(30_999);
    expect(aggregator.health('b')?.status).toBe('UNHEALTHY');
  });

  it('begins anew with what becomes another kind of thing', () => {
    const world = createAggregatorWorld(definition);
    const { aggregator } = world;
    aggregator.observe('a', saw('HEALTHY'));
    aggregator.observe('b', saw('HEALTHY', { latencyMs: 3 }));
    aggregator.report('beat', { outcome: 'HEALTHY', message: '' });
    aggregator.reload(system(group('root', ['a', 'b', 'beat']), probe('a'), group('b', ['a']), probe('beat')));
    expect(aggregator.health('b')).toMatchObject({ status: 'HEALTHY', memberCounts: { healthy: 1 } });
    expect(aggregator.health('b')).not.toHaveProperty('checkedAtMs');
    expect(aggregator.health('beat')?.status).toBe('UNKNOWN');
    aggregator.reload(definition);
    expect(aggregator.health('b')).toMatchObject({ status: 'UNKNOWN', reason: { code: 'NEVER_CHECKED' } });
    expect(aggregator.health('b')).not.toHaveProperty('memberCounts');
  });

  it('tells what is gone and what is new, and recomputes the groups over them', async () => {
    const world = createAggregatorWorld(definition);
    const { clock, aggregator, statusChanges } = world;
    for (const id of ['a', 'b']) aggregator.observe(id, saw('HEALTHY'));
    aggregator.report('beat', { outcome: 'HEALTHY', message: '' });
    expect(aggregator.health('root')?.status).toBe('HEALTHY');
    expect(aggregator.memberIds('root')).toEqual(['a', 'b', 'beat']);
    statusChanges.length = 0;
    const woken: string[] = [];
    for (const id of ['a', 'b', 'new', 'root']) aggregator.subscribe(new Set([id]), () => woken.push(id));
    await clock.advance(1_000);
    const next = system(group('root', ['a', 'new']), definition.components[1]!, probe('new'));
    expect(reload(world, next)).toEqual({ changed: ['new', 'root'], removed: ['b', 'beat'] });
    expect(woken.toSorted()).toEqual(['b', 'new', 'root']);
    expect(aggregator.ids()).toEqual(['a', 'new', 'root']);
    expect(aggregator.memberIds('root')).toEqual(['a', 'new']);
    expect(aggregator.health('b')).toBeUndefined();
    expect(aggregator.health('new')).toMatchObject({ status: 'UNKNOWN', sinceMs: START_MS + 1_000 });
    expect(aggregator.health('root')).toMatchObject({ status: 'UNKNOWN', memberCounts: { total: 2 } });
    expect(statusChanges).toMatchObject([{ from: 'HEALTHY', health: { component: 'root', status: 'UNKNOWN' } }]);
    aggregator.observe('b', saw('UNHEALTHY'));
    expect(await aggregator.report('beat', { outcome: 'HEALTHY', message: '' })).toEqual({
      ok: false,
      why: 'not-found',
    });
  });

  it('begins anew with what was gone and comes back', async () => {
    const world = createAggregatorWorld(definition);
    const { clock, aggregator } = world;
    aggregator.observe('b', saw('HEALTHY'));
    const { revision } = aggregator;
    aggregator.reload(system(group('root', ['a']), definition.components[1]!));
    await clock.advance(5_000);
    expect(reload(world, definition)).toEqual({ changed: ['b', 'beat', 'root'], removed: [] });
    expect(aggregator.health('b')).toMatchObject({ status: 'UNKNOWN', sinceMs: START_MS + 5_000 });
    // Who was away all the time is told what is, not what was gone in between.
    expect(aggregator.changesSince(revision)?.removed).toEqual([]);
    await clock.advance(100_000);
    expect(aggregator.health('b')).toMatchObject({ status: 'UNKNOWN', sinceMs: START_MS + 5_000 });
  });

  it('takes up another root, and says that the old one is gone', () => {
    const world = createAggregatorWorld(definition);
    const { aggregator } = world;
    expect(reload(world, { rootId: 'all', components: definition.components.with(0, group('all', ['a'])) })).toEqual({
      changed: ['a', 'all', 'b', 'beat'],
      removed: ['root'],
    });
    expect(aggregator.rootId).toBe('all');
  });

  it.each<[string, readonly [string, string[]], Parameters<typeof probe>[1], string[]]>([
    ['nothing', ['g', ['a']], { kind: 'tcp' }, []],
    ['a name', ['g', ['a']], { kind: 'tcp', displayName: 'The first' }, ['a']],
    ['a kind', ['g', ['a']], { kind: 'http' }, ['a']],
    ['another parent', ['g', []], { kind: 'tcp' }, ['a', 'g']],
    ['a parent more', ['h', ['a']], { kind: 'tcp' }, ['a', 'h']],
  ])('gives a revision to what readers see as something else: %s', (_what, [id, members], a, changed) => {
    const of = (id: string, members: readonly string[], a: Parameters<typeof probe>[1]) => {
      const groups = { g: ['a'], h: [], [id]: members };
      const two = Object.entries(groups).map(([each, ids]) => group(each, ids));
      return system(group('root', ['g', 'h']), ...two, probe('a', a));
    };
    const world = createAggregatorWorld(of('g', ['a'], { kind: 'tcp' }));
    expect(reload(world, of(id, members, a))).toEqual({ changed, removed: [] });
  });

  it('recomputes a group whose rule, members or impacts differ', () => {
    const world = createAggregatorWorld(system(group('root', ['a', 'b']), probe('a'), probe('b')));
    const { aggregator } = world;
    aggregator.observe('a', saw('HEALTHY'));
    aggregator.observe('b', saw('UNHEALTHY'));
    const over = (...root: Parameters<typeof group>) => system(group(...root), probe('a'), probe('b'));
    expect(reload(world, over('root', ['a', 'b'], { rule: { kind: 'best' } }))).toEqual({
      changed: ['root'],
      removed: [],
    });
    expect(aggregator.health('root')?.status).toBe('HEALTHY');
    aggregator.reload(over('root', ['a', { component: 'b', impact: 'DEGRADES' }]));
    expect(aggregator.health('root')?.status).toBe('DEGRADED');
    aggregator.reload(over('root', ['a']));
    expect(aggregator.health('root')).toMatchObject({ status: 'HEALTHY', memberCounts: { total: 1 } });
  });

  it('recomputes causes', () => {
    const world = createAggregatorWorld(system(group('root', ['a', 'b']), probe('a'), probe('b')));
    const { aggregator } = world;
    for (const id of ['a', 'b']) aggregator.observe(id, saw('UNHEALTHY'));
    const next = system(group('root', ['a', 'b']), probe('a', { dependsOn: ['b'] }), probe('b'));
    expect(reload(world, next)).toEqual({ changed: ['a'], removed: [] });
    expect(aggregator.health('a')?.causedBy).toEqual(['b']);
  });

  it('judges freshness by the new limits at once, either way', async () => {
    const withLimits = (staleAfterMs: number, graceMs: number) =>
      system(
        group('root', ['a', 'beat']),
        probe('a', { schedule: { staleAfterMs } }),
        heartbeat('beat', { periodMs: 60_000, graceMs }),
      );
    const { clock, aggregator } = createAggregatorWorld(withLimits(100_000, 0));
    aggregator.observe('a', saw('HEALTHY'));
    aggregator.report('beat', { outcome: 'HEALTHY', message: '' });
    await clock.advance(70_000);
    expect(aggregator.health('a')?.status).toBe('HEALTHY');
    expect(aggregator.health('beat')?.reason.code).toBe('LATE');
    aggregator.reload(withLimits(50_000, 30_000));
    expect(aggregator.health('a')).toMatchObject({ status: 'UNKNOWN', reason: { code: 'STALE' } });
    expect(aggregator.health('beat')).toMatchObject({ status: 'HEALTHY', reason: { code: 'REPORTED' } });
    aggregator.reload(withLimits(80_000, 30_000));
    expect(aggregator.health('a')?.status).toBe('HEALTHY');
    await clock.advance(10_000);
    expect(aggregator.health('a')?.status).toBe('UNKNOWN');
    await clock.advance(10_000);
    expect(aggregator.health('beat')).toMatchObject({
      status: 'UNHEALTHY',
      reason: { message: 'no report within 1m and 30s of grace' },
    });
    expect(clock.pendingTimers).toBe(0);
  });

  it('stays as it was when the new definition has faults', () => {
    const { aggregator } = createAggregatorWorld(definition);
    aggregator.observe('a', saw('HEALTHY'));
    const before = { ids: aggregator.ids(), a: aggregator.health('a'), revision: aggregator.revision };
    const wake = jest.fn();
    aggregator.subscribe(undefined, wake);
    expect(() => aggregator.reload(system(group('root', ['missing'])))).toThrow("there is no component 'missing'");
    expect({ ids: aggregator.ids(), a: aggregator.health('a'), revision: aggregator.revision }).toEqual(before);
    expect(wake).not.toHaveBeenCalled();
  });

  it('asks a watcher to start over once it forgot what was gone', () => {
    const crowd = Array.from({ length: 6_000 }, (_, number) => probe(`c${number}`));
    const crowded = system(group('root', []), ...crowd);
    const { aggregator } = createAggregatorWorld(crowded);
    const { revision } = aggregator;
    aggregator.reload(system(group('root', []), ...crowd.slice(3_000)));
    aggregator.reload(system(group('root', [])));
    expect(aggregator.changesSince(revision)?.removed).toHaveLength(6_000);
    const other = Array.from({ length: 6_000 }, (_, number) => probe(`d${number}`));
    aggregator.reload(system(group('root', []), ...other));
    aggregator.reload(system(group('root', [])));
    expect(aggregator.changesSince(revision)).toBeUndefined();
    expect(aggregator.changesSince(revision, new Set(['d1']))).toBeUndefined();
    expect(aggregator.changesSince(revision + 2_000)?.removed).toHaveLength(10_000);
  });
});
