import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Numbered } from '../../src/core/numbered.ts';

class Item extends Numbered {
  get = this.getNumber;
  set = this.setNumber;
}

describe('numbers of very many', () => {
  it('are those that were set of this one last, whatever is set of others, and missing before', () => {
    const write = fc.record({
      item: fc.nat(99),
      at: fc.nat(6),
      number: fc.option(fc.double({ noNaN: true }), { nil: undefined }),
    });
    fc.assert(
      fc.property(fc.array(write, { maxLength: 300 }), (writes) => {
        const items = Array.from({ length: 100 }, () => new Item(7));
        const model = items.map(() => new Array<number | undefined>(7).fill(undefined));
        for (const { item, at, number } of writes) {
          items[item]!.set(at, number);
          model[item]![at] = number;
        }
        expect(items.map((item) => model[0]!.map((_, at) => item.get(at)))).toEqual(model);
      }),
      { numRuns: 50 },
    );
  });

  it('take those that are infinite as they are, and NaN for none', () => {
    const item = new Item(2);
    item.set(0, Number.NEGATIVE_INFINITY);
    item.set(1, Number.NaN);
    expect([item.get(0), item.get(1)]).toEqual([Number.NEGATIVE_INFINITY, undefined]);
  });
});
