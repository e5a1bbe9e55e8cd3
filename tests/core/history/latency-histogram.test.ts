import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  createLatencyRecorder,
  type LatencyHistogram,
  latencyQuantileMs,
  mergeLatencies,
  mergeWrittenLatencies,
  recordLatency,
  writeLatencies,
} from '../../../src/core/history/latency-histogram.ts';
import { createByteWriter, writtenBytes } from '../../../src/core/history/varint.ts';

/** From 1 µs to 10 hours, as likely in each decade. */
const latencies = fc.double({ min: -3, max: 7.5, noNaN: true }).map((exponent) => 10 ** exponent);
const shares = fc.oneof(fc.constantFrom(0, 0.5, 0.95, 0.99, 1), fc.double({ min: 0, max: 1, noNaN: true }));

function recorded(values: readonly number[]) {
  const histogram = createLatencyRecorder();
  for (const value of values) recordLatency(histogram, value);
  return histogram;
}

function written(histogram: LatencyHistogram): Uint8Array {
  const writer = createByteWriter();
  writeLatencies(writer, histogram);
  return writtenBytes(writer);
}

/** By what was recorded, wherever the window of buckets happens to lie. */
function contents({ count, first, counts }: LatencyHistogram) {
  return { count, buckets: [...counts].flatMap((here, position) => (here > 0 ? [[first + position, here]] : [])) };
}

/** From all that was recorded. */
function exactQuantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(1, Math.ceil(share * sorted.length)) - 1]!;
}

describe('a quantile', () => {
  it('is within 2 % of the one of all that was recorded', () => {
    fc.assert(
      fc.property(fc.array(latencies, { minLength: 1, maxLength: 300 }), shares, (values, share) => {
        const exact = exactQuantile(values, share);
        const error = Math.abs(latencyQuantileMs(recorded(values), share)! - exact) / exact;
        expect(error).toBeLessThanOrEqual(0.02);
      }),
      { numRuns: 500 },
    );
  });

  it('is right next to every power of two', () => {
    for (let power = 0; power < 57; power++) {
      for (const micros of [2 ** power, 2 ** power * (1 - Number.EPSILON / 2), 2 ** power * (1 + Number.EPSILON)]) {
        if (micros < 1) continue;
        const latencyMs = micros / 1000;
        const error = Math.abs(latencyQuantileMs(recorded([latencyMs]), 1)! - latencyMs) / latencyMs;
        expect(error).toBeLessThanOrEqual(0.02);
      }
    }
  });

  it('is not there where nothing was recorded', () => {
    expect(latencyQuantileMs(createLatencyRecorder(), 0.5)).toBeUndefined();
  });

  it('takes the shortest and the longest that there can be', () => {
    expect(latencyQuantileMs(recorded([0]), 0.5)).toBeLessThanOrEqual(0.001);
    expect(latencyQuantileMs(recorded([Number.MAX_VALUE]), 0.5)).toBeGreaterThan(9000 * 365 * 86_400_000);
    expect(recorded([Number.NaN, Number.POSITIVE_INFINITY, -1]).count).toBe(3);
  });
});

describe('merging', () => {
  it('comes to the same as recording in one place', () => {
    fc.assert(
      fc.property(fc.array(fc.array(latencies)), (parts) => {
        const merged = createLatencyRecorder();
        for (const part of parts) mergeLatencies(merged, recorded(part));
        expect(contents(merged)).toEqual(contents(recorded(parts.flat())));
      }),
    );
  });
});

describe('writing', () => {
  it('loses nothing, and what is read merges', () => {
    fc.assert(
      fc.property(fc.array(latencies), fc.array(latencies), (here, there) => {
        const histogram = recorded(here);
        const other = recorded(there);
        const reader = { bytes: written(other), offset: 0 };
        mergeWrittenLatencies(histogram, reader, other.count);
        expect(reader.offset).toBe(reader.bytes.length);
        expect(contents(histogram)).toEqual(contents(recorded([...here, ...there])));
      }),
    );
  });

  it('takes a byte or two for each bucket that holds something', () => {
    expect(written(recorded(Array.from({ length: 100 }, () => 12)))).toHaveLength(3);
    expect(written(recorded([12, 5000]))).toHaveLength(2 + 1 + 3 + 1);
  });

  it('is read within its bytes, whatever they are', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), fc.integer({ min: 0, max: 1000 }), (bytes, count) => {
        const histogram = createLatencyRecorder();
        try {
          mergeWrittenLatencies(histogram, { bytes, offset: 0 }, count);
          expect(histogram.count).toBe(count);
        } catch (error) {
          expect(error).toBeInstanceOf(RangeError);
        }
      }),
    );
  });
});
