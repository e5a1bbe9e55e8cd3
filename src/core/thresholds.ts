// From observations to a status: how many in a row it takes to change, and to what.
import type { Pending } from './health.ts';
import { isSameReason, type Observation, type Reason } from './observation.ts';
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
  /** While a change is pending, the reason that the status would get. Missing: that of the latest observation. */
  readonly pendingReason?: Reason;
}

/**
 * What an observation makes of a condition. The first after UNKNOWN decides at once, and so does a decisive one. Later
 * `thresholds.unhealthy` in a row that are all worse than the present status change it to the least bad of them, and
 * `thresholds.healthy` in a row that are all better to the worst of them. The latest of them may go further than that;
 * they then count towards the next change, so that a bad start never makes the way to the worst longer. A condition of which an
 * observation says the same stays the same object: there may be very many, and most say the same for hours.
 */
export function observe(condition: Condition, observation: Observation, thresholds: Thresholds): Condition {
  const { outcome, reason } = observation;
  const { status } = condition;
  if (outcome === 'UNKNOWN' || status === 'UNKNOWN' || outcome === status || observation.decisive === true) {
    const isSame = outcome === status && condition.pending === undefined && isSameReason(reason, condition.reason);
    return isSame ? condition : { status: outcome, reason };
  }
  return decide(extend(condition, outcome, reason, thresholds));
}

/** What becomes of a pending change when the thresholds are others: it counts up to them, and may have got there. */
export function underThresholds(condition: Condition, thresholds: Thresholds): Condition {
  const { pending } = condition;
  if (pending === undefined) return condition;
  const threshold = worsens(condition, pending.status) ? thresholds.unhealthy : thresholds.healthy;
  return threshold === pending.threshold ? condition : decide({ ...condition, pending: { ...pending, threshold } });
}

function extend(condition: Condition, outcome: Outcome, reason: Reason, thresholds: Thresholds): Condition {
  const { status, pending: before, streak: last, pendingReason: known = before?.reason } = condition;
  const threshold = worsens(condition, outcome) ? thresholds.unhealthy : thresholds.healthy;
  const streak = { outcome, count: last?.outcome === outcome ? last.count + 1 : 1 };
  const shown = { status, reason: condition.reason, streak };
  if (before === undefined || worsens(condition, before.status) !== worsens(condition, outcome)) {
    return { ...shown, pending: { status: outcome, reason, count: 1, threshold } };
  }
  const count = before.count + 1;
  // The nearest to the present status counts: of worse ones the least bad, of better ones the worst.
  const distance = (to: Outcome) => Math.abs(SEVERITY[to] - severityOf(condition));
  if (distance(outcome) <= distance(before.status)) {
    return { ...shown, pending: { status: outcome, reason, count, threshold } };
  }
  return {
    ...shown,
    pending: { status: before.status, reason, count, threshold },
    ...(known && { pendingReason: known }),
  };
}

/** Changes the status when enough observations speak for it. */
function decide(condition: Condition): Condition {
  const { pending, streak } = condition;
  if (pending === undefined || pending.count < pending.threshold) return condition;
  const { status, reason, threshold } = pending;
  if (streak === undefined || streak.outcome === status) return { status, reason };
  const { outcome, count } = streak;
  if (count >= threshold) return { status: outcome, reason };
  return {
    status,
    reason: condition.pendingReason ?? reason,
    pending: { status: outcome, reason, count, threshold },
    streak,
  };
}

function worsens(condition: Condition, to: Outcome): boolean {
  return SEVERITY[to] > severityOf(condition);
}

function severityOf({ status }: Condition): number {
  return isOutcome(status) ? SEVERITY[status] : 0;
}
