import { randomFillSync } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { createTraceIds } from '../../src/telemetry/trace-ids.ts';

describe('ids of a trace and its span', () => {
  it('are new ones each time, as long as they have to be', () => {
    const next = createTraceIds(randomFillSync);
    const some = Array.from({ length: 100 }, next);
    for (const { traceId, spanId } of some) {
      expect(traceId).toMatch(/^[0-9a-f]{32}$/);
      expect(spanId).toMatch(/^[0-9a-f]{16}$/);
    }
    expect(new Set(some.flatMap(({ traceId, spanId }) => [traceId, spanId])).size).toBe(2 * some.length);
  });

  it('take every random byte to where it belongs', () => {
    const next = createTraceIds((bytes) => bytes.set(Array.from(bytes, (_, at) => at + 1)));
    expect(next()).toEqual({ traceId: '0102030405060708090a0b0c0d0e0f10', spanId: '1112131415161718' });
  });

  it('are never of zeros alone', () => {
    const next = createTraceIds((bytes) => bytes.fill(0));
    expect(next()).toEqual({ traceId: `${'0'.repeat(31)}1`, spanId: `${'0'.repeat(15)}1` });
  });
});
