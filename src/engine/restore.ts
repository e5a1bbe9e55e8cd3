// What of a component's state goes to the store, and how it comes back in a later life: what was seen before still holds
// if it is the same thing that was seen, and as long as it is not too old by the wall clock.
import type { Clock } from '../core/clock.ts';
import type { ComponentDefinition } from '../core/definition.ts';
import type { SavedComponent } from '../core/store.ts';
import type { Condition } from '../core/thresholds.ts';
import { type ComponentState, LATE, lifetimeMs } from './component-state.ts';

/** Nobody can say whether the report came. */
const MISSED: Condition = {
  status: 'UNKNOWN',
  reason: { code: 'MISSED_WHILE_DOWN', message: 'a report was due while OpenK was not running' },
};

export function toSaved({ definition, condition, health }: ComponentState): SavedComponent {
  return { id: definition.id, fingerprint: identity(definition), condition, health };
}

/** Undefined when something else was seen under this id. */
export function fromSaved(
  saved: SavedComponent,
  definition: ComponentDefinition,
  clock: Clock,
): ComponentState | undefined {
  if (saved.fingerprint !== identity(definition)) return undefined;
  const { checkedAtMs, latencyMs } = saved.health;
  const nowMs = clock.monotonicMs();
  const ageMs = checkedAtMs === undefined ? undefined : Math.max(0, clock.nowMs() - checkedAtMs);
  const state: ComponentState = {
    definition,
    condition: saved.condition,
    checkedAtMs,
    latencyMs,
    observedAtMs: ageMs === undefined ? undefined : nowMs - ageMs,
    expired: false,
    maintenance: undefined,
    health: saved.health,
  };
  const wasLate = saved.health.reason.code === LATE;
  if (definition.subject.type === 'heartbeat' && ageMs !== undefined && !wasLate) {
    // Reports that were sent meanwhile are lost: it gets a whole period to send the next.
    state.observedAtMs = nowMs;
    if (ageMs >= lifetimeMs(definition.subject)) state.condition = MISSED;
  }
  return state;
}

/** Equal: what was seen of one holds for the other. */
function identity({ subject }: ComponentDefinition): string {
  return subject.type === 'probe' ? `${subject.kind} ${subject.fingerprint}` : subject.type;
}
