// What a reader of a format hands over.
import type { ConfigDraft } from './draft.ts';
import type { ReportItem, UnknownKey } from './report.ts';

/** An answer that somebody recorded. */
export interface RecordedAnswer {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
  readonly latencyMs: number;
  readonly certificateExpiresInMs?: number;
}

/** A check over HTTP, by what judges its answers there and here. */
export interface Judge {
  readonly component: string;
  /** What an answer may call it by. */
  readonly names: readonly string[];
  /** Why the source's program would call the answer bad; undefined where it is good. */
  readonly foreign: (answer: RecordedAnswer) => string | undefined;
  /** As in openk.yaml. */
  readonly expectedStatus: readonly string[];
  readonly expect: readonly string[];
}

export interface Imported {
  readonly config: ConfigDraft;
  readonly items: readonly ReportItem[];
  readonly notes: readonly string[];
  readonly unknownKeys: readonly UnknownKey[];
  readonly secrets: ReadonlyMap<string, string>;
  readonly variables: readonly string[];
  readonly judges: readonly Judge[];
}
