// Hosts are put aside by a sum that is no less than that of each: never one that is too late.
import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import { createRoughRounds } from '../../src/config/compile/rough-rounds.ts';

it('puts no host aside whose round may take too long', () => {
  const look = fc.record({
    host: fc.constantFrom('a', 'b', 'c', 'd', 'e', ''),
    partMs: fc.double({ min: 0.001, max: 1000, noNaN: true }),
    slackMs: fc.integer({ min: 1, max: 5000 }),
  });
  fc.assert(
    // With few numbers several hosts have the same one.
    fc.property(fc.array(look, { maxLength: 60 }), fc.integer({ min: 1, max: 100 }), (looks, most) => {
      const rough = createRoughRounds(most);
      const exact = new Map<string, { roundMs: number; slackMs: number }>();
      for (const { host, partMs, slackMs } of looks) {
        rough.add(host, partMs, slackMs);
        const before = exact.get(host) ?? { roundMs: 0, slackMs };
        exact.set(host, { roundMs: before.roundMs + partMs, slackMs: Math.min(before.slackMs, slackMs) });
      }
      const late = [...exact].filter(([, { roundMs, slackMs }]) => roundMs > slackMs).map(([host]) => host);
      expect(late.filter((host) => !rough.mayBeTooLate(host))).toEqual([]);
      expect(rough.mayBeTooLate() || late.length === 0).toBe(true);
    }),
  );
});

it('puts hosts aside that are not asked so often', () => {
  const rough = createRoughRounds(10_000);
  for (let n = 0; n < 10_000; n++) rough.add(`10.0.${n >> 8}.${n & 255}`, 20, 1000);
  expect(rough.mayBeTooLate()).toBe(false);
  for (let n = 0; n < 100; n++) rough.add('db', 20, 1000);
  expect(rough.mayBeTooLate()).toBe(true);
  expect(rough.mayBeTooLate('db')).toBe(true);
  expect(rough.mayBeTooLate('10.0.0.1')).toBe(false);
});
