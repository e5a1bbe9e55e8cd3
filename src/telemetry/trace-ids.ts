// Makes ids of traces and spans for probe runs that nobody records, so that a run can be found in the logs of its target.

export interface TraceIds {
  readonly traceId: string;
  readonly spanId: string;
}

/**
 * Each call gives new ones.
 *
 * @param fillRandom fills the array with random bytes, all of it each time
 */
export function createTraceIds(fillRandom: (bytes: Uint8Array) => void): () => TraceIds {
  const bytes = Buffer.alloc(RUNS_PER_FILL * (TRACE_ID_BYTES + SPAN_ID_BYTES));
  let used = bytes.length;
  const take = (length: number) => {
    used += length;
    return bytes.toString('hex', used - length, used);
  };
  return () => {
    if (used === bytes.length) {
      fillRandom(bytes);
      used = 0;
    }
    return { traceId: valid(take(TRACE_ID_BYTES)), spanId: valid(take(SPAN_ID_BYTES)) };
  };
}

const TRACE_ID_BYTES = 16;
const SPAN_ID_BYTES = 8;
/** To ask the system for a few bytes costs as much as for many. */
const RUNS_PER_FILL = 64;

/** An id of nothing but zeros is invalid (Trace Context, sections 3.2.2.3 and 3.2.2.4). */
function valid(id: string): string {
  return /[^0]/.test(id) ? id : `${id.slice(0, -1)}1`;
}
