import { describe, expect, it, jest } from '@jest/globals';
import { group, heartbeat, probe, system } from '../support/definitions.ts';
import { createAggregatorWorld, START_MS, saw } from './aggregator-world.ts';

const THRESHOLDS = { healthyThreshold: 2, unhealthyThreshold: 3 };

describe('aggregator: observations', () => {
  it('starts with UNKNOWN, a revision each, and no transition', () => {
    const { aggregator, statusChanges } = createAggregatorWorld(
      system(group('root', ['a', 'beat']), probe('a'), heartbeat('beat')),
      7,
    );
    expect(aggregator.rootId).toBe('root');
    expect(aggregator.ids()).toEqual(['a', 'beat', 'root']);
    expect(aggregator.revision).toBe(10);
    expect(aggregator.health('a')).toEqual({
      component: 'a',
      status: 'UNKNOWN',
      sinceMs: START_MS,
      reason: { code: 'NEVER_CHECKED', message: 'not checked yet' },
      causedBy: [],
      revision: 8,
    });
    expect(aggregator.health('beat')).toMatchObject({ status: 'UNKNOWN', reason: { code: 'NEVER_REPORTED' } });
    expect(aggregator.health('root')).toMatchObject({
      status: 'UNKNOWN',
      reason: { code: 'MEMBERS_UNKNOWN', message: 'of 2 members: 2 unknown' },
      memberCounts: { total: 2, unknown: 2, healthy: 0 },
    });
    expect(aggregator.health('nothing')).toBeUndefined();
    expect(statusChanges).toEqual([]);
  });

  it('sets status, since, reason and revision, and tells the transition', async () => {
    const { clock, aggregator, statusChanges } = createAggregatorWorld(system(group('root', ['a']), probe('a')));
    const { revision } = aggregator;
    await clock.advance(5_000);
    aggregator.observe('a', saw('HEALTHY', { message: 'fine', latencyMs: 12 }));
    const expected = {
      component: 'a',
      status: 'HEALTHY',
      sinceMs: START_MS + 5_000,
      checkedAtMs: START_MS + 5_000,
      latencyMs: 12,
      reason: { code: 'SEEN', message: 'fine' },
      causedBy: [],
      revision: revision + 1,
    };
    expect(aggregator.health('a')).toEqual(expected);
    expect(aggregator.health('root')).toMatchObject({
      status: 'HEALTHY',
      revision: revision + 2,
      sinceMs: START_MS + 5_000,
    });
    expect(statusChanges).toEqual([
      { from: 'UNKNOWN', health: expected },
      { from: 'UNKNOWN', health: aggregator.health('root') },
    ]);
  });

  it('gives no revision to the same observation again: only the time and latency of the look move', async () => {
    const { clock, aggregator, statusChanges } = createAggregatorWorld(system(group('root', ['a']), probe('a')));
    aggregator.observe('a', saw('HEALTHY', { latencyMs: 12 }));
    const before = aggregator.health('a');
    const { revision } = aggregator;
    const wake = jest.fn();
    aggregator.subscribe(undefined, wake);
    await clock.advance(5_000);
    aggregator.observe('a', saw('HEALTHY', { latencyMs: 13 }));
    expect(aggregator.health('a')).toEqual({ ...before, checkedAtMs: START_MS + 5_000, latencyMs: 13 });
    aggregator.observe('a', saw('HEALTHY'));
    expect(aggregator.health('a')).not.toHaveProperty('latencyMs');
    expect(aggregator.revision).toBe(revision);
    expect(aggregator.changesSince(revision)).toEqual({ revision, changed: [], removed: [] });
    expect(wake).not.toHaveBeenCalled();
    expect(statusChanges).toHaveLength(2);
  });

  it('counts a new reason as a change, not of status', async () => {
    const { clock, aggregator, statusChanges } = createAggregatorWorld(system(group('root', ['a']), probe('a')));
    aggregator.observe('a', saw('HEALTHY', { message: 'one' }));
    statusChanges.length = 0;
    for (const changed of [{ message: 'two' }, { message: 'two', code: 'OTHER' }]) {
      const { revision } = aggregator;
      await clock.advance(1_000);
      aggregator.observe('a', saw('HEALTHY', changed));
      expect(aggregator.health('a')).toMatchObject({ sinceMs: START_MS, reason: changed, revision: revision + 1 });
      expect(aggregator.revision).toBe(revision + 1);
    }
    expect(statusChanges).toEqual([]);
  });

  it('shows what the thresholds hold back, each step a change', () => {
    const { aggregator } = createAggregatorWorld(system(group('root', ['a']), probe('a', { schedule: THRESHOLDS })));
    aggregator.observe('a', saw('HEALTHY'));
    for (const count of [1, 2]) {
      const { revision } = aggregator;
      aggregator.observe('a', saw('UNHEALTHY', { message: 'refused' }));
      expect(aggregator.health('a')).toMatchObject({
        status: 'HEALTHY',
        reason: { message: 'as seen' },
        pending: { status: 'UNHEALTHY', count, threshold: 3, reason: { message: 'refused' } },
        revision: revision + 1,
      });
      expect(aggregator.revision).toBe(revision + 1);
    }
    aggregator.observe('a', saw('UNHEALTHY', { message: 'refused' }));
    expect(aggregator.health('a')).toMatchObject({ status: 'UNHEALTHY', reason: { message: 'refused' } });
    expect(aggregator.health('a')).not.toHaveProperty('pending');
    aggregator.observe('a', saw('HEALTHY'));
    expect(aggregator.health('a')).toMatchObject({ status: 'UNHEALTHY', pending: { count: 1, threshold: 2 } });
    aggregator.observe('a', saw('HEALTHY', { decisive: true }));
    expect(aggregator.health('a')).toMatchObject({ status: 'HEALTHY' });
  });

  it('ignores observations of what is gone, a group or a heartbeat', () => {
    const { aggregator } = createAggregatorWorld(system(group('root', ['beat']), heartbeat('beat')));
    const { revision } = aggregator;
    for (const id of ['gone', 'root', 'beat']) aggregator.observe(id, saw('HEALTHY'));
    expect(aggregator.revision).toBe(revision);
    expect(aggregator.health('beat')?.status).toBe('UNKNOWN');
  });

  it('gives a group no revision when neither its status nor the number of its members by status changes', () => {
    const { aggregator } = createAggregatorWorld(
      system(group('root', ['g']), group('g', ['a', 'b']), probe('a'), probe('b')),
    );
    aggregator.observe('a', saw('UNHEALTHY'));
    aggregator.observe('b', saw('UNHEALTHY'));
    const { revision } = aggregator;
    aggregator.observe('a', saw('HEALTHY'));
    expect(aggregator.health('g')).toMatchObject({
      revision: revision + 2,
      reason: { code: 'MEMBERS_UNHEALTHY', message: 'of 2 members: 1 healthy, 1 unhealthy' },
    });
    expect(aggregator.health('root')!.revision).toBeLessThanOrEqual(revision);
  });
});

