// Runs of jobs: a heartbeat may say when a run begins, and how long it takes until it says that it ended is watched then. The rules of
// who ends which run are those of Healthchecks, by whose URLs most jobs say it (healthchecks.io/docs/measuring_script_run_time).
import type { Condition } from '../core/thresholds.ts';
import { type ComponentState, formatMs, type Moment, momentAt } from './component-state.ts';
import type { Gap } from './gaps.ts';
import type { Report } from './health-ports.ts';

/** Code of the reason of a heartbeat whose run took too long. */
export const RUN_TOO_LONG = 'RUN_TOO_LONG';

/** Replaces one that is under way. */
export function startRun(state: ComponentState, id: string, now: Moment): void {
  state.run = { id, startedMs: now.wallMs, countsFrom: now };
}

/**
 * Ends the run that a report is about, or may be about: the one of its id, and any where it names none or is bad. The result is the
 * report with how long its own run took.
 */
export function endRun(state: ComponentState, report: Report, now: Moment): Report {
  const { run } = state;
  if (run === undefined) return report;
  const isItsOwn = run.id === (report.runId ?? '');
  if (isItsOwn || report.runId === undefined || report.outcome === 'UNHEALTHY') state.run = undefined;
  if (!isItsOwn || report.durationMs !== undefined) return report;
  return { ...report, durationMs: Math.max(0, now.wallMs - run.startedMs) };
}

/** Monotonic milliseconds from which the run under way takes too long; infinite where there is none, or no limit. */
export function runLimitMs({ run, definition: { subject } }: ComponentState): number {
  const maxRunMs = subject.type === 'heartbeat' ? subject.maxRunMs : undefined;
  return run === undefined || maxRunMs === undefined ? Number.POSITIVE_INFINITY : run.countsFrom.monotonicMs + maxRunMs;
}

/** What takes too long is unhealthy until it reports, also where the next run begins before that. */
export function endOverdueRun(state: ComponentState, at: Moment): void {
  if (runLimitMs(state) > at.monotonicMs) return;
  state.condition = tooLong(state);
  state.run = undefined;
}

/** Gives the run under way its whole time from the end of a gap on, in which its end may have been said. */
export function excuseRun(state: ComponentState, { fromMs, untilMs }: Gap, now: Moment): boolean {
  if (state.run === undefined || runLimitMs(state) <= fromMs || state.run.countsFrom.monotonicMs >= untilMs)
    return false;
  state.run = { ...state.run, countsFrom: momentAt(untilMs, now) };
  return true;
}

function tooLong({ run, definition: { subject } }: ComponentState): Condition {
  const maxRunMs = subject.type === 'heartbeat' ? (subject.maxRunMs ?? 0) : 0;
  const { id, startedMs } = run!;
  const named = id === '' ? 'the run' : `run ${id}`;
  const began = new Date(startedMs).toISOString().replace(/\.\d+Z$/, 'Z');
  const message = `${named} that began at ${began} has not ended within ${formatMs(maxRunMs)}`;
  return { status: 'UNHEALTHY', reason: { code: RUN_TOO_LONG, message } };
}
