// The ports to health: reading it and reporting it. The API, the health routes and the telemetry know the engine's state by
// these words only.
import type { ComponentDefinition } from '../core/definition.ts';
import type { Explanation } from '../core/explain.ts';
import type { Health } from '../core/health.ts';
import type { SloStanding } from '../core/slo/budget.ts';
import type { Outcome } from '../core/status.ts';

/** What changed after a revision. The latest state of each component, never its way there. */
export interface Changes {
  /** The state includes every change up to this one. */
  readonly revision: number;
  readonly changed: readonly Health[];
  /** Ids that the configuration no longer has, in order of their removal. */
  readonly removed: readonly string[];
}

export interface Report {
  readonly outcome: Outcome;
  readonly message: string;
  readonly durationMs?: number;
  readonly runId?: string;
}

/** What everybody may read: a change is here once it is durable, or while the store fails at once. */
export interface HealthReader {
  readonly rootId: string;
  /** Number of the latest change of any component; before the first one, below all of this incarnation. */
  readonly revision: number;
  /**
   * What the definitions were at this revision or a later one, they are now. Who stands before it may know others. Above `revision` where an instance
   * that stands by has read its file before the one that decides gave that one.
   */
  readonly structureRevision: number;
  /** Ids of all components, sorted by code unit. The same array until a reload. */
  ids(): readonly string[];
  /**
   * Ids of what is new, gone, or something else to readers, by its definition or its groups, since `ids()` was this list. Undefined when that is no
   * longer known: it may be any.
   */
  redefinedSince(ids: readonly string[]): readonly string[] | undefined;
  health(id: string): Health | undefined;
  definition(id: string): ComponentDefinition | undefined;
  /** Groups that it is a direct member of, and of a part the component that names it, in order of their ids. */
  parents(id: string): readonly string[];
  /** Direct members of a group in order of their ids; empty for others. */
  memberIds(id: string): readonly string[];
  /** @param shows which components there are for whoever asks. Default: all */
  explain(id: string, shows?: (id: string) => boolean): Explanation | undefined;
  /** How it stands by its objective now. Undefined: it has none, or its history is not read yet. */
  slo(id: string): SloStanding | undefined;
  /**
   * What changed after `revision`, of `components` or of all. Undefined when that is no longer known: the asker needs a
   * snapshot. Costs what changed, not what exists.
   */
  changesSince(revision: number, components?: ReadonlySet<string>): Changes | undefined;
  /**
   * Calls `wake` synchronously, once after each batch of changes to one of `components` or to any. Ids need not exist
   * yet. `wake` must not throw and must not report. The result ends it.
   * @param atReloads whether other definitions wake, too
   */
  subscribe(
    components: ReadonlySet<string> | readonly string[] | undefined,
    wake: () => void,
    atReloads?: boolean,
  ): () => void;
}

export type ReportResult =
  /** `isDurable`: whether a crash from now on keeps it; false while the store fails. It counts until then either way. */
  | { readonly ok: true; readonly health: Health; readonly isDurable: boolean }
  | { readonly ok: false; readonly why: 'not-found' | 'not-a-heartbeat'; readonly kind?: string };

export interface HealthReporter {
  /** Takes the report in at once. Settles, and never rejects, when it is durable, or cannot be, and its change can be read. */
  report(id: string, report: Report): Promise<ReportResult>;
  /** Says that a run of its job began: how long it takes until the report of its end is watched from now on. Settles as `report`. */
  startRun(id: string, runId: string): Promise<ReportResult>;
  /** Whether a report of this would make worse what is decided of a heartbeat, or be the first that says how it is. */
  worsens(id: string, outcome: Outcome): boolean;
}