describe('aggregator: freshness', () => {
  it('makes a probe UNKNOWN exactly when its last observation is too old', async () => {
    const { clock, aggregator, statusChanges } = createAggregatorWorld(
      system(group('root', ['a']), probe('a', { schedule: { staleAfterMs: 95_000 } })),
    );
    aggregator.observe('a', saw('HEALTHY', { latencyMs: 5 }));
    await clock.advance(60_000);
    aggregator.observe('a', saw('HEALTHY', { latencyMs: 5 }));
    await clock.advance(94_999);
    expect(aggregator.health('a')?.status).toBe('HEALTHY');
    const { revision } = aggregator;
    await clock.advance(1);
    expect(aggregator.health('a')).toEqual({
      component: 'a',
      status: 'UNKNOWN',
      sinceMs: START_MS + 155_000,
      checkedAtMs: START_MS + 60_000,
      latencyMs: 5,
      reason: { code: 'STALE', message: 'the last observation is older than 1m35s' },
      causedBy: [],
      revision: revision + 1,
    });
    expect(aggregator.health('root')?.status).toBe('UNKNOWN');
    expect(statusChanges.at(-1)).toEqual({ from: 'HEALTHY', health: aggregator.health('root') });
    expect(clock.pendingTimers).toBe(0);
  });

  it('lets the first observation after that decide at once, whatever was pending before', async () => {
    const { clock, aggregator } = createAggregatorWorld(
      system(group('root', ['a']), probe('a', { schedule: THRESHOLDS })),
    );
    aggregator.observe('a', saw('HEALTHY'));
    aggregator.observe('a', saw('UNHEALTHY'));
    await clock.advance(31_000);
    expect(aggregator.health('a')).not.toHaveProperty('pending');
    aggregator.observe('a', saw('UNHEALTHY'));
    expect(aggregator.health('a')?.status).toBe('UNHEALTHY');
  });

  it('does not mind steps of the wall clock', async () => {
    const { clock, aggregator } = createAggregatorWorld(system(group('root', ['a']), probe('a')));
    aggregator.observe('a', saw('HEALTHY'));
    clock.stepWall(86_400_000);
    await clock.advance(30_999);
    expect(aggregator.health('a')?.status).toBe('HEALTHY');
    clock.stepWall(-86_400_000);
    await clock.advance(1);
    expect(aggregator.health('a')?.status).toBe('UNKNOWN');
  });

  it('makes a heartbeat that never reported late, from when it was first there', async () => {
    const { clock, aggregator, statusChanges } = createAggregatorWorld(
      system(group('root', ['beat']), heartbeat('beat', { periodMs: 60_000, graceMs: 500 })),
    );
    await clock.advance(60_499);
    expect(aggregator.health('beat')).toMatchObject({ status: 'UNKNOWN', reason: { code: 'NEVER_REPORTED' } });
    await clock.advance(1);
    expect(aggregator.health('beat')).toMatchObject({ status: 'UNHEALTHY', reason: { code: 'LATE' } });
    expect(aggregator.health('root')).toMatchObject({ status: 'UNHEALTHY', sinceMs: START_MS + 60_500 });
    expect(aggregator.health('beat')).not.toHaveProperty('checkedAtMs');
    expect(statusChanges).toHaveLength(2);
    aggregator.report('beat', { outcome: 'HEALTHY', message: '' });
    expect(aggregator.health('beat')?.status).toBe('HEALTHY');
  });

  it('makes a heartbeat that is late UNHEALTHY, and healthy with its next report', async () => {
    const { clock, aggregator } = createAggregatorWorld(
      system(group('root', ['beat']), heartbeat('beat', { periodMs: 60_000, graceMs: 500 })),
    );
    aggregator.report('beat', { outcome: 'HEALTHY', message: '' });
    await clock.advance(60_499);
    expect(aggregator.health('beat')?.status).toBe('HEALTHY');
    await clock.advance(1);
    expect(aggregator.health('beat')).toMatchObject({
      status: 'UNHEALTHY',
      sinceMs: START_MS + 60_500,
      checkedAtMs: START_MS,
      reason: { code: 'LATE', message: 'no report within 1m and 500ms of grace' },
    });
    await clock.advance(1_000_000);
    expect(aggregator.health('beat')?.sinceMs).toBe(START_MS + 60_500);
    aggregator.report('beat', { outcome: 'HEALTHY', message: '' });
    expect(aggregator.health('beat')?.status).toBe('HEALTHY');
  });
});

