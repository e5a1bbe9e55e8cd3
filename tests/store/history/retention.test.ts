import { describe, expect, it } from '@jest/globals';
import type { Retention } from '../../../src/core/store.ts';
import { DAYS, FIVE_MINUTES, HOURS, type Tier } from '../../../src/store/history/buckets.ts';
import { createOpenBucket } from '../../../src/store/history/open-bucket.ts';
import { bucketToSumUp, horizonsAt } from '../../../src/store/history/retention.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const NOW_MS = 100 * DAY_MS + 90 * 60_000;
const RETENTION: Retention = {
  transitionsMs: 30 * DAY_MS,
  observationsMs: 2 * HOUR_MS,
  fiveMinutesMs: 6 * HOUR_MS,
  hoursMs: 2 * DAY_MS,
  daysMs: 20 * DAY_MS,
  auditMs: 20 * DAY_MS,
  alertsMs: 20 * DAY_MS,
};

describe('what goes', () => {
  it('is what ended before its retention', () => {
    expect(horizonsAt(NOW_MS, RETENTION)).toEqual({
      observationsBucket: (100 * DAY_MS - 30 * 60_000) / FIVE_MINUTES.widthMs,
      summedUp: [
        { tier: HOURS, beforeMs: NOW_MS - 6 * HOUR_MS },
        { tier: DAYS, beforeMs: NOW_MS - 2 * DAY_MS },
      ],
      daysBucket: 80,
      transitionsMs: NOW_MS - 30 * DAY_MS,
      goneMs: NOW_MS - 30 * DAY_MS,
      spansMs: NOW_MS - 30 * DAY_MS,
    });
  });

  it.each([
    ['a bound on their number is nearer', {}, NOW_MS - DAY_MS, { transitionsMs: -1, goneMs: -20, spansMs: -30 }],
    ['a bound is farther', {}, NOW_MS - 40 * DAY_MS, { transitionsMs: -30, goneMs: -30, spansMs: -30 }],
    ['usage is kept for longer', { daysMs: 90 * DAY_MS }, undefined, { transitionsMs: -30, goneMs: -90, spansMs: -30 }],
    [
      'hours are kept for longest',
      { hoursMs: 50 * DAY_MS },
      undefined,
      { transitionsMs: -30, goneMs: -50, spansMs: -30 },
    ],
  ])('of records, where %s, by days from now', (_where, more, oldestMs, days) => {
    const { transitionsMs, goneMs, spansMs } = horizonsAt(NOW_MS, { ...RETENTION, ...more }, oldestMs);
    const inDays = (atMs: number) => (atMs - NOW_MS) / DAY_MS;
    expect({ transitionsMs: inDays(transitionsMs), goneMs: inDays(goneMs), spansMs: inDays(spansMs) }).toEqual(days);
  });
});

describe('a bucket stands for its parts', () => {
  const at = (hour: number, minutes = 0) => (hour * 60 + minutes) / 5;
  it.each<[string, Tier, number | undefined, number, number, number | undefined]>([
    ['an hour that is over', HOURS, at(3, 55), 4 * HOUR_MS, at(9), 3],
    ['not before its end', HOURS, at(3), 4 * HOUR_MS - 1, at(9), undefined],
    ['not while it is the open one', HOURS, at(3), 9 * HOUR_MS, at(3, 30), undefined],
    ['a day that is over', DAYS, 47, 2 * DAY_MS, at(50), 1],
    ['not while the open five minutes are in it', DAYS, 24, 9 * DAY_MS, at(40), undefined],
    ['none where there are no parts', HOURS, undefined, 9 * HOUR_MS, at(9), undefined],
  ])('%s', (_what, tier, oldestPart, beforeMs, openBucket, expected) => {
    const open = createOpenBucket();
    open.begin(openBucket, openBucket * FIVE_MINUTES.widthMs);
    expect(bucketToSumUp(tier, oldestPart, beforeMs, open)).toBe(expected);
  });
});
