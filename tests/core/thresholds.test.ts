import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Observation } from '../../src/core/observation.ts';
import type { Outcome } from '../../src/core/status.ts';
import { type Condition, observe, underThresholds } from '../../src/core/thresholds.ts';
import { observations } from '../support/arbitraries.ts';
import { conditionByDesign, conditionUnderOthers } from '../support/oracle.ts';

const START: Condition = { status: 'UNKNOWN', reason: { code: 'NEVER_CHECKED', message: 'not checked yet' } };
const OUTCOME: Record<string, Outcome | 'UNKNOWN'> = { H: 'HEALTHY', D: 'DEGRADED', U: 'UNHEALTHY', K: 'UNKNOWN' };

const seen = (letter: string, message = letter): Observation => ({
  outcome: OUTCOME[letter]!,
  reason: { code: 'SEEN', message },
});

/** Observations by their first letter, the oldest first; `!` makes the one before decisive. */
function conditionAfter(text: string, thresholds: { healthy: number; unhealthy: number }): Condition {
  return [...text.matchAll(/(.)(!?)/g)].reduce(
    (condition, [, letter, mark]) => observe(condition, { ...seen(letter!), decisive: mark === '!' }, thresholds),
    START,
  );
}

/** Status by its first letter, then what is pending: `H` or `H D2/3`. */
function short({ status, pending }: Condition): string {
  const letter = status === 'UNKNOWN' ? 'K' : status[0];
  return pending === undefined ? `${letter}` : `${letter} ${pending.status[0]}${pending.count}/${pending.threshold}`;
}