describe('aggregator: reports', () => {
  it('lets a report decide at once, and answers with what it made of it', async () => {
    const { aggregator } = createAggregatorWorld(system(group('root', ['beat']), heartbeat('beat')));
    const { revision } = aggregator;
    const result = await aggregator.report('beat', {
      outcome: 'DEGRADED',
      message: 'half of it',
      durationMs: 1500,
      runId: '17',
    });
    expect(result).toEqual({ ok: true, health: aggregator.health('beat'), isDurable: true });
    expect(aggregator.health('beat')).toEqual({
      component: 'beat',
      status: 'DEGRADED',
      sinceMs: START_MS,
      checkedAtMs: START_MS,
      latencyMs: 1500,
      reason: { code: 'REPORTED', message: 'half of it', evidence: 'run 17' },
      causedBy: [],
      revision: revision + 1,
    });
    aggregator.report('beat', { outcome: 'HEALTHY', message: '' });
    expect(aggregator.health('beat')).toMatchObject({ status: 'HEALTHY', reason: { message: 'reported HEALTHY' } });
    expect(aggregator.health('beat')).not.toHaveProperty('latencyMs');
  });

  it('takes a revision for words alone once a second, and the last of them always', async () => {
    const { clock, aggregator, journal, statusChanges } = createAggregatorWorld(
      system(group('root', ['beat']), heartbeat('beat')),
    );
    const say = (message: string, runId?: string) =>
      aggregator.report('beat', { outcome: 'HEALTHY', message, ...(runId !== undefined && { runId }) });
    say('first');
    const { revision } = aggregator;
    for (let n = 0; n < 100; n++) say('first', `run-${n}`);
    expect([aggregator.revision, aggregator.health('beat')?.reason.evidence]).toEqual([revision, 'run run-99']);
    for (let n = 0; n < 100; n++) say(`words ${n}`);
    expect([aggregator.revision, aggregator.health('beat')?.reason.message]).toEqual([revision, 'words 99']);
    const heard = aggregator.revision;
    await clock.advance(1_000);
    expect(aggregator.revision).toBe(revision + 1);
    expect(aggregator.changesSince(heard)?.changed).toMatchObject([
      { component: 'beat', reason: { message: 'words 99' } },
    ]);
    await clock.advance(10_000);
    expect(aggregator.revision).toBe(revision + 1);
    say('late');
    expect(aggregator.revision).toBe(revision + 2);
    // The status does not wait, and takes what was owed along.
    say('held back');
    aggregator.report('beat', { outcome: 'UNHEALTHY', message: 'broken' });
    const broken = aggregator.revision;
    await clock.advance(5_000);
    expect(aggregator.revision).toBe(broken);
    expect(statusChanges.filter(({ health }) => health.component === 'beat')).toMatchObject([
      { health: { status: 'HEALTHY', reason: { message: 'first' } } },
      { health: { status: 'UNHEALTHY', reason: { message: 'broken' } } },
    ]);
    expect(
      journal.decisions.flatMap(({ records }) => records).filter(({ component }) => component === 'beat'),
    ).toHaveLength(3);
    aggregator.close();
    expect(clock.pendingTimers).toBe(0);
  });

  it('records what says the same once a second, and whatever says something new', async () => {
    const { clock, aggregator, journal } = createAggregatorWorld(system(group('root', ['beat']), heartbeat('beat')));
    const report = (outcome: 'HEALTHY' | 'DEGRADED', durationMs?: number) =>
      aggregator.report('beat', { outcome, message: '', ...(durationMs !== undefined && { durationMs }) });
    for (let n = 0; n < 100; n++) report('HEALTHY');
    expect(journal.observations).toHaveLength(1);
    await clock.advance(999);
    report('HEALTHY');
    expect(journal.observations).toHaveLength(1);
    await clock.advance(1);
    report('HEALTHY');
    expect(journal.observations).toHaveLength(2);
    report('HEALTHY', 7);
    report('DEGRADED');
    report('HEALTHY');
    expect(journal.observations.slice(2)).toMatchObject([
      { outcome: 'HEALTHY', latencyMs: 7 },
      { outcome: 'DEGRADED' },
      { outcome: 'HEALTHY' },
    ]);
    expect(aggregator.health('beat')?.checkedAtMs).toBe(START_MS + 1_000);
    aggregator.close();
  });

  it('knows which report would make things worse', async () => {
    const { aggregator } = createAggregatorWorld(
      system(group('root', ['beat', 'web']), heartbeat('beat'), probe('web')),
    );
    const worsens = () =>
      (['HEALTHY', 'DEGRADED', 'UNHEALTHY'] as const).map((outcome) => aggregator.worsens('beat', outcome));
    expect(worsens()).toEqual([true, true, true]);
    aggregator.report('beat', { outcome: 'HEALTHY', message: '' });
    expect(worsens()).toEqual([false, true, true]);
    aggregator.report('beat', { outcome: 'DEGRADED', message: '' });
    expect(worsens()).toEqual([false, false, true]);
    aggregator.report('beat', { outcome: 'UNHEALTHY', message: '' });
    expect(worsens()).toEqual([false, false, false]);
    expect([aggregator.worsens('web', 'UNHEALTHY'), aggregator.worsens('nothing', 'UNHEALTHY')]).toEqual([
      false,
      false,
    ]);
    aggregator.close();
  });

  it('refuses a report on anything else', async () => {
    const { aggregator } = createAggregatorWorld(system(group('root', ['a']), probe('a', { kind: 'dns' })));
    const { revision } = aggregator;
    const report = { outcome: 'HEALTHY', message: '' } as const;
    expect(await aggregator.report('nothing', report)).toEqual({ ok: false, why: 'not-found' });
    expect(await aggregator.report('a', report)).toEqual({ ok: false, why: 'not-a-heartbeat', kind: 'dns' });
    expect(await aggregator.report('root', report)).toEqual({ ok: false, why: 'not-a-heartbeat', kind: 'group' });
    expect(aggregator.revision).toBe(revision);
  });
});

