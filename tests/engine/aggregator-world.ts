// An aggregator under a fake clock, and short words for what goes in.
import type { SystemDefinition } from '../../src/core/definition.ts';
import type { Observation } from '../../src/core/observation.ts';
import type { Outcome } from '../../src/core/status.ts';
import type { Aggregator } from '../../src/engine/aggregator.ts';
import type { StatusChange } from '../../src/engine/decision.ts';
import { createFakeClock, type FakeClock } from '../support/fake-clock.ts';
import { createInstantAggregator } from '../support/instant-aggregator.ts';
import type { InstantJournal } from '../support/instant-journal.ts';

export const START_MS = Date.UTC(2026, 0, 1);

export interface AggregatorWorld {
  readonly clock: FakeClock;
  readonly aggregator: Aggregator;
  readonly journal: InstantJournal;
  readonly statusChanges: StatusChange[];
}

export function createAggregatorWorld(system: SystemDefinition, startRevision = 0): AggregatorWorld {
  const clock = createFakeClock(START_MS);
  const saved = { revision: startRevision, components: [], removed: [] };
  return { clock, ...createInstantAggregator({ system, clock, saved, startRevision }) };
}

export function saw(
  outcome: Outcome | 'UNKNOWN',
  { message = 'as seen', code = 'SEEN', ...rest }: { message?: string; code?: string } & Partial<Observation> = {},
): Observation {
  return { outcome, reason: { code, message }, ...rest };
}
