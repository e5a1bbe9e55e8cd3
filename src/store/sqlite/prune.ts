// Forgets what is older than its retention, a bounded amount in each slice, the oldest first.
import type { Database } from 'better-sqlite3';
import type { Retention } from '../../core/store.ts';
import { DAYS } from '../history/buckets.ts';
import type { OpenBucket } from '../history/open-bucket.ts';
import { bucketToSumUp, type Horizons, horizonsAt } from '../history/retention.ts';
import type { AlertTable } from './alert-table.ts';
import type { AuditTable } from './audit-table.ts';
import type { BucketTables, GroupTable } from './bucket-tables.ts';
import type { DeliveryTable } from './delivery-table.ts';
import type { IncarnationTable } from './incarnation-table.ts';
import type { RunningTable } from './running-table.ts';

/** Of small rows. */
const ROWS_PER_SLICE = 2000;
/** Of blocks of some kilobytes. */
const BLOCKS_PER_SLICE = 250;
/** Pages of a file given back at a time. */
const PAGES_PER_SLICE = 1000;

export interface PruneOptions {
  readonly retention: Retention;
  /** At most this many transitions; the oldest are forgotten first. Left out: as many as there are. */
  readonly maxTransitions?: number;
  readonly running: RunningTable;
  readonly incarnations: IncarnationTable;
  readonly buckets: BucketTables;
  readonly audit: AuditTable;
  readonly alerts: AlertTable;
  readonly deliveries: DeliveryTable;
  /** Called when components are gone of which nothing is left: their keys hold no more. */
  readonly onForgotten: () => void;
}

export interface Pruner {
  /** What there is to do: each slice forgets a bounded amount, and the next is asked for when it is done. */
  slices(nowMs: number, open: () => OpenBucket): Iterable<() => void>;
  /** The same for transitions alone. */
  transitionSlices(nowMs: number): Iterable<() => void>;
}

export function createPruner(
  database: Database,
  { retention, maxTransitions, running, incarnations, buckets, audit, alerts, deliveries, onForgotten }: PruneOptions,
): Pruner {
  // A row is superseded when the next record of its component is before the horizon too.
  const scan = database.prepare<
    [{ after: number; beforeMs: number; goneBeforeMs: number; limit: number }],
    { revision: number; isOld: number; isSuperseded: number }
  >(`
    SELECT revision, at_ms < $beforeMs AS isOld,
      at_ms < $beforeMs AND ifnull(
        (SELECT later.at_ms < $beforeMs FROM transition AS later
          WHERE later.component = transition.component AND later.revision > transition.revision
          ORDER BY later.revision LIMIT 1),
        to_status IS NULL AND at_ms < $goneBeforeMs) AS isSuperseded
    FROM transition WHERE revision > $after ORDER BY revision LIMIT $limit
  `);
  const removeTransition = database.prepare<[number]>('DELETE FROM transition WHERE revision = ?');
  const timeOfNth = database
    .prepare<[number], number>('SELECT at_ms FROM transition ORDER BY revision DESC LIMIT 1 OFFSET ?')
    .pluck();
  const removeComponents = database.prepare(`
    DELETE FROM component WHERE state IS NULL AND removed_revision IS NULL
      AND NOT EXISTS (SELECT 1 FROM transition WHERE transition.component = component.key)
  `);

  /** Removes the parts of one bucket after the other, which from then on stands for them. */
  function* parts({ tier, beforeMs }: Horizons['summedUp'][number], open: () => OpenBucket) {
    const below = buckets.usages.get(tier.below!)!;
    for (;;) {
      const bucket = bucketToSumUp(tier, below.oldest(), beforeMs, open());
      if (bucket === undefined) return;
      yield () => {
        buckets.setSummedUp(tier, (bucket + 1) * tier.widthMs);
        below.remove(0, (bucket + 1) * tier.parts);
      };
    }
  }
  function* rows(table: GroupTable, beforeBucket: number, limit: number) {
    let removed = limit;
    while (removed === limit) {
      yield () => {
        removed = table.removeBefore(beforeBucket, limit);
      };
    }
  }
  function* transitions({ transitionsMs: beforeMs, goneMs: goneBeforeMs, spansMs }: Horizons) {
    let after = -1;
    let isDone = false;
    while (!isDone) {
      yield () => {
        const found = scan.all({ after, beforeMs, goneBeforeMs, limit: ROWS_PER_SLICE });
        const superseded = found.filter(({ isSuperseded }) => isSuperseded === 1).map(({ revision }) => revision);
        for (const revision of superseded) removeTransition.run(revision);
        incarnations.forget(superseded.at(-1) ?? 0);
        after = found.at(-1)?.revision ?? after;
        // In order of revision, so about in order of time: where nothing is old, what follows is not either.
        isDone = found.length < ROWS_PER_SLICE || found.every(({ isOld }) => isOld === 0);
      };
    }
    yield () => {
      if (removeComponents.run().changes > 0) onForgotten();
      running.prune(spansMs);
      incarnations.prune();
    };
  }
  function* smallRows(table: Pick<AuditTable, 'removeBefore'>, beforeMs: number) {
    let removed = ROWS_PER_SLICE;
    while (removed === ROWS_PER_SLICE) {
      yield () => {
        removed = table.removeBefore(beforeMs, ROWS_PER_SLICE);
      };
    }
  }
  function* freePages() {
    // Some room for what comes next; only what is beyond that is given back.
    const free = () => database.pragma('freelist_count', { simple: true }) as number;
    const kept = () => (database.pragma('page_count', { simple: true }) as number) / 8;
    while (free() > kept() + PAGES_PER_SLICE) {
      const before = free();
      yield () => void database.pragma(`incremental_vacuum(${PAGES_PER_SLICE})`);
      if (free() >= before) return;
    }
  }
  const horizons = (nowMs: number) =>
    horizonsAt(nowMs, retention, maxTransitions === undefined ? undefined : timeOfNth.get(maxTransitions));
  return {
    transitionSlices: (nowMs) => transitions(horizons(nowMs)),
    *slices(nowMs, open) {
      const until = horizons(nowMs);
      yield* rows(buckets.observations, until.observationsBucket, BLOCKS_PER_SLICE);
      for (const each of until.summedUp) yield* parts(each, open);
      yield* rows(buckets.usages.get(DAYS)!, until.daysBucket, ROWS_PER_SLICE);
      yield* transitions(until);
      yield* smallRows(audit, nowMs - retention.auditMs);
      yield* smallRows(deliveries, nowMs - retention.alertsMs);
      yield* smallRows(alerts, nowMs - retention.alertsMs);
      yield* freePages();
    },
  };
}