describe('aggregator: causes', () => {
  const definition = system(
    group('root', ['api', 'worker', 'db', 'net']),
    probe('api', { dependsOn: ['db', 'net'] }),
    probe('worker', { dependsOn: ['db'] }),
    probe('db'),
    probe('net'),
  );

  it('appear with the dependency, disappear with it, and are changes', () => {
    const { aggregator } = createAggregatorWorld(definition);
    for (const id of ['api', 'worker', 'db', 'net']) aggregator.observe(id, saw('HEALTHY'));
    aggregator.observe('api', saw('UNHEALTHY'));
    expect(aggregator.health('api')?.causedBy).toEqual([]);
    let { revision } = aggregator;
    aggregator.observe('db', saw('UNHEALTHY'));
    expect(aggregator.health('api')).toMatchObject({ status: 'UNHEALTHY', causedBy: ['db'] });
    expect(aggregator.health('worker')).toMatchObject({ status: 'HEALTHY', causedBy: [] });
    expect(
      aggregator
        .changesSince(revision)
        ?.changed.map(({ component }) => component)
        .toSorted(),
    ).toEqual(['api', 'db', 'root']);
    aggregator.observe('net', saw('UNHEALTHY'));
    expect(aggregator.health('api')?.causedBy).toEqual(['db', 'net']);
    ({ revision } = aggregator);
    const since = aggregator.health('api')?.sinceMs;
    aggregator.observe('db', saw('DEGRADED'));
    expect(aggregator.health('api')).toMatchObject({ causedBy: ['net'], sinceMs: since });
    aggregator.observe('api', saw('HEALTHY'));
    expect(aggregator.health('api')?.causedBy).toEqual([]);
  });

  it('are groups as well', () => {
    const { aggregator } = createAggregatorWorld(
      system(
        group('root', ['api', 'infra']),
        probe('api', { dependsOn: ['infra'] }),
        group('infra', ['db']),
        probe('db'),
      ),
    );
    aggregator.observe('api', saw('UNHEALTHY'));
    aggregator.observe('db', saw('UNHEALTHY'));
    expect(aggregator.health('api')?.causedBy).toEqual(['infra']);
  });

  it('are not counted while either is in another state', async () => {
    const { clock, aggregator } = createAggregatorWorld(definition);
    aggregator.observe('api', saw('UNHEALTHY'));
    aggregator.observe('db', saw('UNHEALTHY'));
    expect(aggregator.health('api')?.causedBy).toEqual(['db']);
    await clock.advance(20_000);
    aggregator.observe('api', saw('UNHEALTHY'));
    await clock.advance(11_000);
    expect(aggregator.health('db')?.status).toBe('UNKNOWN');
    expect(aggregator.health('api')).toMatchObject({ status: 'UNHEALTHY', causedBy: [] });
  });
});

