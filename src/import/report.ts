// What became of each thing that a source names: the report of an import as data.

export type Outcome =
  /** Says the same as there. */
  | 'EXACT'
  /** Is there, and `differences` or `losses` say what is not the same. */
  | 'DIFFERENT'
  /** Cannot be had: `losses` say why. */
  | 'LOST'
  /** Was switched off there, and is a comment here. */
  | 'OFF';

export interface ReportItem {
  /** What it is there: endpoint, monitor, target. */
  readonly kind: string;
  /** As the source names it. */
  readonly name: string;
  /** `config.yaml:12`; empty where there are no lines. */
  readonly place: string;
  readonly outcome: Outcome;
  /** Id of what it became. */
  readonly component?: string;
  /** Where it says something else than there. */
  readonly differences: readonly string[];
  /** What of it could not be taken over, or why nothing could. */
  readonly losses: readonly string[];
}

/** A key that the source's own program reads over, so that somebody meant something that never was. */
export interface UnknownKey {
  readonly place: string;
  readonly key: string;
  readonly nearest?: string;
}

export interface ImportReport {
  readonly format: string;
  readonly source: string;
  readonly items: readonly ReportItem[];
  /** What holds for all of it. */
  readonly notes: readonly string[];
  readonly unknownKeys: readonly UnknownKey[];
  /** Variables of the configuration whose values are in the env file. */
  readonly secrets: readonly string[];
  /** Variables of the configuration that the source read from its environment. */
  readonly variables: readonly string[];
}

/** The outcome of what is there, by what is to be said of it. */
export function outcomeOf(differences: readonly string[], losses: readonly string[]): Outcome {
  return differences.length === 0 && losses.length === 0 ? 'EXACT' : 'DIFFERENT';
}

/** Whether something that is checked or sent there is not here. */
export function isAnythingLost({ items }: ImportReport): boolean {
  return items.some(({ losses }) => losses.length > 0);
}

/** The source itself cannot be read as what it is said to be. */
export class ImportError extends Error {
  override readonly name = 'ImportError';
}