describe('thresholds', () => {
  it.each([
    ['nothing is observed', '', 'K'],
    ['the first observation decides at once', 'U', 'U'],
    ['the first after UNKNOWN decides at once', 'HKU', 'U'],
    ['an observer that does not know decides at once', 'HK', 'K'],
    ['failing', 'HU', 'H U1/3'],
    ['still failing', 'HUU', 'H U2/3'],
    ['failed', 'HUUU', 'U'],
    ['one success in between starts the count anew', 'HUUHUU', 'H U2/3'],
    ['to the least bad of them', 'HUUD', 'D'],
    ['the least bad of them is pending', 'HDU', 'H D2/3'],
    ['worse than it is already', 'DUU', 'D U2/3'],
    ['better', 'UH', 'U H1/2'],
    ['to the worst of them', 'UHD', 'D'],
    ['all the way up', 'UHH', 'H'],
    ['the direction turns: the count starts anew', 'DUUH', 'D H1/2'],
    ['back to where it is: nothing is pending', 'DUUD', 'D'],
    ['a decisive one is not counted, it decides', 'HU!', 'U'],
    ['a decisive one of the same status clears what is pending', 'HUUH!U', 'H U1/3'],
    ['what goes further than the change counts towards the next', 'HDUU', 'D U2/3'],
    ['so that a bad start does not make the way to the worst longer', 'HDUUU', 'U'],
    ['and the same for the better', 'UDHH', 'H'],
    ['but only what came last in a row', 'HUDU', 'D U1/3'],
  ])('%s: %s → %s', (_name, text, expected) => {
    expect(short(conditionAfter(text, { healthy: 2, unhealthy: 3 }))).toBe(expected);
  });

  it('changes at once with a threshold of 1', () => {
    expect(short(conditionAfter('HU', { healthy: 1, unhealthy: 1 }))).toBe('U');
    expect(short(conditionAfter('UH', { healthy: 1, unhealthy: 1 }))).toBe('H');
  });

  it('gives the reason of what decided', () => {
    const thresholds = { healthy: 1, unhealthy: 3 };
    let condition = observe(START, seen('H', 'fine'), thresholds);
    condition = observe(condition, seen('D', 'slow'), thresholds);
    expect(condition.reason.message).toBe('fine');
    expect(condition.pending?.reason.message).toBe('slow');
    condition = observe(condition, seen('U', 'refused'), thresholds);
    expect(condition.pending).toMatchObject({ status: 'DEGRADED', reason: { message: 'refused' } });
    condition = observe(condition, seen('U', 'timed out'), thresholds);
    expect(condition).toMatchObject({
      status: 'DEGRADED',
      reason: { message: 'slow' },
      pending: { status: 'UNHEALTHY', count: 2, reason: { message: 'timed out' } },
    });
    condition = observe(condition, seen('D', 'slower'), thresholds);
    expect(condition).toEqual({ status: 'DEGRADED', reason: { code: 'SEEN', message: 'slower' } });
  });

  it('takes up thresholds that a reload made lower at the next observation', () => {
    const failing = conditionAfter('HDUUUU', { healthy: 1, unhealthy: 10 });
    expect(short(failing)).toBe('H D5/10');
    expect(short(observe(failing, seen('U'), { healthy: 1, unhealthy: 3 }))).toBe('U');
    expect(short(observe(failing, seen('D'), { healthy: 1, unhealthy: 3 }))).toBe('D');
  });

  it.each([
    ['raised', 'HUU', 'H U2/5', { healthy: 2, unhealthy: 5 }],
    ['lowered, and not reached', 'HU', 'H U1/2', { healthy: 2, unhealthy: 2 }],
    ['lowered to the count', 'HUU', 'U', { healthy: 2, unhealthy: 2 }],
    ['lowered below the count', 'HUU', 'U', { healthy: 2, unhealthy: 1 }],
    ['lowered: only the last ones count', 'HDU', 'U', { healthy: 2, unhealthy: 1 }],
    ['lowered: to the least bad of the last ones', 'HDU', 'D U1/2', { healthy: 2, unhealthy: 2 }],
    ['the other one is changed', 'HUU', 'H U2/3', { healthy: 9, unhealthy: 3 }],
    ['for the better, raised', 'UH', 'U H1/4', { healthy: 4, unhealthy: 3 }],
    ['for the better, lowered', 'UH', 'H', { healthy: 1, unhealthy: 3 }],
    ['for the better, lowered, and the last one goes further', 'UDH', 'H', { healthy: 1, unhealthy: 3 }, 3],
    ['nothing is pending', 'H', 'H', { healthy: 1, unhealthy: 1 }],
    ['nothing is known', '', 'K', { healthy: 1, unhealthy: 1 }],
  ])('takes other thresholds at once: %s: %s → %s', (_name, text, expected, thresholds, healthy = 2) => {
    expect(short(underThresholds(conditionAfter(text, { healthy, unhealthy: 3 }), thresholds))).toBe(expected);
  });

  it('is what an oracle says that looks at the whole history, also when the thresholds change', () => {
    const thresholds = fc.record({
      healthy: fc.integer({ min: 1, max: 4 }),
      unhealthy: fc.integer({ min: 1, max: 4 }),
    });
    const asByDesign = ({ status, reason, pending }: Condition) => ({
      status,
      because: reason.message,
      ...(pending && { pending: { status: pending.status, count: pending.count, because: pending.reason.message } }),
    });
    fc.assert(
      fc.property(fc.array(observations, { maxLength: 30 }), thresholds, thresholds, (history, limits, others) => {
        let condition = START;
        for (const [at, observation] of history.entries()) {
          condition = observe(condition, observation, limits);
          const seenSoFar = history.slice(0, at + 1);
          const expected = conditionByDesign(seenSoFar, limits);
          expect(asByDesign(condition)).toEqual(expected);
          const changed = underThresholds(condition, others);
          expect(asByDesign(changed)).toEqual(conditionUnderOthers(seenSoFar, expected, others));
          for (const { pending } of [condition, changed]) {
            if (pending) expect(pending.count).toBeLessThan(pending.threshold);
          }
          if (changed.pending) {
            expect(changed.pending.threshold).toBe(
              changed.pending.status === 'UNHEALTHY' || changed.status === 'HEALTHY'
                ? others.unhealthy
                : others.healthy,
            );
          }
        }
      }),
      { numRuns: 3_000 },
    );
  });
});

describe('a condition', () => {
  const condition = conditionAfter('H', { healthy: 1, unhealthy: 3 });

  it('stays the same object when an observation says the same', () => {
    expect(observe(condition, seen('H'), { healthy: 1, unhealthy: 3 })).toBe(condition);
  });

  it.each([
    ['another message', { ...seen('H').reason, message: 'other' }],
    ['another code', { ...seen('H').reason, code: 'OTHER' }],
    ['other evidence', { ...seen('H').reason, evidence: 'what came' }],
  ])('is another one by %s', (_what, reason) => {
    expect(observe(condition, { outcome: 'HEALTHY', reason }, { healthy: 1, unhealthy: 3 })).toEqual({
      status: 'HEALTHY',
      reason,
    });
  });

  it('is another one where a change was pending', () => {
    const pending = conditionAfter('HU', { healthy: 1, unhealthy: 3 });
    expect(observe(pending, seen('H'), { healthy: 1, unhealthy: 3 })).toEqual(condition);
  });
});
