// How file descriptors are shared out between clients and probes.
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parseDescriptorLimit, shareDescriptors } from '../../src/core/descriptors.ts';

test.each([
  [256, 20_000, { forClients: 96, forProbes: 96 }],
  [1_024, 20_000, { forClients: 480, forProbes: 480 }],
  [1_048_576, 20_000, { forClients: 20_000, forProbes: 1_028_512 }],
  [1_024, 10, { forClients: 10, forProbes: 950 }],
  [20, 20_000, { forClients: 16, forProbes: 16 }],
])('of %d with %d connections', (limit, connections, shares) => {
  expect(shareDescriptors(limit, connections)).toEqual(shares);
});

test('nobody is left without, and together they leave some to the process', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 97, max: 2_000_000 }),
      fc.integer({ min: 1, max: 1_000_000 }),
      (limit, connections) => {
        const { forClients, forProbes } = shareDescriptors(limit, connections);
        expect(Math.min(forClients, forProbes)).toBeGreaterThan(0);
        expect(forClients).toBeLessThanOrEqual(connections);
        expect(forClients + forProbes).toBeLessThanOrEqual(limit - 64);
      },
    ),
  );
});

test.each([
  ['Max open files            256                  4096                 files     \n', 256],
  [
    'Limit   Soft Limit\nMax processes  1 2 processes\nMax open files            1048576              1048576              files',
    1_048_576,
  ],
  ['Max open files            unlimited            unlimited            files     \n', undefined],
  ['', undefined],
])('of %j', (text, limit) => {
  expect(parseDescriptorLimit(text)).toBe(limit);
});
