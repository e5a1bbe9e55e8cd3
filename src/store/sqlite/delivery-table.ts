// What is sent to channels, and what became of it: the outbox. A row is added with the decision that makes it, and is replaced
// by the process that sends it.
import type { Database } from 'better-sqlite3';
import type { DeliveryQuery, WaitingQuery } from '../../core/alert.ts';
import type { PackedDelivery } from '../thread/packed-alerts.ts';

export interface DeliveryTable {
  /** What is there already stays as it is: whoever sends it knew of it before. */
  add(deliveries: readonly PackedDelivery[]): void;
  /** Replaces what is there, or adds it. */
  save(deliveries: readonly PackedDelivery[]): void;
  /** By their numbers, the highest first. */
  list(query: DeliveryQuery): PackedDelivery[];
  /** By their numbers, the lowest first. */
  waiting(query: WaitingQuery): PackedDelivery[];
  /** The highest that was ever kept; 0: none was. */
  lastNumber(): number;
  /** Forgets at most `limit` of those that were settled before, the oldest first. @returns how many */
  removeBefore(beforeMs: number, limit: number): number;
}

interface Row extends Omit<PackedDelivery, 'nextAttemptMs' | 'settledMs' | 'error' | 'handle' | 'mayHaveArrived'> {
  readonly mayHaveArrived: number;
  readonly nextAttemptMs: number | null;
  readonly settledMs: number | null;
  readonly error: string | null;
  readonly handle: string | null;
}

interface ListParameters extends Record<'alert' | 'channel', string | null> {
  /** JSON. */
  readonly states: string | null;
  readonly beforeNumber: number;
  readonly limit: number;
}

const COLUMNS = `number, id, alert, channel, state, attempts, may_have_arrived AS mayHaveArrived, created_ms AS createdMs,
  next_attempt_ms AS nextAttemptMs, settled_ms AS settledMs, error, handle, message`;
const VALUES = `INTO delivery VALUES ($number, $id, $alert, $channel, $state, $attempts, $mayHaveArrived, $createdMs,
  $nextAttemptMs, $settledMs, $error, $handle, $message)`;

/** @param maxSettled About how many are kept of those that are settled: the newest, by their numbers */
export function createDeliveryTable(database: Database, maxSettled: number): DeliveryTable {
  // A number that is taken is no reason to lose the batch that it comes with.
  const insert = database.prepare<[Row]>(`INSERT OR IGNORE ${VALUES}`);
  const replace = database.prepare<[Row]>(`INSERT OR REPLACE ${VALUES}`);
  const bound = database.prepare<[number]>(`
    DELETE FROM delivery WHERE state <> 'WAITING' AND number <= (SELECT max(number) FROM delivery) - ?
  `);
  // One statement for each index, since a condition that may be left out keeps SQLite from using any.
  const listBy = (condition: string) =>
    database.prepare<[ListParameters], Row>(`
      SELECT ${COLUMNS} FROM delivery WHERE ${condition} AND number < $beforeNumber
        AND ($channel IS NULL OR channel = $channel)
        AND ($states IS NULL OR state IN (SELECT value FROM json_each($states)))
      ORDER BY number DESC LIMIT $limit
    `);
  const ofAll = listBy('TRUE');
  const ofAlert = listBy('alert = $alert');
  const ofChannel = listBy('channel = $channel');
  const waiting = database.prepare<[number, string, number], Row>(`
    SELECT ${COLUMNS} FROM delivery
    WHERE state = 'WAITING' AND number > ? AND channel NOT IN (SELECT value FROM json_each(?))
    ORDER BY number LIMIT ?
  `);
  const waitingOf = database.prepare<[string, number, number], Row>(
    `SELECT ${COLUMNS} FROM delivery WHERE state = 'WAITING' AND channel = ? AND number > ? ORDER BY number LIMIT ?`,
  );
  const last = database
    .prepare<[], number>("SELECT ifnull(max(seq), 0) FROM sqlite_sequence WHERE name = 'delivery'")
    .pluck();
  const removeBefore = database.prepare<[number, number]>(`
    DELETE FROM delivery WHERE number IN
      (SELECT number FROM delivery WHERE settled_ms IS NOT NULL AND settled_ms < ? ORDER BY settled_ms LIMIT ?)
  `);

  return {
    add(deliveries) {
      for (const delivery of deliveries) insert.run(toRow(delivery));
      if (deliveries.length > 0) bound.run(maxSettled);
    },
    save(deliveries) {
      for (const delivery of deliveries) replace.run(toRow(delivery));
    },
    list({ alert = null, channel = null, states = [], beforeNumber = Number.MAX_SAFE_INTEGER, limit }) {
      const statement = alert !== null ? ofAlert : channel !== null ? ofChannel : ofAll;
      const wanted = states.length === 0 ? null : JSON.stringify(states);
      return statement.all({ alert, channel, states: wanted, beforeNumber, limit }).map(fromRow);
    },
    waiting({ channel, exceptChannels = [], afterNumber, limit }) {
      if (channel === undefined) return waiting.all(afterNumber, JSON.stringify(exceptChannels), limit).map(fromRow);
      return exceptChannels.includes(channel) ? [] : waitingOf.all(channel, afterNumber, limit).map(fromRow);
    },
    lastNumber: () => last.get()!,
    removeBefore: (beforeMs, limit) => removeBefore.run(beforeMs, limit).changes,
  };
}

function toRow(delivery: PackedDelivery): Row {
  const { mayHaveArrived = false, nextAttemptMs = null, settledMs = null, error = null, handle = null } = delivery;
  return { ...delivery, mayHaveArrived: mayHaveArrived ? 1 : 0, nextAttemptMs, settledMs, error, handle };
}

function fromRow({ mayHaveArrived, nextAttemptMs, settledMs, error, handle, ...row }: Row): PackedDelivery {
  return {
    ...row,
    ...(mayHaveArrived === 1 && { mayHaveArrived: true }),
    ...(nextAttemptMs !== null && { nextAttemptMs }),
    ...(settledMs !== null && { settledMs }),
    ...(error !== null && { error }),
    ...(handle !== null && { handle }),
  };
}
