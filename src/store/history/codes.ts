// Statuses and outcomes as small numbers, which is what rows and packed bytes hold. Never to be changed, only added to.
import type { Observation } from '../../core/observation.ts';
import type { Status } from '../../core/status.ts';

export const STATUS_BY_CODE = [
  'HEALTHY',
  'DEGRADED',
  'UNHEALTHY',
  'UNKNOWN',
  'MAINTENANCE',
] as const satisfies Status[];

export const OUTCOME_BY_CODE = [
  'HEALTHY',
  'DEGRADED',
  'UNHEALTHY',
  'UNKNOWN',
] as const satisfies Observation['outcome'][];

export const STATUS_CODE = codesOf(STATUS_BY_CODE);

export const OUTCOME_CODE = codesOf(OUTCOME_BY_CODE);

function codesOf<Name extends string>(names: readonly Name[]): Readonly<Record<Name, number>> {
  return Object.fromEntries(names.map((name, code) => [name, code])) as Record<Name, number>;
}
