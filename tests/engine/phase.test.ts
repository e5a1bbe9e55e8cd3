import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { nextDueMs, phaseMs } from '../../src/engine/phase.ts';

const ids = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._-]{0,20}$/);
const intervals = fc.integer({ min: 1, max: 86_400_000 });
const times = fc.integer({ min: -1_000_000, max: 2 ** 42 });

describe('phase', () => {
  it('is due once in every interval, at the same phase, at or after the time that is asked for', () => {
    fc.assert(
      fc.property(ids, intervals, times, (id, intervalMs, fromMs) => {
        const dueMs = nextDueMs(id, intervalMs, fromMs);
        expect(dueMs).toBeGreaterThanOrEqual(fromMs);
        expect(dueMs).toBeLessThan(fromMs + intervalMs);
        expect((dueMs - phaseMs(id, intervalMs)) % intervalMs).toBeCloseTo(0, 10);
        expect(nextDueMs(id, intervalMs, dueMs + 1)).toBe(dueMs + intervalMs);
      }),
    );
  });

  it('has the times of an interval on the grid of every interval that divides it', () => {
    fc.assert(
      fc.property(
        ids,
        fc.integer({ min: 1, max: 60_000 }),
        fc.integer({ min: 1, max: 20 }),
        times,
        (id, ms, n, from) => {
          const dueMs = nextDueMs(id, ms * n, from);
          expect(nextDueMs(id, ms, dueMs)).toBe(dueMs);
        },
      ),
    );
  });

  it.each([
    ['that count up', (n: number) => `service-${n}`],
    ['that differ at the front', (n: number) => `${n}.payments.example`],
    ['of one prefix and a padded number', (n: number) => `eu-west-1.payments.${String(n).padStart(6, '0')}`],
  ])('spreads ids %s evenly', (_, name) => {
    const BINS = 30;
    const COUNT = 6000;
    const bins = new Array<number>(BINS).fill(0);
    for (let n = 0; n < COUNT; n++) {
      const bin = Math.floor(phaseMs(name(n), 30_000) / (30_000 / BINS));
      bins[bin] = (bins[bin] ?? 0) + 1;
    }
    // 200 expected, standard deviation 14.
    expect(Math.min(...bins)).toBeGreaterThan(140);
    expect(Math.max(...bins)).toBeLessThan(260);
  });

  it('lets some be due together, at tenths of a second', () => {
    const phases = Array.from({ length: 100 }, (_, n) => phaseMs(`service-${n}`, 10_000));
    expect(phases.filter((phase) => phase % 100 !== 0)).toEqual([]);
    expect(new Set(phases).size).toBeGreaterThan(50);
  });

  it('does not change between versions, which would shift every check at an upgrade', () => {
    expect(['a', 'payments-api', 'acme.payments.v1.Payments'].map((id) => phaseMs(id, 30_000))).toEqual([
      11_700, 4_800, 11_600,
    ]);
  });
});
