// Forgets what is older than its retention, a bounded amount in each slice, the oldest first. Rows of buckets go by the piece, and so
// later than they could: a piece goes once all of it may. Everything else goes row by row.
import type { Retention } from '../../core/store.ts';
import { DAYS, FIVE_MINUTES, type Tier } from '../history/buckets.ts';
import type { OpenBucket } from '../history/open-bucket.ts';
import { type Horizons, horizonsAt } from '../history/retention.ts';
import { removeAlertsBefore } from './alert-table.ts';
import { removeAuditBefore } from './audit-table.ts';
import type { BucketTables } from './bucket-tables.ts';
import type { ComponentTable } from './component-table.ts';
import { removeDeliveriesBefore } from './delivery-table.ts';
import { forgetUntil, pruneIncarnations } from './incarnation-table.ts';
import { type BucketTable, dropPiece, OBSERVATIONS, piecesBefore, tableOf } from './partitions.ts';
import type { Query } from './pool.ts';
import { pruneSpans } from './running-table.ts';

const ROWS_PER_SLICE = 2000;
/** Of PostgreSQL: somebody reads what is to be dropped. */
const LOCK_NOT_AVAILABLE = '55P03';

export interface PruneOptions {
  readonly retention: Retention;
  readonly buckets: BucketTables;
  readonly components: ComponentTable;
  /** Runs it in a transaction, alone; what it gives is called once that is kept. */
  readonly slice: (work: (query: Query) => Promise<(() => void) | undefined>) => Promise<void>;
  readonly open: () => OpenBucket;
  /** Called when rows of buckets are gone. */
  readonly onDropped: () => void;
  /** Called with the ids of components of which nothing is left. */
  readonly onForgotten: (ids: readonly string[]) => void;
}

/** Each time that the next is asked for, one slice is forgotten. */
export async function* pruneSlices(nowMs: number, options: PruneOptions): AsyncGenerator<void> {
  const { retention, buckets, components, slice, open, onDropped, onForgotten } = options;
  const until = horizonsAt(nowMs, retention);

  /** @param tier that stands for what goes from then on */
  async function* pieces(table: BucketTable, beforeMs: number, tier?: Tier) {
    let isLeft = true;
    while (isLeft) {
      try {
        await slice(async (query) => {
          const [piece] = await piecesBefore(query, table, beforeMs);
          // What the open hour and the open day are made of stays, however late it is.
          isLeft = piece !== undefined && open().bucket * FIVE_MINUTES.widthMs >= piece.toMs;
          if (piece === undefined || !isLeft) return undefined;
          if (tier !== undefined) await buckets.setSummedUp(query, tier, piece.toMs);
          await dropPiece(query, piece);
          return () => {
            buckets.partitions.forget();
            onDropped();
          };
        });
      } catch (error) {
        if (!(Error.isError(error) && 'code' in error && error.code === LOCK_NOT_AVAILABLE)) throw error;
        // The next time.
        return;
      }
      yield;
    }
  }
  async function* transitions({ transitionsMs: beforeMs, goneMs: goneBeforeMs, spansMs }: Horizons) {
    let after = -1;
    let isDone = false;
    while (!isDone) {
      await slice(async (query) => {
        // A row is superseded when the next record of its component is before the horizon too.
        const found = await query<{ revision: number; isOld: boolean; isSuperseded: boolean }>(
          `SELECT revision, at_ms < $2 AS "isOld",
             at_ms < $2 AND coalesce(
               (SELECT later.at_ms < $2 FROM openk.transition AS later
                 WHERE later.component = transition.component AND later.revision > transition.revision
                 ORDER BY later.revision LIMIT 1),
               to_status IS NULL AND at_ms < $3) AS "isSuperseded"
           FROM openk.transition WHERE revision > $1 ORDER BY revision LIMIT $4`,
          [after, beforeMs, goneBeforeMs, ROWS_PER_SLICE],
        );
        const superseded = found.filter(({ isSuperseded }) => isSuperseded).map(({ revision }) => revision);
        if (superseded.length > 0) {
          await query('DELETE FROM openk.transition WHERE revision = ANY ($1::bigint[])', [superseded]);
          await forgetUntil(query, superseded.at(-1)!);
        }
        after = found.at(-1)?.revision ?? after;
        // In order of revision, so about in order of time: where nothing is old, what follows is not either.
        isDone = found.length < ROWS_PER_SLICE || found.every(({ isOld }) => !isOld);
        return undefined;
      });
      yield;
    }
    await slice(async (query) => {
      const gone = await components.removeUnused(query);
      await pruneSpans(query, spansMs);
      await pruneIncarnations(query);
      return () => onForgotten(gone);
    });
    yield;
  }
  async function* rows(remove: (query: Query, beforeMs: number, limit: number) => Promise<number>, beforeMs: number) {
    let removed = ROWS_PER_SLICE;
    while (removed === ROWS_PER_SLICE) {
      await slice(async (query) => {
        removed = await remove(query, beforeMs, ROWS_PER_SLICE);
        return undefined;
      });
      yield;
    }
  }
  yield* pieces(OBSERVATIONS, until.observationsBucket * OBSERVATIONS.widthMs);
  for (const { tier, beforeMs } of until.summedUp) yield* pieces(tableOf(tier.below!), beforeMs, tier);
  yield* pieces(tableOf(DAYS), until.daysBucket * DAYS.widthMs);
  yield* transitions(until);
  yield* rows(removeAuditBefore, nowMs - retention.auditMs);
  yield* rows(removeDeliveriesBefore, nowMs - retention.alertsMs);
  yield* rows(removeAlertsBefore, nowMs - retention.alertsMs);
}
