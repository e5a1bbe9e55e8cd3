// What time alone does to a component: its observation becomes too old, its maintenance begins or ends, a report is late.

import type { Suspension } from '../core/alert.ts';
import { planWith } from '../core/imposed-maintenance.ts';
import { currentOrNextPeriod, nextBoundaryMs } from '../core/maintenance.ts';
import type { Condition } from '../core/thresholds.ts';
import { type ComponentState, expiresAtMs, hasExpired, type Moment, momentAt } from './component-state.ts';
import type { DeciderOutputs } from './decider-state.ts';
import type { Gap } from './gaps.ts';
import { endOverdueRun, excuseRun, runLimitMs } from './job-run.ts';

/** Longest time without a look at the wall clock, which may step either way: how late maintenance may be noticed. */
const MAX_MAINTENANCE_WAIT_MS = 60_000;

/** Least time between two revisions of which only the words of reports differ. */
const WORDS_MS = 1_000;
/** A gap from which on a report that was sent in it is taken for lost: who sends one does not wait for ever. */
const LOST_REPORT_MS = 10_000;

const MISSED_WHILE_NOT_WATCHING: Condition = {
  status: 'UNKNOWN',
  reason: { code: 'MISSED_WHILE_NOT_WATCHING', message: 'a report was due while OpenK was suspended' },
};

/**
 * Whether the last observation still counts, and whether it is in maintenance, as of a moment that may be past. Says when
 * to look again.
 */
export function lookAtClock(
  state: ComponentState,
  at: Moment,
  now: Moment,
  lookAgainAt: DeciderOutputs['lookAgainAt'],
): void {
  const { wallMs, monotonicMs } = at;
  const plan = planWith(state.definition.maintenance, state.imposed);
  endOverdueRun(state, at);
  state.expired = hasExpired(state, at);
  const wordsMs = state.owesWords ? wordsDueMs(state) : Number.POSITIVE_INFINITY;
  const expiryMs = state.expired ? Number.POSITIVE_INFINITY : expiresAtMs(state, at);
  const lookAgainMs = Math.min(wordsMs, expiryMs, runLimitMs(state));
  if (plan === undefined) {
    state.maintenance = undefined;
    lookAgainAt(state, lookAgainMs);
    return;
  }
  const period = currentOrNextPeriod(plan, wallMs);
  const isNow = period !== undefined && period.fromMs <= wallMs;
  const { reason } = period !== undefined && 'reason' in period ? (period as Suspension) : plan;
  state.maintenance = isNow ? { ...period, reason } : undefined;
  const boundaryInMs = Math.max(1, Math.ceil(nextBoundaryMs(plan, wallMs) - wallMs));
  lookAgainAt(state, Math.min(lookAgainMs, monotonicMs + boundaryInMs, now.monotonicMs + MAX_MAINTENANCE_WAIT_MS));
}

/** Monotonic milliseconds from which words that have changed may take a revision. */
export function wordsDueMs({ revisedAtMs }: ComponentState): number {
  return revisedAtMs === undefined ? Number.NEGATIVE_INFINITY : revisedAtMs + WORDS_MS;
}

/** A heartbeat that runs out in the gap has a whole period from its end on, or until the next time of its calendar. */
export function excuse(state: ComponentState, gap: Gap, at: Moment, now: Moment): void {
  const { fromMs, untilMs } = gap;
  excuseRun(state, gap, now);
  if (state.definition.subject.type !== 'heartbeat' || !hasExpired(state, at)) return;
  if (state.expired || expiresAtMs(state, at) <= fromMs) return;
  state.condition = MISSED_WHILE_NOT_WATCHING;
  state.countsFrom = momentAt(untilMs, now);
  if (state.expectedSinceMs !== undefined) state.expectedSinceMs = now.wallMs;
}

/**
 * Reports that came to nobody are lost, or late by the time that nobody listened; a calendar does not wait for that. The
 * result is whether it has to be looked at again.
 */
export function allowForLostReports(state: ComponentState, gap: Gap, now: Moment): boolean {
  const { fromMs, untilMs } = gap;
  const isRunExcused = excuseRun(state, gap, now);
  const { definition, expired, checkedAtMs, countsFrom } = state;
  const hasRhythm = definition.subject.type === 'heartbeat' && checkedAtMs !== undefined;
  if (!hasRhythm || expired || countsFrom === undefined || countsFrom.monotonicMs >= untilMs) return isRunExcused;
  const gapMs = untilMs - fromMs;
  const isLost = gapMs >= LOST_REPORT_MS;
  state.countsFrom = isLost ? momentAt(untilMs, now) : { ...countsFrom, monotonicMs: countsFrom.monotonicMs + gapMs };
  return true;
}
