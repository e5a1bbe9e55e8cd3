import { describe, expect, it } from '@jest/globals';
import { retryAfterMs } from '../../../src/alerts/channels/retry-after.ts';

const NOW_MS = Date.UTC(2026, 10, 29, 7, 0, 0);

describe('Retry-After', () => {
  it.each([
    ['120', 120_000],
    [' 0 ', 0],
    ['0.35', 350],
    ['Sun, 29 Nov 2026 07:00:30 GMT', 30_000],
    ['Sunday, 29-Nov-26 07:01:00 GMT', 60_000],
    ['Sun, 29 Nov 2026 06:59:00 GMT', 0],
    ['999999999999', 86_400_000],
    ['Fri, 29 Nov 2030 07:00:00 GMT', 86_400_000],
    ['-5', undefined],
    ['soon', undefined],
    ['', undefined],
    ['Sunday', undefined],
    ['1e3', undefined],
    [undefined, undefined],
  ])('%s', (value, expected) => {
    expect(retryAfterMs(value, NOW_MS)).toBe(expected);
  });
});
