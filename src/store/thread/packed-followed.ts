// What changed in a store that somebody else writes, as it goes between threads.
import type { Alert, SavedAlert, Suspension } from '../../core/alert.ts';
import type { Incident } from '../../core/status-page.ts';
import type { Followed, RemovedComponent, RevisionRange, SavedComponent } from '../../core/store.ts';
import { parseKept } from './kept-json.ts';

export interface PackedFollowed {
  readonly batch: number;
  readonly revision: number;
  readonly isFree: boolean;
  readonly heldBy: string;
  readonly holder: string;
  readonly incarnation?: { readonly startRevision: number; readonly resumable: readonly RevisionRange[] } | undefined;
  readonly isWhole: boolean;
  /** SavedComponent as JSON. */
  readonly states: readonly string[];
  readonly removed: readonly RemovedComponent[];
  /** SavedAlert as JSON. */
  readonly alerts: readonly string[];
  /** Alerts that are over: Alert as JSON. */
  readonly over: readonly string[];
  readonly forgotten: readonly string[];
  /** Suspension as JSON. */
  readonly suspensions: readonly string[];
  readonly incidents: readonly Incident[];
}

export function unpackFollowed({ states, alerts, over, forgotten, suspensions, ...rest }: PackedFollowed): Followed {
  return {
    ...rest,
    components: states.map((json) => parseKept<SavedComponent>(json)),
    alerts: {
      alerts: [
        ...alerts.map((json) => parseKept<SavedAlert>(json)),
        ...over.map((json) => ({ alert: parseKept<Alert>(json), progress: undefined })),
      ],
      forgotten,
      suspensions: suspensions.map((json) => parseKept<Suspension>(json)),
    },
  };
}
