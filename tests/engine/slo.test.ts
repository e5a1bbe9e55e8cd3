// Budgets of a running engine over gaps, maintenance, restarts and reloads, beside an oracle that looks at every second; and
// alerts by burn rates over the same.
import { afterEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { BURN_WINDOWS, BURN_WINDOWS_MS, budgetShare, type SloDefinition } from '../../src/core/slo/objective.ts';
import { OUTCOMES, type Status } from '../../src/core/status.ts';
import { createSloWorld, DAY_MS, defined, SLO, type SloWorld } from './slo-world.ts';

const worlds: SloWorld[] = [];
const begin = async (definition = defined(SLO)) => {
  const world = await createSloWorld(definition);
  worlds.push(world);
  return world;
};
afterEach(async () => {
  for (const world of worlds.splice(0)) await world.close();
});

type Event =
  | { readonly kind: 'see'; readonly outcome: (typeof OUTCOMES)[number] }
  | { readonly kind: 'pass' | 'freeze' | 'maintain' | 'restart'; readonly seconds: number }
  | { readonly kind: 'objective'; readonly slo: SloDefinition };

const slos: readonly SloDefinition[] = [
  SLO,
  { ...SLO, objective: 90, windowMs: 7 * DAY_MS, isUnknownBad: true },
  { ...SLO, good: ['HEALTHY'], excluded: [] },
];
const someSeconds = fc.oneof(fc.integer({ min: 1, max: 400 }), fc.integer({ min: 1, max: 3_000 }));
const events: fc.Arbitrary<Event> = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...OUTCOMES).map((outcome): Event => ({ kind: 'see', outcome })) },
  { weight: 4, arbitrary: someSeconds.map((seconds): Event => ({ kind: 'pass', seconds })) },
  { weight: 1, arbitrary: someSeconds.map((seconds): Event => ({ kind: 'freeze', seconds })) },
  { weight: 1, arbitrary: someSeconds.map((seconds): Event => ({ kind: 'maintain', seconds })) },
  { weight: 1, arbitrary: someSeconds.map((seconds): Event => ({ kind: 'restart', seconds })) },
  { weight: 1, arbitrary: fc.constantFrom(...slos).map((slo): Event => ({ kind: 'objective', slo })) },
);

async function happen(world: SloWorld, event: Event): Promise<SloDefinition | undefined> {
  if (event.kind === 'see') world.see(event.outcome);
  else if (event.kind === 'pass') await world.clock.advance(event.seconds * 1000);
  else if (event.kind === 'freeze') world.clock.freeze(event.seconds * 1000);
  else if (event.kind === 'maintain') await world.maintain(event.seconds);
  else if (event.kind === 'objective') await world.reload(defined(event.slo, STALE_AFTER_MS));
  else {
    await world.stop();
    // The store of this world is the same object: less would be no gap to it.
    await world.clock.advance((event.seconds + 4) * 1000);
    await world.start();
  }
  await world.clock.advance(1_000);
  return event.kind === 'objective' ? event.slo : undefined;
}

/** What was seen counts for so long. */
const STALE_AFTER_MS = 20 * 60_000;

/** Seconds that count in each way, of those that are there. */
function count(slo: SloDefinition, seconds: readonly Status[], windowMs: number) {
  const counted = { good: 0, bad: 0, excluded: 0, unknown: 0 };
  for (const status of seconds.slice(-windowMs / 1000)) {
    if (slo.excluded.includes(status)) counted.excluded += 1;
    else if (slo.good.includes(status)) counted.good += 1;
    else if (status === 'UNKNOWN' && !slo.isUnknownBad) counted.unknown += 1;
    else counted.bad += 1;
  }
  return counted;
}

async function compare(world: SloWorld, slo: SloDefinition): Promise<void> {
  const { budget, rates } = await world.standing();
  const truth = world.truth();
  const { good, bad, excluded, unknown } = count(slo, truth, slo.windowMs);
  const seconds = [budget.goodMs, budget.badMs, budget.excludedMs, budget.unknownMs].map((ms) => ms / 1000);
  // All of the past is within the window, so that only the roundings of each restart are left.
  for (const [at, expected] of [good, bad, excluded, unknown].entries()) {
    expect(Math.abs(seconds[at]! - expected)).toBeLessThan(0.1);
  }
  const total = (slo.windowMs / 1000 - excluded - unknown) * budgetShare(slo);
  expect(budget.leftRatio).toBeCloseTo(1 - bad / total, 3);
  for (const window of BURN_WINDOWS) {
    const widthMs = BURN_WINDOWS_MS[window];
    const found = rates[window]! * (budget.totalMs / 1000) * (widthMs / slo.windowMs);
    const expected = count(slo, truth, widthMs).bad;
    // Of what was before a restart it is known by five minutes how it was: at the edge of a window each of them is the same mixture.
    const isWatched = world.clock.nowMs() - widthMs >= world.startedMs;
    expect(Math.abs(found - expected)).toBeLessThan(isWatched ? 0.1 : 300);
  }
}

