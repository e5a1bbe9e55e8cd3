// Says in the log that probes cannot look for want of descriptors, ports or memory: those components are UNKNOWN, and only who
// runs OpenK can help. It stands alone since it has a rate, or a thousand components would say it each second.
import type { Clock } from '../core/clock.ts';
import type { Observation } from '../core/observation.ts';

/** Time between two lines. */
const QUIET_MS = 60_000;

export interface ExhaustionLog {
  /** Takes what a run said. */
  see(observation: Observation, component: string): void;
}

/** @param say called with how many runs could not look since it was last called, and one of their components */
export function createExhaustionLog(
  clock: Pick<Clock, 'monotonicMs'>,
  say: (runs: number, component: string) => void,
): ExhaustionLog {
  let runs = 0;
  let quietUntilMs = Number.NEGATIVE_INFINITY;
  return {
    see({ reason }, component) {
      if (reason.code !== 'OUT_OF_RESOURCES') return;
      runs++;
      const nowMs = clock.monotonicMs();
      if (nowMs < quietUntilMs) return;
      quietUntilMs = nowMs + QUIET_MS;
      say(runs, component);
      runs = 0;
    },
  };
}
