// An error budget: how much of the time may be bad, how much was, and how fast it goes.
import { STATUSES, type Status } from '../status.ts';
import {
  BURN_LIMITS,
  BURN_WINDOWS_MS,
  type BurnSpeed,
  type BurnWindow,
  budgetShare,
  burnLimit,
  looksIn,
  MIN_LOOKS,
  type SloDefinition,
} from './objective.ts';
import type { Timeline } from './timeline.ts';

/** How a time counts. Together as long as the time that it is of, less what was before the component was there. */
export interface CountedTime {
  readonly goodMs: number;
  readonly badMs: number;
  readonly excludedMs: number;
  /** What is UNKNOWN and not bad by that, and what was not watched. */
  readonly unknownMs: number;
}

/** How a component stands by its objective. */
export interface Budget extends CountedTime {
  /** Percent. */
  readonly objective: number;
  readonly windowMs: number;
  /** As much of the window may be bad, less its share of what does not count. What was before the component was there spends nothing. */
  readonly totalMs: number;
  /** Share of it that is left: below 0 where more is spent than there was. Left out where no time counts. */
  readonly leftRatio?: number;
}

/**
 * By window: how many times as fast as the budget bears, where 1 spends all of it in the window of the objective. So 14.4 over an
 * hour is 2 % of a budget of 30 days, whatever of that hour counts. Undefined where that cannot be measured.
 */
export type BurnRates = Readonly<Record<BurnWindow, number | undefined>>;

export interface SloStanding {
  readonly budget: Budget;
  readonly rates: BurnRates;
}

/**
 * ABOVE: both windows burn at this speed. BELOW: the short one does not, so it is over. BETWEEN: the short one alone does, which
 * begins nothing and ends nothing. UNKNOWN: it does not seem to, and too little of the short one counts to say so.
 */
export type BurnVerdict = 'ABOVE' | 'BETWEEN' | 'BELOW' | 'UNKNOWN';
export type BurnVerdicts = Readonly<Record<BurnSpeed, BurnVerdict>>;

/** How fast the budget of a component burns at a time. */
export interface Burn extends SloStanding {
  readonly component: string;
  readonly verdicts: BurnVerdicts;
}

/** @param nowMs by the clock of the timeline */
export function standingOf(slo: SloDefinition, timeline: Timeline, nowMs: number): SloStanding {
  return stand(slo, timeline, nowMs, countWindows(slo, timeline, nowMs));
}

/** @param nowMs by the clock of the timeline */
export function burnOf(component: string, slo: SloDefinition, timeline: Timeline, nowMs: number): Burn {
  const windows = countWindows(slo, timeline, nowMs);
  const standing = stand(slo, timeline, nowMs, windows);
  const verdict = (speed: BurnSpeed): BurnVerdict => {
    const { long, short } = BURN_LIMITS[speed];
    const limit = burnLimit(speed, slo);
    const [longRate, shortRate] = [standing.rates[long], standing.rates[short]];
    if (longRate === undefined || shortRate === undefined) return 'UNKNOWN';
    if (shortRate >= limit) return longRate >= limit ? 'ABOVE' : 'BETWEEN';
    const { goodMs, badMs } = windows[short];
    return goodMs + badMs < MIN_LOOKS * slo.lookMs ? 'UNKNOWN' : 'BELOW';
  };
  return {
    component,
    ...standing,
    verdicts: { FAST: verdict('FAST'), MEDIUM: verdict('MEDIUM'), SLOW: verdict('SLOW') },
  };
}

type CountedWindows = Readonly<Record<BurnWindow, CountedTime>>;

function countWindows(slo: SloDefinition, timeline: Timeline, nowMs: number): CountedWindows {
  const count = (window: BurnWindow) => countBack(slo, timeline, nowMs, BURN_WINDOWS_MS[window]);
  return { '5m': count('5m'), '30m': count('30m'), '1h': count('1h'), '6h': count('6h'), '3d': count('3d') };
}

function stand(slo: SloDefinition, timeline: Timeline, nowMs: number, windows: CountedWindows): SloStanding {
  const { objective, windowMs } = slo;
  const counted = countBack(slo, timeline, nowMs, windowMs);
  const { badMs, excludedMs, unknownMs } = counted;
  const totalMs = (windowMs - excludedMs - unknownMs) * budgetShare(slo);
  const left = totalMs > 0 ? { leftRatio: 1 - badMs / totalMs } : {};
  const rate = (window: BurnWindow) => {
    const widthMs = BURN_WINDOWS_MS[window];
    const isMeasured = totalMs > 0 && looksIn(widthMs, slo) >= MIN_LOOKS;
    return isMeasured ? (windows[window].badMs / totalMs) * (windowMs / widthMs) : undefined;
  };
  return {
    budget: { objective, windowMs, ...counted, totalMs, ...left },
    rates: { '5m': rate('5m'), '30m': rate('30m'), '1h': rate('1h'), '6h': rate('6h'), '3d': rate('3d') },
  };
}

function countBack(slo: SloDefinition, timeline: Timeline, nowMs: number, widthMs: number): CountedTime {
  const counted = { goodMs: 0, badMs: 0, excludedMs: 0, unknownMs: 0 };
  const times = timeline.between(nowMs - widthMs, nowMs);
  for (const status of STATUSES) counted[kindOf(slo, status)] += times[status];
  return counted;
}

/** Whether time in this status spends the budget. */
export function isSpending(slo: SloDefinition, status: Status): boolean {
  return kindOf(slo, status) === 'badMs';
}

function kindOf({ good, excluded, isUnknownBad }: SloDefinition, status: Status): keyof CountedTime {
  if (excluded.includes(status)) return 'excludedMs';
  if (good.includes(status)) return 'goodMs';
  return status === 'UNKNOWN' && !isUnknownBad ? 'unknownMs' : 'badMs';
}

/** Milliseconds until nothing is left at this rate. Undefined where nothing is known, or it lasts. */
export function gone({ leftRatio, windowMs }: Budget, rate: number | undefined): number | undefined {
  if (leftRatio === undefined || rate === undefined || rate <= 0) return undefined;
  return Math.max(0, (leftRatio * windowMs) / rate);
}
