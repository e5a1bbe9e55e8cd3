// An aggregator that waits for no store: view, journal and decider, wired as the engine wires them.
import type { Clock } from '../../src/core/clock.ts';
import type { SystemDefinition } from '../../src/core/definition.ts';
import type { SavedState } from '../../src/core/store.ts';
import { type Aggregator, createAggregator } from '../../src/engine/aggregator.ts';
import type { StatusChange } from '../../src/engine/decision.ts';
import { createView } from '../../src/engine/view.ts';
import { createInstantJournal, type InstantJournal } from './instant-journal.ts';

export interface InstantAggregator {
  readonly aggregator: Aggregator;
  readonly journal: InstantJournal;
  /** All that were published. */
  readonly statusChanges: StatusChange[];
}

export function createInstantAggregator(options: {
  readonly system: SystemDefinition;
  readonly clock: Clock;
  readonly saved?: SavedState;
  readonly startRevision: number;
  readonly onPartsDue?: () => void;
}): InstantAggregator {
  const { saved = { revision: 0, components: [], removed: [] }, startRevision } = options;
  const statusChanges: StatusChange[] = [];
  const view = createView({
    saved,
    startRevision,
    subscribers: [(decision) => statusChanges.push(...decision.statusChanges)],
  });
  const journal = createInstantJournal(view.apply, saved);
  const aggregator = createAggregator({ ...options, saved, journal, view });
  return { aggregator, journal, statusChanges };
}
