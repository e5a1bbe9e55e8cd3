// What of a component's state goes to the store, and how it comes back in a later life: what was seen before still holds
// if it is the same thing that was seen, and as long as it is not too old by the wall clock.
import type { ComponentDefinition } from '../core/definition.ts';
import type { Health } from '../core/health.ts';
import { reasonText } from '../core/observation.ts';
import type { Status } from '../core/status.ts';
import type { Life, SavedComponent, SavedState, StatusRecord } from '../core/store.ts';
import type { Condition } from '../core/thresholds.ts';
import { type ComponentState, identityOf, LATE, lifetimeMs, type Moment, NOTHING_YET } from './component-state.ts';

/** Nobody can say whether the report came. */
const MISSED: Condition = {
  status: 'UNKNOWN',
  reason: { code: 'MISSED_WHILE_DOWN', message: 'a report was due while OpenK was not running' },
};

export function toSaved({ definition, identity, condition, health }: ComponentState, life: Life): SavedComponent {
  return { id: definition.id, fingerprint: identity, condition, health, life };
}

/** The life that saved last. */
export function lastLifeOf({ components }: SavedState): Life | undefined {
  let last: Life | undefined;
  for (const { life } of components) {
    if (life === undefined || life.startRevision < (last?.startRevision ?? 0)) continue;
    // What the same life saved before its first change does not know of it.
    if (life.startRevision === last?.startRevision && life.changedRevision !== life.startRevision) continue;
    last = life;
  }
  return last;
}

/** A change of status, or, without `from`, that the component appeared. */
export function toRecord(health: Health, from?: Status): StatusRecord {
  const { revision, component, sinceMs: atMs, status: to, reason: why, causedBy } = health;
  const reason = { code: why.code, message: reasonText(why) };
  return from === undefined
    ? { revision, component, atMs, to, reason, causedBy }
    : { revision, component, atMs, from, to, reason, causedBy };
}

/** Undefined when something else was seen under this id. */
export function fromSaved(
  saved: SavedComponent,
  definition: ComponentDefinition,
  now: Moment,
): ComponentState | undefined {
  const identity = identityOf(definition);
  if (saved.fingerprint !== identity) return undefined;
  const { checkedAtMs, latencyMs, phases } = saved.health;
  const ageMs = checkedAtMs === undefined ? undefined : Math.max(0, now.wallMs - checkedAtMs);
  const state: ComponentState = {
    definition,
    identity,
    condition: saved.condition,
    checkedAtMs,
    latencyMs,
    phases,
    observedAtMs: ageMs === undefined ? undefined : now.monotonicMs - ageMs,
    expired: false,
    maintenance: undefined,
    health: saved.health,
    ...NOTHING_YET,
  };
  const wasLate = saved.health.reason.code === LATE;
  if (definition.subject.type === 'heartbeat' && ageMs !== undefined && !wasLate) {
    // Reports that were sent meanwhile are lost: it gets a whole period to send the next.
    state.observedAtMs = now.monotonicMs;
    if (ageMs >= lifetimeMs(definition.subject)) state.condition = MISSED;
  }
  return state;
}
