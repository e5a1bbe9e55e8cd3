// Latencies in log-linear buckets: what is merged gives the same percentiles as if it had been recorded in one place, and
// each percentile is within 1.6 % of the latency that it stands for.
import { type ByteReader, type ByteWriter, readVarint, writeVarint } from './varint.ts';

/** Bucket 0 is below 1 µs. From there each doubling has 32 buckets of the same width. */
export interface LatencyHistogram {
  /** Latencies recorded. */
  readonly count: number;
  /** Number of the bucket that `counts` begins with. */
  readonly first: number;
  /** Latencies per bucket. */
  readonly counts: Readonly<Float64Array>;
}

/** One that is recorded into. */
export interface LatencyRecorder extends LatencyHistogram {
  count: number;
  first: number;
  counts: Float64Array;
}

/** The representative, the middle of a bucket, is off by at most 1 / (2 × 32) of the value. */
const BUCKETS_PER_DOUBLING = 32;
/** 2^58 µs, about 9,000 years: whatever a report claims has a bucket, the last one if need be. */
const DOUBLINGS = 58;
const BUCKETS = 1 + BUCKETS_PER_DOUBLING * DOUBLINGS;
/** `counts` covers whole runs of this many buckets, so that it seldom grows. */
const RUN = 64;
const MICROS_PER_MS = 1000;

const NO_COUNTS = new Float64Array(0);

export function createLatencyRecorder(): LatencyRecorder {
  return { count: 0, first: 0, counts: NO_COUNTS };
}

/** As if nothing had been recorded. Its memory is used again. */
export function clearLatencies(recorder: LatencyRecorder): void {
  if (recorder.count === 0) return;
  recorder.count = 0;
  recorder.counts.fill(0);
}

/** @param latencyMs Milliseconds, not negative. */
export function recordLatency(into: LatencyRecorder, latencyMs: number): void {
  addCount(into, bucketOf(latencyMs * MICROS_PER_MS), 1);
}

/** As if everything of `from` had been recorded here. */
export function mergeLatencies(into: LatencyRecorder, from: LatencyHistogram): void {
  for (let position = 0; position < from.counts.length; position++) {
    const count = from.counts[position]!;
    if (count > 0) addCount(into, from.first + position, count);
  }
}

/**
 * The least latency that at least this share of all is not above (nearest rank), in milliseconds; undefined where there
 * is none.
 * @param share From 0 to 1: 0.99 for p99.
 */
export function latencyQuantileMs({ count, first, counts }: LatencyHistogram, share: number): number | undefined {
  if (count === 0) return undefined;
  let above = Math.max(1, Math.ceil(share * count));
  let position = -1;
  while (above > 0 && position < counts.length - 1) above -= counts[++position]!;
  return middleOf(first + position) / MICROS_PER_MS;
}

/**
 * The number of the first bucket, then the counts up to the last; a zero is followed by how many zeros there are in a
 * row. The end is where `count` is reached, which is not written: it is 1 or more.
 */
export function writeLatencies(writer: ByteWriter, { count, first, counts }: LatencyHistogram): void {
  let left = count;
  let zeros = 0;
  for (let position = 0; left > 0; position++) {
    const here = counts[position]!;
    if (here === 0) {
      zeros++;
      continue;
    }
    if (left === count) writeVarint(writer, first + position);
    else if (zeros > 0) {
      writeVarint(writer, 0);
      writeVarint(writer, zeros);
    }
    writeVarint(writer, here);
    zeros = 0;
    left -= here;
  }
}

/**
 * Merges what `writeLatencies` wrote.
 * @param count Of the histogram that was written.
 * @throws RangeError when the bytes are not of one
 */
export function mergeWrittenLatencies(into: LatencyRecorder, reader: ByteReader, count: number): void {
  if (count === 0) return;
  const { bytes } = reader;
  let left = count;
  let bucket = readVarint(reader);
  let { first, counts } = into;
  while (left > 0) {
    // Numbers of one byte and of two are read here: this loop is where the time of a long query goes.
    const low = bytes[reader.offset]!;
    const high = bytes[reader.offset + 1]!;
    let here: number;
    if (low < 0x80) {
      here = low;
      reader.offset += 1;
    } else if (high < 0x80) {
      here = (low & 0x7f) | (high << 7);
      reader.offset += 2;
    } else {
      here = readVarint(reader);
    }
    if (here === 0) {
      bucket += readVarint(reader);
      continue;
    }
    if (here > left || bucket >= BUCKETS) throw new RangeError('the bytes are of no histogram');
    if (bucket < first || bucket >= first + counts.length) {
      cover(into, bucket);
      ({ first, counts } = into);
    }
    counts[bucket - first]! += here;
    bucket++;
    left -= here;
  }
  into.count += count;
}

function addCount(into: LatencyRecorder, bucket: number, count: number): void {
  if (bucket < into.first || bucket >= into.first + into.counts.length) cover(into, bucket);
  into.counts[bucket - into.first]! += count;
  into.count += count;
}

function cover(into: LatencyRecorder, bucket: number): void {
  const start = bucket - (bucket % RUN);
  const isEmpty = into.counts.length === 0;
  const first = isEmpty ? start : Math.min(into.first, start);
  const end = isEmpty ? start + RUN : Math.max(into.first + into.counts.length, start + RUN);
  const counts = new Float64Array(end - first);
  if (!isEmpty) counts.set(into.counts, into.first - first);
  into.first = first;
  into.counts = counts;
}

function bucketOf(micros: number): number {
  if (!(micros >= 1)) return 0;
  const capped = Math.min(micros, 2 ** DOUBLINGS);
  // Where the logarithm was rounded to a whole number, `within` is -1 or 32, and the sum is right all the same.
  const doubling = Math.floor(Math.log2(capped));
  const within = Math.floor((capped / 2 ** doubling - 1) * BUCKETS_PER_DOUBLING);
  return Math.min(1 + doubling * BUCKETS_PER_DOUBLING + within, BUCKETS - 1);
}

/** In microseconds. */
function middleOf(bucket: number): number {
  if (bucket === 0) return 0.5;
  const doubling = Math.floor((bucket - 1) / BUCKETS_PER_DOUBLING);
  const within = (bucket - 1) % BUCKETS_PER_DOUBLING;
  return 2 ** doubling * (1 + (within + 0.5) / BUCKETS_PER_DOUBLING);
}
