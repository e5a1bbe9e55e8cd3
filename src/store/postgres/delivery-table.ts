// What is sent to channels, and what became of it: the outbox. A row is added with the decision that makes it, and is replaced
// by the process that sends it.
import type { DeliveryQuery, WaitingQuery } from '../../core/alert.ts';
import type { PackedDelivery } from '../thread/packed-alerts.ts';
import type { Query } from './pool.ts';
import { toText } from './text.ts';

/** About how many are kept of those that are settled: the newest, by their numbers. */
const MAX_SETTLED = 100_000;

interface Row extends Omit<PackedDelivery, 'nextAttemptMs' | 'settledMs' | 'error' | 'handle' | 'mayHaveArrived'> {
  readonly mayHaveArrived: boolean;
  readonly nextAttemptMs: number | null;
  readonly settledMs: number | null;
  readonly error: string | null;
  readonly handle: string | null;
}

const COLUMNS = `number, id, alert, channel, state, attempts, may_have_arrived AS "mayHaveArrived",
  created_ms AS "createdMs", next_attempt_ms AS "nextAttemptMs", settled_ms AS "settledMs", error, handle, message`;

/** What is there already stays as it is: whoever sends it knew of it before. */
export async function addDeliveries(query: Query, deliveries: readonly PackedDelivery[]): Promise<void> {
  if (deliveries.length === 0) return;
  // A number that is taken is no reason to lose the batch that it comes with.
  await insert(query, deliveries, 'ON CONFLICT DO NOTHING');
  await query(
    `DELETE FROM openk.delivery WHERE state <> 'WAITING' AND number <= (SELECT max(number) FROM openk.delivery) - $1`,
    [MAX_SETTLED],
  );
}

/** Replaces what is there, or adds it. */
export async function saveDeliveries(query: Query, deliveries: readonly PackedDelivery[]): Promise<void> {
  if (deliveries.length === 0) return;
  const latest = [...new Map(deliveries.map((delivery) => [delivery.id, delivery])).values()];
  await query('DELETE FROM openk.delivery WHERE number = ANY ($1::bigint[]) OR id = ANY ($2::text[])', [
    latest.map(({ number }) => number),
    latest.map(({ id }) => id),
  ]);
  await insert(query, latest, '');
}

async function insert(query: Query, deliveries: readonly PackedDelivery[], onConflict: string): Promise<void> {
  const texts = (key: 'error' | 'handle') =>
    deliveries.map(({ [key]: value }) => (value === undefined ? null : toText(value)));
  await query(
    `INSERT INTO openk.delivery SELECT * FROM unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $5::text[],
       $6::int[], $7::boolean[], $8::float8[], $9::float8[], $10::float8[], $11::text[], $12::text[], $13::text[])
     ${onConflict}`,
    [
      deliveries.map(({ number }) => number),
      deliveries.map(({ id }) => id),
      deliveries.map(({ alert }) => alert),
      deliveries.map(({ channel }) => channel),
      deliveries.map(({ state }) => state),
      deliveries.map(({ attempts }) => attempts),
      deliveries.map(({ mayHaveArrived = false }) => mayHaveArrived),
      deliveries.map(({ createdMs }) => createdMs),
      deliveries.map(({ nextAttemptMs = null }) => nextAttemptMs),
      deliveries.map(({ settledMs = null }) => settledMs),
      texts('error'),
      texts('handle'),
      deliveries.map(({ message }) => toText(message)),
    ],
  );
  await query('UPDATE openk.writer SET delivery_number = greatest(delivery_number, $1)', [
    Math.max(...deliveries.map(({ number }) => number)),
  ]);
}

/** By their numbers, the highest first. */
export async function listDeliveries(
  query: Query,
  { alert, channel, states = [], beforeNumber = Number.MAX_SAFE_INTEGER, limit }: DeliveryQuery,
): Promise<PackedDelivery[]> {
  const values: unknown[] = [beforeNumber, limit];
  const conditions = [
    ...(alert === undefined ? [] : [`AND alert = $${values.push(alert)}`]),
    ...(channel === undefined ? [] : [`AND channel = $${values.push(channel)}`]),
    ...(states.length === 0 ? [] : [`AND state = ANY ($${values.push(states)}::text[])`]),
  ];
  const rows = await query<Row>(
    `SELECT ${COLUMNS} FROM openk.delivery WHERE number < $1 ${conditions.join(' ')} ORDER BY number DESC LIMIT $2`,
    values,
  );
  return rows.map(fromRow);
}

/** By their numbers, the lowest first. */
export async function waitingDeliveries(
  query: Query,
  { channel, exceptChannels = [], afterNumber, limit }: WaitingQuery,
): Promise<PackedDelivery[]> {
  const rows = await query<Row>(
    `SELECT ${COLUMNS} FROM openk.delivery WHERE state = 'WAITING' AND number > $1
       AND ($2::text IS NULL OR channel = $2) AND channel <> ALL ($3::text[])
     ORDER BY number LIMIT $4`,
    [afterNumber, channel ?? null, exceptChannels, limit],
  );
  return rows.map(fromRow);
}

/** The highest that was ever kept; 0: none was. */
export async function lastDeliveryNumber(query: Query): Promise<number> {
  const [row] = await query<{ last: number }>('SELECT delivery_number AS last FROM openk.writer');
  return row!.last;
}

/** Forgets at most `limit` of those that were settled before, the oldest first. @returns how many */
export async function removeDeliveriesBefore(query: Query, beforeMs: number, limit: number): Promise<number> {
  const gone = await query(
    `DELETE FROM openk.delivery WHERE number IN
       (SELECT number FROM openk.delivery WHERE settled_ms IS NOT NULL AND settled_ms < $1 ORDER BY settled_ms LIMIT $2)
     RETURNING number`,
    [beforeMs, limit],
  );
  return gone.length;
}

function fromRow({ mayHaveArrived, nextAttemptMs, settledMs, error, handle, ...row }: Row): PackedDelivery {
  return {
    ...row,
    ...(mayHaveArrived && { mayHaveArrived: true }),
    ...(nextAttemptMs !== null && { nextAttemptMs }),
    ...(settledMs !== null && { settledMs }),
    ...(error !== null && { error }),
    ...(handle !== null && { handle }),
  };
}
