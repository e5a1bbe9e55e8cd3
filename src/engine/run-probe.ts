// Runs a probe once under a deadline, and distinguishes what may come of it: an answer, no answer in time, no need of an
// answer any more, a defect of the probe. The only place that knows how a probe can misbehave.
import { type Cancellation, Canceller } from '../core/cancellation.ts';
import type { Clock } from '../core/clock.ts';
import type { Observation } from '../core/observation.ts';
import { DeadlineExceeded, type Probe, type ProbeRun, type Progress } from '../core/probe.ts';

export interface RunProbeOptions {
  readonly timeoutMs: number;
  readonly clock: Clock;
  /** Fires, with `Cancelled`, when nobody wants the answer any more. May be shared: no listener stays on it. */
  readonly cancel: Cancellation;
  readonly traceHeaders: ProbeRun['traceHeaders'];
  /** Takes what a probe did against its contract, for the log. */
  readonly onDefect: (error: unknown) => void;
}

export type ProbeResult = {
  /**
   * Settles, without rejecting, when the probe has let go: at once but for probes that ignore their signal. Before
   * that it must not be run again. After a cancellation it is waited for no longer than `LET_GO_MS`.
   */
  readonly settled: Promise<void>;
} & (
  | { readonly kind: 'answered' | 'timed-out' | 'defect'; readonly observation: Observation }
  /** Says nothing about the target. */
  | { readonly kind: 'cancelled' }
);

/** How long a probe may take to end after its signal fired before it counts as a defect. */
export const LET_GO_MS = 1000;

/** A deadline timer that fires this late was held up by our own event loop. */
const STALL_MS = 100;

/**
 * Looks once. Never rejects. Answers at the deadline, or when cancelled, even if the probe does not: its late answer
 * is dropped.
 */
export function runProbe(probe: Probe, options: RunProbeOptions): Promise<ProbeResult> {
  const { timeoutMs, clock, cancel, traceHeaders, onDefect } = options;
  if (cancel.aborted) return Promise.resolve({ kind: 'cancelled', settled: Promise.resolve() });

  const canceller = new Canceller();
  const result = Promise.withResolvers<ProbeResult>();
  const letGo = Promise.withResolvers<void>();
  const settled = letGo.promise;
  const startedMs = clock.monotonicMs();
  const elapsedMs = () => clock.monotonicMs() - startedMs;
  let overdue = false;
  let progress: Progress = {};

  const end = () => {
    clearTimer();
    cancel.removeEventListener('abort', onCancel);
    letGo.resolve();
  };
  const abort = (reason: unknown) => {
    clearTimer();
    clearTimer = clock.after(LET_GO_MS, onOverdue);
    canceller.abort(reason);
  };
  const onDeadline = () => {
    result.resolve({ kind: 'timed-out', observation: timedOut(probe, timeoutMs, elapsedMs(), progress), settled });
    abort(new DeadlineExceeded(noAnswerWithin(timeoutMs)));
  };
  const onCancel = () => {
    if (canceller.aborted) {
      if (overdue) end();
      return;
    }
    result.resolve({ kind: 'cancelled', settled });
    abort(cancel.reason);
  };
  const onOverdue = () => {
    overdue = true;
    onDefect(new Error(`the probe still runs ${LET_GO_MS} ms after its signal fired`));
    if (cancel.aborted) end();
  };

  // After a stall the answer may be waiting in a socket: one more turn of the loop, before the target gets the blame.
  let clearTimer = clock.after(timeoutMs, () => {
    if (elapsedMs() < timeoutMs + STALL_MS) onDeadline();
    else clearTimer = clock.after(0, onDeadline);
  });
  cancel.addEventListener('abort', onCancel);

  const onProgress = (now: Progress) => {
    progress = now;
  };
  look(probe, { signal: canceller, timeoutMs, traceHeaders, onProgress }).then(
    (observation) => {
      result.resolve({ kind: 'answered', observation: timed(observation, elapsedMs()), settled });
      end();
    },
    (error: unknown) => {
      const { aborted, reason } = canceller;
      if (!aborted || error !== reason) onDefect(error);
      result.resolve({ kind: 'defect', observation: DEFECT, settled });
      end();
    },
  );
  return result.promise;
}

/** A probe that throws at once is a rejection like any other. */
function look(probe: Probe, run: ProbeRun): Promise<Observation> {
  try {
    return probe.run(run);
  } catch (error) {
    return Promise.reject(error);
  }
}

/** A defect of ours says nothing about the target. */
const DEFECT: Observation = {
  outcome: 'UNKNOWN',
  reason: { code: 'PROBE_DEFECT', message: 'internal error' },
};

function timedOut(
  { timedOut: said }: Probe,
  timeoutMs: number,
  latencyMs: number,
  { phases, evidence, timedOut: now = said }: Progress,
): Observation {
  const reason = now?.reason ?? { code: 'TIMEOUT', message: noAnswerWithin(timeoutMs) };
  return {
    outcome: now?.outcome ?? 'UNHEALTHY',
    reason: { ...reason, ...(evidence !== undefined && { evidence }) },
    latencyMs,
    ...(phases !== undefined && { phases }),
  };
}

function noAnswerWithin(timeoutMs: number): string {
  return `no answer within ${timeoutMs % 1000 === 0 ? `${timeoutMs / 1000}s` : `${timeoutMs}ms`}`;
}

/** What the probe itself measured is closer to the target than what we see from here. */
function timed(observation: Observation, latencyMs: number): Observation {
  return observation.latencyMs === undefined ? { ...observation, latencyMs } : observation;
}
