import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { createDueQueue } from '../../src/core/due-queue.ts';

const item = (dueMs: number) => ({ dueMs, place: -1 });

describe('due queue', () => {
  it('gives back in order of due time, whatever came, went and was counted in between', () => {
    const operation = fc.oneof(
      {
        weight: 4,
        arbitrary: fc.record({ kind: fc.constant('push' as const), dueMs: fc.integer({ min: 0, max: 50 }) }),
      },
      { weight: 1, arbitrary: fc.record({ kind: fc.constant('pop' as const) }) },
      { weight: 2, arbitrary: fc.record({ kind: fc.constant('remove' as const), pick: fc.nat() }) },
    );
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 200, size: 'max' }), (operations) => {
        const queue = createDueQueue<ReturnType<typeof item>>();
        let model: ReturnType<typeof item>[] = [];
        for (const step of operations) {
          if (step.kind === 'push') {
            const pushed = item(step.dueMs);
            queue.push(pushed, step.dueMs);
            model.push(pushed);
          } else if (step.kind === 'pop') {
            const popped = queue.pop();
            expect(popped?.dueMs).toBe(model.length === 0 ? undefined : Math.min(...model.map((one) => one.dueMs)));
            model = model.filter((one) => one !== popped);
          } else if (model.length > 0) {
            const removed = model[step.pick % model.length] ?? item(0);
            expect(queue.dueMs(removed)).toBe(removed.dueMs);
            expect(queue.remove(removed)).toBe(true);
            expect(queue.remove(removed)).toBe(false);
            expect(queue.dueMs(removed)).toBeUndefined();
            expect(removed.place).toBe(-1);
            model = model.filter((one) => one !== removed);
          }
          expect(queue.size).toBe(model.length);
          expect(queue.firstDueMs).toBe(Math.min(...model.map((one) => one.dueMs)));
          expect(queue.countDue(25)).toBe(model.filter((one) => one.dueMs <= 25).length);
        }
        const rest = Array.from(model, () => queue.pop()?.dueMs);
        expect(rest).toEqual(model.map((one) => one.dueMs).sort((a, b) => a - b));
        expect(queue.pop()).toBeUndefined();
      }),
    );
  });
});
