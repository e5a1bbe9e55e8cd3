// Random pasts: batches as an engine would hand them over, with restarts, clocks that step both ways, machines that sleep,
// components that come and go. What is drawn are small choices; `past` makes of them what is consistent.
import fc from 'fast-check';
import { STATUSES, type Status } from '../../src/core/status.ts';
import type { HistoryBatch, ObservationRecord, SavedComponent, StatusRecord } from '../../src/core/store.ts';

export const COMPONENTS = ['api', 'db', 'web.shop'] as const;

/** A Tuesday, 23:52 UTC: midnight is near. */
export const START_MS = Date.UTC(2026, 2, 31, 23, 52);

/** Changes are above it. */
export const FIRST_REVISION = START_MS * 1000;
/** More than what a store leaves between the last that was kept and a new incarnation. */
const REVISIONS_APART = 2_000_000_000;

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

export type PastEvent = { readonly kind: 'append'; readonly batch: HistoryBatch } | { readonly kind: 'restart' };

interface Moment {
  readonly isRestart: boolean;
  /** Whether the batch says a lower revision than one before, as a backlog in parts does. */
  readonly isHeldBack: boolean;
  /** Monotonic time that it takes. */
  readonly elapsedMs: number;
  /** What the wall clock steps by, or what it was down or asleep for. */
  readonly stepMs: number;
  readonly changes: readonly { readonly component: string; readonly to: Status | undefined; readonly share: number }[];
  readonly observations: readonly {
    readonly component: string;
    readonly outcome: ObservationRecord['outcome'];
    readonly latencyMs: number | undefined;
    readonly share: number;
  }[];
}

const component = fc.constantFrom(...COMPONENTS);
/** Where in the time of the batch; a little outside of it too. */
const share = fc.double({ min: -0.1, max: 1.1, noNaN: true });

const elapsedMs = fc.oneof(
  { weight: 4, arbitrary: fc.integer({ min: 0, max: 2_000 }) },
  { weight: 4, arbitrary: fc.integer({ min: 0, max: 12 * MINUTE_MS }) },
  { weight: 1, arbitrary: fc.integer({ min: 0, max: 3 * HOUR_MS }) },
  { weight: 1, arbitrary: fc.constantFrom(5 * MINUTE_MS, HOUR_MS, 8 * MINUTE_MS) },
);
const stepMs = fc.oneof(
  { weight: 6, arbitrary: fc.constant(0) },
  { weight: 1, arbitrary: fc.integer({ min: -2_500, max: 2_500 }) },
  { weight: 1, arbitrary: fc.integer({ min: -20 * MINUTE_MS, max: 20 * MINUTE_MS }) },
  { weight: 1, arbitrary: fc.integer({ min: -30 * HOUR_MS, max: 30 * HOUR_MS }) },
);

export const arbitraryPast: fc.Arbitrary<readonly Moment[]> = fc.array(
  fc.record({
    isRestart: fc.integer({ min: 0, max: 2 }).map((drawn) => drawn === 2),
    isHeldBack: fc.integer({ min: 0, max: 4 }).map((drawn) => drawn === 4),
    elapsedMs,
    stepMs,
    changes: fc.array(
      fc.record({ component, to: fc.constantFrom<Status | undefined>(...STATUSES, undefined), share }),
      { maxLength: 4 },
    ),
    observations: fc.array(
      fc.record({
        component,
        outcome: fc.constantFrom('HEALTHY', 'DEGRADED', 'UNHEALTHY', 'UNKNOWN'),
        latencyMs: fc.option(fc.double({ min: 0, max: 60_000, noNaN: true }), { nil: undefined }),
        share,
      }),
      { maxLength: 6 },
    ),
  }),
  { minLength: 1, maxLength: 12 },
);

/**
 * @param restarts Left out: what would be a restart is none.
 * @param heldBack Left out: each batch says a higher revision than the one before.
 */
export function past(moments: readonly Moment[], { restarts = false, heldBack = false } = {}): PastEvent[] {
  const statuses = new Map<string, Status>();
  const events: PastEvent[] = [];
  let wallMs = START_MS;
  let revision = FIRST_REVISION;
  for (const moment of moments) {
    if (restarts && moment.isRestart) {
      events.push({ kind: 'restart' });
      revision += REVISIONS_APART;
    }
    const fromMs = wallMs;
    wallMs += moment.elapsedMs + moment.stepMs;
    const at = (share: number) => fromMs + share * (wallMs - fromMs);
    const records: StatusRecord[] = [];
    for (const { component: id, to, share: when } of moment.changes) {
      const from = statuses.get(id);
      if (from === to) continue;
      if (to === undefined) statuses.delete(id);
      else statuses.set(id, to);
      records.push({
        revision: ++revision,
        component: id,
        atMs: Math.round(at(when)),
        ...(from && { from }),
        ...(to && { to }),
        reason: { code: 'BECAUSE', message: `it is ${to}` },
        causedBy: to === 'UNHEALTHY' ? ['network'] : [],
      });
    }
    revision++;
    const batch: HistoryBatch = {
      untilMs: wallMs,
      elapsedMs: moment.elapsedMs,
      revision: heldBack && moment.isHeldBack ? Math.max(FIRST_REVISION, revision - 3) : revision,
      records,
      observations: moment.observations.map(({ component: id, outcome, latencyMs, share: when }) => ({
        component: id,
        atMs: at(when),
        outcome,
        ...(latencyMs !== undefined && { latencyMs }),
      })),
      changed: records.flatMap(({ component: id, to }) => (to === undefined ? [] : [savedComponent(id, to, revision)])),
      removed: records.flatMap(({ component: id, to, revision: at }) =>
        to === undefined ? [{ id, revision: at }] : [],
      ),
    };
    events.push({ kind: 'append', batch: withoutContradictions(batch, statuses) });
  }
  return events;
}

export function savedComponent(id: string, status: Status, revision: number): SavedComponent {
  const reason = { code: 'BECAUSE', message: `"it" is \u2028 ${status}` };
  return {
    id,
    fingerprint: `http ${id}`,
    condition: { status: 'UNKNOWN', reason },
    health: { component: id, status, sinceMs: START_MS, checkedAtMs: START_MS + 0.5, reason, causedBy: [], revision },
  };
}

/** A component that came and went in one batch is in it once, as it is at the end. */
function withoutContradictions(batch: HistoryBatch, statuses: ReadonlyMap<string, Status>): HistoryBatch {
  const changed = new Map(batch.changed.map((saved) => [saved.id, saved]));
  const removed = new Map(batch.removed.map((gone) => [gone.id, gone]));
  return {
    ...batch,
    changed: [...changed.values()].filter(({ id }) => statuses.has(id)),
    removed: [...removed.values()].filter(({ id }) => !statuses.has(id)),
  };
}
