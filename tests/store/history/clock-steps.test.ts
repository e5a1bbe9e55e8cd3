import { expect, it } from '@jest/globals';
import { segmentOf } from '../../../src/store/history/clock-steps.ts';

it.each<[string, number, number, number | undefined, ReturnType<typeof segmentOf>]>([
  ['the first batch', 100_000, 5000, undefined, { fromMs: 95_000, untilMs: 100_000, isNewSpan: true }],
  ['a clock that goes along', 105_000, 5000, 100_000, { fromMs: 100_000, untilMs: 105_000, isNewSpan: false }],
  ['no time at all', 100_000, 0, 100_000, { fromMs: 100_000, untilMs: 100_000, isNewSpan: false }],
  ['one that is a little fast', 107_000, 5000, 100_000, { fromMs: 100_000, untilMs: 107_000, isNewSpan: false }],
  ['one that stepped forwards', 107_001, 5000, 100_000, { fromMs: 102_001, untilMs: 107_001, isNewSpan: true }],
  ['one that is slow', 100_001, 50_000, 100_000, { fromMs: 100_000, untilMs: 100_001, isNewSpan: false }],
  ['one that stepped back', 99_999, 5000, 100_000, { fromMs: 94_999, untilMs: 99_999, isNewSpan: true }],
  ['a clock that was never set', 1000, 5000, undefined, { fromMs: 0, untilMs: 1000, isNewSpan: true }],
  ['one before the epoch', -4000, 5000, 1000, { fromMs: 0, untilMs: 0, isNewSpan: true }],
])('%s', (_what, untilMs, elapsedMs, previousMs, expected) => {
  expect(segmentOf(untilMs, elapsedMs, previousMs)).toEqual(expected);
});
