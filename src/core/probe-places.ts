// How many probe runs may go on together, slow ones and others: the scheduler keeps to it, and the configuration is
// checked against it (ADR 27).

/** A run that takes this long is slow. */
export const SLOW_MS = 250;
/** Slow runs against one host, in places of that host. */
const SLOW_PER_PLACE = 8;

export interface PlaceLimits {
  /** Runs at the same time, slow ones among them. */
  readonly inFlight: number;
  /** Runs at the same time against one host that are not slow. */
  readonly inFlightPerHost: number;
}

/** Slow runs at the same time: overall, and against one host. */
export function slowLimits({ inFlight, inFlightPerHost }: PlaceLimits): PlaceLimits {
  const overall = Math.max(1, Math.floor(inFlight / 2));
  return { inFlight: overall, inFlightPerHost: Math.min(overall, inFlightPerHost * SLOW_PER_PLACE) };
}
