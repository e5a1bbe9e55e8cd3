// Why there is an alert about an error budget, in words with figures: they are those of the time at which it is said.
import type { Reason } from '../observation.ts';
import { type Burn, gone } from './budget.ts';
import { BURN_LIMITS, type BurnSpeed } from './objective.ts';

/** `error budget (99.9 % over 30d) burns 21 times as fast as it bears over 1h, 35 times over 5m; 63 % of its 43m 12s is left, gone in 1d 10h at this pace` */
export function burnReason({ budget, rates }: Burn, speed: BurnSpeed): Reason {
  const { long, short } = BURN_LIMITS[speed];
  const burns = `burns ${rateText(rates[long])} as fast as it bears over ${long}, ${rateText(rates[short])} over ${short}`;
  const goneMs = gone(budget, rates[long]);
  const pace = (budget.leftRatio ?? 0) > 0 && goneMs !== undefined ? `, gone in ${spanText(goneMs)} at this pace` : '';
  return { code: `BURN_${speed}`, message: `${budgetText(budget)} ${burns}; ${leftText(budget)}${pace}` };
}

/** Why it is over. */
export function burnOverReason({ budget, rates }: Burn, speed: BurnSpeed): Reason {
  const { short } = BURN_LIMITS[speed];
  const message = `${budgetText(budget)} burns ${rateText(rates[short])} as fast as it bears over ${short}; ${leftText(budget)}`;
  return { code: 'BURN_OVER', message };
}

function budgetText({ objective, windowMs }: Burn['budget']): string {
  return `error budget (${objective} % over ${spanText(windowMs)})`;
}

function leftText({ leftRatio, totalMs, badMs }: Burn['budget']): string {
  if (leftRatio === undefined) return 'nothing is known of what is left';
  if (leftRatio > 0) return `${percentText(leftRatio)} of its ${spanText(totalMs)} is left`;
  return `nothing of its ${spanText(totalMs)} is left, ${spanText(badMs)} is spent`;
}

/** `14.4 times`; of what is not known: `an unknown number of times`. */
function rateText(rate: number | undefined): string {
  if (rate === undefined) return 'an unknown number of times';
  return `${rate === 0 ? 0 : rate < 10 ? rate.toFixed(1) : Number(rate.toPrecision(3))} times`;
}

/** Rounded down: what is not all is never 100 %. */
export function percentText(ratio: number): string {
  return `${Math.floor(ratio * 1000) / 10} %`;
}

/** `30d`, `1d 10h`, `4m 30s`: in its two largest units. */
export function spanText(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  const units = [
    [Math.floor(seconds / 86_400), 'd'],
    [Math.floor(seconds / 3600) % 24, 'h'],
    [Math.floor(seconds / 60) % 60, 'm'],
    [seconds % 60, 's'],
  ] as const;
  const first = units.findIndex(([amount]) => amount > 0);
  const shown = first < 0 ? units.slice(-1) : units.slice(first, first + 2).filter(([amount]) => amount > 0);
  return shown.map(([amount, unit]) => `${amount}${unit}`).join(' ');
}
