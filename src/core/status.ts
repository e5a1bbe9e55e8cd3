// The statuses of a component, and their order. Everything else in core/ builds on these words.

/** What an observation says, and what rules compute over. */
export type Outcome = 'HEALTHY' | 'DEGRADED' | 'UNHEALTHY';

/** What a component's health is. */
export type Status = Outcome | 'UNKNOWN' | 'MAINTENANCE';

export const OUTCOMES = ['HEALTHY', 'DEGRADED', 'UNHEALTHY'] as const satisfies readonly Outcome[];
export const STATUSES = [...OUTCOMES, 'UNKNOWN', 'MAINTENANCE'] as const satisfies readonly Status[];

/** 0 for the best outcome, growing as it gets worse. */
export const SEVERITY: Readonly<Record<Outcome, number>> = { HEALTHY: 0, DEGRADED: 1, UNHEALTHY: 2 };

export function isOutcome(status: Status): status is Outcome {
  return status !== 'UNKNOWN' && status !== 'MAINTENANCE';
}
