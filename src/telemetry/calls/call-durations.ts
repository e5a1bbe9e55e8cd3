// How long calls took, counted by method, protocol and code in plain arrays: an instrument of OpenTelemetry sorts and
// serializes the attributes of every single call to find what to add to. telemetry/ hands these to the SDK when it collects.
import type { WireProtocol } from './wire-protocol.ts';

/** The boundaries that the conventions advise, in seconds. */
export const DURATION_BOUNDARIES_S = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];
const BOUNDARIES_MS = DURATION_BOUNDARIES_S.map((boundary) => boundary * 1000);

export interface DurationSeries {
  readonly method: string;
  readonly protocol: WireProtocol;
  readonly code: string;
  /** Of the first call, in epoch milliseconds. */
  readonly sinceMs: number;
  /** Calls by bucket; a bucket has what is at most its boundary, the last one the rest. */
  readonly buckets: readonly number[];
  readonly count: number;
  readonly sumMs: number;
  readonly minMs: number;
  readonly maxMs: number;
}

/** One series; whoever has it counts without looking for it. */
export class CallDurations implements DurationSeries {
  readonly method: string;
  readonly protocol: WireProtocol;
  readonly code: string;
  readonly sinceMs: number;
  readonly buckets: number[] = new Array(BOUNDARIES_MS.length + 1).fill(0);
  count = 0;
  sumMs = 0;
  minMs = Number.POSITIVE_INFINITY;
  maxMs = Number.NEGATIVE_INFINITY;

  constructor(method: string, protocol: WireProtocol, code: string, sinceMs: number) {
    this.method = method;
    this.protocol = protocol;
    this.code = code;
    this.sinceMs = sinceMs;
  }

  add(durationMs: number): void {
    this.count++;
    this.sumMs += durationMs;
    if (durationMs < this.minMs) this.minMs = durationMs;
    if (durationMs > this.maxMs) this.maxMs = durationMs;
    // From the first: nearly all calls are in the first bucket.
    let bucket = 0;
    while (bucket < BOUNDARIES_MS.length && durationMs > BOUNDARIES_MS[bucket]!) bucket++;
    this.buckets[bucket]!++;
  }
}
