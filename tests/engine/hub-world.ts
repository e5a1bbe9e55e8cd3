// A hub under a fake clock, and short words for what goes in.
import type { SystemDefinition } from '../../src/core/definition.ts';
import type { Observation } from '../../src/core/observation.ts';
import type { Outcome } from '../../src/core/status.ts';
import { createHub, type Hub } from '../../src/engine/hub.ts';
import type { Transition } from '../../src/engine/hub-port.ts';
import { createFakeClock, type FakeClock } from '../support/fake-clock.ts';
import { createInstantJournal, type InstantJournal } from '../support/instant-journal.ts';

export const START_MS = Date.UTC(2026, 0, 1);

export interface HubWorld {
  readonly clock: FakeClock;
  readonly hub: Hub;
  readonly journal: InstantJournal;
  readonly transitions: Transition[];
}

export function createHubWorld(system: SystemDefinition, startRevision = 0): HubWorld {
  const clock = createFakeClock(START_MS);
  const journal = createInstantJournal();
  const transitions: Transition[] = [];
  const hub = createHub({
    system,
    clock,
    saved: { revision: startRevision, components: [], removed: [] },
    startRevision,
    journal,
    onTransition: (transition) => transitions.push(transition),
  });
  return { clock, hub, journal, transitions };
}

export function saw(
  outcome: Outcome | 'UNKNOWN',
  { message = 'as seen', code = 'SEEN', ...rest }: { message?: string; code?: string } & Partial<Observation> = {},
): Observation {
  return { outcome, reason: { code, message }, ...rest };
}
