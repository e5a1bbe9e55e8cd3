// What a bench is: something that runs once and gives figures, some of which have a target.

export interface Figure {
  readonly name: string;
  readonly value: number;
  /** `ms`, `KB`, `×`; empty for a count. */
  readonly unit: string;
  /** The value is to stay at or below this. */
  readonly atMost?: number;
  /** The value is to reach this. */
  readonly atLeast?: number;
  /** What the value is the median of; goes into the file of results. */
  readonly rounds?: readonly number[];
}

export interface Bench {
  /** One line: what is measured. */
  readonly title: string;
  /** Names of what can be run by itself, none of which is the name of a bench. */
  readonly parts?: readonly string[];
  /**
   * @param parts those to run; left out: all
   * @throws when the measurement is not worth anything, for example since its upstreams did not answer.
   */
  run(parts?: readonly string[]): Promise<readonly Figure[]>;
}

export function meetsTarget({ value, atMost, atLeast }: Figure): boolean {
  return !(atMost !== undefined && value > atMost) && !(atLeast !== undefined && value < atLeast);
}

export function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}
