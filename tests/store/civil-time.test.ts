// What people do to clocks: daylight saving, which Unix time does not know, and a leap second, in which it is the same second
// twice. No time is lost by either, and none is made up.
import { describe, expect, it } from '@jest/globals';
import { accountedMs } from '../../src/core/history/usage.ts';
import { openStore } from '../../src/store/registry.ts';
import { savedComponent } from './arbitrary-past.ts';
import { LONG } from './store-contract.ts';

const HOUR_MS = 3_600_000;
const STEP_MS = 500;

/** How long a component was accounted for in two hours around a moment, in which the wall clock shows what `wallMs` says. */
async function accounted(momentMs: number, wallMs: (trueMs: number) => number): Promise<number> {
  const fromMs = momentMs - HOUR_MS;
  const store = await openStore('memory:', { nowMs: () => fromMs, retention: LONG });
  await store.load();
  for (let trueMs = fromMs; trueMs <= momentMs + HOUR_MS; trueMs += STEP_MS) {
    await store.append({
      untilMs: wallMs(trueMs),
      elapsedMs: trueMs === fromMs ? 0 : STEP_MS,
      revision: 1,
      records:
        trueMs === fromMs
          ? [
              {
                revision: 1,
                component: 'a',
                atMs: fromMs,
                to: 'HEALTHY',
                reason: { code: 'OK', message: '' },
                causedBy: [],
              },
            ]
          : [],
      observations: [],
      changed: trueMs === fromMs ? [savedComponent('a', 'HEALTHY', 1)] : [],
      removed: [],
    });
  }
  const query = {
    components: ['a'],
    parts: [{ fromMs, toMs: momentMs + HOUR_MS, stepMs: 2 * HOUR_MS, tierMs: HOUR_MS }],
  } as const;
  const [usage] = (await store.availability(query)).components;
  await store.close();
  expect(usage?.steps).toHaveLength(1);
  expect(accountedMs(usage!.steps[0]!)).toBe(usage!.steps[0]!.timeMs.HEALTHY);
  return usage!.steps[0]!.timeMs.HEALTHY;
}

describe('the history', () => {
  it.each([
    ['ends', Date.UTC(2026, 9, 25, 1)],
    ['begins', Date.UTC(2026, 2, 29, 1)],
  ])('has all its hours where daylight saving %s', async (_, momentMs) => {
    expect(await accounted(momentMs, (trueMs) => trueMs)).toBe(2 * HOUR_MS);
  });

  it('has a leap second as the second before it, which is full already', async () => {
    const momentMs = Date.UTC(2017, 0, 1);
    // 23:59:59 comes twice: from the leap second on the clock is behind by one.
    const unixMs = (trueMs: number) => (trueMs >= momentMs ? trueMs - 1000 : trueMs);
    expect(await accounted(momentMs, unixMs)).toBe(2 * HOUR_MS - 1000);
  });
});
