// One look at a component: what a probe run or a report says. A failing target is data here, never an exception.
import type { Outcome } from './status.ts';

/** Why a status or an observation is what it is. Holds no secret. */
export interface Reason {
  /** For programs: UPPER_SNAKE_CASE, for example `TIMEOUT`. */
  readonly code: string;
  /** For people. Holds no figure that differs from run to run (ADR 4). */
  readonly message: string;
  /**
   * What came, for people: it may differ from run to run, and its change alone is no change of health. Holds no secret.
   * Follows the message in parentheses wherever both are shown.
   */
  readonly evidence?: string;
}

export function isSameReason(a: Reason, b: Reason): boolean {
  return a.code === b.code && a.message === b.message && a.evidence === b.evidence;
}

/** The message with what came. */
export function reasonText({ message, evidence }: Reason): string {
  return evidence === undefined ? message : `${message} (${evidence})`;
}

/** Where the time of a run went, in milliseconds. What there was none of is left out. */
export interface Phases {
  /** Looking the name up. */
  readonly dnsMs?: number;
  readonly connectMs?: number;
  /** The TLS handshake. */
  readonly tlsMs?: number;
  /** From the request to the first byte of the answer. */
  readonly firstByteMs?: number;
  /** From the first byte to the last. */
  readonly bodyMs?: number;
}

/** A part of what was looked at. */
export interface ObservedPart {
  /** As the target calls it; `shards/a` is within `shards`. */
  readonly name: string;
  readonly outcome: Outcome | 'UNKNOWN';
  readonly reason: Reason;
}

export interface Observation {
  /** `UNKNOWN` when the observer itself says that it does not know; it then decides at once. */
  readonly outcome: Outcome | 'UNKNOWN';
  readonly reason: Reason;
  /** How long the run took; left out where nothing was timed. */
  readonly latencyMs?: number;
  readonly phases?: Phases;
  /** When the certificate that the target showed expires; epoch milliseconds. Left out where none was seen. */
  readonly certificateExpiresMs?: number;
  /** What the target says of its parts, each name once. Left out: nothing can be said of them; empty: it names none. */
  readonly parts?: readonly ObservedPart[];
  /** The target's own word (a report, a message on a held stream): decides at once, without thresholds. */
  readonly decisive?: boolean;
}