describe('a budget', () => {
  it('is what an oracle finds that looks at every second', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(events, { minLength: 1, maxLength: 15 }), async (all) => {
        const world = await begin(defined(SLO, STALE_AFTER_MS));
        // Of the five minutes in which it first was there nobody knows where a gap in them is.
        await world.clock.advance(301_000);
        let slo = SLO;
        for (const event of all) slo = (await happen(world, event)) ?? slo;
        await compare(world, slo);
        await worlds.pop()!.close();
      }),
      { numRuns: 8 },
    );
  });

  it('knows what was before a restart, and counts as unknown what nobody watched', async () => {
    const world = await begin();
    world.see('HEALTHY');
    await world.clock.advance(3_600_000);
    world.see('UNHEALTHY');
    await world.clock.advance(60_000);
    world.see('HEALTHY');
    await world.clock.advance(600_000);
    await world.stop();
    await world.clock.advance(300_000);
    await world.start();
    const { budget, rates } = await world.standing();
    expect(budget).toMatchObject({ badMs: 60_000, goodMs: 4_200_000 });
    expect(budget.unknownMs).toBe(300_000);
    expect(rates['1h']).toBeCloseTo(60 / 3.6, 1);
  });

  it('is not known before history is read, and is once that works again', async () => {
    const world = await begin();
    world.see('HEALTHY');
    await world.clock.advance(3_600_000);
    await world.stop();
    world.breakHistory(true);
    await world.start();
    expect(world.engine.aggregator.slo('api')).toBeUndefined();
    expect(world.faults).toHaveLength(1);
    world.breakHistory(false);
    await world.clock.advance(30_000);
    expect((await world.standing()).budget.goodMs).toBeGreaterThan(3_600_000);
  });

  it('is of the same past after a reload that changes the objective, or looks farther back', async () => {
    const world = await begin(defined({ ...SLO, windowMs: 7 * DAY_MS }));
    world.see('HEALTHY');
    await world.clock.advance(1_800_000);
    world.see('UNHEALTHY');
    await world.clock.advance(60_000);
    await world.reload(defined({ ...SLO, objective: 99 }));
    const { budget } = await world.standing();
    expect(budget).toMatchObject({ objective: 99, windowMs: 30 * DAY_MS, badMs: 60_000, totalMs: 25_920_000 });
  });

  it('counts no time twice where history has what is watched already', async () => {
    const world = await begin(defined(undefined));
    world.see('HEALTHY');
    await world.clock.advance(200_000);
    world.breakHistory(true);
    await world.reload(defined(SLO));
    world.see('UNHEALTHY');
    await world.clock.advance(10_000);
    world.breakHistory(false);
    await world.clock.advance(20_000);
    // The bucket of these five minutes has what was watched since then.
    expect((await world.standing()).budget).toMatchObject({ goodMs: 200_000, badMs: 30_000, unknownMs: 0 });
  });

  it('does not follow the wall clock', async () => {
    const world = await begin();
    world.see('HEALTHY');
    await world.clock.advance(1_000_000);
    world.see('UNHEALTHY');
    await world.clock.advance(10_000);
    world.clock.stepWall(3_600_000);
    await world.clock.advance(10_000);
    world.clock.stepWall(-7_200_000);
    await world.clock.advance(10_000);
    expect((await world.standing()).budget).toMatchObject({ badMs: 30_000, goodMs: 1_000_000 });
  });

  it('is none where there is no objective', async () => {
    const world = await begin(defined(undefined));
    world.see('HEALTHY');
    await world.clock.advance(60_000);
    expect(world.engine.aggregator.slo('api')).toBeUndefined();
  });
});

describe('an alert by burn rates', () => {
  const sent = ({ deliveries }: SloWorld) => deliveries.map(({ message }) => message.type);

  it('goes on over a restart, and ends once the short window is below', async () => {
    const world = await begin();
    world.see('HEALTHY');
    await world.clock.advance(3_600_000);
    world.see('UNHEALTHY');
    await world.clock.advance(120_000);
    expect(sent(world)).toEqual(['alert.opened']);
    const [alert] = world.alerts();
    expect(alert).toMatchObject({ state: 'OPEN', burn: 'FAST', severity: 'CRITICAL', reason: { code: 'BURN_FAST' } });
    await world.stop();
    await world.clock.advance(60_000);
    await world.start();
    await world.clock.advance(120_000);
    expect(sent(world)).toEqual(['alert.opened']);
    expect(world.alerts()).toMatchObject([{ id: alert!.id, state: 'OPEN' }]);
    world.see('HEALTHY');
    await world.clock.advance(290_000);
    expect(sent(world)).toEqual(['alert.opened']);
    await world.clock.advance(20_000);
    expect(sent(world)).toEqual(['alert.opened', 'alert.resolved']);
    expect(world.alerts()).toEqual([]);
  });

  it('is not over because nobody watched for longer than the short window', async () => {
    const world = await begin();
    world.see('HEALTHY');
    await world.clock.advance(3_600_000);
    world.see('UNHEALTHY');
    await world.clock.advance(120_000);
    world.see('HEALTHY');
    await world.clock.advance(1_000);
    await world.stop();
    await world.clock.advance(400_000);
    await world.start();
    // Twenty looks make 200 s.
    await world.clock.advance(185_000);
    expect(sent(world)).toEqual(['alert.opened']);
    await world.clock.advance(30_000);
    expect(sent(world)).toEqual(['alert.opened', 'alert.resolved']);
  });

  it('is told although history cannot be read', async () => {
    const world = await begin();
    world.see('HEALTHY');
    await world.clock.advance(60_000);
    await world.stop();
    world.breakHistory(true);
    await world.start();
    world.see('UNHEALTHY');
    await world.clock.advance(120_000);
    expect(sent(world)).toEqual(['alert.opened']);
  });

  it('is over when the component has no objective any more', async () => {
    const world = await begin();
    world.see('HEALTHY');
    await world.clock.advance(60_000);
    world.see('UNHEALTHY');
    await world.clock.advance(120_000);
    await world.reload(defined(undefined));
    expect(world.deliveries.map(({ message }) => message.alert.resolution)).toEqual([undefined, 'REMOVED']);
    expect(world.alerts()).toEqual([]);
  });
});
