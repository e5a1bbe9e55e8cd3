import { describe, expect, it, jest } from '@jest/globals';
import { group, heartbeat, probe, system } from '../support/definitions.ts';
import { createHubWorld, START_MS, saw } from './hub-world.ts';

const THRESHOLDS = { healthyThreshold: 2, unhealthyThreshold: 3 };

describe('hub: observations', () => {
  it('starts with UNKNOWN, a revision each, and no transition', () => {
    const { hub, transitions } = createHubWorld(system(group('root', ['a', 'beat']), probe('a'), heartbeat('beat')), 7);
    expect(hub.rootId).toBe('root');
    expect(hub.ids()).toEqual(['a', 'beat', 'root']);
    expect(hub.revision).toBe(10);
    expect(hub.health('a')).toEqual({
      component: 'a',
      status: 'UNKNOWN',
      sinceMs: START_MS,
      reason: { code: 'NEVER_CHECKED', message: 'not checked yet' },
      causedBy: [],
      revision: 8,
    });
    expect(hub.health('beat')).toMatchObject({ status: 'UNKNOWN', reason: { code: 'NEVER_REPORTED' } });
    expect(hub.health('root')).toMatchObject({
      status: 'UNKNOWN',
      reason: { code: 'MEMBERS_UNKNOWN', message: 'of 2 members: 2 unknown' },
      memberCounts: { total: 2, unknown: 2, healthy: 0 },
    });
    expect(hub.health('nothing')).toBeUndefined();
    expect(transitions).toEqual([]);
  });

  it('sets status, since, reason and revision, and tells the transition', async () => {
    const { clock, hub, transitions } = createHubWorld(system(group('root', ['a']), probe('a')));
    const { revision } = hub;
    await clock.advance(5_000);
    hub.observe('a', saw('HEALTHY', { message: 'fine', latencyMs: 12 }));
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
    expect(hub.health('a')).toEqual(expected);
    expect(hub.health('root')).toMatchObject({ status: 'HEALTHY', revision: revision + 2, sinceMs: START_MS + 5_000 });
    expect(transitions).toEqual([
      { from: 'UNKNOWN', health: expected },
      { from: 'UNKNOWN', health: hub.health('root') },
    ]);
  });

  it('gives no revision to the same observation again: only the time and latency of the look move', async () => {
    const { clock, hub, transitions } = createHubWorld(system(group('root', ['a']), probe('a')));
    hub.observe('a', saw('HEALTHY', { latencyMs: 12 }));
    const before = hub.health('a');
    const { revision } = hub;
    const wake = jest.fn();
    hub.subscribe(undefined, wake);
    await clock.advance(5_000);
    hub.observe('a', saw('HEALTHY', { latencyMs: 13 }));
    expect(hub.health('a')).toEqual({ ...before, checkedAtMs: START_MS + 5_000, latencyMs: 13 });
    hub.observe('a', saw('HEALTHY'));
    expect(hub.health('a')).not.toHaveProperty('latencyMs');
    expect(hub.revision).toBe(revision);
    expect(hub.changesSince(revision)).toEqual({ revision, changed: [], removed: [] });
    expect(wake).not.toHaveBeenCalled();
    expect(transitions).toHaveLength(2);
  });

  it('counts a new reason as a change, not of status', async () => {
    const { clock, hub, transitions } = createHubWorld(system(group('root', ['a']), probe('a')));
    hub.observe('a', saw('HEALTHY', { message: 'one' }));
    transitions.length = 0;
    for (const changed of [{ message: 'two' }, { message: 'two', code: 'OTHER' }]) {
      const { revision } = hub;
      await clock.advance(1_000);
      hub.observe('a', saw('HEALTHY', changed));
      expect(hub.health('a')).toMatchObject({ sinceMs: START_MS, reason: changed, revision: revision + 1 });
      expect(hub.revision).toBe(revision + 1);
    }
    expect(transitions).toEqual([]);
  });

  it('shows what the thresholds hold back, each step a change', () => {
    const { hub } = createHubWorld(system(group('root', ['a']), probe('a', { schedule: THRESHOLDS })));
    hub.observe('a', saw('HEALTHY'));
    for (const count of [1, 2]) {
      const { revision } = hub;
      hub.observe('a', saw('UNHEALTHY', { message: 'refused' }));
      expect(hub.health('a')).toMatchObject({
        status: 'HEALTHY',
        reason: { message: 'as seen' },
        pending: { status: 'UNHEALTHY', count, threshold: 3, reason: { message: 'refused' } },
        revision: revision + 1,
      });
      expect(hub.revision).toBe(revision + 1);
    }
    hub.observe('a', saw('UNHEALTHY', { message: 'refused' }));
    expect(hub.health('a')).toMatchObject({ status: 'UNHEALTHY', reason: { message: 'refused' } });
    expect(hub.health('a')).not.toHaveProperty('pending');
    hub.observe('a', saw('HEALTHY'));
    expect(hub.health('a')).toMatchObject({ status: 'UNHEALTHY', pending: { count: 1, threshold: 2 } });
    hub.observe('a', saw('HEALTHY', { decisive: true }));
    expect(hub.health('a')).toMatchObject({ status: 'HEALTHY' });
  });

  it('ignores observations of what is gone, a group or a heartbeat', () => {
    const { hub } = createHubWorld(system(group('root', ['beat']), heartbeat('beat')));
    const { revision } = hub;
    for (const id of ['gone', 'root', 'beat']) hub.observe(id, saw('HEALTHY'));
    expect(hub.revision).toBe(revision);
    expect(hub.health('beat')?.status).toBe('UNKNOWN');
  });

  it('gives a group no revision when neither its status nor the number of its members by status changes', () => {
    const { hub } = createHubWorld(system(group('root', ['g']), group('g', ['a', 'b']), probe('a'), probe('b')));
    hub.observe('a', saw('UNHEALTHY'));
    hub.observe('b', saw('UNHEALTHY'));
    const { revision } = hub;
    hub.observe('a', saw('HEALTHY'));
    expect(hub.health('g')).toMatchObject({
      revision: revision + 2,
      reason: { code: 'MEMBERS_UNHEALTHY', message: 'of 2 members: 1 healthy, 1 unhealthy' },
    });
    expect(hub.health('root')!.revision).toBeLessThanOrEqual(revision);
  });
});

