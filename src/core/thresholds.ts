// From observations to a status: how many in a row it takes to change, and to what.
import type { Pending } from './health.ts';
import type { Observation, Reason } from './observation.ts';
import { isOutcome, type Outcome, SEVERITY } from './status.ts';

export interface Thresholds {
  /** Better observations in a row that make a status better. */
  readonly healthy: number;
  /** Worse observations in a row that make a status worse. */
  readonly unhealthy: number;
}

export interface Condition {
  readonly status: Outcome | 'UNKNOWN';
  readonly reason: Reason;
  /** A change that the thresholds hold back. */
  readonly pending?: Pending;
  /** While a change is pending: how many of the latest observations in a row had the same outcome, and which. */
  readonly streak?: { readonly outcome: Outcome; readonly count: number };
}

/**
 * What an observation makes of a condition. The first after UNKNOWN decides at once, and so does a decisive one. Later
 * `thresholds.unhealthy` in a row that are all worse than the present status change it to the least bad of them, and
 * `thresholds.healthy` in a row that are all better to the worst of them. The latest of them may go further than that;
 * they then count towards the next change, so that a bad start never makes the way to the worst longer.
 */
export function observe(condition: Condition, observation: Observation, thresholds: Thresholds): Condition {
  const { outcome, reason } = observation;
  const { status } = condition;
  if (outcome === 'UNKNOWN' || status === 'UNKNOWN' || outcome === status || observation.decisive === true) {
    return { status: outcome, reason };
  }
  const pending = extend(condition, outcome, reason, thresholds);
  const { threshold } = pending;
  const count = condition.streak?.outcome === outcome ? condition.streak.count + 1 : 1;
  const streak = { outcome, count };
  if (pending.count < threshold) return { status, reason: condition.reason, pending, streak };
  if (outcome === pending.status || count >= threshold) return { status: outcome, reason };
  return {
    status: pending.status,
    reason: pending.reason,
    pending: { status: outcome, reason, count, threshold },
    streak,
  };
}

function extend(condition: Condition, outcome: Outcome, reason: Reason, thresholds: Thresholds): Pending {
  const present = isOutcome(condition.status) ? SEVERITY[condition.status] : 0;
  const worsens = SEVERITY[outcome] > present;
  const threshold = worsens ? thresholds.unhealthy : thresholds.healthy;
  const before = condition.pending;
  if (before === undefined || SEVERITY[before.status] > present !== worsens) {
    return { status: outcome, reason, count: 1, threshold };
  }
  const count = before.count + 1;
  // The nearest to the present status counts: of worse ones the least bad, of better ones the worst.
  const distance = (status: Outcome) => Math.abs(SEVERITY[status] - present);
  return distance(outcome) <= distance(before.status)
    ? { status: outcome, reason, count, threshold }
    : { ...before, count, threshold };
}
