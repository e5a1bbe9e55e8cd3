// A component that several places see: its status is what the rule says of what they have seen of the same period, by an oracle.
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { ComponentDefinition, Rule } from '../../src/core/definition.ts';
import type { Outcome, Status } from '../../src/core/status.ts';
import { group, probe, system } from '../support/definitions.ts';
import { createAggregatorWorld, saw } from './aggregator-world.ts';

const PLACES = ['eu', 'us', 'ap'];
const FRESH_MS = 24_000;
const SCHEDULE = { intervalMs: 20_000, unhealthyIntervalMs: 20_000, timeoutMs: 2_000, staleAfterMs: FRESH_MS };
const MAJORITY: Rule = { kind: 'quorum', healthy: { count: 2 }, degraded: { count: 2 } };

function definitionOf(places: readonly string[], rule: Rule): ReturnType<typeof system> {
  const ids = places.map((place) => `api.${place}`);
  const over = group('api', ids, { rule });
  if (over.subject.type !== 'group') throw new Error('no group');
  const api: ComponentDefinition = { ...over, subject: { ...over.subject, isOfPlaces: true } };
  return system(
    group('root', ['api']),
    api,
    ...places.map((place) => probe(`api.${place}`, { place, schedule: SCHEDULE })),
  );
}

/** By counting, and by all that the unknown ones may be. */
function oracle(seen: readonly (Outcome | 'UNKNOWN')[], needed: number): Status {
  const count = (status: string) => seen.filter((one) => one === status).length;
  const unknown = count('UNKNOWN');
  const verdict = (healthy: number): Status =>
    healthy >= needed ? 'HEALTHY' : healthy + count('DEGRADED') >= needed ? 'DEGRADED' : 'UNHEALTHY';
  const [best, worst] = [verdict(count('HEALTHY') + unknown), verdict(count('HEALTHY'))];
  return best === worst ? best : 'UNKNOWN';
}

const look = fc.record({
  afterMs: fc.integer({ min: 1, max: 15_000 }),
  at: fc.nat(PLACES.length - 1),
  outcome: fc.constantFrom<Outcome | 'UNKNOWN'>('HEALTHY', 'HEALTHY', 'DEGRADED', 'UNHEALTHY', 'UNHEALTHY', 'UNKNOWN'),
});

describe('a component that several places see', () => {
  it('is what most of them have seen of the same period, whichever of them is silent, late, or contradicts', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(look, { maxLength: 30 }), async (looks) => {
        const { aggregator, clock } = createAggregatorWorld(definitionOf(PLACES, MAJORITY));
        const last = new Map<number, { readonly atMs: number; readonly outcome: Outcome | 'UNKNOWN' }>();
        const check = () => {
          const seen = PLACES.map((_, at) => {
            const one = last.get(at);
            return one === undefined || clock.monotonicMs() - one.atMs >= FRESH_MS ? 'UNKNOWN' : one.outcome;
          });
          expect({ seen, status: aggregator.health('api')!.status }).toEqual({ seen, status: oracle(seen, 2) });
        };
        for (const { afterMs, at, outcome } of looks) {
          // At the end of each period, too.
          for (let left = afterMs; left > 0; left -= 1_000) {
            await clock.advance(Math.min(left, 1_000));
            check();
          }
          aggregator.observe(`api.${PLACES[at]}`, saw(outcome));
          last.set(at, { atMs: clock.monotonicMs(), outcome });
          check();
        }
      }),
      { numRuns: 60 },
    );
  });

  it('does not change at each report of two places that disagree', async () => {
    const rule: Rule = { kind: 'quorum', healthy: { count: 2 }, degraded: { count: 1 } };
    const { aggregator, clock, statusChanges } = createAggregatorWorld(definitionOf(['eu', 'us'], rule));
    for (let round = 0; round < 50; round++) {
      aggregator.observe('api.eu', saw('HEALTHY'));
      await clock.advance(10_000);
      aggregator.observe('api.us', saw('UNHEALTHY'));
      await clock.advance(10_000);
    }
    const changes = statusChanges.filter(({ health }) => health.component === 'api');
    expect(changes.map(({ health: { status } }) => status)).toEqual(['DEGRADED']);
  });

  it('says how many places see it so', async () => {
    const { aggregator, clock } = createAggregatorWorld(definitionOf(PLACES, MAJORITY));
    const reason = () => aggregator.health('api')!.reason;
    expect(reason()).toEqual({
      code: 'MEMBERS_UNKNOWN',
      message: '3 of 3 places unknown',
      evidence: 'api.eu, api.us, api.ap',
    });
    for (const place of PLACES) aggregator.observe(`api.${place}`, saw('HEALTHY'));
    expect(reason()).toEqual({ code: 'MEMBERS_HEALTHY', message: '3 of 3 places healthy' });
    for (const place of ['us', 'ap']) aggregator.observe(`api.${place}`, saw('UNHEALTHY'));
    expect(reason()).toEqual({
      code: 'MEMBERS_UNHEALTHY',
      message: '2 of 3 places unhealthy, 1 healthy',
      evidence: 'api.us, api.ap',
    });
    const { causes, rule } = aggregator.explain('api')!;
    expect(causes.map((path) => path.map(({ component }) => component))).toEqual([
      ['api', 'api.us'],
      ['api', 'api.ap'],
    ]);
    expect(rule?.members.map(({ component, status }) => `${component} ${status}`)).toContain('api.us UNHEALTHY');
    // The place that saw it well is cut off: two of three are still most.
    await clock.advance(20_000);
    for (const place of ['us', 'ap']) aggregator.observe(`api.${place}`, saw('UNHEALTHY'));
    await clock.advance(4_000);
    expect(reason().message).toBe('2 of 3 places unhealthy, 1 unknown');
    // And then only one is there.
    await clock.advance(19_999);
    aggregator.observe('api.us', saw('UNHEALTHY'));
    await clock.advance(1);
    expect(aggregator.health('api')).toMatchObject({
      status: 'UNKNOWN',
      reason: { message: '2 of 3 places unknown, 1 unhealthy' },
    });
  });
});
