// Who may write a database: one process at a time, by a lease that each of its transactions makes longer, and by an epoch that each
// of them looks at. The lease keeps the next one waiting, the epoch keeps the one before from writing, whatever it believes. Time is
// the database's alone.

import type { StoreFault } from '../../core/store.ts';
import { storeFault } from '../thread/operations.ts';
import { holderText, isGone } from './holder.ts';
import type { Query } from './pool.ts';

/** One that is gone without a word is replaced after this. */
export const LEASE_MS = 15_000;

export interface Writer {
  /** The first statement of each transaction that writes: those of one database come one after the other from here on. @returns its number */
  fence(query: Query, revision?: number): Promise<number>;
  /** What became of a transaction whose answer was lost. Waits for it, where it still runs. */
  wasKept(query: Query, batch: number): Promise<boolean>;
  /** Whoever waits need not wait any longer. */
  release(query: Query): Promise<void>;
}

export type Claim = { readonly writer: Writer } | { readonly heldBy: string };

const LEASE = `clock_timestamp() + interval '${LEASE_MS} milliseconds'`;

/** Takes the database, unless another process holds it. @param holder see holder.ts */
export async function claimDatabase(query: Query, holder: string, store: string): Promise<Claim> {
  const [present] = await query<{ holder: string; epoch: number }>('SELECT holder, epoch FROM openk.writer');
  const { holder: before, epoch: epochBefore } = present!;
  const [taken] = await query<{ epoch: number }>(
    `UPDATE openk.writer SET holder = $1, epoch = epoch + 1, expires_at = ${LEASE}
     WHERE expires_at <= clock_timestamp() OR ($2 AND epoch = $3) RETURNING epoch`,
    [holder, isGone(before), epochBefore],
  );
  return taken === undefined ? { heldBy: holderText(before) } : { writer: createWriter(holder, taken.epoch, store) };
}

function createWriter(holder: string, epoch: number, store: string): Writer {
  /** It never gets it back: what it knows is not what was written since. */
  let lost: StoreFault | undefined;
  const lose = async (query: Query): Promise<StoreFault> => {
    const [present] = await query<{ holder: string }>('SELECT holder FROM openk.writer');
    const who = present === undefined ? 'somebody' : holderText(present.holder);
    lost = storeFault(
      store,
      `${who} has taken this database over, since this one did not write for ${LEASE_MS / 1000}s`,
      'Nothing is written to it from here any more: end one of them, and restart this one if it is the one to stay',
    );
    return lost;
  };
  return {
    async fence(query, revision = 0) {
      if (lost !== undefined) throw lost;
      const [row] = await query<{ batch: number }>(
        `UPDATE openk.writer SET expires_at = ${LEASE}, batch = batch + 1, revision = greatest(revision, $3)
         WHERE holder = $1 AND epoch = $2 RETURNING batch`,
        [holder, epoch, revision],
      );
      if (row === undefined) throw await lose(query);
      return row.batch;
    },
    async wasKept(query, batch) {
      const [row] = await query<{ batch: number }>(
        'SELECT batch FROM openk.writer WHERE holder = $1 AND epoch = $2 FOR UPDATE',
        [holder, epoch],
      );
      if (row === undefined) throw await lose(query);
      return row.batch >= batch;
    },
    async release(query) {
      await query('UPDATE openk.writer SET expires_at = clock_timestamp() WHERE holder = $1 AND epoch = $2', [
        holder,
        epoch,
      ]);
    },
  };
}
