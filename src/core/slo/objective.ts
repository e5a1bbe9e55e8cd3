// A service level objective (SLO) as the configuration defines it, and the windows in which its budget may burn: those of the
// SRE workbook ("Alerting on SLOs"), each a long one that says that it matters and a short one that says that it still goes on.
import type { Status } from '../status.ts';

export interface SloDefinition {
  /** Percent of the time that counts which has to be good; above 0 and below 100. */
  readonly objective: number;
  /** Over the time until now. */
  readonly windowMs: number;
  /** What is in none of these, and not UNKNOWN, is bad. */
  readonly good: readonly Status[];
  /** Neither good nor bad. */
  readonly excluded: readonly Status[];
  /** Whether UNKNOWN is bad; else it is neither good nor bad. */
  readonly isUnknownBad: boolean;
  /** Milliseconds between two looks at it, the longest there may be: what is shorter is not seen. */
  readonly lookMs: number;
}

/** How fast a budget burns. */
export type BurnSpeed = 'FAST' | 'MEDIUM' | 'SLOW';

/** The fastest first. */
export const BURN_SPEEDS = ['FAST', 'MEDIUM', 'SLOW'] as const satisfies readonly BurnSpeed[];

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;

/** Windows that rates are measured in, by their names. */
export const BURN_WINDOWS_MS = {
  '5m': 5 * MINUTE_MS,
  '30m': 30 * MINUTE_MS,
  '1h': HOUR_MS,
  '6h': 6 * HOUR_MS,
  '3d': 3 * DAY_MS,
} as const satisfies Readonly<Record<string, number>>;

export type BurnWindow = keyof typeof BURN_WINDOWS_MS;
export const BURN_WINDOWS = Object.keys(BURN_WINDOWS_MS) as readonly BurnWindow[];
export const LONGEST_BURN_WINDOW_MS = BURN_WINDOWS_MS['3d'];

/** `share` of the budget that is gone when the long window has burnt at this speed. */
export const BURN_LIMITS: Readonly<Record<BurnSpeed, { long: BurnWindow; short: BurnWindow; share: number }>> = {
  FAST: { long: '1h', short: '5m', share: 0.02 },
  MEDIUM: { long: '6h', short: '30m', share: 0.05 },
  SLOW: { long: '3d', short: '6h', share: 0.1 },
};

/**
 * Looks that a window has to hold until it says anything: one of them is then at most a twentieth of it, and the few that it
 * takes to see a change of status, both ways, are not all there is (docs/adr/0060).
 */
export const MIN_LOOKS = 20;

/** Share of the counted time that may be bad. */
export function budgetShare({ objective }: Pick<SloDefinition, 'objective'>): number {
  // Four decimals, as the configuration takes them: 100 − 99.9 is 0.09999999999999432 else.
  return Math.round((100 - objective) * 1e4) / 1e6;
}

/**
 * How many times faster than a budget that lasts exactly its window: 14.4, 6 and 1 for 30 days. For other windows what makes an
 * alert is the same share of the budget; never below 1, where the budget is enough.
 */
export function burnLimit(speed: BurnSpeed, { windowMs }: Pick<SloDefinition, 'windowMs'>): number {
  const { long, share } = BURN_LIMITS[speed];
  return Math.max(1, Number(((share * windowMs) / BURN_WINDOWS_MS[long]).toPrecision(12)));
}

/** How often it would be looked at in a window. */
export function looksIn(windowMs: number, { lookMs }: Pick<SloDefinition, 'lookMs'>): number {
  return Math.floor(windowMs / lookMs);
}
