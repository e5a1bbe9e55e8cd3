// Observations as columns of one buffer: what crosses between threads, without a copy, and what is kept of an append.

/** Each column has one element per observation. */
export interface ObservationColumns {
  readonly buffer: ArrayBuffer;
  readonly count: number;
  /** Epoch, whole milliseconds. */
  readonly atMs: Float64Array;
  /** Whole microseconds; `NOT_TIMED` where nothing was timed. */
  readonly latencyMicros: Float64Array;
  /** Which component: by the number that a batch gave its id, or by its key in the database. */
  readonly component: Uint32Array;
  /** See codes.ts. */
  readonly outcome: Uint8Array;
}

export const NOT_TIMED = -1;

const MICROS_PER_MS = 1000;

const BYTES_PER_OBSERVATION = 8 + 8 + 4 + 1;

export function createColumns(count: number): ObservationColumns {
  return columnsIn(new ArrayBuffer(count * BYTES_PER_OBSERVATION));
}

/** Columns that fill `buffer`. */
export function columnsIn(buffer: ArrayBuffer): ObservationColumns {
  const count = buffer.byteLength / BYTES_PER_OBSERVATION;
  return {
    buffer,
    count,
    atMs: new Float64Array(buffer, 0, count),
    latencyMicros: new Float64Array(buffer, 8 * count, count),
    component: new Uint32Array(buffer, 16 * count, count),
    outcome: new Uint8Array(buffer, 20 * count, count),
  };
}

export function toMicros(latencyMs: number | undefined): number {
  if (latencyMs === undefined) return NOT_TIMED;
  return Math.min(Math.max(0, Math.round(latencyMs * MICROS_PER_MS)), Number.MAX_SAFE_INTEGER);
}

export function fromMicros(latencyMicros: number): number | undefined {
  return latencyMicros === NOT_TIMED ? undefined : latencyMicros / MICROS_PER_MS;
}

/** The same observations, the earliest first; those of the same time stay in their order. */
export function inOrderOfTime(columns: ObservationColumns): ObservationColumns {
  const { atMs, count } = columns;
  const order = Uint32Array.from({ length: count }, (_, row) => row);
  return pick(
    columns,
    order.sort((a, b) => atMs[a]! - atMs[b]! || a - b),
  );
}

/** Those from a row on. */
export function columnsFrom(columns: ObservationColumns, firstRow: number): ObservationColumns {
  if (firstRow === 0) return columns;
  return pick(
    columns,
    Uint32Array.from({ length: columns.count - firstRow }, (_, row) => firstRow + row),
  );
}

function pick(from: ObservationColumns, rows: Uint32Array): ObservationColumns {
  const picked = createColumns(rows.length);
  for (let row = 0; row < rows.length; row++) {
    picked.atMs[row] = from.atMs[rows[row]!]!;
    picked.latencyMicros[row] = from.latencyMicros[rows[row]!]!;
    picked.component[row] = from.component[rows[row]!]!;
    picked.outcome[row] = from.outcome[rows[row]!]!;
  }
  return picked;
}