describe('hub: freshness', () => {
  it('makes a probe UNKNOWN exactly when its last observation is too old', async () => {
    const { clock, hub, transitions } = createHubWorld(
      system(group('root', ['a']), probe('a', { schedule: { staleAfterMs: 95_000 } })),
    );
    hub.observe('a', saw('HEALTHY', { latencyMs: 5 }));
    await clock.advance(60_000);
    hub.observe('a', saw('HEALTHY', { latencyMs: 5 }));
    await clock.advance(94_999);
    expect(hub.health('a')?.status).toBe('HEALTHY');
    const { revision } = hub;
    await clock.advance(1);
    expect(hub.health('a')).toEqual({
      component: 'a',
      status: 'UNKNOWN',
      sinceMs: START_MS + 155_000,
      checkedAtMs: START_MS + 60_000,
      latencyMs: 5,
      reason: { code: 'STALE', message: 'the last observation is older than 1m35s' },
      causedBy: [],
      revision: revision + 1,
    });
    expect(hub.health('root')?.status).toBe('UNKNOWN');
    expect(transitions.at(-1)).toEqual({ from: 'HEALTHY', health: hub.health('root') });
    expect(clock.pendingTimers).toBe(0);
  });

  it('lets the first observation after that decide at once, whatever was pending before', async () => {
    const { clock, hub } = createHubWorld(system(group('root', ['a']), probe('a', { schedule: THRESHOLDS })));
    hub.observe('a', saw('HEALTHY'));
    hub.observe('a', saw('UNHEALTHY'));
    await clock.advance(31_000);
    expect(hub.health('a')).not.toHaveProperty('pending');
    hub.observe('a', saw('UNHEALTHY'));
    expect(hub.health('a')?.status).toBe('UNHEALTHY');
  });

  it('does not mind steps of the wall clock', async () => {
    const { clock, hub } = createHubWorld(system(group('root', ['a']), probe('a')));
    hub.observe('a', saw('HEALTHY'));
    clock.stepWall(86_400_000);
    await clock.advance(30_999);
    expect(hub.health('a')?.status).toBe('HEALTHY');
    clock.stepWall(-86_400_000);
    await clock.advance(1);
    expect(hub.health('a')?.status).toBe('UNKNOWN');
  });

  it('makes a heartbeat that never reported late, from when it was first there', async () => {
    const { clock, hub, transitions } = createHubWorld(
      system(group('root', ['beat']), heartbeat('beat', { periodMs: 60_000, graceMs: 500 })),
    );
    await clock.advance(60_499);
    expect(hub.health('beat')).toMatchObject({ status: 'UNKNOWN', reason: { code: 'NEVER_REPORTED' } });
    await clock.advance(1);
    expect(hub.health('beat')).toMatchObject({ status: 'UNHEALTHY', reason: { code: 'LATE' } });
    expect(hub.health('root')).toMatchObject({ status: 'UNHEALTHY', sinceMs: START_MS + 60_500 });
    expect(hub.health('beat')).not.toHaveProperty('checkedAtMs');
    expect(transitions).toHaveLength(2);
    hub.report('beat', { outcome: 'HEALTHY', message: '' });
    expect(hub.health('beat')?.status).toBe('HEALTHY');
  });

  it('makes a heartbeat that is late UNHEALTHY, and healthy with its next report', async () => {
    const { clock, hub } = createHubWorld(
      system(group('root', ['beat']), heartbeat('beat', { periodMs: 60_000, graceMs: 500 })),
    );
    hub.report('beat', { outcome: 'HEALTHY', message: '' });
    await clock.advance(60_499);
    expect(hub.health('beat')?.status).toBe('HEALTHY');
    await clock.advance(1);
    expect(hub.health('beat')).toMatchObject({
      status: 'UNHEALTHY',
      sinceMs: START_MS + 60_500,
      checkedAtMs: START_MS,
      reason: { code: 'LATE', message: 'no report within 1m and 500ms of grace' },
    });
    await clock.advance(1_000_000);
    expect(hub.health('beat')?.sinceMs).toBe(START_MS + 60_500);
    hub.report('beat', { outcome: 'HEALTHY', message: '' });
    expect(hub.health('beat')?.status).toBe('HEALTHY');
  });
});

