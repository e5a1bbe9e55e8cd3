// The rules of history without a database: what was appended, whatever the clock did and whatever was lost, adds up as it does
// in an oracle that keeps everything.
import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { HistoryBatch } from '../../../src/core/store.ts';
import { DAYS, FIVE_MINUTES, HOURS } from '../../../src/store/history/buckets.ts';
import { createHistoryOracle } from '../../support/history-oracle.ts';
import { arbitraryPast, COMPONENTS, past, START_MS } from '../arbitrary-past.ts';
import { expectSameAvailability } from '../compare-stores.ts';
import { createArrayHistory } from './array-history.ts';

/** On both sides of the border of a group, and in another one. */
const KEYS = { api: 31, db: 32, 'web.shop': 100 };
const NOTHING: HistoryBatch = {
  untilMs: START_MS,
  elapsedMs: 0,
  revision: 0,
  records: [],
  observations: [],
  changed: [],
  removed: [],
};

it('adds up to what was observed, over restarts and appends that are rolled back', async () => {
  await fc.assert(
    fc.asyncProperty(arbitraryPast, fc.infiniteStream(fc.nat(6)), async (moments, writes) => {
      const history = createArrayHistory(KEYS);
      const oracle = createHistoryOracle({ nowMs: () => START_MS });
      const batches: HistoryBatch[] = [];
      for (const event of past(moments, { restarts: true, heldBack: true })) {
        if (event.kind === 'restart') {
          history.restart();
          await oracle.load();
          continue;
        }
        const [tried = 0, isTried = 0] = [writes.next().value, writes.next().value];
        if (isTried > 3) history.rollBack(event.batch, tried);
        history.append(event.batch);
        await oracle.append(event.batch);
        batches.push(event.batch);
        expect(history.revision()).toBe(Math.max(...batches.map(({ revision }) => revision)));
      }
      if (batches.length === 0) return;
      await expectSameAvailability(history, oracle, batches);
      for (const { untilMs } of batches) {
        for (const id of COMPONENTS) {
          const known = oracle.observations(id, 0, Math.round(untilMs) + 1).map(({ atMs }) => atMs);
          expect(history.latest(id, Math.round(untilMs))?.atMs).toBe(known.sort((a, b) => a - b).at(-1));
        }
      }
    }),
    { numRuns: 60 },
  );
}, 120_000);

it('says the same of days once their hours and five minutes are forgotten', async () => {
  const history = createArrayHistory(KEYS);
  const oracle = createHistoryOracle({ nowMs: () => START_MS });
  const batches: HistoryBatch[] = [];
  const HOUR_MS = HOURS.widthMs;
  for (let hour = 0; hour < 60; hour++) {
    const batch: HistoryBatch = {
      ...NOTHING,
      untilMs: START_MS + (hour + 1) * HOUR_MS,
      elapsedMs: HOUR_MS,
      revision: hour + 1,
      records: [
        {
          revision: hour + 1,
          component: 'api',
          atMs: START_MS + hour * HOUR_MS + 1000,
          to: hour % 2 === 0 ? 'HEALTHY' : 'UNHEALTHY',
          reason: { code: 'BECAUSE', message: 'it is' },
          causedBy: [],
        },
      ],
      observations: [{ component: 'db', atMs: START_MS + hour * HOUR_MS + 5, outcome: 'DEGRADED', latencyMs: hour }],
    };
    history.append(batch);
    await oracle.append(batch);
    batches.push(batch);
    history.sumUp(HOURS, batch.untilMs - 6 * HOUR_MS);
    history.sumUp(DAYS, batch.untilMs - 24 * HOUR_MS);
  }
  // An hour and a day at the open end, and what is not old enough yet.
  expect(history.usageRows(FIVE_MINUTES)).toBeLessThan(2 * 8 * 12);
  expect(history.usageRows(HOURS)).toBeLessThan(2 * 50);
  await expectSameAvailability(history, oracle, batches, [DAYS.widthMs]);
});
