import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { latencyQuantileMs } from '../../../src/core/history/latency-histogram.ts';
import {
  accountedMs,
  addWrittenUsage,
  createUsage,
  mergeUsage,
  observationCount,
  recordObservation,
  type Usage,
  type UsageRecorder,
  writeUsage,
} from '../../../src/core/history/usage.ts';
import { createByteWriter, writtenBytes } from '../../../src/core/history/varint.ts';
import { STATUSES } from '../../../src/core/status.ts';

const WIDTH_MS = 300_000;

function encodeUsage(usage: Usage, widthMs: number): Uint8Array {
  const writer = createByteWriter();
  writeUsage(writer, usage, widthMs);
  return writtenBytes(writer);
}

function decodeUsage(bytes: Uint8Array, widthMs: number): UsageRecorder {
  const usage = createUsage();
  addWrittenUsage(usage, { bytes, offset: 0 }, widthMs);
  return usage;
}

interface Seen {
  readonly outcome: keyof Usage['outcomes'];
  readonly latencyMs?: number;
}

const seen: fc.Arbitrary<Seen> = fc.record(
  {
    outcome: fc.constantFrom('HEALTHY', 'DEGRADED', 'UNHEALTHY', 'UNKNOWN'),
    latencyMs: fc.double({ min: 0, max: 1e6, noNaN: true }),
  },
  { requiredKeys: ['outcome'] },
);

/** Times of a span: cuts of the width, so that they never exceed it; often one fills it. */
const times = fc
  .oneof(
    { weight: 1, arbitrary: fc.constant([0, WIDTH_MS, WIDTH_MS, WIDTH_MS, WIDTH_MS, WIDTH_MS]) },
    { weight: 3, arbitrary: fc.array(fc.nat(WIDTH_MS), { minLength: 6, maxLength: 6 }) },
  )
  .map((cuts) => cuts.toSorted((a, b) => a - b))
  .chain((cuts) =>
    fc.shuffledSubarray(
      STATUSES.map((_, at) => cuts[at + 1]! - cuts[at]!),
      { minLength: 5 },
    ),
  )
  .map((parts) => Object.fromEntries(STATUSES.map((status, at) => [status, parts[at]!])) as Usage['timeMs']);

const usages: fc.Arbitrary<Usage> = fc.tuple(times, fc.array(seen)).map(([timeMs, observations]) => {
  const usage = createUsage();
  Object.assign(usage.timeMs, timeMs);
  for (const { outcome, latencyMs } of observations) recordObservation(usage, outcome, latencyMs);
  return usage;
});

function plain({ timeMs, outcomes, latencies }: Usage) {
  const quantiles = Array.from({ length: 21 }, (_, at) => latencyQuantileMs(latencies, at / 20));
  return { timeMs, outcomes, timed: latencies.count, quantiles };
}

describe('writing a usage', () => {
  it('loses nothing', () => {
    fc.assert(
      fc.property(usages, (usage) => {
        expect(plain(decodeUsage(encodeUsage(usage, WIDTH_MS), WIDTH_MS))).toEqual(plain(usage));
      }),
    );
  });

  it('adds up when several are read into one', () => {
    fc.assert(
      fc.property(fc.array(usages, { maxLength: 5 }), (parts) => {
        const read = createUsage();
        const merged = createUsage();
        for (const part of parts) {
          addWrittenUsage(read, { bytes: encodeUsage(part, WIDTH_MS), offset: 0 }, WIDTH_MS);
          mergeUsage(merged, part, WIDTH_MS * parts.length);
        }
        expect(plain(read)).toEqual(plain(merged));
      }),
    );
  });

  it('takes a few bytes for a bucket that was HEALTHY all the time', () => {
    const usage = createUsage();
    expect(encodeUsage(usage, WIDTH_MS)).toHaveLength(1);
    usage.timeMs.HEALTHY = WIDTH_MS;
    expect(encodeUsage(usage, WIDTH_MS)).toHaveLength(1);
    for (let run = 0; run < 30; run++) recordObservation(usage, 'HEALTHY', 12 + run / 100);
    expect(encodeUsage(usage, WIDTH_MS)).toHaveLength(8);
  });

  it('is read within its bytes, whatever they are', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        try {
          expect(accountedMs(decodeUsage(bytes, WIDTH_MS))).toBeLessThanOrEqual(WIDTH_MS);
        } catch (error) {
          expect(error).toBeInstanceOf(RangeError);
        }
      }),
    );
  });
});

describe('merging into what is full', () => {
  it('never makes it longer than its width, and cuts nothing that has room', () => {
    fc.assert(
      fc.property(usages, usages, (into, from) => {
        const merged = createUsage();
        mergeUsage(merged, into, WIDTH_MS);
        mergeUsage(merged, from, WIDTH_MS);
        expect(accountedMs(merged)).toBe(Math.min(WIDTH_MS, accountedMs(into) + accountedMs(from)));
        expect(observationCount(merged)).toBe(observationCount(into) + observationCount(from));
        const roomMs = WIDTH_MS - accountedMs(into);
        const share = Math.min(1, roomMs / accountedMs(from) || 0);
        for (const status of STATUSES) {
          const addedMs = merged.timeMs[status] - into.timeMs[status];
          expect(Number.isInteger(addedMs)).toBe(true);
          expect(Math.abs(addedMs - from.timeMs[status] * share)).toBeLessThanOrEqual(STATUSES.length);
        }
      }),
    );
  });
});
