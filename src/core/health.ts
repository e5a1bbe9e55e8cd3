// The health of a component at one moment: what the API answers and what watchers receive. Immutable.
import type { Phases, Reason } from './observation.ts';
import type { Outcome, Status } from './status.ts';

/** A change of status that its threshold still holds back. */
export interface Pending {
  /** Where it would go: the least bad of the observations for the worse, the worst of those for the better. */
  readonly status: Outcome;
  /** Observations in a row that speak for it. */
  readonly count: number;
  /** Observations in a row that it takes. */
  readonly threshold: number;
  /** What the latest of them said, whatever its status. */
  readonly reason: Reason;
}

/** Members by status, whatever their impact; `ignored` are counted in the others too. */
export interface MemberCounts {
  readonly total: number;
  readonly healthy: number;
  readonly degraded: number;
  readonly unhealthy: number;
  readonly unknown: number;
  readonly maintenance: number;
  readonly ignored: number;
}

export interface Health {
  readonly component: string;
  readonly status: Status;
  /** Epoch milliseconds. */
  readonly sinceMs: number;
  /** Last observation; epoch milliseconds. */
  readonly checkedAtMs?: number;
  /** Of the last probe run. */
  readonly latencyMs?: number;
  /** Of the last probe run. */
  readonly phases?: Phases;
  readonly reason: Reason;
  readonly pending?: Pending;
  readonly memberCounts?: MemberCounts;
  /** Ids of the components that it depends on and that are UNHEALTHY while it is. */
  readonly causedBy: readonly string[];
  /** Number of its latest change. */
  readonly revision: number;
  readonly maintenance?: { readonly reason: string; readonly untilMs?: number };
  /** Of a heartbeat: the run that has begun and not ended. */
  readonly run?: { readonly id: string; readonly startedMs: number };
}
