// Makes the W3C `traceparent` that the target of a probe run sees, so that a run can be found in its logs.

/**
 * Each call gives a new one. The flags are 00, not sampled: probes alone are no reason for a target to keep a trace.
 *
 * @param fillRandom fills the array with random bytes, all of it each time
 */
export function createTraceparents(fillRandom: (bytes: Uint8Array) => void): () => string {
  const bytes = Buffer.alloc(RUNS_PER_FILL * (TRACE_ID_BYTES + PARENT_ID_BYTES));
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
    const traceId = take(TRACE_ID_BYTES);
    const parentId = take(PARENT_ID_BYTES);
    return `00-${valid(traceId)}-${valid(parentId)}-00`;
  };
}

const TRACE_ID_BYTES = 16;
const PARENT_ID_BYTES = 8;
/** To ask the system for a few bytes costs as much as for many. */
const RUNS_PER_FILL = 64;

/** An id of nothing but zeros is invalid (Trace Context, sections 3.2.2.3 and 3.2.2.4). */
function valid(id: string): string {
  return /[^0]/.test(id) ? id : `${id.slice(0, -1)}1`;
}
