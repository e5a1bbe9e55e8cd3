import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import { withChanges } from '../../src/core/sorted.ts';

it('is the list that sorting everything makes', () => {
  const names = fc.uniqueArray(
    fc.string({ unit: fc.constantFrom('a', 'b', 'Z', '.', '-', '1'), minLength: 1, maxLength: 3 }),
  );
  fc.assert(
    fc.property(names, names, (before, after) => {
      const gone = before.filter((name) => !after.includes(name));
      const come = after.filter((name) => !before.includes(name));
      const sorted = before.toSorted();
      expect(withChanges(sorted, gone, come)).toEqual(after.toSorted());
      expect(withChanges(sorted, [], [])).not.toBe(sorted);
    }),
    { numRuns: 1000 },
  );
});
