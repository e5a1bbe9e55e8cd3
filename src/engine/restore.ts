// What of a component's state goes to the store, and how it comes back in a later incarnation: what was seen before still holds
// if it is the same thing that was seen, and as long as it is not too old by the wall clock.
import type { ComponentDefinition } from '../core/definition.ts';
import { isByCalendar } from '../core/due-times.ts';
import type { Health } from '../core/health.ts';
import { reasonText } from '../core/observation.ts';
import type { Status } from '../core/status.ts';
import type { SavedComponent, StatusRecord } from '../core/store.ts';
import type { Condition } from '../core/thresholds.ts';
import { ComponentState, hasExpired, identityOf, LATE, type Moment, PLACE_CUT_OFF } from './component-state.ts';

/** Nobody can say whether the report came. */
const MISSED_WHILE_DOWN: Condition = {
  status: 'UNKNOWN',
  reason: { code: 'MISSED_WHILE_DOWN', message: 'a report was due while OpenK was not running' },
};

export function toSaved(state: ComponentState): SavedComponent {
  const { definition, condition, health } = state;
  const run = state.run && { run: { id: state.run.id, startedMs: state.run.startedMs } };
  const saved = { id: definition.id, fingerprint: identityOf(definition), condition, health, ...run };
  const expectedSinceMs = state.expectedSinceMs ?? lateSinceMs(state);
  return expectedSinceMs === undefined ? saved : { ...saved, expectedSinceMs };
}

/** Since when the report is waited for that its reason names, where it is not since the last one. */
function lateSinceMs({ definition, expired, checkedAtMs, countsFrom }: ComponentState): number | undefined {
  if (!expired || !isByCalendar(definition.subject) || countsFrom?.wallMs === checkedAtMs) return undefined;
  return countsFrom?.wallMs;
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
  if (saved.fingerprint !== identityOf(definition)) return undefined;
  const { checkedAtMs, latencyMs, phases } = saved.health;
  const { subject } = definition;
  const expectedSinceMs =
    subject.type === 'heartbeat' && checkedAtMs === undefined ? (saved.expectedSinceMs ?? now.wallMs) : undefined;
  const wasLate = saved.health.reason.code === LATE;
  const sinceMs = (wasLate ? saved.expectedSinceMs : undefined) ?? checkedAtMs ?? expectedSinceMs;
  const isCutOff = saved.condition.reason.code === PLACE_CUT_OFF;
  const state = new ComponentState(definition, saved.health, now);
  state.condition = saved.condition;
  state.checkedAtMs = checkedAtMs;
  state.latencyMs = latencyMs;
  state.phases = phases;
  state.countsFrom = sinceMs === undefined || isCutOff ? undefined : momentBefore(now, sinceMs);
  state.expectedSinceMs = expectedSinceMs;
  // Its end may have been said while nobody listened: it gets its time anew.
  if (saved.run !== undefined) state.run = { ...saved.run, countsFrom: now };
  if (subject.type !== 'heartbeat' || sinceMs === undefined || wasLate) return state;
  const isMissed = hasExpired(state, now);
  if (isMissed) state.condition = MISSED_WHILE_DOWN;
  // Reports that were sent meanwhile are lost: it gets a whole period to send the next, or until the next time of its
  // calendar, which of a report that was not due yet is the one that it had. One that never came has no rhythm
  // in which it could have been lost, and restarts must not prolong the wait for it.
  if (isMissed || checkedAtMs !== undefined) state.countsFrom = now;
  if (isMissed && expectedSinceMs !== undefined) state.expectedSinceMs = now.wallMs;
  return state;
}

/** By the wall clock; what is in its future was just now. */
function momentBefore(now: Moment, wallMs: number): Moment {
  const ageMs = Math.max(0, now.wallMs - wallMs);
  return { wallMs: now.wallMs - ageMs, monotonicMs: now.monotonicMs - ageMs };
}
