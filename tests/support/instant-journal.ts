// A journal whose store is always quicker than anybody can look: what is staged is published before `stage` returns.
import type { ObservationRecord, RemovedComponent, SavedComponent, SavedState } from '../../src/core/store.ts';
import type { Decision, DecisionSubscriber } from '../../src/engine/decision.ts';
import type { Journal } from '../../src/engine/journal.ts';

export interface InstantJournal
  extends Pick<Journal, 'observed' | 'keepsStates' | 'refreshed' | 'stage' | 'together' | 'settled'> {
  readonly observations: ObservationRecord[];
  readonly decisions: Decision[];
  /** What a later life finds, through JSON as a store keeps it. */
  saved(): SavedState;
}

export function createInstantJournal(
  publish: DecisionSubscriber,
  earlier: SavedState = { revision: 0, components: [], removed: [] },
): InstantJournal {
  const observations: ObservationRecord[] = [];
  const decisions: Decision[] = [];
  const components = new Map<string, SavedComponent>(earlier.components.map((one) => [one.id, one]));
  const removed = new Map<string, RemovedComponent>(earlier.removed.map((one) => [one.id, one]));
  let { revision } = earlier;
  return {
    observations,
    decisions,
    saved: () =>
      JSON.parse(JSON.stringify({ revision, components: [...components.values()], removed: [...removed.values()] })),
    observed: (observation) => void observations.push(observation),
    keepsStates: true,
    refreshed: (state) => void components.set(state.id, state),
    stage(decision) {
      decisions.push(decision);
      revision = decision.revision;
      for (const one of decision.removed) {
        components.delete(one.id);
        removed.set(one.id, one);
      }
      for (const one of decision.saved) {
        components.set(one.id, one);
        removed.delete(one.id);
      }
      publish(decision);
    },
    together: (work) => work(),
    settled: async () => true,
  };
}
