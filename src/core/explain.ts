// Why a component has its status.
import type { Impact, Rule } from './definition.ts';
import type { Reason } from './observation.ts';
import type { Outcome, Status } from './status.ts';

export interface Contribution {
  readonly component: string;
  readonly status: Status;
  /** After impact; left out when it does not count. */
  readonly contributes?: Outcome | 'UNKNOWN';
  readonly impact: Impact;
  readonly weight: number;
}

export interface CauseStep {
  readonly component: string;
  /** Why this step follows the one before; left out for the first. */
  readonly relation?: 'member' | 'dependency';
  readonly status: Status;
  readonly reason: Reason;
  /** Something that it depends on is UNHEALTHY while it is: alerts about it are suppressed. */
  readonly suppressed: boolean;
}

export interface Explanation {
  readonly component: string;
  /** For groups. */
  readonly rule?: {
    readonly rule: Rule;
    readonly ifUnknownHealthy: Status;
    readonly ifUnknownUnhealthy: Status;
    /** The worst first, at most `MAX_CONTRIBUTIONS`. */
    readonly members: readonly Contribution[];
  };
  /** From the component to each root cause; at most `MAX_CAUSES`. Empty when it is HEALTHY. */
  readonly causes: readonly (readonly CauseStep[])[];
  readonly truncated: boolean;
}

export const MAX_CONTRIBUTIONS = 1000;
export const MAX_CAUSES = 100;