describe('hub: reports', () => {
  it('lets a report decide at once, and answers with what it made of it', async () => {
    const { hub } = createHubWorld(system(group('root', ['beat']), heartbeat('beat')));
    const { revision } = hub;
    const result = await hub.report('beat', {
      outcome: 'DEGRADED',
      message: 'half of it',
      durationMs: 1500,
      runId: '17',
    });
    expect(result).toEqual({ ok: true, health: hub.health('beat'), isDurable: true });
    expect(hub.health('beat')).toEqual({
      component: 'beat',
      status: 'DEGRADED',
      sinceMs: START_MS,
      checkedAtMs: START_MS,
      latencyMs: 1500,
      reason: { code: 'REPORTED', message: 'half of it', evidence: 'run 17' },
      causedBy: [],
      revision: revision + 1,
    });
    hub.report('beat', { outcome: 'HEALTHY', message: '' });
    expect(hub.health('beat')).toMatchObject({ status: 'HEALTHY', reason: { message: 'reported HEALTHY' } });
    expect(hub.health('beat')).not.toHaveProperty('latencyMs');
  });

  it('takes a revision for words alone once a second, and the last of them always', async () => {
    const { clock, hub, journal, transitions } = createHubWorld(system(group('root', ['beat']), heartbeat('beat')));
    const say = (message: string, runId?: string) =>
      hub.report('beat', { outcome: 'HEALTHY', message, ...(runId !== undefined && { runId }) });
    say('first');
    const { revision } = hub;
    for (let n = 0; n < 100; n++) say('first', `run-${n}`);
    expect([hub.revision, hub.health('beat')?.reason.evidence]).toEqual([revision, 'run run-99']);
    for (let n = 0; n < 100; n++) say(`words ${n}`);
    expect([hub.revision, hub.health('beat')?.reason.message]).toEqual([revision, 'words 99']);
    const heard = hub.revision;
    await clock.advance(1_000);
    expect(hub.revision).toBe(revision + 1);
    expect(hub.changesSince(heard)?.changed).toMatchObject([{ component: 'beat', reason: { message: 'words 99' } }]);
    await clock.advance(10_000);
    expect(hub.revision).toBe(revision + 1);
    say('late');
    expect(hub.revision).toBe(revision + 2);
    // The status does not wait, and takes what was owed along.
    say('held back');
    hub.report('beat', { outcome: 'UNHEALTHY', message: 'broken' });
    const broken = hub.revision;
    await clock.advance(5_000);
    expect(hub.revision).toBe(broken);
    expect(transitions.filter(({ health }) => health.component === 'beat')).toMatchObject([
      { health: { status: 'HEALTHY', reason: { message: 'first' } } },
      { health: { status: 'UNHEALTHY', reason: { message: 'broken' } } },
    ]);
    expect(
      journal.changes.flatMap(({ records }) => records).filter(({ component }) => component === 'beat'),
    ).toHaveLength(3);
    hub.close();
    expect(clock.pendingTimers).toBe(0);
  });

  it('records what says the same once a second, and whatever says something new', async () => {
    const { clock, hub, journal } = createHubWorld(system(group('root', ['beat']), heartbeat('beat')));
    const report = (outcome: 'HEALTHY' | 'DEGRADED', durationMs?: number) =>
      hub.report('beat', { outcome, message: '', ...(durationMs !== undefined && { durationMs }) });
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
    expect(hub.health('beat')?.checkedAtMs).toBe(START_MS + 1_000);
    hub.close();
  });

  it('knows which report would make things worse', async () => {
    const { hub } = createHubWorld(system(group('root', ['beat', 'web']), heartbeat('beat'), probe('web')));
    const worsens = () =>
      (['HEALTHY', 'DEGRADED', 'UNHEALTHY'] as const).map((outcome) => hub.worsens('beat', outcome));
    expect(worsens()).toEqual([true, true, true]);
    hub.report('beat', { outcome: 'HEALTHY', message: '' });
    expect(worsens()).toEqual([false, true, true]);
    hub.report('beat', { outcome: 'DEGRADED', message: '' });
    expect(worsens()).toEqual([false, false, true]);
    hub.report('beat', { outcome: 'UNHEALTHY', message: '' });
    expect(worsens()).toEqual([false, false, false]);
    expect([hub.worsens('web', 'UNHEALTHY'), hub.worsens('nothing', 'UNHEALTHY')]).toEqual([false, false]);
    hub.close();
  });

  it('refuses a report on anything else', async () => {
    const { hub } = createHubWorld(system(group('root', ['a']), probe('a', { kind: 'dns' })));
    const { revision } = hub;
    const report = { outcome: 'HEALTHY', message: '' } as const;
    expect(await hub.report('nothing', report)).toEqual({ ok: false, why: 'not-found' });
    expect(await hub.report('a', report)).toEqual({ ok: false, why: 'not-a-heartbeat', kind: 'dns' });
    expect(await hub.report('root', report)).toEqual({ ok: false, why: 'not-a-heartbeat', kind: 'group' });
    expect(hub.revision).toBe(revision);
  });
});

