import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { nearestName } from '../../src/core/nearest.ts';

/** Edits from one to the other: a letter put in, taken out or replaced, two neighbours swapped. By definition, slowly. */
function editsByDefinition(a: string, b: string): number {
  if (a === '' || b === '') return a.length + b.length;
  const replaced = editsByDefinition(a.slice(1), b.slice(1)) + (a[0] === b[0] ? 0 : 1);
  const swapped =
    a[0] === b[1] && a[1] === b[0] && a.length > 1 && b.length > 1
      ? editsByDefinition(a.slice(2), b.slice(2)) + 1
      : Number.POSITIVE_INFINITY;
  return Math.min(replaced, swapped, editsByDefinition(a.slice(1), b) + 1, editsByDefinition(a, b.slice(1)) + 1);
}

describe('nearest name', () => {
  it.each<[string, string[], string | undefined]>([
    ['intervall', ['timeout', 'interval'], 'interval'],
    ['inteval', ['interval'], 'interval'],
    ['itnerval', ['interval'], 'interval'],
    ['INTERVAL', ['timeout', 'interval'], 'interval'],
    ['db', ['dbs'], 'dbs'],
    ['payments-api', ['payments-db', 'payments'], 'payments-db'],
    ['payments', ['checkout'], undefined],
    ['abc', ['xyz'], undefined],
    ['abcdef', ['abcxyz'], undefined],
    ['abcdef', ['abcdxy'], 'abcdxy'],
    ['anything', [], undefined],
    ['aac', ['aab', 'aad'], 'aab'],
  ])('%s among %j: %s', (name, known, nearest) => {
    expect(nearestName(name, known)).toBe(nearest);
  });

  it('is the first of those with the fewest edits, and none beyond a third of the letters', () => {
    const names = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 6 });
    fc.assert(
      fc.property(names, fc.array(names, { maxLength: 5 }), (name, known) => {
        const edits = known.map((one) => editsByDefinition(name, one));
        const fewest = Math.min(...edits);
        const allowed = Math.max(1, Math.floor(name.length / 3));
        expect(nearestName(name, known)).toBe(fewest <= allowed ? known[edits.indexOf(fewest)] : undefined);
      }),
      { numRuns: 1_000 },
    );
  });
});
