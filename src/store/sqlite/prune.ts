// Forgets what is older than its retention, a bounded amount at a time, the oldest first. What a row would still be needed
// for stays: of each component the last record before the horizon, since it says what held from there on.
import type { Database, Statement } from 'better-sqlite3';
import type { Retention } from '../../core/store.ts';
import type { Incarnations } from './incarnations.ts';
import type { OpenBucket } from './open-bucket.ts';
import { openIn, type Rollups } from './rollups.ts';
import { bucketAt, bucketOfRow, DAYS, FIVE_MINUTES, HOURS, rowId, type Tier } from './row-id.ts';
import type { RunningSpans } from './running-spans.ts';

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
  readonly running: RunningSpans;
  readonly incarnations: Incarnations;
  readonly rollups: Rollups;
}

export interface Pruner {
  /** What there is to do: each slice forgets a bounded amount, and the next is asked for when it is done. */
  slices(nowMs: number, open: () => OpenBucket): Iterable<() => void>;
  /** The same for transitions alone. */
  transitionSlices(nowMs: number): Iterable<() => void>;
}

/** What a tier is made of. */
interface Parts {
  oldest(): number | undefined;
  readonly remove: Statement<[number, number]>;
}

export function createPruner(
  database: Database,
  { retention, maxTransitions, running, incarnations, rollups }: PruneOptions,
): Pruner {
  const oldestRow = (table: string) => {
    const select = database.prepare<[], number | null>(`SELECT min(id) FROM ${table}`).pluck();
    return () => select.get() ?? undefined;
  };
  const oldestFiveMinutes = oldestRow('five_minutes');
  const oldestHour = oldestRow('hours');
  const remove = (table: string) =>
    database.prepare<[number, number]>(
      `DELETE FROM ${table} WHERE id IN (SELECT id FROM ${table} WHERE id < ? LIMIT ?)`,
    );
  const removeObservations = remove('observation');
  const removeFiveMinutes = remove('five_minutes');
  const removeHours = remove('hours');
  const removeDays = remove('days');
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

  /** Removes the parts of one bucket of `tier` after the other, which from then on stands for them. */
  function* parts(tier: Tier, beforeMs: number, open: () => OpenBucket, below: Parts) {
    for (;;) {
      const oldest = below.oldest();
      if (oldest === undefined) return;
      const bucket = Math.floor(bucketOfRow(oldest) / tier.parts);
      if ((bucket + 1) * tier.widthMs > beforeMs || bucket === openIn(tier, open())) return;
      yield () => {
        rollups.setSummedUp(tier, (bucket + 1) * tier.widthMs);
        below.remove.run(rowId((bucket + 1) * tier.parts, 0), Number.MAX_SAFE_INTEGER);
      };
    }
  }
  function* rows(statement: Statement<[number, number]>, beforeBucket: number, limit: number) {
    let removed = limit;
    while (removed === limit) {
      yield () => {
        removed = statement.run(rowId(beforeBucket, 0), limit).changes;
      };
    }
  }
  function* transitions(nowMs: number) {
    const nthMs = maxTransitions === undefined ? undefined : timeOfNth.get(maxTransitions);
    const beforeMs = Math.max(nowMs - retention.transitionsMs, nthMs ?? Number.MIN_SAFE_INTEGER);
    const goneBeforeMs = Math.min(
      beforeMs,
      nowMs - Math.max(retention.daysMs, retention.hoursMs, retention.fiveMinutesMs),
    );
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
      removeComponents.run();
      running.prune(nowMs - retention.transitionsMs);
      incarnations.prune();
    };
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
  return {
    transitionSlices: transitions,
    *slices(nowMs, open) {
      const firstKept = (keptMs: number, tier: Tier) => bucketAt(nowMs - keptMs, tier);
      yield* rows(removeObservations, firstKept(retention.observationsMs, FIVE_MINUTES), BLOCKS_PER_SLICE);
      const fiveMinutes = { oldest: oldestFiveMinutes, remove: removeFiveMinutes };
      yield* parts(HOURS, nowMs - retention.fiveMinutesMs, open, fiveMinutes);
      yield* parts(DAYS, nowMs - retention.hoursMs, open, { oldest: oldestHour, remove: removeHours });
      yield* rows(removeDays, firstKept(retention.daysMs, DAYS), ROWS_PER_SLICE);
      yield* transitions(nowMs);
      yield* freePages();
    },
  };
}
