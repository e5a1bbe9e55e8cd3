import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { createFairWakeUps } from '../../src/services/fair-wake-ups.ts';
import { turn } from './support/streams.ts';

test('what is more than a portion goes on in later turns, in order, and then at once again', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 4 }),
      fc.array(fc.nat(7), { maxLength: 4 }),
      async (portion, batches) => {
        const turns = createFairWakeUps(portion);
        const resumed: number[] = [];
        let added = 0;
        for (const batch of batches) {
          for (let n = 0; n < batch; n++) {
            const id = added++;
            turns.add({ resume: () => resumed.push(id) });
          }
          const before = resumed.length;
          expect(before).toBe(Math.min(added, Math.max(before, portion)));
          // The turn of this test and that of the turns may come in either order.
          for (let n = 0; n <= Math.ceil(batch / portion) + 1; n++) {
            const count = resumed.length;
            await turn();
            expect(resumed.length - count).toBeLessThanOrEqual(portion);
          }
          expect(resumed).toEqual(Array.from({ length: added }, (_, id) => id));
        }
      },
    ),
    { numRuns: 50 },
  );
});

test('who is resumed may add others, who wait for their turn', async () => {
  const turns = createFairWakeUps(2);
  const resumed: string[] = [];
  const again = (name: string) => ({
    resume() {
      resumed.push(name);
      if (resumed.length < 6) turns.add(again(`${name}'`));
    },
  });
  turns.add(again('a'));
  // a, and the second that a adds; the third waits.
  expect(resumed).toEqual(['a', "a'"]);
  while (resumed.length < 6) await turn();
  expect(resumed.map((name) => name.length)).toEqual([1, 2, 3, 4, 5, 6]);
});
