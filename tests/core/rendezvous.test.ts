import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { chooseByHash } from '../../src/core/rendezvous.ts';

const ids = fc.uniqueArray(fc.string({ minLength: 1, maxLength: 12 }), { minLength: 1, maxLength: 12 });
const items = (count: number) => Array.from({ length: count }, (_, n) => `component-${n}`);

const ITEMS = items(40);

describe('chooseByHash', () => {
  it('is nobody where there is nobody', () => expect(chooseByHash('web', [])).toBeUndefined());

  it('is one of them, whatever their order', () => {
    fc.assert(
      fc.property(ids, fc.string(), (among, item) => {
        const chosen = chooseByHash(item, among);
        expect(among).toContain(chosen);
        expect(chooseByHash(item, among.toReversed())).toBe(chosen);
      }),
    );
  });

  it('when one goes, moves only what that one had', () => {
    fc.assert(
      fc.property(ids, fc.nat(), (among, at) => {
        const gone = among[at % among.length]!;
        const left = among.filter((id) => id !== gone);
        const moved = ITEMS.filter((item) => chooseByHash(item, left) !== chooseByHash(item, among));
        expect(moved.filter((item) => chooseByHash(item, among) !== gone)).toEqual([]);
      }),
    );
  });

  it('when one comes, moves only what that one gets', () => {
    fc.assert(
      fc.property(ids, fc.string({ minLength: 13 }), (among, come) => {
        const moved = ITEMS.filter((item) => chooseByHash(item, [...among, come]) !== chooseByHash(item, among));
        expect(moved.filter((item) => chooseByHash(item, [...among, come]) !== come)).toEqual([]);
      }),
    );
  });

  it.each([2, 3, 10, 30])('gives each of %i about as much as the others', (count) => {
    const among = Array.from({ length: count }, (_, n) => `agent-${n}`);
    const counts = new Map<string, number>(among.map((id) => [id, 0]));
    const all = 500 * count;
    for (const item of items(all)) {
      const chosen = chooseByHash(item, among)!;
      counts.set(chosen, counts.get(chosen)! + 1);
    }
    // Five standard deviations of a fair choice.
    const bound = 5 * Math.sqrt(all * (1 / count) * (1 - 1 / count));
    for (const share of counts.values()) expect(Math.abs(share - 500)).toBeLessThan(bound);
  });
});
