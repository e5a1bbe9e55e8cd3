// One look at a component: what a probe run or a report says. A failing target is data here, never an exception.
import type { Outcome } from './status.ts';

/** Why a status or an observation is what it is. Holds no secret, and no figure that differs from run to run. */
export interface Reason {
  /** For programs: UPPER_SNAKE_CASE, for example `TIMEOUT`. */
  readonly code: string;
  /** For people. */
  readonly message: string;
}

export interface Observation {
  /** `UNKNOWN` when the observer itself says that it does not know; it then decides at once. */
  readonly outcome: Outcome | 'UNKNOWN';
  readonly reason: Reason;
  /** How long the run took; left out where nothing was timed. */
  readonly latencyMs?: number;
  /** The target's own word (a report, a message on a held stream): decides at once, without thresholds. */
  readonly decisive?: boolean;
}