describe('aggregator: reading', () => {
  const definition = system(
    group('root', ['g', 'b']),
    group('g', ['b', 'a']),
    probe('b', { labels: { team: 'one' } }),
    probe('a'),
  );

  it('knows parents, members, definitions', () => {
    const { aggregator } = createAggregatorWorld(definition);
    expect(aggregator.parents('b').toSorted()).toEqual(['g', 'root']);
    expect(aggregator.parents('root')).toEqual([]);
    expect(aggregator.parents('nothing')).toEqual([]);
    expect(aggregator.memberIds('g')).toEqual(['a', 'b']);
    expect(aggregator.memberIds('g')).toBe(aggregator.memberIds('g'));
    expect(aggregator.memberIds('a')).toEqual([]);
    expect(aggregator.memberIds('nothing')).toEqual([]);
    expect(aggregator.definition('b')?.labels).toEqual({ team: 'one' });
    expect(aggregator.definition('nothing')).toBeUndefined();
    expect(aggregator.ids()).toBe(aggregator.ids());
  });

  it('sorts ids by code unit', () => {
    const { aggregator } = createAggregatorWorld(
      system(group('root', []), ...['b', 'B', 'a.1', 'a-1', 'a10', 'a9'].map((id) => probe(id))),
    );
    expect(aggregator.ids()).toEqual(['B', 'a-1', 'a.1', 'a10', 'a9', 'b', 'root']);
  });

  it('explains with the reasons that it tells', () => {
    const { aggregator } = createAggregatorWorld(definition);
    aggregator.observe('a', saw('HEALTHY'));
    aggregator.observe('b', saw('UNHEALTHY', { message: 'refused' }));
    const steps = aggregator
      .explain('root')
      ?.causes.map((path) => path.map(({ component, reason }) => [component, reason.message]));
    expect(steps).toEqual([
      [
        ['root', 'of 2 members: 2 unhealthy'],
        ['g', 'of 2 members: 1 healthy, 1 unhealthy'],
        ['b', 'refused'],
      ],
      [
        ['root', 'of 2 members: 2 unhealthy'],
        ['b', 'refused'],
      ],
    ]);
    expect(aggregator.explain('nothing')).toBeUndefined();
  });

  it('throws for a definition with faults, and names the first', () => {
    expect(() => createAggregatorWorld(system(group('root', ['missing'])))).toThrow(
      "component 'root': there is no component 'missing'",
    );
  });
});

