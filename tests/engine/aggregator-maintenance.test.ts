import { describe, expect, it } from '@jest/globals';
import { group, heartbeat, probe, system, windows } from '../support/definitions.ts';
import { createAggregatorWorld, START_MS, saw } from './aggregator-world.ts';

const at = (seconds: number) => START_MS + seconds * 1_000;

describe('aggregator: maintenance', () => {
  const patient = { schedule: { staleAfterMs: 10_000_000 } };

  it('begins and ends by the clock, whether or not anything is observed', async () => {
    const maintenance = windows([at(100), at(200)], [at(4_000), at(5_000)]);
    const { clock, aggregator, statusChanges } = createAggregatorWorld(
      system(group('root', ['a']), probe('a', { maintenance, ...patient })),
    );
    aggregator.observe('a', saw('DEGRADED'));
    await clock.advance(99_999);
    expect(aggregator.health('a')).toMatchObject({ status: 'DEGRADED' });
    expect(aggregator.health('a')).not.toHaveProperty('maintenance');
    const { revision } = aggregator;
    await clock.advance(1);
    expect(aggregator.health('a')).toMatchObject({
      status: 'MAINTENANCE',
      sinceMs: at(100),
      reason: { code: 'MAINTENANCE', message: 'moving house' },
      maintenance: { reason: 'moving house', untilMs: at(200) },
      revision: revision + 1,
    });
    expect(aggregator.health('root')).toMatchObject({ status: 'MAINTENANCE', memberCounts: { maintenance: 1 } });
    await clock.advance(99_999);
    expect(aggregator.health('a')?.status).toBe('MAINTENANCE');
    await clock.advance(1);
    expect(aggregator.health('a')).toMatchObject({ status: 'DEGRADED', sinceMs: at(200), reason: { code: 'SEEN' } });
    expect(aggregator.health('a')).not.toHaveProperty('maintenance');
    await clock.advance(3_800_000);
    expect(aggregator.health('a')).toMatchObject({ status: 'MAINTENANCE', sinceMs: at(4_000) });
    await clock.advance(1_000_000);
    expect(aggregator.health('a')).toMatchObject({ status: 'DEGRADED', sinceMs: at(5_000) });
    expect(statusChanges.filter(({ health }) => health.component === 'a').map(({ from }) => from)).toEqual([
      'UNKNOWN',
      'DEGRADED',
      'MAINTENANCE',
      'DEGRADED',
      'MAINTENANCE',
    ]);
  });

  it('says until when as soon as a window begins that ends later', async () => {
    const maintenance = windows([at(10), at(30)], [at(20), at(60)]);
    const { clock, aggregator } = createAggregatorWorld(system(group('root', ['a']), probe('a', { maintenance })));
    await clock.advance(19_999);
    expect(aggregator.health('a')).toMatchObject({ maintenance: { untilMs: at(30) } });
    await clock.advance(1);
    expect(aggregator.health('a')).toMatchObject({ sinceMs: at(10), maintenance: { untilMs: at(60) } });
    await clock.advance(40_000);
    expect(aggregator.health('a')).not.toHaveProperty('maintenance');
  });

  it('is there from the start', () => {
    const { aggregator } = createAggregatorWorld(
      system(group('root', ['a']), probe('a', { maintenance: windows([at(-10), at(10)]) })),
    );
    expect(aggregator.health('a')).toMatchObject({ status: 'MAINTENANCE', maintenance: { untilMs: at(10) } });
    expect(aggregator.health('root')?.status).toBe('MAINTENANCE');
  });

  it('goes on until it is taken out of the configuration', async () => {
    const { clock, aggregator } = createAggregatorWorld(
      system(group('root', ['a']), probe('a', { maintenance: windows([0]) })),
    );
    aggregator.observe('a', saw('HEALTHY'));
    await clock.advance(30_000);
    expect(aggregator.health('a')?.maintenance).toEqual({ reason: 'moving house' });
    aggregator.reload(system(group('root', ['a']), probe('a')));
    expect(aggregator.health('a')).toMatchObject({ status: 'HEALTHY' });
    expect(aggregator.health('a')).not.toHaveProperty('maintenance');
  });

  it('is still observed: what was seen meanwhile decides when it ends', async () => {
    const schedule = { unhealthyThreshold: 3 };
    const { clock, aggregator } = createAggregatorWorld(
      system(group('root', ['a']), probe('a', { maintenance: windows([at(10), at(25)]), schedule })),
    );
    aggregator.observe('a', saw('HEALTHY'));
    await clock.advance(10_000);
    const { revision } = aggregator;
    aggregator.observe('a', saw('UNHEALTHY'));
    aggregator.observe('a', saw('UNHEALTHY'));
    expect(aggregator.health('a')).toMatchObject({ status: 'MAINTENANCE', checkedAtMs: at(10) });
    // What is pending is nobody's business now.
    expect(aggregator.health('a')).not.toHaveProperty('pending');
    expect(aggregator.revision).toBe(revision);
    aggregator.observe('a', saw('UNHEALTHY', { message: 'broken by it' }));
    await clock.advance(15_000);
    expect(aggregator.health('a')).toMatchObject({ status: 'UNHEALTHY', reason: { message: 'broken by it' } });
  });

  it('lets what is stale or late meanwhile be so when it ends', async () => {
    const maintenance = windows([at(0), at(100)]);
    const { clock, aggregator } = createAggregatorWorld(
      system(group('root', ['a', 'beat']), probe('a', { maintenance }), heartbeat('beat', { maintenance })),
    );
    aggregator.observe('a', saw('HEALTHY'));
    aggregator.report('beat', { outcome: 'HEALTHY', message: '' });
    await clock.advance(99_999);
    expect(aggregator.health('a')?.status).toBe('MAINTENANCE');
    await clock.advance(1);
    expect(aggregator.health('a')).toMatchObject({ status: 'UNKNOWN', reason: { code: 'STALE' } });
    expect(aggregator.health('beat')).toMatchObject({ status: 'UNHEALTHY', reason: { code: 'LATE' } });
  });

  it('puts a group out of service, not its members', async () => {
    const { clock, aggregator } = createAggregatorWorld(
      system(
        group('root', ['g', 'b']),
        group('g', ['a'], { maintenance: windows([at(10), at(20)]) }),
        probe('a'),
        probe('b'),
      ),
    );
    aggregator.observe('a', saw('UNHEALTHY'));
    aggregator.observe('b', saw('HEALTHY'));
    expect(aggregator.health('root')?.status).toBe('UNHEALTHY');
    await clock.advance(10_000);
    expect(aggregator.health('g')).toMatchObject({ status: 'MAINTENANCE', memberCounts: { unhealthy: 1 } });
    expect(aggregator.health('a')?.status).toBe('UNHEALTHY');
    expect(aggregator.health('root')).toMatchObject({
      status: 'HEALTHY',
      memberCounts: { maintenance: 1, healthy: 1 },
    });
    aggregator.observe('a', saw('DEGRADED'));
    expect(aggregator.health('g')).toMatchObject({ status: 'MAINTENANCE', memberCounts: { degraded: 1 } });
    await clock.advance(10_000);
    expect(aggregator.health('g')?.status).toBe('DEGRADED');
  });

  it('neither has a cause nor is one', async () => {
    const { clock, aggregator } = createAggregatorWorld(
      system(
        group('root', ['api', 'db']),
        probe('api', { dependsOn: ['db'], ...patient }),
        probe('db', { maintenance: windows([at(10), at(20)]), ...patient }),
      ),
    );
    aggregator.observe('api', saw('UNHEALTHY'));
    aggregator.observe('db', saw('UNHEALTHY'));
    expect(aggregator.health('api')?.causedBy).toEqual(['db']);
    await clock.advance(10_000);
    expect(aggregator.health('api')?.causedBy).toEqual([]);
    await clock.advance(10_000);
    expect(aggregator.health('api')?.causedBy).toEqual(['db']);
  });

  it('follows a plan that a reload changes', async () => {
    const definition = (...periods: (readonly [number, number])[]) =>
      system(group('root', ['a']), probe('a', { maintenance: windows(...periods), ...patient }));
    const { clock, aggregator } = createAggregatorWorld(definition([at(10), at(20)]));
    aggregator.observe('a', saw('HEALTHY'));
    aggregator.reload(definition([at(50), at(60)]));
    await clock.advance(15_000);
    expect(aggregator.health('a')?.status).toBe('HEALTHY');
    await clock.advance(35_000);
    expect(aggregator.health('a')).toMatchObject({ status: 'MAINTENANCE', sinceMs: at(50) });
    const { revision } = aggregator;
    aggregator.reload(definition([at(40), at(70)]));
    expect(aggregator.health('a')).toMatchObject({
      maintenance: { untilMs: at(70) },
      sinceMs: at(50),
      revision: revision + 1,
    });
    aggregator.reload(definition([at(100), at(110)]));
    expect(aggregator.health('a')?.status).toBe('HEALTHY');
  });

  it.each([
    ['begins', 'MAINTENANCE', [at(100), at(200)] as const, 100_000],
    ['ends', 'HEALTHY', [at(-100), at(100)] as const, 100_000],
  ])('%s although an observation comes in just when it should', async (_name, status, period, waitMs) => {
    const { clock, aggregator } = createAggregatorWorld(
      system(group('root', ['a']), probe('a', { maintenance: windows(period), ...patient })),
    );
    aggregator.observe('a', saw('HEALTHY'));
    // The event loop was busy: the observation is taken in before the timer that is due.
    clock.stepWall(waitMs);
    aggregator.observe('a', saw('HEALTHY'));
    expect(aggregator.health('a')?.status).toBe(status);
  });

  it('notices a step of the wall clock within 60 s, of a group that nothing is observed of too', async () => {
    const hourLater = windows([at(3_600), at(7_200)]);
    const hourBefore = windows([at(-7_200), at(-3_600)]);
    const { clock, aggregator } = createAggregatorWorld(
      system(
        group('root', ['later', 'before']),
        group('later', [], { maintenance: hourLater }),
        group('before', [], { maintenance: hourBefore }),
      ),
    );
    await clock.advance(30_000);
    clock.stepWall(4_000_000);
    await clock.advance(60_000);
    expect(aggregator.health('later')?.status).toBe('MAINTENANCE');
    clock.stepWall(-4_000_000);
    await clock.advance(60_000);
    expect(aggregator.health('later')?.status).toBe('UNKNOWN');
    // Into a window that had passed when it was last looked at.
    clock.stepWall(-5_000_000);
    await clock.advance(60_000);
    expect(aggregator.health('before')?.status).toBe('MAINTENANCE');
    aggregator.close();
    expect(clock.pendingTimers).toBe(0);
  });

  it('notices a step of the wall clock within 60 s while observations come all the time', async () => {
    const { clock, aggregator } = createAggregatorWorld(
      system(group('root', ['a']), probe('a', { maintenance: windows([at(3_600), at(7_200)]) })),
    );
    const observeFor = async (seconds: number) => {
      for (let second = 0; second < seconds; second += 5) {
        aggregator.observe('a', saw('HEALTHY'));
        await clock.advance(5_000);
      }
    };
    await observeFor(30);
    clock.stepWall(4_000_000);
    await observeFor(60);
    expect(aggregator.health('a')?.status).toBe('MAINTENANCE');
    clock.stepWall(4_000_000);
    await observeFor(60);
    expect(aggregator.health('a')?.status).toBe('HEALTHY');
  });

  it('takes a window as far away as one likes', async () => {
    const years = 40 * 365 * 86_400;
    const { clock, aggregator } = createAggregatorWorld(
      system(group('root', [], { maintenance: windows([at(years), at(years + 1)]) })),
    );
    expect(clock.pendingTimers).toBe(1);
    await clock.advance(600_000);
    expect(aggregator.health('root')?.status).toBe('UNKNOWN');
    aggregator.close();
  });
});
