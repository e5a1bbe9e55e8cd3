import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import { histories } from './history.ts';
import { faultsOf } from './invariants.ts';
import { expectedMessages } from './messages-oracle.ts';
import { messagesOf, runHistory } from './run-history.ts';

/** Another number of histories: HISTORIES=20000 npm test -- tests/alerts/decide. */
const numRuns = (usual: number) => Number(process.env.HISTORIES ?? usual);

it('sends what the oracle says, in any history', () => {
  fc.assert(
    fc.property(histories, (history) => {
      expect(messagesOf(runHistory(history))).toEqual(expectedMessages(history));
    }),
    { numRuns: numRuns(120) },
  );
});

it('opens nothing without an end, ends nothing that was not opened, and opens one alert for each cause', () => {
  fc.assert(
    fc.property(histories, (history) => {
      expect(faultsOf(history, runHistory(history))).toEqual([]);
    }),
    { numRuns: numRuns(120) },
  );
});

it('leaves nothing open and says all in its turn when the clock is set back', () => {
  const setBack = fc.record({ at: fc.integer({ min: 1, max: 160 }), byMs: fc.constantFrom(2_000, 40_000, 3_600_000) });
  fc.assert(
    fc.property(histories, setBack, (history, back) => {
      // Silences end by the clock, wherever that is.
      const spoken = { ...history, silences: [] };
      expect(faultsOf(spoken, runHistory(spoken, back))).toEqual([]);
    }),
    { numRuns: numRuns(60) },
  );
});