describe('hub: causes', () => {
  const definition = system(
    group('root', ['api', 'worker', 'db', 'net']),
    probe('api', { dependsOn: ['db', 'net'] }),
    probe('worker', { dependsOn: ['db'] }),
    probe('db'),
    probe('net'),
  );

  it('appear with the dependency, disappear with it, and are changes', () => {
    const { hub } = createHubWorld(definition);
    for (const id of ['api', 'worker', 'db', 'net']) hub.observe(id, saw('HEALTHY'));
    hub.observe('api', saw('UNHEALTHY'));
    expect(hub.health('api')?.causedBy).toEqual([]);
    let { revision } = hub;
    hub.observe('db', saw('UNHEALTHY'));
    expect(hub.health('api')).toMatchObject({ status: 'UNHEALTHY', causedBy: ['db'] });
    expect(hub.health('worker')).toMatchObject({ status: 'HEALTHY', causedBy: [] });
    expect(
      hub
        .changesSince(revision)
        ?.changed.map(({ component }) => component)
        .toSorted(),
    ).toEqual(['api', 'db', 'root']);
    hub.observe('net', saw('UNHEALTHY'));
    expect(hub.health('api')?.causedBy).toEqual(['db', 'net']);
    ({ revision } = hub);
    const since = hub.health('api')?.sinceMs;
    hub.observe('db', saw('DEGRADED'));
    expect(hub.health('api')).toMatchObject({ causedBy: ['net'], sinceMs: since });
    hub.observe('api', saw('HEALTHY'));
    expect(hub.health('api')?.causedBy).toEqual([]);
  });

  it('are groups as well', () => {
    const { hub } = createHubWorld(
      system(
        group('root', ['api', 'infra']),
        probe('api', { dependsOn: ['infra'] }),
        group('infra', ['db']),
        probe('db'),
      ),
    );
    hub.observe('api', saw('UNHEALTHY'));
    hub.observe('db', saw('UNHEALTHY'));
    expect(hub.health('api')?.causedBy).toEqual(['infra']);
  });

  it('are not counted while either is in another state', async () => {
    const { clock, hub } = createHubWorld(definition);
    hub.observe('api', saw('UNHEALTHY'));
    hub.observe('db', saw('UNHEALTHY'));
    expect(hub.health('api')?.causedBy).toEqual(['db']);
    await clock.advance(20_000);
    hub.observe('api', saw('UNHEALTHY'));
    await clock.advance(11_000);
    expect(hub.health('db')?.status).toBe('UNKNOWN');
    expect(hub.health('api')).toMatchObject({ status: 'UNHEALTHY', causedBy: [] });
  });
});

