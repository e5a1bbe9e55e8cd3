// What GetAvailability answers of an objective: the budget that is left, and how fast it burns.
import { durationMs, inWords } from './times.ts';

interface ObjectiveJson {
  readonly objective: number;
  readonly window?: string;
  readonly budget?: string;
  readonly spent?: string;
  readonly budgetLeftRatio?: number;
  readonly burnRates?: readonly { readonly window?: string; readonly rate?: number }[];
}

export interface Objective {
  /** "99.9 % over 30 d" */
  readonly aim: string;
  /** "63.4 %"; undefined where nothing is known. */
  readonly left?: string;
  /** "15 min 49 s of 43 min 12 s spent" */
  readonly spent: string;
  /** "1.3 × over 1 h", those that burn, the shortest window first. */
  readonly rates: readonly string[];
}

/** Undefined: it has none. */
export function readObjective(json: unknown): Objective | undefined {
  const { availability } = json as { availability: { slo?: ObjectiveJson } };
  if (availability.slo === undefined) return undefined;
  const { objective, window, budget, spent, budgetLeftRatio, burnRates = [] } = availability.slo;
  return {
    aim: `${objective} % over ${inWords(durationMs(window))}`,
    // Rounded down: less than all is never 100 %.
    ...(budgetLeftRatio !== undefined && { left: `${Math.floor(Math.max(0, budgetLeftRatio) * 1000) / 10} %` }),
    spent: `${inWords(durationMs(spent))} of ${inWords(durationMs(budget))} spent`,
    rates: burnRates
      .filter(({ rate = 0 }) => rate > 0)
      .map(
        ({ window: over, rate = 0 }) =>
          `${rate < 10 ? rate.toFixed(1) : Math.round(rate)} × over ${inWords(durationMs(over))}`,
      ),
  };
}
