// Whether the network of OpenK itself is there: as long as enough of its witnesses answered when they were looked at last. While
// it is not, what probes see of anything else says nothing about that.
import type { ObserverDefinition } from '../core/definition.ts';
import type { Observation } from '../core/observation.ts';
import type { Status } from '../core/status.ts';

export interface ObserverState {
  readonly definition: ObserverDefinition;
  /** Witnesses that did not answer the last time. */
  readonly silent: Set<string>;
}

const OFFLINE: Observation = {
  outcome: 'UNKNOWN',
  reason: { code: 'OBSERVER_OFFLINE', message: 'the network of OpenK is gone: too few of its witnesses answer' },
};

/** What was seen of witnesses that are still some holds on. */
export function newObserver(
  definition: ObserverDefinition | undefined,
  before: ObserverState | undefined,
): ObserverState | undefined {
  if (definition === undefined) return undefined;
  return { definition, silent: new Set(definition.witnesses.filter((id) => before?.silent.has(id))) };
}

/** What an earlier incarnation saw of witnesses. @param statusOf what was seen of a component */
export function restoreObserver(observer: ObserverState, statusOf: (id: string) => Status | undefined): void {
  for (const id of observer.definition.witnesses) if (statusOf(id) === 'UNHEALTHY') observer.silent.add(id);
}

export function isOffline(observer: ObserverState | undefined): boolean {
  if (observer === undefined) return false;
  const { witnesses, quorum } = observer.definition;
  return witnesses.length - observer.silent.size < quorum;
}

/** What an observation counts as. Witnesses count as they are seen. */
export function throughObserver(
  observer: ObserverState | undefined,
  id: string,
  observation: Observation,
): Observation {
  if (observer === undefined) return observation;
  if (observer.definition.witnesses.includes(id)) {
    if (observation.outcome === 'UNHEALTHY') observer.silent.add(id);
    else observer.silent.delete(id);
    return observation;
  }
  return isOffline(observer) ? OFFLINE : observation;
}
