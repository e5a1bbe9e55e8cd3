import { expect, it } from '@jest/globals';
import { Defect, guarded } from '../../src/probes/defect.ts';

it('a listener that throws hands over what it threw, and throws nothing', () => {
  const seen: unknown[] = [];
  const error = new TypeError('of ours');
  const listener = guarded(
    (fails: boolean) => {
      if (fails) throw error;
      seen.push('fine');
    },
    (defect) => seen.push(defect),
  );
  listener(false);
  listener(true);
  expect(seen).toEqual(['fine', expect.any(Defect)]);
  expect((seen[1] as Defect).cause).toBe(error);
});
