// What one component did in one span of time: how long it was in which status, what was observed, how long that took.
// Usages of disjoint spans add up to the usage of both.
import type { Observation } from '../observation.ts';
import { STATUSES, type Status } from '../status.ts';
import {
  clearLatencies,
  createLatencyRecorder,
  type LatencyHistogram,
  type LatencyRecorder,
  mergeLatencies,
  mergeWrittenLatencies,
  recordLatency,
  writeLatencies,
} from './latency-histogram.ts';
import { type ByteReader, type ByteWriter, readVarint, writeVarint } from './varint.ts';

type ObservedOutcome = Observation['outcome'];

export interface Usage {
  /** Whole milliseconds in each status while OpenK ran and the component existed. */
  readonly timeMs: Readonly<Record<Status, number>>;
  /** Observations by outcome. */
  readonly outcomes: Readonly<Record<ObservedOutcome, number>>;
  readonly latencies: LatencyHistogram;
}

/** One that is counted into. */
export interface UsageRecorder extends Usage {
  readonly timeMs: Record<Status, number>;
  readonly outcomes: Record<ObservedOutcome, number>;
  readonly latencies: LatencyRecorder;
}

/** In the order in which they are written: never to be changed, only added to. */
const WRITTEN_STATUSES = ['HEALTHY', 'DEGRADED', 'UNHEALTHY', 'UNKNOWN', 'MAINTENANCE'] as const satisfies Status[];
const WRITTEN_OUTCOMES = ['HEALTHY', 'DEGRADED', 'UNHEALTHY', 'UNKNOWN'] as const satisfies ObservedOutcome[];
/** In the first byte, above one bit for each status that has time: the times fill the width, the last is not written. */
const FILLS = 1 << 5;
/** In the first byte: observations follow. */
const OBSERVED = 1 << 6;
/** In the byte of the outcomes, above one bit for each that was seen: every observation has a latency. */
const ALL_TIMED = 1 << 4;

export function createUsage(): UsageRecorder {
  return {
    timeMs: { HEALTHY: 0, DEGRADED: 0, UNHEALTHY: 0, UNKNOWN: 0, MAINTENANCE: 0 },
    outcomes: { HEALTHY: 0, DEGRADED: 0, UNHEALTHY: 0, UNKNOWN: 0 },
    latencies: createLatencyRecorder(),
  };
}

/** As if nothing had been counted. Its memory is used again: to make histograms anew is what takes most time. */
export function clearUsage(usage: UsageRecorder): void {
  for (const status of STATUSES) usage.timeMs[status] = 0;
  for (const outcome of WRITTEN_OUTCOMES) usage.outcomes[outcome] = 0;
  clearLatencies(usage.latencies);
}

/** Milliseconds that are accounted for. */
export function accountedMs({ timeMs }: Usage): number {
  return timeMs.HEALTHY + timeMs.DEGRADED + timeMs.UNHEALTHY + timeMs.UNKNOWN + timeMs.MAINTENANCE;
}

export function observationCount({ outcomes }: Usage): number {
  return outcomes.HEALTHY + outcomes.DEGRADED + outcomes.UNHEALTHY + outcomes.UNKNOWN;
}

/** @param latencyMs Left out where nothing was timed. */
export function recordObservation(into: UsageRecorder, outcome: ObservedOutcome, latencyMs?: number): void {
  into.outcomes[outcome]++;
  if (latencyMs !== undefined) recordLatency(into.latencies, latencyMs);
}

/**
 * Adds `from`, of a span that is part of a span of `widthMs` as `into` is. Where both together are longer than that (the
 * wall clock stepped back, and the same time came twice), the times of `from` are cut by the same share each, so
 * that nothing is ever longer than it can be. Observations are never cut.
 */
export function mergeUsage(into: UsageRecorder, from: Usage, widthMs: number): void {
  const times = cutTimes(from.timeMs, Math.max(0, widthMs - accountedMs(into)));
  for (const status of STATUSES) into.timeMs[status] += times[status];
  for (const outcome of WRITTEN_OUTCOMES) into.outcomes[outcome] += from.outcomes[outcome];
  mergeLatencies(into.latencies, from.latencies);
}

/** @param widthMs Of the bucket, in milliseconds: times that fill it take one byte. */
export function writeUsage(writer: ByteWriter, usage: Usage, widthMs: number): void {
  const { timeMs, outcomes, latencies } = usage;
  const statuses = WRITTEN_STATUSES.filter((status) => timeMs[status] > 0);
  const fills = statuses.length > 0 && accountedMs(usage) === widthMs;
  const observed = observationCount(usage);
  writeVarint(writer, maskOf(WRITTEN_STATUSES, timeMs) | (fills ? FILLS : 0) | (observed > 0 ? OBSERVED : 0));
  for (const status of fills ? statuses.slice(0, -1) : statuses) writeVarint(writer, timeMs[status]);
  if (observed === 0) return;
  const allTimed = latencies.count === observed;
  writeVarint(writer, maskOf(WRITTEN_OUTCOMES, outcomes) | (allTimed ? ALL_TIMED : 0));
  for (const outcome of WRITTEN_OUTCOMES) if (outcomes[outcome] > 0) writeVarint(writer, outcomes[outcome]);
  if (!allTimed) writeVarint(writer, latencies.count);
  writeLatencies(writer, latencies);
}

/**
 * Adds what `writeUsage` wrote, of a span that no other that is added here shares time with.
 * @param widthMs As it was written with.
 * @throws RangeError when the bytes are not of a usage
 */
export function addWrittenUsage(into: UsageRecorder, reader: ByteReader, widthMs: number): void {
  const head = readVarint(reader);
  let leftMs = widthMs;
  for (let position = 0; position < WRITTEN_STATUSES.length; position++) {
    if ((head & (1 << position)) === 0) continue;
    const isLast = head % FILLS < 2 << position;
    const timeMs = isLast && (head & FILLS) !== 0 ? leftMs : readVarint(reader);
    if (timeMs > leftMs) throw new RangeError('the bytes are of no usage: its times are longer than its width');
    into.timeMs[WRITTEN_STATUSES[position]!] += timeMs;
    leftMs -= timeMs;
  }
  if ((head & OBSERVED) === 0) return;
  const mask = readVarint(reader);
  let observed = 0;
  for (let position = 0; position < WRITTEN_OUTCOMES.length; position++) {
    if ((mask & (1 << position)) === 0) continue;
    const count = readVarint(reader);
    into.outcomes[WRITTEN_OUTCOMES[position]!] += count;
    observed += count;
  }
  const timed = (mask & ALL_TIMED) !== 0 ? observed : readVarint(reader);
  mergeWrittenLatencies(into.latencies, reader, timed);
}

function maskOf<Name extends string>(names: readonly Name[], values: Readonly<Record<Name, number>>): number {
  return names.reduce((mask, name, position) => (values[name] > 0 ? mask | (1 << position) : mask), 0);
}

/** By the same share each, to `roomMs` together, in whole milliseconds; what rounding leaves over goes to the longest. */
export function cutTimes(timeMs: Usage['timeMs'], roomMs: number): Usage['timeMs'] {
  const allMs = STATUSES.reduce((sum, status) => sum + timeMs[status], 0);
  if (allMs <= roomMs) return timeMs;
  const cut = { ...timeMs };
  let leftMs = roomMs;
  for (const status of STATUSES) {
    cut[status] = Math.floor(timeMs[status] * (roomMs / allMs));
    leftMs -= cut[status];
  }
  const longest = STATUSES.reduce((a, b) => (timeMs[b] > timeMs[a] ? b : a));
  cut[longest] += leftMs;
  return cut;
}