describe('aggregator: subscriptions', () => {
  it('wakes once after each batch, when all of it can be read, and only who is concerned', () => {
    const { aggregator } = createAggregatorWorld(system(group('root', ['a', 'b']), probe('a'), probe('b')));
    aggregator.observe('b', saw('HEALTHY'));
    const seen: string[] = [];
    aggregator.subscribe(undefined, () =>
      seen.push(`any: ${aggregator.health('a')?.status} ${aggregator.health('root')?.status}`),
    );
    aggregator.subscribe(new Set(['root']), () => seen.push(`root: ${aggregator.health('root')?.status}`));
    aggregator.subscribe(new Set(['a', 'root']), () => seen.push('a and root'));
    aggregator.subscribe(new Set(['b', 'not there']), () => seen.push('never'));
    expect(aggregator.subscriberCount).toBe(4);
    aggregator.observe('a', saw('UNHEALTHY'));
    expect(seen).toEqual(['any: UNHEALTHY UNHEALTHY', 'a and root', 'root: UNHEALTHY']);
  });

  it('wakes once for all that expires at one time', async () => {
    const ids = ['a', 'b', 'c'];
    const { clock, aggregator } = createAggregatorWorld(system(group('root', ids), ...ids.map((id) => probe(id))));
    for (const id of ids) aggregator.observe(id, saw('HEALTHY'));
    const wake = jest.fn();
    aggregator.subscribe(undefined, wake);
    await clock.advance(31_000);
    expect(wake).toHaveBeenCalledTimes(1);
    expect(ids.map((id) => aggregator.health(id)?.status)).toEqual(['UNKNOWN', 'UNKNOWN', 'UNKNOWN']);
  });

  it('wakes no more once ended', () => {
    const { aggregator } = createAggregatorWorld(system(group('root', ['a']), probe('a')));
    const wake = jest.fn();
    const end = aggregator.subscribe(undefined, wake);
    end();
    aggregator.observe('a', saw('HEALTHY'));
    expect(wake).not.toHaveBeenCalled();
    expect(aggregator.subscriberCount).toBe(0);
  });

  it('tells statusChanges before it wakes, when they can be read', () => {
    const { aggregator, statusChanges } = createAggregatorWorld(system(group('root', ['a']), probe('a')));
    let known: number | undefined;
    aggregator.subscribe(undefined, () => {
      known = statusChanges.length;
    });
    aggregator.observe('a', saw('HEALTHY'));
    expect(known).toBe(2);
  });
});

describe('aggregator: the end', () => {
  it('leaves no timer, lets reading go on, and expires nothing any more', async () => {
    const { clock, aggregator } = createAggregatorWorld(system(group('root', ['a']), probe('a')));
    aggregator.observe('a', saw('HEALTHY'));
    expect(clock.pendingTimers).toBe(1);
    aggregator.close();
    expect(clock.pendingTimers).toBe(0);
    aggregator.observe('a', saw('DEGRADED'));
    aggregator.reload(system(group('root', ['a', 'b']), probe('a'), probe('b')));
    expect(clock.pendingTimers).toBe(0);
    await clock.advance(1_000_000);
    expect(aggregator.health('a')?.status).toBe('DEGRADED');
  });
});
