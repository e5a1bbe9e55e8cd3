import { expect, it } from '@jest/globals';
import { readObjective } from '../../web/src/model/objective.ts';

const answer = (slo: object | undefined) => ({ availability: { total: {}, ...(slo && { slo }) } });
const SLO = { objective: 99.9, window: '2592000s', budget: '2592s', spent: '949s' };

it('is none where the component has none', () => expect(readObjective(answer(undefined))).toBeUndefined());

it('says what is left, and how fast it burns', () => {
  const burnRates = [
    { window: '300s', rate: 0 },
    { window: '1800s', rate: 14.4 },
    { window: '259200s', rate: 0.25 },
    { window: '3600s' },
  ];
  expect(readObjective(answer({ ...SLO, budgetLeftRatio: 0.63387, burnRates }))).toEqual({
    aim: '99.9 % over 30 d',
    left: '63.3 %',
    spent: '15 min 49 s of 43 min 12 s spent',
    rates: ['14 × over 30 min', '0.3 × over 3 d'],
  });
});

it('is never less than nothing, never rounded up, and says when nothing is known', () => {
  expect(readObjective(answer({ ...SLO, budgetLeftRatio: -2 }))?.left).toBe('0 %');
  expect(readObjective(answer({ ...SLO, budgetLeftRatio: 0.99999 }))?.left).toBe('99.9 %');
  expect(readObjective(answer(SLO))?.left).toBeUndefined();
});
