// What the decider knows: the state of every component, the graph between them, and the revision that it has come to. It
// changes in place, and only `decide` changes it.
import type { SystemDefinition } from '../core/definition.ts';
import type { Graph } from '../core/graph.ts';
import type { ImposedMaintenance } from '../core/imposed-maintenance.ts';
import type { ObservedPart } from '../core/observation.ts';
import { createRollup, type Rollup } from '../core/rollup.ts';
import type { ObservationRecord, SavedState } from '../core/store.ts';
import { type ComponentState, ownCondition } from './component-state.ts';
import type { ObserverState } from './observer.ts';

export interface DeciderState {
  /** Of the last change of this incarnation; its start where there was none yet. */
  revision: number;
  readonly startRevision: number;
  /** What an earlier incarnation left: of components, until the first definition has taken it over. */
  saved: Pick<SavedState, 'revision' | 'components'>;
  /** What the configuration says there is: without parts. */
  base: SystemDefinition | undefined;
  /** Undefined before the first definition. */
  system: DecidedSystem | undefined;
  /** Indexes of components that may have changed. */
  readonly touched: Set<number>;
  /** Of all components. */
  imposed: readonly ImposedMaintenance[];
  observer: ObserverState | undefined;
  readonly outputs: DeciderOutputs;
}

export interface DecidedSystem {
  readonly graph: Graph;
  /** In the order of the graph. */
  readonly components: readonly ComponentState[];
  readonly rollup: Rollup;
}

/** What comes of an input besides its decision: nobody waits for it, and it takes no revision. */
export interface DeciderOutputs {
  /** A record for history. */
  observed(record: ObservationRecord): void;
  /** A look has changed nothing but its time and latency. */
  refreshed(component: ComponentState): void;
  /** What was seen of a component has other parts than there are components: a `parts` is due, soon. */
  foundParts(id: string, parts: readonly ObservedPart[]): void;
  /** A component is to be looked at again: a `tick` is due at these monotonic milliseconds. Replaces the one before; infinite: none. */
  lookAgainAt(component: ComponentState, dueMs: number): void;
}

export function createDeciderState(saved: SavedState, startRevision: number, outputs: DeciderOutputs): DeciderState {
  return {
    revision: startRevision,
    startRevision,
    saved,
    base: undefined,
    system: undefined,
    touched: new Set(),
    imposed: [],
    observer: undefined,
    outputs,
  };
}

export function decidedSystem(graph: Graph, components: readonly ComponentState[]): DecidedSystem {
  const rollup = createRollup(graph, {
    own: (index) => ownCondition(components[index]!).status,
    inMaintenance: (index) => components[index]!.maintenance !== undefined,
  });
  return { graph, components, rollup };
}

export function stateOf({ system }: DeciderState, id: string): ComponentState | undefined {
  const index = system?.graph.indexOf.get(id);
  return index === undefined ? undefined : system?.components[index];
}
