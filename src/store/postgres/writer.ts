// Who may write a database: one process at a time, by a lease that each of its transactions makes longer, and by an epoch that each
// of them looks at. The lease keeps the next one waiting, the epoch keeps the one before from writing, whatever it believes. Time is
// the database's alone.

import type { LeaseWord, StoreFault } from '../../core/store.ts';
import { storeFault } from '../thread/operations.ts';
import { holderText, isGone } from './holder.ts';
import type { Query } from './pool.ts';

/** One that is gone without a word is replaced after this. */
export const LEASE_MS = 10_000;

export interface Writer {
  /** The first statement of each transaction that writes: those of one database come one after the other from here on. @returns its number */
  fence(query: Query, revision?: number): Promise<number>;
  /** Makes the lease longer, and counts no transaction: it waits for no turn, and its number would be taken for that of an append. */
  renew(query: Query): Promise<void>;
  /**
   * A transaction is kept whose fence was sent then (monotonic milliseconds of the process, epoch milliseconds).
   * @param batch its number; left out: it is one that has none
   */
  kept(sentMs: number, sentWallMs: number, batch?: number): void;
  /** What became of a transaction whose answer was lost. Waits for it, where it still runs. */
  wasKept(query: Query, batch: number): Promise<boolean>;
  /** Whoever waits need not wait any longer. */
  release(query: Query): Promise<void>;
}

/** Whether an instance that waits has something to do: it is over, or too long to be true. See `claimDatabase`. */
export const IS_DUE = `(expires_at <= clock_timestamp() OR expires_at > clock_timestamp() + interval '${LEASE_MS} milliseconds')`;

const LEASE = `clock_timestamp() + interval '${LEASE_MS} milliseconds'`;

/** Who has it, or had it last; for people. */
export async function holderName(query: Query): Promise<string> {
  const [row] = await query<{ holder: string }>('SELECT holder FROM openk.writer');
  return row === undefined ? 'somebody' : holderText(row.holder);
}

export interface WriterOptions {
  /** See holder.ts. */
  readonly holder: string;
  /** How faults name the database. */
  readonly store: string;
  /** The version of the tables that it knows. */
  readonly knows: number;
  /** Must not throw. */
  readonly onLease: (word: LeaseWord) => void;
}

/** Takes the database; undefined: another process holds it, or its tables have become those of a newer version. */
export async function claimDatabase(
  query: Query,
  { holder, store, knows, onLease }: WriterOptions,
): Promise<Writer | undefined> {
  const [present] = await query<{ holder: string; epoch: number; isTooLong: boolean }>(
    `SELECT holder, epoch, expires_at > ${LEASE} AS "isTooLong" FROM openk.writer`,
  );
  const { holder: before, epoch: epochBefore, isTooLong } = present!;
  // Its clock was ahead: that of the database was set back since, or is that of a standby that has taken its place. It begins anew, which leaves to
  // its holder all the time that it counts on.
  if (isTooLong) await query(`UPDATE openk.writer SET expires_at = ${LEASE} WHERE expires_at > ${LEASE}`);
  const [taken] = await query<{ epoch: number }>(
    `UPDATE openk.writer SET holder = $1, epoch = epoch + 1, expires_at = ${LEASE}
     WHERE (expires_at <= clock_timestamp() OR ($2 AND epoch = $3)) AND usable_from <= $4 RETURNING epoch`,
    [holder, isGone(before), epochBefore, knows],
  );
  return taken && createWriter(taken.epoch, { holder, store, onLease });
}

function createWriter(epoch: number, { holder, store, onLease }: Omit<WriterOptions, 'knows'>): Writer {
  /** It never gets it back: what it knows is not what is there. */
  let lost: StoreFault | undefined;
  /** The last transaction that is known to be kept. */
  let keptBatch = 0;
  const lose = (what: string, advice: string): StoreFault => {
    lost = storeFault(store, what, advice);
    onLease({ kind: 'lost', message: lost.message });
    return lost;
  };
  const loseTo = async (query: Query): Promise<StoreFault> => {
    const [present] = await query<{ holder: string }>('SELECT holder FROM openk.writer');
    const who = present === undefined ? 'somebody' : holderText(present.holder);
    return lose(
      `${who} has taken this database over, since this one did not write for ${LEASE_MS / 1000}s`,
      'Nothing is written to it from here any more: end one of them, and restart this one if it is the one to stay',
    );
  };
  return {
    async fence(query, revision = 0) {
      if (lost !== undefined) throw lost;
      const [row] = await query<{ batch: number }>(
        `UPDATE openk.writer SET expires_at = ${LEASE}, batch = batch + 1, revision = greatest(revision, $3)
         WHERE holder = $1 AND epoch = $2 RETURNING batch`,
        [holder, epoch, revision],
      );
      if (row === undefined) throw await loseTo(query);
      if (row.batch <= keptBatch)
        throw lose(
          `what was written to it last is gone (transactions ${row.batch} to ${keptBatch}): it is a standby that had not got that, or an older copy`,
          'What goes on from here has to begin with what it has: restart this one',
        );
      return row.batch;
    },
    async renew(query) {
      if (lost !== undefined) throw lost;
      const [row] = await query(
        `UPDATE openk.writer SET expires_at = ${LEASE} WHERE holder = $1 AND epoch = $2 RETURNING epoch`,
        [holder, epoch],
      );
      if (row === undefined) throw await loseTo(query);
    },
    kept(sentMs, sentWallMs, batch = 0) {
      keptBatch = Math.max(keptBatch, batch);
      onLease({ kind: 'held', sentMs, sentWallMs, forMs: LEASE_MS });
    },
    async wasKept(query, batch) {
      const [row] = await query<{ batch: number }>(
        'SELECT batch FROM openk.writer WHERE holder = $1 AND epoch = $2 FOR UPDATE',
        [holder, epoch],
      );
      if (row === undefined) throw await loseTo(query);
      if (row.batch < batch) return false;
      keptBatch = batch;
      return true;
    },
    async release(query) {
      await query('UPDATE openk.writer SET expires_at = clock_timestamp() WHERE holder = $1 AND epoch = $2', [
        holder,
        epoch,
      ]);
    },
  };
}