describe('hub: reading', () => {
  const definition = system(
    group('root', ['g', 'b']),
    group('g', ['b', 'a']),
    probe('b', { labels: { team: 'one' } }),
    probe('a'),
  );

  it('knows parents, members, definitions', () => {
    const { hub } = createHubWorld(definition);
    expect(hub.parents('b').toSorted()).toEqual(['g', 'root']);
    expect(hub.parents('root')).toEqual([]);
    expect(hub.parents('nothing')).toEqual([]);
    expect(hub.memberIds('g')).toEqual(['a', 'b']);
    expect(hub.memberIds('g')).toBe(hub.memberIds('g'));
    expect(hub.memberIds('a')).toEqual([]);
    expect(hub.memberIds('nothing')).toEqual([]);
    expect(hub.definition('b')?.labels).toEqual({ team: 'one' });
    expect(hub.definition('nothing')).toBeUndefined();
    expect(hub.ids()).toBe(hub.ids());
  });

  it('sorts ids by code unit', () => {
    const { hub } = createHubWorld(
      system(group('root', []), ...['b', 'B', 'a.1', 'a-1', 'a10', 'a9'].map((id) => probe(id))),
    );
    expect(hub.ids()).toEqual(['B', 'a-1', 'a.1', 'a10', 'a9', 'b', 'root']);
  });

  it('explains with the reasons that it tells', () => {
    const { hub } = createHubWorld(definition);
    hub.observe('a', saw('HEALTHY'));
    hub.observe('b', saw('UNHEALTHY', { message: 'refused' }));
    const steps = hub
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
    expect(hub.explain('nothing')).toBeUndefined();
  });

  it('throws for a definition with faults, and names the first', () => {
    expect(() => createHubWorld(system(group('root', ['missing'])))).toThrow(
      "component 'root': there is no component 'missing'",
    );
  });
});

describe('hub: subscriptions', () => {
  it('wakes once after each batch, when all of it can be read, and only who is concerned', () => {
    const { hub } = createHubWorld(system(group('root', ['a', 'b']), probe('a'), probe('b')));
    hub.observe('b', saw('HEALTHY'));
    const seen: string[] = [];
    hub.subscribe(undefined, () => seen.push(`any: ${hub.health('a')?.status} ${hub.health('root')?.status}`));
    hub.subscribe(new Set(['root']), () => seen.push(`root: ${hub.health('root')?.status}`));
    hub.subscribe(new Set(['a', 'root']), () => seen.push('a and root'));
    hub.subscribe(new Set(['b', 'not there']), () => seen.push('never'));
    expect(hub.subscriberCount).toBe(4);
    hub.observe('a', saw('UNHEALTHY'));
    expect(seen).toEqual(['any: UNHEALTHY UNHEALTHY', 'a and root', 'root: UNHEALTHY']);
  });

  it('wakes once for all that expires at one time', async () => {
    const ids = ['a', 'b', 'c'];
    const { clock, hub } = createHubWorld(system(group('root', ids), ...ids.map((id) => probe(id))));
    for (const id of ids) hub.observe(id, saw('HEALTHY'));
    const wake = jest.fn();
    hub.subscribe(undefined, wake);
    await clock.advance(31_000);
    expect(wake).toHaveBeenCalledTimes(1);
    expect(ids.map((id) => hub.health(id)?.status)).toEqual(['UNKNOWN', 'UNKNOWN', 'UNKNOWN']);
  });

  it('wakes no more once ended', () => {
    const { hub } = createHubWorld(system(group('root', ['a']), probe('a')));
    const wake = jest.fn();
    const end = hub.subscribe(undefined, wake);
    end();
    hub.observe('a', saw('HEALTHY'));
    expect(wake).not.toHaveBeenCalled();
    expect(hub.subscriberCount).toBe(0);
  });

  it('tells transitions before it wakes, when they can be read', () => {
    const { hub, transitions } = createHubWorld(system(group('root', ['a']), probe('a')));
    let known: number | undefined;
    hub.subscribe(undefined, () => {
      known = transitions.length;
    });
    hub.observe('a', saw('HEALTHY'));
    expect(known).toBe(2);
  });
});

describe('hub: the end', () => {
  it('leaves no timer, lets reading go on, and expires nothing any more', async () => {
    const { clock, hub } = createHubWorld(system(group('root', ['a']), probe('a')));
    hub.observe('a', saw('HEALTHY'));
    expect(clock.pendingTimers).toBe(1);
    hub.close();
    expect(clock.pendingTimers).toBe(0);
    hub.observe('a', saw('DEGRADED'));
    hub.reload(system(group('root', ['a', 'b']), probe('a'), probe('b')));
    expect(clock.pendingTimers).toBe(0);
    await clock.advance(1_000_000);
    expect(hub.health('a')?.status).toBe('DEGRADED');
  });
});
